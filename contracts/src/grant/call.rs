//! Calls on grants.

use bincode::{Decode, Encode};
use hansa_documents::grant::{GrantTerms, WrappedKey};
use hansa_primitives::GrantId;

/// A call on grants; new variants go to the end.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Call {
    /// Gives keys to readers; by the grantor that each names.
    Give {
        /// The grants.
        grants: Vec<Grant>,
    },
    /// Cuts off a grant and all that came of it; by its grantor or the document's owner.
    Revoke {
        /// The grant.
        grant: GrantId,
    },
}

/// The terms of a grant and the key under them.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Grant {
    /// What is granted to whom.
    pub terms: GrantTerms,
    /// The key, encrypted for the reader.
    pub wrapped: WrappedKey,
}
