//! Keeps the chain and the state of a ledger, proves them, and verifies them offline.
//!
//! A block's writes, receipts, indexes and tree nodes go to disk in one synced write across all
//! families of the store, so that a crash leaves a whole block or none of it. State is read through
//! snapshots, so that queries never wait for a commit. Whatever follows from the chain can be
//! derived again, and [`verify_data_directory`] does: it runs the code that wrote the ledger on
//! memory and compares.
//!
//! | module | holds |
//! |---|---|
//! | [`ledger`] | [`Ledger`]: open, batches, commit, query, prove |
//! | [`state`] | values, the versioned state tree, snapshots |
//! | [`proof`] | proofs that stand by themselves; knows no store |
//! | [`sealed`] | ciphertext named by its hash |
//! | [`verify`] | offline verification of a data directory |
//!
//! *Absent on purpose:* peers, sockets, async. Reading state is infallible towards contracts: where
//! the store fails, the process stops, and nothing that was acknowledged is lost by that.

mod batch;
mod error;
mod event;
mod execute;
mod files;
pub mod ledger;
mod record;
pub mod sealed;
mod signature;
pub mod state;
mod store;
pub mod verify;

#[cfg(test)]
mod testing;

pub use batch::{Batch, transactions_root};
pub use error::{BatchError, LedgerError};
pub use event::{Cursor, EventPage, LoggedEvent, NotACursor};
pub use execute::Applied;
pub use files::Damage;
pub use hansa_contracts::inclusion::{
    CertifiedChain, ProofError, ReceiptProof, StateEntryProof, TransactionProof, Verified,
};
pub use ledger::{
    BlockRecord, CertifiedBlocks, Durability, Ledger, LoadedHeaders, OpenError, Options,
    PayloadCheck, Repaired, TransactionRecord,
};
pub use sealed::{SealedError, SealedObject, SealedReader, SealedStore, SealedWriter};
pub use signature::{SignatureVerdict, check_signatures};
pub use state::{RECENT_HEIGHTS, StateSnapshot};
pub use store::StoreError;
pub use verify::{Fault, FaultKind, Summary, verify_data_directory};
