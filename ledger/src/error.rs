//! What can go wrong with a ledger that is open.

use crate::store::StoreError;
use hansa_consensus::{BatchRef, ChainError};
use hansa_primitives::{BlockHash, Digest, Height, TransactionId, codec::CodecError};
use thiserror::Error;

/// Why the ledger cannot do what it was asked.
///
/// [`LedgerError::is_fatal`] tells errors of the caller or of timing from those after which the
/// node must stop, keep its data and call its operator.
#[derive(Debug, Error)]
pub enum LedgerError {
    /// The store failed or holds damaged data.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Files beside the store failed.
    #[error("{what}: {error}")]
    Io {
        /// What was tried.
        what: &'static str,
        /// What came of it.
        error: std::io::Error,
    },
    /// A block orders batches that are not here: fetch them from peers and try again.
    #[error("{} batches of the block at height {height} are missing", missing.len())]
    MissingBatches {
        /// The block.
        height: Height,
        /// The batches.
        missing: Vec<BatchRef>,
    },
    /// The headers do not begin right behind the last committed one.
    #[error("the next height is {expected}, the headers begin at {found}")]
    NotNext {
        /// The height that is expected.
        expected: Height,
        /// The height of the first header that is new.
        found: Height,
    },
    /// A certificate without headers.
    #[error("a certificate was given without headers")]
    NoHeaders,
    /// Headers or certificate do not hold.
    #[error("the blocks from height {from} on prove nothing: {error}")]
    Chain {
        /// The height of the first of them.
        from: Height,
        /// What is wrong.
        error: ChainError,
    },
    /// Another block is committed at this height: two certificates exist, which takes more faulty
    /// validators than the protocol bears.
    #[error(
        "two blocks are certified at height {height}: {held} is held, {offered} was offered; more \
         than a third of the validators are faulty, the operators must meet"
    )]
    Conflict {
        /// The height.
        height: Height,
        /// The block that is held.
        held: BlockHash,
        /// The other block.
        offered: BlockHash,
    },
    /// A committed block breaks a rule that honest validators check before they vote.
    #[error("the certified block at height {height} breaks a rule: {what}")]
    BrokenRule {
        /// The block.
        height: Height,
        /// The rule.
        what: String,
    },
    /// The block is for another version of the protocol.
    #[error(
        "the block at height {height} follows protocol {found}, this software knows {known}; \
         install the release that the consortium agreed on"
    )]
    Protocol {
        /// The block.
        height: Height,
        /// Its protocol.
        found: u16,
        /// The protocol of this software.
        known: u16,
    },
    /// A transaction that a certified block orders was not signed by its actor.
    #[error(
        "transaction {transaction} in the certified block at height {height} was not signed by its \
         actor; more than a third of the validators are faulty, the operators must meet"
    )]
    Forged {
        /// The block.
        height: Height,
        /// The transaction.
        transaction: TransactionId,
    },
    /// This node's state differs from the one that a quorum certified.
    #[error(
        "the state after height {height} differs: {own} here, {certified} by the quorum; the node \
         stops and keeps its data; run `hansa chain verify`, then compare releases with other \
         members"
    )]
    Divergence {
        /// After which block.
        height: Height,
        /// The root of this node.
        own: Digest,
        /// The root that is certified.
        certified: Digest,
    },
    /// Proofs are made at recent heights only.
    #[error("proofs can be made from height {oldest} to {latest}, not at {height}")]
    NotKept {
        /// The height asked for.
        height: Height,
        /// The oldest height that is kept.
        oldest: Height,
        /// The latest height.
        latest: Height,
    },
}

impl LedgerError {
    /// Whether the node must stop: going on would contradict a quorum or a damaged disk.
    pub fn is_fatal(&self) -> bool {
        !matches!(
            self,
            Self::MissingBatches { .. }
                | Self::NotNext { .. }
                | Self::NoHeaders
                | Self::Chain { .. }
                | Self::NotKept { .. }
        )
    }
}

/// Why bytes are no batch that can be kept.
#[derive(Debug, Error)]
pub enum BatchError {
    /// They do not decode.
    #[error("the batch does not decode: {0}")]
    Codec(#[from] CodecError),
    /// It holds no transaction, or more than one batch may.
    #[error("the batch holds {0} transactions")]
    Count(usize),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
