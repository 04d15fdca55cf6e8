//! Verifies what validators sent, off the driver's thread and in batches.

use super::DriverInput;
use crate::{core::Core, mailbox::Drained};
use hansa_consensus::{Certificate, Input, Message, Verifier};
use std::sync::Arc;

/// Messages verified in one batch.
const BATCH_MAX: usize = 256;
/// Verified messages that may wait for the driver.
const WAITING_MAX: usize = 2048;

/// Runs until the mailbox is closed.
pub(crate) fn run(core: Arc<Core>) {
    let root = Certificate::genesis(core.ledger.genesis_hash());
    let verifier = Verifier::new(core.chain.clone(), Arc::clone(&core.set), root);
    let mut envelopes = Vec::new();
    while core.verifier.drain(&mut envelopes, BATCH_MAX, None) != Drained::Closed {
        for verdict in verifier.verify(std::mem::take(&mut envelopes)) {
            match verdict {
                Ok(verified) => {
                    note(&core, verified.envelope());
                    let input = DriverInput::from(Input::Message(verified));
                    core.driver.push_waiting(input, WAITING_MAX);
                }
                Err(error) => tracing::warn!(%error, "a consensus message is refused"),
            }
        }
    }
}

/// Notes where the signer stands, for operators.
fn note(core: &Core, envelope: &hansa_consensus::Envelope) {
    let Some(member) = core.set.member(envelope.from) else { return };
    match &envelope.message {
        Message::Vote(vote) => core.peers_told.vote(member, *vote),
        Message::Status(status) => core.peers_told.height(member, status.committed),
        _ => {}
    }
}
