//! What the ledger keeps of financings.

use bincode::{Decode, Encode};
use hansa_primitives::{BlockTime, Digest, Height, MemberId, codec::Canonical};
use hansa_zkp::{FieldBytes, Nullifier};
use serde::{Deserialize, Serialize};

/// How far a financing has come; new stages go to the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// The trade is spoken for.
    Registered,
    /// The bank has paid.
    Disbursed,
    /// The bank was paid back.
    Settled,
}

/// A financing.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct FinancingRecord {
    /// The hidden amount, which names the financing.
    pub claim: FieldBytes,
    /// The bank.
    pub bank: MemberId,
    /// The nullifier that it spent.
    pub nullifier: Nullifier,
    /// The place of its new position in the position tree.
    pub position: u64,
    /// The key that its proof was checked under.
    pub key: Digest,
    /// How far it has come.
    pub stage: Stage,
    /// The height that registered it.
    pub height: Height,
    /// When it came to its stage.
    pub time: BlockTime,
}

impl Canonical for FinancingRecord {
    const BYTES_MAX: usize = 1024;
}
