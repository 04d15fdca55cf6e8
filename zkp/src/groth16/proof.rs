//! A proof on the wire.

use ark_bn254::Bn254;
use ark_serialize::{CanonicalDeserialize, CanonicalSerialize};
use bincode::{Decode, Encode};
use hansa_primitives::codec::Canonical;
use std::fmt;

/// A proof: A in G1, B in G2, C in G1, compressed. The bytes are checked when the proof is
/// verified.
///
/// Not an identifier: anyone can turn a proof into other bytes that verify as well.
#[derive(Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Proof(pub [u8; 128]);

impl Canonical for Proof {
    const BYTES_MAX: usize = 128;
}

impl fmt::Debug for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Proof({}…)", hex::encode(&self.0[..6]))
    }
}

impl Proof {
    /// The points, if each is on its curve, in its subgroup and canonically encoded.
    pub(super) fn points(&self) -> Option<ark_groth16::Proof<Bn254>> {
        let mut rest = &self.0[..];
        let proof = ark_groth16::Proof::deserialize_compressed(&mut rest).ok()?;
        rest.is_empty().then_some(proof)
    }

    pub(crate) fn of(proof: &ark_groth16::Proof<Bn254>) -> Self {
        let mut bytes = [0; 128];
        proof
            .serialize_compressed(&mut bytes[..])
            .expect("32 + 64 + 32 bytes are what a compressed proof takes");
        Self(bytes)
    }
}
