//! Proofs of transactions, receipts and state that stand by themselves.
//!
//! Who holds the chain's id and its validators' keys verifies them without a node, for blocks of
//! any age. This module needs no store and does no I/O.
//!
//! ```text
//! transaction ─ inclusion ─▶ header h ─ parent hashes ─▶ header c ◀─ certificate (2f+1 signatures)
//! receipt ─ inclusion ─▶ receipts root of h ─ state proof ─▶ state root e, e >= h
//!                    state root e ─ in ─▶ header h' ─ parent hashes ─▶ header c' ◀─ certificate
//! ```

mod chain;
mod entry;
mod transaction;

pub use chain::CertifiedChain;
pub use entry::StateEntryProof;
pub use transaction::{ReceiptProof, TransactionProof, Verified};

use hansa_consensus::ChainError;
use hansa_primitives::Height;
use thiserror::Error;

/// Why a proof proves nothing.
#[derive(Debug, Error, Clone, PartialEq, Eq)]
pub enum ProofError {
    /// There is no header to prove anything about.
    #[error("the proof holds no header")]
    NoHeader,
    /// The headers do not lead to a certificate of these validators on this chain.
    #[error("the block is not certified: {0}")]
    Chain(#[from] ChainError),
    /// The transaction is for another chain.
    #[error("the transaction is for another chain")]
    OtherChain,
    /// The transaction is not the one at this place of the block.
    #[error("the transaction is not in the block")]
    NotIncluded,
    /// The state does not hold this value under this key.
    #[error("the state root does not commit to this entry")]
    NotInState,
    /// The state entry is not the receipts root of the transaction's block.
    #[error("the state entry is not the receipts root of height {0}")]
    WrongEntry(Height),
    /// The state root is older than the block.
    #[error("the state root is that of height {executed}, the block has height {block}")]
    TooOld {
        /// The height the root belongs to.
        executed: Height,
        /// The height of the block.
        block: Height,
    },
    /// The receipt is not the one at the transaction's place.
    #[error("the receipt is not that of the transaction")]
    WrongReceipt,
}
