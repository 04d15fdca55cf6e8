//! Asks for a view that is absurdly far away whenever it says anything.

use super::behaviour::Misbehaving;
use crate::{
    engine::{Effect, To},
    types::{Envelope, Message, ViewChange},
};
use hansa_primitives::View;

pub(super) fn apply(liar: &Misbehaving, to: To, envelope: Envelope) -> Vec<Effect> {
    let epoch = liar.set.epoch();
    let high = liar.root.clone();
    let change = ViewChange { epoch, view: View(u64::MAX - 1), high };
    let push = liar.envelope(Message::ViewChange(change));
    vec![Effect::Send { to, envelope }, Effect::Send { to, envelope: push }]
}
