//! What the ledger keeps of grants.

use bincode::{Decode, Encode};
use hansa_documents::grant::{GrantTerms, WrappedKey};
use hansa_primitives::{
    BlockTime, GrantId, Height, MemberId, TransactionId, codec::Canonical, limits,
};

/// Grants of one version to one reader.
pub const GRANTS_PER_READER_MAX: usize = 256;
/// Of these, so many are left to the owner, whatever those who pass on have given.
pub(crate) const GRANTS_LEFT_TO_OWNER: usize = 128;

/// A grant on the ledger.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct GrantRecord {
    /// Its id: the hash of the terms.
    pub id: GrantId,
    /// What is granted to whom.
    pub terms: GrantTerms,
    /// The key, encrypted for the reader.
    pub wrapped: WrappedKey,
    /// Who owns the document.
    pub owner: MemberId,
    /// The transaction that gave it.
    pub transaction: TransactionId,
    /// The height of its block.
    pub height: Height,
    /// The time of its block.
    pub time: BlockTime,
    /// By whom and when it was cut off.
    pub revoked: Option<Revocation>,
}

/// That a grant was cut off.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Revocation {
    /// Who did it.
    pub by: MemberId,
    /// The height of the block.
    pub height: Height,
    /// The time of the block.
    pub time: BlockTime,
}

impl Canonical for GrantRecord {
    const BYTES_MAX: usize = limits::STATE_VALUE_BYTES_MAX;
}
