//! What the ledger keeps of proof keys.

use bincode::{Decode, Encode};
use hansa_primitives::{Digest, Height, MemberId, codec::Canonical, limits};
use serde::{Deserialize, Serialize};

/// What is proven under a key; new ones go to the end.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Statement {
    /// A trade was not financed before (`hansa_zkp::Precheck`).
    Precheck,
    /// A financing follows from a committed invoice (`hansa_zkp::Register`).
    Register,
}

impl Statement {
    /// All statements.
    pub const ALL: [Self; 2] = [Self::Precheck, Self::Register];

    /// The name in state keys and on command lines.
    pub fn name(self) -> &'static str {
        match self {
            Self::Precheck => "precheck",
            Self::Register => "register",
        }
    }
}

/// Whether a key is in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeyStatus {
    /// It lacks approvals.
    Proposed,
    /// New proofs are checked under it.
    Active {
        /// From this height.
        since: Height,
    },
    /// Another key took its place.
    Retired {
        /// At this height.
        since: Height,
    },
}

/// A verifying key.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct KeyRecord {
    /// Its id.
    pub id: Digest,
    /// What is proven under it.
    pub statement: Statement,
    /// The key, as `hansa_zkp::VerifyingKey::encode` gives it.
    pub bytes: Vec<u8>,
    /// The hash of the ceremony's transcript.
    pub transcript: Digest,
    /// Who contributed to the ceremony.
    pub contributors: Vec<MemberId>,
    /// Who approved it, the proposer first.
    pub approvals: Vec<MemberId>,
    /// Whether it is in force.
    pub status: KeyStatus,
}

impl Canonical for KeyRecord {
    const BYTES_MAX: usize = limits::STATE_VALUE_BYTES_MAX;
}
