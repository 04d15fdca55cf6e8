//! The signed envelope that every contract call travels in.
//!
//! Transactions of one actor are not ordered among themselves. A replay is excluded by the id within the
//! validity window, so submitting one twice is harmless.

use crate::{
    codec::{self, Canonical},
    hash,
    id::{ActorId, ChainId, Height, RequestId, TransactionId},
    limits,
    signature::{Signature, SignatureError, Signer, VerifyingKey},
};
use bincode::{Decode, Encode};

const KIND: &str = "transaction";

/// What an actor asks the contracts to do, and for how long the request stands.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct TransactionBody {
    /// The ledger that this is meant for.
    pub chain: ChainId,
    /// The certificate that the actor signs under.
    pub actor: ActorId,
    /// Told apart by the sender; two equal bodies are one transaction.
    pub request: RequestId,
    /// The last height that may include it.
    pub valid_until: Height,
    /// The canonical bytes of a contract call.
    pub call: Vec<u8>,
}

impl TransactionBody {
    /// The id: the hash of the body under the chain's tag. The signature has no part in it.
    pub fn id(&self) -> TransactionId {
        TransactionId(hash::tagged(&self.chain, "transaction-id", &[&codec::encode(self)]))
    }
}

impl Canonical for TransactionBody {
    const BYTES_MAX: usize = limits::TRANSACTION_BYTES_MAX;
}

/// A transaction with its actor's signature.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Transaction {
    /// What is asked.
    pub body: TransactionBody,
    /// The actor's signature on [`Transaction::signing_bytes`].
    pub signature: Signature,
}

impl Canonical for Transaction {
    const BYTES_MAX: usize = limits::TRANSACTION_BYTES_MAX;
}

impl Transaction {
    /// Signs the body.
    pub fn sign(body: TransactionBody, signer: &dyn Signer) -> Self {
        let bytes = hash::signing_bytes(&body.chain, KIND, body.id().as_bytes());
        Self { signature: signer.sign(&bytes), body }
    }

    /// The id of the body.
    pub fn id(&self) -> TransactionId {
        self.body.id()
    }

    /// The bytes that the signature covers.
    pub fn signing_bytes(&self) -> Vec<u8> {
        hash::signing_bytes(&self.body.chain, KIND, self.id().as_bytes())
    }

    /// Checks the signature under the key that the registry holds for the actor.
    ///
    /// # Errors
    /// [`SignatureError`] if it does not hold.
    pub fn verify(&self, key: &VerifyingKey) -> Result<(), SignatureError> {
        key.verify(&self.signing_bytes(), &self.signature)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{hash::Digest, signature::SigningKey};

    fn body() -> TransactionBody {
        TransactionBody {
            chain: ChainId::new("milk").unwrap(),
            actor: ActorId(Digest([7; 32])),
            request: RequestId([1; 16]),
            valid_until: Height(100),
            call: vec![1, 2, 3],
        }
    }

    #[test]
    fn the_bytes_are_pinned() {
        insta::assert_snapshot!(hex::encode(codec::encode(&body())), @"04000000000000006d696c6b07070707070707070707070707070707070707070707070707070707070707070101010101010101010101010101010164000000000000000300000000000000010203");
        insta::assert_snapshot!(body().id(), @"68972d79dff554b3f93ed46800e0e0fd719b1a962bdcf1b13c450ef10e779e7a");
    }

    #[test]
    fn a_signature_holds_for_its_body_and_chain_only() {
        let key = SigningKey::from_seed(&[1; 32]);
        let transaction = Transaction::sign(body(), &key);
        assert!(transaction.verify(&key.verifying_key()).is_ok());

        let mut altered = transaction.clone();
        altered.body.call[0] ^= 1;
        assert!(altered.verify(&key.verifying_key()).is_err());
        let mut elsewhere = transaction;
        elsewhere.body.chain = ChainId::new("silk").unwrap();
        assert!(elsewhere.verify(&key.verifying_key()).is_err());
    }
}
