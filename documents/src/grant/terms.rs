//! The terms of a grant.

use super::scope::Scope;
use crate::byte_code::byte_code;
use bincode::{Decode, Encode};
use hansa_primitives::{
    BlockTime, ChainId, Digest, DocumentId, GrantId, MemberId, Version,
    codec::{self, Canonical},
    hash,
    limits::GRANT_DEPTH_MAX,
};
use serde::{Deserialize, Serialize};
use thiserror::Error;

byte_code! {
    /// What a reader is given a document for.
    GrantPurpose;
    /// To carry out the sale.
    Trade = 1 "trade",
    /// To carry the goods.
    Transport = 2 "transport",
    /// To declare, control and clear the goods.
    Customs = 3 "customs",
    /// To insure the goods.
    Insurance = 4 "insurance",
    /// To finance the trade.
    Finance = 5 "finance",
    /// To audit.
    Audit = 6 "audit",
}

/// Everything about a grant but the wrapped key.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GrantTerms {
    /// The ledger.
    pub chain: ChainId,
    /// The document.
    pub document: DocumentId,
    /// Its version.
    pub version: Version,
    /// What of it.
    pub scope: Scope,
    /// Who grants.
    pub grantor: MemberId,
    /// Who may read.
    pub reader: MemberId,
    /// The [fingerprint](super::EncryptionKey::fingerprint) of the reader's key that it is wrapped
    /// for.
    pub reader_key: Digest,
    /// The grant that this one passes on; nothing if the owner grants.
    pub parent: Option<GrantId>,
    /// How many more times it may be passed on, one after the other.
    pub passing_on_depth: u8,
    /// Until when, excluded; nothing for no end.
    pub expires: Option<BlockTime>,
    /// What for.
    pub purpose: GrantPurpose,
    /// Tells apart grants of the same terms, so that one can be given again after a revocation.
    pub nonce: Digest,
}

impl Canonical for GrantTerms {
    const BYTES_MAX: usize = 4096;
}

impl GrantTerms {
    /// The grant's id: the hash of its terms.
    pub fn id(&self) -> GrantId {
        GrantId(hash::tagged(&self.chain, "grant", &[&codec::encode(self)]))
    }

    /// Whether the depth is one that a grant may have.
    pub fn depth_is_allowed(&self) -> bool {
        self.passing_on_depth <= GRANT_DEPTH_MAX
    }

    /// Whether the grant holds at a time, as far as its expiry goes.
    pub fn is_unexpired_at(&self, time: BlockTime) -> bool {
        self.expires.is_none_or(|expires| time < expires)
    }
}

/// How a grant goes beyond the one that it passes on.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum NotNarrower {
    /// It names another parent, or none.
    #[error("it does not name the grant that it passes on")]
    Parent,
    /// It is for another ledger, document or version.
    #[error("it is for another document or version than the grant that it passes on")]
    Document,
    /// Someone else than the reader of the parent grants.
    #[error("who grants is not the reader of the grant that it passes on")]
    Grantor,
    /// The parent may not be passed on, or not that often.
    #[error("what may be passed on {0} more times can only be given for fewer")]
    Depth(u8),
    /// It covers more.
    #[error("it covers more of the document than the grant that it passes on")]
    Scope,
    /// It lasts longer.
    #[error("it lasts longer than the grant that it passes on")]
    Expiry,
}

/// Whether `child` passes on no more than `parent` gave: the check of every validator.
///
/// # Errors
/// [`NotNarrower`] names the first term that goes beyond.
pub fn narrows(child: &GrantTerms, parent: &GrantTerms) -> Result<(), NotNarrower> {
    let place = |terms: &GrantTerms| (terms.chain.clone(), terms.document, terms.version);
    if child.parent != Some(parent.id()) {
        return Err(NotNarrower::Parent);
    }
    if place(child) != place(parent) {
        return Err(NotNarrower::Document);
    }
    if child.grantor != parent.reader {
        return Err(NotNarrower::Grantor);
    }
    if child.passing_on_depth >= parent.passing_on_depth {
        return Err(NotNarrower::Depth(parent.passing_on_depth));
    }
    if !child.scope.is_within(&parent.scope) {
        return Err(NotNarrower::Scope);
    }
    let lasts_longer = match (child.expires, parent.expires) {
        (_, None) => false,
        (None, Some(_)) => true,
        (Some(own), Some(parents)) => own > parents,
    };
    if lasts_longer {
        return Err(NotNarrower::Expiry);
    }
    Ok(())
}
