//! What a replica starts from.

use crate::{
    safety::Safety,
    types::{Block, Certificate, Executed, Header},
};
use hansa_primitives::{BlockHash, BlockTime, Digest, Height};
use std::sync::Arc;

/// The last committed block, as much of it as its successors need.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Committed {
    /// Its height.
    pub height: Height,
    /// Its hash.
    pub block: BlockHash,
    /// Its time.
    pub time: BlockTime,
    /// What its header says was executed.
    pub executed: Executed,
    /// Whether it orders nothing.
    pub empty: bool,
    /// A commit certificate for it.
    pub certificate: Certificate,
}

impl Committed {
    /// The genesis state, which counts as a block at height 0.
    pub fn genesis(block: BlockHash, time: BlockTime, state_root: Digest) -> Self {
        Self {
            height: Height(0),
            block,
            time,
            executed: Executed { height: Height(0), state_root },
            empty: true,
            certificate: Certificate::genesis(block),
        }
    }

    /// A block with the certificate that commits it.
    pub fn of(block: &Block, certificate: Certificate) -> Self {
        let header = block.header();
        Self {
            height: header.height,
            block: block.hash(),
            time: header.time,
            executed: header.executed,
            empty: header.is_empty(),
            certificate,
        }
    }
}

/// What a replica starts from.
#[derive(Clone, Debug)]
pub struct Recovery {
    /// The last durable safety record. [`Safety::first`] the very first time and then never again;
    /// `None` if it was lost, which bars the replica from voting until a view begins without it.
    pub safety: Option<Safety>,
    /// What the ledger holds.
    pub committed: Committed,
    /// Headers voted for and not committed, from the journal.
    pub headers: Vec<Arc<Header>>,
    /// The state roots after the last executed heights, a few hundred of them. At genesis: its own.
    pub roots: Vec<Executed>,
}
