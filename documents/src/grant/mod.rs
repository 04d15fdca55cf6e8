//! Grants: a document's key, or keys of some sections, wrapped for one reader.
//!
//! The key is wrapped with HPKE (RFC 9180) in base mode; who grants is shown by the signature of
//! the transaction that carries the grant. `info` binds ledger and suite, the additional data is
//! the grant's id followed by all its terms, so that a wrapped key opens under the terms it was
//! made for or not at all.
//!
//! Grants form a tree. A reader who may pass a document on wraps what it holds for the next; that
//! the next grant only [narrows](narrows) the one before is checked by every validator without
//! decrypting. A revoked grant is no longer served and cannot be passed on; what was read stays
//! read.

mod key;
mod scope;
mod terms;
mod wrap;

pub use key::{DocumentKeyPair, EncryptionKey, InvalidEncryptionKey, WrapSuite};
pub use scope::{InvalidScope, Scope};
pub use terms::{GrantPurpose, GrantTerms, NotNarrower, narrows};
pub use wrap::{UnwrapError, WrapError, WrappedKey, wrap};

#[cfg(test)]
mod tests;
