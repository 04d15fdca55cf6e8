//! Keys and records of the store.

use crate::state::node::Slot;
use bincode::{Decode, Encode};
use hansa_primitives::{BlockTime, Digest, Height, codec::Canonical};

/// The version of the layout of the store. A store with another one is refused.
pub(crate) const SCHEMA: u32 = 1;

/// Key of the layout's version in `meta`.
pub(crate) const SCHEMA_KEY: &[u8] = b"schema";
/// Key of the genesis document in `meta`.
pub(crate) const GENESIS: &[u8] = b"genesis";
/// Key of the last committed height in `meta`.
pub(crate) const COMMITTED: &[u8] = b"committed";
/// Key of the last executed height in `meta`.
pub(crate) const EXECUTED: &[u8] = b"executed";

/// A height as a key: big-endian, so that order is order.
pub(crate) fn height_key(height: Height) -> [u8; 8] {
    height.0.to_be_bytes()
}

/// The height that a key begins with.
pub(crate) fn key_height(key: &[u8]) -> Option<Height> {
    key.first_chunk::<8>().map(|bytes| Height(u64::from_be_bytes(*bytes)))
}

/// Height and position as a key.
pub(crate) fn place_key(height: Height, position: u32) -> Vec<u8> {
    [height.0.to_be_bytes().as_slice(), &position.to_be_bytes()].concat()
}

/// What the execution of a height led to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub(crate) struct Execution {
    /// The block's time.
    pub(crate) time: BlockTime,
    /// The root of the state after it.
    pub(crate) state_root: Digest,
    /// The state tree after it.
    pub(crate) top: Slot,
    /// Transactions that it ordered.
    pub(crate) transactions: u32,
    /// Events that came of it.
    pub(crate) events: u32,
}

impl Canonical for Execution {
    const BYTES_MAX: usize = 256;
}

/// Where a transaction stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub(crate) struct Place {
    /// The block.
    pub(crate) height: Height,
    /// Its place in the block, from 0.
    pub(crate) position: u32,
}

impl Canonical for Place {
    const BYTES_MAX: usize = 12;
}
