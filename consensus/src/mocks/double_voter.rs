//! Votes, wherever it votes, for a second block that does not exist.

use super::behaviour::Misbehaving;
use crate::{
    engine::{Effect, To},
    types::{Envelope, Message, Vote},
};
use hansa_primitives::{BlockHash, hash};

pub(super) fn apply(liar: &Misbehaving, to: To, envelope: Envelope) -> Vec<Effect> {
    let Message::Vote(vote) = envelope.message else {
        return vec![Effect::Send { to, envelope }];
    };
    let block = BlockHash(hash::sha256(&[vote.block.as_bytes(), b"another"]));
    let second = liar.envelope(Message::Vote(Vote { block, ..vote }));
    vec![Effect::Send { to, envelope }, Effect::Send { to, envelope: second }]
}
