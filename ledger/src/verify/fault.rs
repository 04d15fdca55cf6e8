//! What verification finds.

use crate::{error::LedgerError, store::StoreError};
use std::fmt;
use thiserror::Error;

/// What kind of thing is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FaultKind {
    /// The directory holds no ledger.
    Directory,
    /// A process uses the directory.
    InUse,
    /// Something cannot be read at all.
    Unreadable,
    /// A file's bytes do not match the checksums in it.
    File,
    /// The genesis document or the layout.
    Genesis,
    /// A header: its place, its link to the parent, its fields.
    Header,
    /// A certificate.
    Certificate,
    /// A batch.
    Batch,
    /// The order of transactions in a block.
    Transaction,
    /// The signature of a transaction.
    Signature,
    /// A receipt.
    Receipt,
    /// A state root.
    StateRoot,
    /// An entry of the state.
    StateEntry,
    /// A node of the state tree, or what is kept of recent heights.
    TreeNode,
    /// An index: block hashes, order of batches, places of transactions.
    Index,
    /// Sealed bytes.
    Sealed,
}

impl FaultKind {
    fn name(self) -> &'static str {
        match self {
            Self::Directory => "directory",
            Self::InUse => "directory in use",
            Self::Unreadable => "unreadable",
            Self::File => "file",
            Self::Genesis => "genesis",
            Self::Header => "header",
            Self::Certificate => "certificate",
            Self::Batch => "batch",
            Self::Transaction => "transactions",
            Self::Signature => "signature",
            Self::Receipt => "receipt",
            Self::StateRoot => "state root",
            Self::StateEntry => "state entry",
            Self::TreeNode => "state tree",
            Self::Index => "index",
            Self::Sealed => "sealed bytes",
        }
    }

    fn hint(self) -> &'static str {
        match self {
            Self::Directory => "name the directory of a ledger",
            Self::InUse => "stop the node, or verify a checkpoint of it",
            Self::Unreadable | Self::File => {
                "the disk or someone changed the file: check the disk, move the directory away and \
                 start the node, which fetches the ledger from other members"
            }
            Self::Genesis => {
                "compare the genesis with other members'; use the release that wrote it"
            }
            Self::Header | Self::Certificate | Self::Batch | Self::Transaction => {
                "this chain was not agreed on, or was changed: compare the block with that of \
                 other members"
            }
            Self::Signature => {
                "the block orders a transaction that its actor did not sign: keep the directory as \
                 evidence and call the consortium's operators"
            }
            Self::Receipt | Self::StateRoot | Self::StateEntry | Self::TreeNode | Self::Index => {
                "the chain holds but what was derived from it was changed: move the directory away \
                 and start the node, which derives it again; if it happens again, compare releases"
            }
            Self::Sealed => "remove the file: the node fetches it again from another member",
        }
    }
}

/// The first thing that is wrong with a data directory.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub struct Fault {
    /// What kind of thing it is.
    pub kind: FaultKind,
    /// Where: a file and byte, a height, a key.
    pub place: String,
    /// What should be there.
    pub expected: String,
    /// What is there.
    pub found: String,
    /// What to do.
    pub hint: &'static str,
}

impl Fault {
    pub(crate) fn new(
        kind: FaultKind,
        place: impl Into<String>,
        expected: impl Into<String>,
        found: impl Into<String>,
    ) -> Self {
        let (place, expected, found) = (place.into(), expected.into(), found.into());
        Self { kind, place, expected, found, hint: kind.hint() }
    }

    pub(crate) fn unreadable(place: impl Into<String>, error: impl ToString) -> Self {
        Self::new(FaultKind::Unreadable, place, "a readable ledger", error.to_string())
    }

    /// What an error of executing the block at `place` amounts to.
    pub(crate) fn of(error: LedgerError, place: String) -> Self {
        let found = error.to_string();
        match error {
            LedgerError::Divergence { height, own, certified } => Self::new(
                FaultKind::StateRoot,
                format!("after height {height}, certified by the {place}"),
                certified.to_string(),
                own.to_string(),
            ),
            LedgerError::Forged { .. } => {
                Self::new(FaultKind::Signature, place, "signatures of the actors", found)
            }
            LedgerError::BrokenRule { what, .. } => {
                Self::new(FaultKind::Transaction, place, "a block that keeps the rules", what)
            }
            LedgerError::Protocol { .. } => {
                Self::new(FaultKind::Header, place, "the protocol of the genesis", found)
            }
            LedgerError::Store(error) => error.into(),
            _ => Self::new(FaultKind::Unreadable, place, "a block that can be executed", found),
        }
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Failed(what) => Self::unreadable("the store", what),
            StoreError::Damaged { family, key, what } => Self::new(
                kind_of(family),
                format!("entry {key} of `{family}`"),
                "an entry as it was written",
                what,
            ),
        }
    }
}

fn kind_of(family: &str) -> FaultKind {
    match family {
        "meta" => FaultKind::Genesis,
        "headers" => FaultKind::Header,
        "certificates" => FaultKind::Certificate,
        "batches" | "pending" => FaultKind::Batch,
        "receipts" => FaultKind::Receipt,
        "executions" => FaultKind::StateRoot,
        "state" => FaultKind::StateEntry,
        "tree" | "history" | "stale" => FaultKind::TreeNode,
        _ => FaultKind::Index,
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, place, expected, found, hint } = self;
        write!(f, "{}, {place}: expected {expected}, found {found}; {hint}", kind.name())
    }
}
