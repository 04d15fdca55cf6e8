//! Verifying keys and their admission.

use crate::statement::{PublicInputs, Statement};
use ark_bn254::{Bn254, G2Affine};
use ark_ec::AffineRepr;
use ark_serialize::{CanonicalDeserialize, CanonicalSerialize};
use bincode::{Decode, Encode};
use hansa_primitives::{Digest, codec::Canonical, hash};
use serde::{Deserialize, Serialize};
use std::{fmt, marker::PhantomData};
use thiserror::Error;

/// A verifying key's name: the hash of its statement's name, its circuit's hash and its points.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct KeyId(pub Digest);

impl Canonical for KeyId {
    const BYTES_MAX: usize = 32;
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Why a key is not admitted.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum KeyError {
    /// No key with this id is at hand.
    #[error("no key {0} is registered")]
    Unknown(KeyId),
    /// The key's id is not the expected one.
    #[error("the key is {found}, not {expected}")]
    OtherKey {
        /// The id asked for.
        expected: KeyId,
        /// The id that the bytes have.
        found: KeyId,
    },
    /// The key belongs to another statement or to another version of its circuit.
    #[error("the key is not for the circuit of `{0}` that this build has")]
    OtherCircuit(&'static str),
    /// The bytes are cut, too long, or hold a point that is not in its group.
    #[error("the key's bytes are malformed")]
    Malformed,
    /// The checksum at the end does not match.
    #[error("the key file is damaged: its checksum does not match; fetch it again")]
    Damaged,
    /// The key takes another number of public inputs than the statement has.
    #[error("the key takes {found} public inputs, the statement has {expected}")]
    InputCount {
        /// Inputs of the statement.
        expected: usize,
        /// Inputs of the key.
        found: usize,
    },
    /// A point of the key is the point at infinity.
    #[error("the key holds the point at infinity")]
    Infinity,
    /// gamma equals delta, or delta is the generator: nobody contributed to the key, and whoever
    /// holds it can prove anything.
    #[error("nobody contributed to the key: gamma equals delta or delta is the generator")]
    NoContribution,
    /// The proving key's delta is not the one of its verifying key.
    #[error("the proving key does not belong to its verifying key")]
    Inconsistent,
}

/// The key that checks proofs of a statement. A value of this type is admitted.
pub struct VerifyingKey<S> {
    pub(super) points: ark_groth16::VerifyingKey<Bn254>,
    statement: PhantomData<fn() -> S>,
}

impl<S> Clone for VerifyingKey<S> {
    fn clone(&self) -> Self {
        Self { points: self.points.clone(), statement: PhantomData }
    }
}

impl<S: Statement> fmt::Debug for VerifyingKey<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifyingKey({} {})", S::NAME, self.id())
    }
}

impl<S: Statement> VerifyingKey<S> {
    /// The key as bytes: statement, circuit hash, compressed points.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = statement_header::<S>();
        self.points.serialize_compressed(&mut bytes).expect("writing to memory does not fail");
        bytes
    }

    /// Reads and admits a key.
    ///
    /// # Errors
    /// [`KeyError`] says what is wrong with it.
    pub fn decode(bytes: &[u8]) -> Result<Self, KeyError> {
        let header = statement_header::<S>();
        let mut rest = bytes.strip_prefix(&header[..]).ok_or(KeyError::OtherCircuit(S::NAME))?;
        // Before any point is read: the length says how many there are.
        if rest.len() != points_length(S::Public::COUNT + 1) {
            return Err(KeyError::Malformed);
        }
        let points = ark_groth16::VerifyingKey::deserialize_compressed(&mut rest)
            .map_err(|_| KeyError::Malformed)?;
        let key = Self::admit(points)?;
        if key.encode() == bytes { Ok(key) } else { Err(KeyError::Malformed) }
    }

    /// Admits the points of a key.
    pub(crate) fn admit(points: ark_groth16::VerifyingKey<Bn254>) -> Result<Self, KeyError> {
        let expected = S::Public::COUNT;
        if points.gamma_abc_g1.len() != expected + 1 {
            let found = points.gamma_abc_g1.len().saturating_sub(1);
            return Err(KeyError::InputCount { expected, found });
        }
        let in_g2 = [points.beta_g2, points.gamma_g2, points.delta_g2];
        if points.alpha_g1.is_zero()
            || in_g2.iter().any(G2Affine::is_zero)
            || points.gamma_abc_g1.iter().any(AffineRepr::is_zero)
        {
            return Err(KeyError::Infinity);
        }
        if points.gamma_g2 == points.delta_g2 || points.delta_g2 == G2Affine::generator() {
            return Err(KeyError::NoContribution);
        }
        Ok(Self { points, statement: PhantomData })
    }

    /// The key's name.
    pub fn id(&self) -> KeyId {
        KeyId(hash::tagged_unbound("zkp-verifying-key", &[&self.encode()]))
    }
}

/// alpha in G1, beta, gamma and delta in G2, the number of further points, the points in G1.
fn points_length(inputs: usize) -> usize {
    32 + 3 * 64 + 8 + 32 * inputs
}

/// What every key of a statement starts with: its name and the hash of its circuit.
pub(super) fn statement_header<S: Statement>() -> Vec<u8> {
    let mut bytes = b"hansa-key-1\0".to_vec();
    bytes.push(S::NAME.len() as u8);
    bytes.extend_from_slice(S::NAME.as_bytes());
    bytes.extend_from_slice(S::CIRCUIT.as_bytes());
    bytes
}
