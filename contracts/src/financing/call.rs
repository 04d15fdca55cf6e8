//! Calls on financings.

use bincode::{Decode, Encode};
use hansa_primitives::Digest;
use hansa_zkp::{FieldBytes, Nullifier, Proof, RegisterPublic};

/// A call on financings; new variants go to the end.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Call {
    /// Registers a financing; by the bank.
    Register {
        /// The id of the key that the proof is made under.
        key: Digest,
        /// What the proof is about.
        inputs: Box<Inputs>,
        /// The proof.
        proof: Proof,
    },
    /// States that the bank has paid it out; by the same bank.
    Disburse {
        /// The financing.
        claim: FieldBytes,
    },
    /// States that it was paid back; by the same bank.
    Settle {
        /// The financing.
        claim: FieldBytes,
    },
}

/// The public inputs of a registration, but for the context: that one the contract computes, from
/// the bank that signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Inputs {
    /// A root that the document tree has had.
    pub document_root: FieldBytes,
    /// A root that the position tree has had.
    pub position_root: FieldBytes,
    /// Spends this step of the trade.
    pub nullifier: Nullifier,
    /// The hidden position after this step.
    pub new_position: FieldBytes,
    /// The hidden amount.
    pub claim: FieldBytes,
    /// The session of the pre-check that the bank accepted.
    pub session: FieldBytes,
}

impl Inputs {
    /// All public inputs, under a context.
    pub fn public(&self, context: FieldBytes) -> RegisterPublic {
        RegisterPublic {
            document_root: self.document_root,
            position_root: self.position_root,
            nullifier: self.nullifier,
            new_position: self.new_position,
            claim: self.claim,
            session: self.session,
            context,
        }
    }
}

impl From<&RegisterPublic> for Inputs {
    fn from(public: &RegisterPublic) -> Self {
        Self {
            document_root: public.document_root,
            position_root: public.position_root,
            nullifier: public.nullifier,
            new_position: public.new_position,
            claim: public.claim,
            session: public.session,
        }
    }
}
