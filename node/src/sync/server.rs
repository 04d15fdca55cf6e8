//! Answers what peers and the own engine ask of the ledger.

use crate::{
    core::Core,
    mailbox::Drained,
    p2p::{BatchMessage, BlocksMessage, HeaderRun, NotSent, Peer},
};
use hansa_consensus::Input;
use hansa_ledger::LedgerError;
use hansa_primitives::{Digest, Height, ValidatorIndex, limits};
use std::sync::Arc;

/// A question.
pub(crate) enum Request {
    /// A peer lacks batches.
    Batches {
        /// Who.
        peer: Arc<Peer>,
        /// Which.
        digests: Vec<Digest>,
    },
    /// A peer asks what comes after a height.
    Headers {
        /// Who.
        peer: Arc<Peer>,
        /// The last height it has.
        after: Height,
    },
    /// The engine needs headers for another validator.
    Load {
        /// For whom.
        to: ValidatorIndex,
        /// The last height it has.
        after: Height,
        /// About how many.
        headers_max: usize,
    },
}

/// Runs until the mailbox is closed.
pub(crate) fn run(core: Arc<Core>) {
    let mut requests = Vec::new();
    while core.server.drain(&mut requests, 16, None) != Drained::Closed {
        for request in requests.drain(..) {
            if let Err(error) = answer(&core, request) {
                tracing::error!(%error, "a request cannot be answered");
            }
        }
    }
}

fn answer(core: &Core, request: Request) -> Result<(), LedgerError> {
    match request {
        Request::Batches { peer, digests } => {
            for digest in digests {
                let Some(bytes) = core.ledger.batch_bytes(&digest)? else { continue };
                let sent = peer.send(BatchMessage::CLASS, BatchMessage::Batch(bytes).frame());
                // Who has too much waiting asks again for what is still missing then.
                if sent == Err(NotSent::Full) {
                    break;
                }
            }
        }
        Request::Headers { peer, after } => {
            let run = core.ledger.load_headers(after, limits::CHAIN_HEADERS_MAX)?;
            let message = match run.filter(|(headers, _)| !headers.is_empty()) {
                Some((headers, certificate)) => {
                    BlocksMessage::Run(HeaderRun { headers, certificate })
                }
                None => BlocksMessage::Tip(core.ledger.committed_height()),
            };
            if let Err(reason) = peer.send(BlocksMessage::CLASS, message.frame()) {
                tracing::debug!(%peer, %reason, "headers not sent");
            }
        }
        Request::Load { to, after, headers_max } => {
            if let Some((headers, certificate)) = core.ledger.load_headers(after, headers_max)? {
                core.driver.push(Input::Loaded { to, headers, certificate }.into());
            }
        }
    }
    Ok(())
}
