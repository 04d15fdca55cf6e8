//! Takes what peers send off the streams: decodes it, bounded, and puts it into the right mailbox.

use crate::{
    core::Core,
    driver::DriverInput,
    lanes::Intake,
    mempool::{Admission, Source},
    p2p::{BatchMessage, BlocksMessage, Class, Forward, Peer, Receive, SealedMessage},
    sync::{Heard, Request},
};
use hansa_consensus::{Envelope, Input};
use hansa_ledger::Batch;
use hansa_primitives::{
    codec::{self, Canonical, CodecError},
    limits,
};
use std::sync::Arc;

/// Messages that may wait for verification; the oldest give way, the engine repairs.
const ENVELOPES_MAX: usize = 4096;
/// Batches that may wait for the intake.
const BATCHES_MAX: usize = 64;
/// Transactions that may wait for admission.
pub(crate) const ADMISSIONS_MAX: usize = 8192;
/// Requests of peers that may wait.
pub(crate) const REQUESTS_MAX: usize = 256;
/// Chunks of sealed bytes that may wait.
const CHUNKS_MAX: usize = 64;

/// Where frames go.
pub(crate) struct Inbound(pub(crate) Arc<Core>);

impl Receive for Inbound {
    fn is_ready(&self, class: Class) -> bool {
        let core = &self.0;
        match class {
            Class::Consensus => true,
            Class::Batches => core.intake.len() < BATCHES_MAX,
            Class::Transactions => core.admission.len() < ADMISSIONS_MAX,
            Class::Blocks => core.follower.len() < REQUESTS_MAX,
            Class::Sealed => core.sealer.len() < CHUNKS_MAX,
        }
    }

    fn receive(&self, peer: &Arc<Peer>, class: Class, payload: Vec<u8>) -> Result<(), String> {
        match class {
            Class::Consensus => self.consensus(peer, &payload),
            Class::Batches => self.batches(peer, &payload),
            Class::Transactions => self.transactions(peer, &payload),
            Class::Blocks => self.blocks(peer, &payload),
            Class::Sealed => self.sealed(peer, &payload),
        }
    }

    fn link_up(&self, peer: &Arc<Peer>, class: Class) {
        let core = &self.0;
        match (class, peer.at.validator) {
            (Class::Consensus, Some(index)) if core.index.is_some() => {
                core.driver.push(DriverInput::from(Input::Connected(index)));
            }
            (Class::Blocks, Some(_)) if core.index.is_none() => {
                core.follower.push(Heard::Up(Arc::clone(peer)));
            }
            _ => {}
        }
    }
}

fn decode<T: Canonical>(payload: &[u8]) -> Result<T, String> {
    codec::decode(payload).map_err(|error: CodecError| error.to_string())
}

impl Inbound {
    fn consensus(&self, peer: &Peer, payload: &[u8]) -> Result<(), String> {
        if peer.at.validator.is_none() || self.0.index.is_none() {
            return Err("consensus is between validators only".to_owned());
        }
        let envelope: Envelope = decode(payload)?;
        if self.0.verifier.push_newest(envelope, ENVELOPES_MAX) {
            tracing::debug!(%peer, "a consensus message gave way to a newer one");
        }
        Ok(())
    }

    fn batches(&self, peer: &Arc<Peer>, payload: &[u8]) -> Result<(), String> {
        let peer = Arc::clone(peer);
        match decode(payload)? {
            BatchMessage::Batch(bytes) => {
                let batch: Batch = decode(&bytes)?;
                let count = batch.transactions.len();
                if !(1..=limits::BATCH_TRANSACTIONS_MAX).contains(&count) {
                    return Err(format!("a batch of {count} transactions"));
                }
                self.0.intake.push(Intake::Arrived { peer, batch, bytes });
            }
            BatchMessage::Want(digests) if digests.len() <= crate::p2p::WANTED_MAX => {
                self.ask(Request::Batches { peer, digests });
            }
            BatchMessage::Want(digests) => {
                return Err(format!("{} batches asked for at a time", digests.len()));
            }
        }
        Ok(())
    }

    /// Takes a request, unless too many wait: who is not answered asks again, and nobody's questions
    /// keep others' data from being read.
    fn ask(&self, request: Request) {
        if self.0.server.try_push(request, REQUESTS_MAX).is_err() {
            tracing::debug!("too many requests of peers: one is not answered");
        }
    }

    fn transactions(&self, peer: &Peer, payload: &[u8]) -> Result<(), String> {
        let Forward(transactions) = decode(payload)?;
        if self.0.index.is_none() {
            return Err("this node is no validator and orders nothing".to_owned());
        }
        tracing::trace!(%peer, count = transactions.len(), "transactions forwarded here");
        for bytes in transactions {
            self.0.admission.push(Admission { source: Source::Bytes(bytes), reply: None });
        }
        Ok(())
    }

    fn blocks(&self, peer: &Arc<Peer>, payload: &[u8]) -> Result<(), String> {
        let from = Arc::clone(peer);
        match decode(payload)? {
            BlocksMessage::Ask(after) => {
                self.ask(Request::Headers { peer: from, after });
            }
            // A validator hears of commits from the engine alone: only one part delivers blocks.
            BlocksMessage::Run(_) if self.0.index.is_some() => {}
            BlocksMessage::Run(_) | BlocksMessage::Tip(_) if peer.at.validator.is_none() => {
                return Err("only validators tell of commits".to_owned());
            }
            BlocksMessage::Run(run) => self.0.follower.push(Heard::Run(from, run)),
            BlocksMessage::Tip(height) if self.0.index.is_some() => {
                self.0.peers_told.height(&peer.at.member, height);
            }
            BlocksMessage::Tip(height) => self.0.follower.push(Heard::Tip(from, height)),
        }
        Ok(())
    }

    fn sealed(&self, peer: &Arc<Peer>, payload: &[u8]) -> Result<(), String> {
        let message: SealedMessage = decode(payload)?;
        if let SealedMessage::Chunk { length, offset, data, .. } = &message {
            let end = offset.checked_add(data.len() as u64);
            let fits = end.is_some_and(|end| end <= *length)
                && *length <= limits::SEALED_BYTES_MAX as u64
                && (1..=limits::CHUNK_BYTES_MAX).contains(&data.len());
            if !fits {
                return Err("a chunk beyond its bounds".to_owned());
            }
        }
        self.0.sealer.push((Arc::clone(peer), message));
        Ok(())
    }
}
