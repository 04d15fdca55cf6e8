//! Leaves views as if it had never seen a certificate.

use super::behaviour::Misbehaving;
use crate::{
    engine::{Effect, To},
    types::{Envelope, Message, ViewChange},
};

pub(super) fn apply(liar: &Misbehaving, to: To, envelope: Envelope) -> Vec<Effect> {
    let Message::ViewChange(change) = &envelope.message else {
        return vec![Effect::Send { to, envelope }];
    };
    let change = ViewChange { high: liar.root.clone(), ..change.clone() };
    let envelope = liar.envelope(Message::ViewChange(change));
    vec![Effect::Send { to, envelope }]
}
