//! What the ledger keeps of evidence.

use bincode::{Decode, Encode};
use hansa_primitives::{BlockTime, Digest, Height, MemberId, codec::Canonical, limits};

/// Evidence that was verified.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct EvidenceRecord {
    /// Its id.
    pub id: Digest,
    /// The member that runs the validator.
    pub validator: MemberId,
    /// What the validator did: `double-vote`, `double-proposal`, `amnesia`.
    pub misbehaviour: String,
    /// The canonical bytes of [`hansa_consensus::Evidence`].
    pub evidence: Vec<u8>,
    /// Who brought it.
    pub by: MemberId,
    /// The height that recorded it.
    pub height: Height,
    /// When it was recorded.
    pub time: BlockTime,
}

impl Canonical for EvidenceRecord {
    const BYTES_MAX: usize = limits::STATE_VALUE_BYTES_MAX;
}
