//! Proposes to a single validator and leaves the others to wait.

use super::behaviour::{Misbehaving, send};
use crate::{
    engine::{Effect, To},
    types::{Envelope, Message},
};

pub(super) fn apply(liar: &Misbehaving, to: To, envelope: Envelope) -> Vec<Effect> {
    match envelope.message {
        Message::PrePrepare(_) => send(liar.receivers(To::All).into_iter().take(1), &envelope),
        _ => vec![Effect::Send { to, envelope }],
    }
}
