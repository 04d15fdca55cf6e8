//! Sealed bytes between nodes.
//!
//! Whoever uploads stores them on its own node, which sends them to every validator. A validator
//! answers, once they are on its disk, with a signature of its vote key; `2f + 1` of them are the
//! certificate that a document's registration must carry. Bytes that are missing are asked for from
//! validators, which give them to other validators and to members who may read them.

mod exchange;
mod receive;
mod transfer;

pub(crate) use exchange::Exchange;
pub(crate) use receive::run;
pub(crate) use transfer::{blocking, certify, fetch};

use hansa_contracts::{document, grant};
use hansa_ledger::{LedgerError, StateSnapshot};
use hansa_primitives::{Digest, MemberId};
use thiserror::Error;

/// Why sealed bytes cannot be stored or had.
#[derive(Debug, Error)]
pub enum ExchangeError {
    /// The store beside the ledger failed, or refused the bytes.
    #[error(transparent)]
    Store(#[from] hansa_ledger::SealedError),
    /// The ledger cannot be read.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// Too few validators answered.
    #[error("{have} of {need} validators confirmed in time that they store the bytes")]
    TooFew {
        /// How many did.
        have: usize,
        /// How many are needed.
        need: usize,
    },
    /// Too much is being transferred.
    #[error("too many documents are being transferred at a time")]
    Busy,
    /// The node stops.
    #[error("the node is stopping")]
    Stopping,
}

/// Whether a member may have sealed bytes: as owner of a document version with them, or by a grant
/// in force. The bytes are of no use without a key; this keeps even them from those who were never
/// meant to have them.
pub(crate) fn may_have(view: &StateSnapshot<'_>, member: &MemberId, digest: &Digest) -> bool {
    document::by_sealed(view, digest)
        .iter()
        .any(|(document, version)| grant::reads(view, member, document, *version, view.time()))
}
