//! Reads the store's files byte by byte, beside the store.
//!
//! RocksDB checks what it reads, and tolerates what it can do without: a damaged filter costs it
//! only speed, a damaged end of a log counts as a torn write, a damaged block that no read reaches
//! stays unseen. For a ledger a flipped byte is evidence, so these modules recompute every checksum
//! of every table and log, and insist that every byte is covered by one.

mod crc32c;
pub(crate) mod directory;
pub(crate) mod log;
pub(crate) mod table;

use thiserror::Error;

/// Where a file is not what was written.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("at byte {offset}: {what}")]
pub struct Damage {
    /// The first byte of the part that does not hold.
    pub offset: u64,
    /// What was expected there.
    pub what: &'static str,
}

impl Damage {
    fn at(offset: usize, what: &'static str) -> Self {
        Self { offset: offset as u64, what }
    }
}
