//! The only place that knows RocksDB.
//!
//! | file | holds |
//! |---|---|
//! | [`family`] | what is kept apart from what |
//! | [`delta`] | the changes of one block, across all families, written as one synced batch |
//! | [`source`] | reading, whether from the store, from a snapshot of it, or from memory |
//! | [`rocks`] | the store itself |
//! | [`options`] | its settings: bounded memory, checksums, a log that is synced |
//! | [`lock`] | one process at a time |

pub(crate) mod delta;
pub(crate) mod family;
pub(crate) mod lock;
pub(crate) mod memory;
pub(crate) mod options;
pub(crate) mod rocks;
pub(crate) mod source;

pub(crate) use delta::Delta;
pub(crate) use family::Family;
pub(crate) use memory::Memory;
pub(crate) use rocks::{Rocks, RocksSnapshot};
pub(crate) use source::Source;

use thiserror::Error;

/// The store cannot give or take what it must.
#[derive(Debug, Clone, Error)]
pub enum StoreError {
    /// RocksDB failed: a full or failing disk, or a file it finds damaged.
    #[error("the store failed: {0}; check the disk and its free space, then `hansa chain verify`")]
    Failed(String),
    /// A value is there, but is not what this software writes.
    #[error(
        "the entry {key} of `{family}` is damaged: {what}; `hansa chain verify` tells how far the \
         damage goes"
    )]
    Damaged {
        /// The family that holds the entry.
        family: &'static str,
        /// The key, in hexadecimal digits.
        key: String,
        /// What does not hold.
        what: String,
    },
}

impl StoreError {
    pub(crate) fn damaged(family: Family, key: &[u8], what: impl ToString) -> Self {
        Self::Damaged { family: family.name(), key: hex::encode(key), what: what.to_string() }
    }
}

impl From<rocksdb::Error> for StoreError {
    fn from(error: rocksdb::Error) -> Self {
        Self::Failed(error.into_string())
    }
}
