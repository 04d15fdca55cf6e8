//! Calls of the registry.

use super::NodeAddress;
use bincode::{Decode, Encode};
use hansa_documents::grant::EncryptionKey;
use hansa_primitives::{ChainId, Signature, codec, hash};
use hansa_zkp::FieldBytes;

/// A call of the registry; new variants go to the end.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Call {
    /// Revokes the certificates that an anchor's list names. Any member may bring it: the anchor's
    /// signature is what counts.
    SubmitRevocationList {
        /// The list, DER.
        der: Vec<u8>,
    },
    /// Makes a further certificate of a member its current one, for renewal and after a revocation.
    /// Any member may bring it: the anchor's signature is what counts.
    RegisterCertificate {
        /// The certificate, DER.
        der: Vec<u8>,
    },
    /// Takes in a new member. A validator's member brings it, the new member consents.
    Admit {
        /// Who is taken in, with which keys.
        admission: Box<Admission>,
        /// The new member's signature over [`Admission::signing_bytes`].
        consent: Signature,
    },
    /// Tells where the sender's node is now; `None` when it runs none any more.
    MoveNode {
        /// The new addresses.
        node: Option<NodeAddress>,
    },
}

/// A new member with the keys it chose.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Admission {
    /// Its certificate, DER.
    pub certificate: Vec<u8>,
    /// The key that document keys are wrapped for.
    pub encryption_key: EncryptionKey,
    /// The owner of its document leaves in proofs.
    pub owner: FieldBytes,
    /// Its node, if it runs one.
    pub node: Option<NodeAddress>,
}

impl Admission {
    /// What the new member signs.
    pub fn signing_bytes(&self, chain: &ChainId) -> Vec<u8> {
        hash::signing_bytes(chain, "admission", &codec::encode(self))
    }
}
