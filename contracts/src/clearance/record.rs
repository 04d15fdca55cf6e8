//! What the ledger keeps of checks and decisions.

use bincode::{Decode, Encode};
use hansa_primitives::{BlockTime, Digest};
use serde::{Deserialize, Serialize};
use std::fmt;

/// How customs treats a declaration, in the colours that customs systems use.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Lane {
    /// Low risk: released without inspection.
    Green,
    /// The documents are looked at.
    Yellow,
    /// The goods are inspected.
    Red,
    /// Released, and audited afterwards.
    Blue,
}

impl fmt::Display for Lane {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Green => "green",
            Self::Yellow => "yellow",
            Self::Red => "red",
            Self::Blue => "blue",
        })
    }
}

/// What a cross-check proposes to the officer.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Suggestion {
    /// Low risk: clear as soon as the goods are there.
    PreClear,
    /// Look at the documents.
    ReviewDocuments,
    /// Inspect the goods.
    InspectGoods,
    /// Clear, and audit afterwards.
    AuditAfterRelease,
}

/// What customs decides.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Decision {
    /// The goods may leave.
    Release,
    /// The declaration has to be corrected, or the goods are kept.
    Hold,
    /// The declaration is refused.
    Refuse,
    /// The goods may enter.
    Clear,
}

/// What the comparison of a declaration with its sources found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct CrossCheck {
    /// How the declaration is treated.
    pub lane: Lane,
    /// Findings that forbid a release.
    pub errors: u32,
    /// Findings that raise the risk.
    pub warnings: u32,
    /// Findings to know of.
    pub notes: u32,
    /// The hash of the report.
    pub report: Digest,
    /// What the check proposes.
    pub suggestion: Suggestion,
    /// When it was recorded.
    pub time: BlockTime,
}
