//! Calls on proof keys.

use super::Statement;
use bincode::{Decode, Encode};
use hansa_primitives::{Digest, MemberId};

/// A call on proof keys; new variants go to the end.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Call {
    /// Proposes a key and approves it; by a validator's member.
    ProposeKey {
        /// What is proven under it.
        statement: Statement,
        /// The key, as `hansa_zkp::VerifyingKey::encode` gives it.
        verifying_key: Vec<u8>,
        /// The hash of the ceremony's transcript.
        transcript: Digest,
        /// Who contributed to the ceremony.
        contributors: Vec<MemberId>,
    },
    /// Approves a key; by a validator's member.
    ApproveKey {
        /// The key's id.
        key: Digest,
    },
}
