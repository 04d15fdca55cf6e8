//! What a verification went through.

use serde::{Deserialize, Serialize};

/// What was verified, all of it sound.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// The ledger's name.
    pub chain: String,
    /// The hash of the genesis.
    pub genesis: String,
    /// The hash of the last committed block.
    pub tip: String,
    /// The last committed height.
    pub height: u64,
    /// The last executed height.
    pub executed: u64,
    /// The state root after it.
    pub state_root: String,
    /// Certificates verified; each proves the blocks since the one before.
    pub certificates: u64,
    /// Batches hashed.
    pub batches: u64,
    /// Transactions executed again, their signatures verified.
    pub transactions: u64,
    /// Events that came of them.
    pub events: u64,
    /// Entries of the state compared.
    pub state_entries: u64,
    /// Nodes of the state tree compared.
    pub tree_nodes: u64,
    /// Sealed documents hashed.
    pub sealed_blobs: u64,
    /// Bytes of them.
    pub sealed_bytes: u64,
    /// Sealed documents that the state refers to and this node does not store; it need not store
    /// all.
    pub sealed_missing: u64,
    /// Files of the store checked byte by byte.
    pub files: u64,
    /// Bytes of them.
    pub file_bytes: u64,
}
