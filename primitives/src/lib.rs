//! Gives every other crate the same ids, bytes, hashes, signatures, certificates and limits.
//!
//! This is the bottom floor: it has no I/O, no threads, no clock and no randomness of its own.
//!
//! | module | holds |
//! |---|---|
//! | [`codec`] | the one canonical encoding of everything that is hashed or signed |
//! | [`hash`] | SHA-256 with domain tags bound to the chain |
//! | [`id`] | typed identifiers; no bare integer or byte string crosses a module's border |
//! | [`time`] | block time, the only clock that state knows |
//! | [`signature`] | Ed25519 under one predicate (ZIP-215), single and batched |
//! | [`merkle`] | RFC 6962 trees and the sparse tree that state proofs are made against |
//! | [`transaction`] | the signed envelope that every contract call travels in |
//! | [`certificate`] | members' X.509 certificates and revocation lists |
//! | [`amount`] | decimals and money without floats |
//! | [`limits`] | every bound on bytes from outside, in one place |

pub mod amount;
pub mod certificate;
pub mod codec;
pub mod hash;
pub mod id;
pub mod limits;
pub mod merkle;
pub mod signature;
pub mod time;
pub mod transaction;

pub use hash::Digest;
pub use id::{
    ActorId, BlockHash, ChainId, DocumentId, Epoch, GrantId, Height, MemberId, RequestId,
    TransactionId, Ucr, ValidatorIndex, Version, View,
};
pub use signature::{Signature, Signer, SigningKey, VerifyingKey};
pub use time::BlockTime;
pub use transaction::{Transaction, TransactionBody};

/// Stops the process where going on would corrupt what members rely on.
///
/// Unlike `debug_assert!` it stays in release builds. The message says why the condition must hold.
#[macro_export]
macro_rules! invariant {
    ($condition:expr, $($why:tt)+) => {
        if !$condition {
            panic!("invariant broken: {}", format_args!($($why)+));
        }
    };
}
