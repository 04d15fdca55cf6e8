//! Proving keys and proving.

use super::{
    KeyError, KeyId, Proof, Verifier, VerifyError, VerifyingKey, verifying_key::statement_header,
};
use crate::{
    field::Fr,
    statement::{
        Refusal, Statement,
        shape::{self, Shape, ShapeError},
    },
};
use ark_bn254::{Bn254, G1Affine, G2Affine};
use ark_ec::{AffineRepr, pairing::Pairing};
use ark_ff::UniformRand;
use ark_groth16::Groth16;
use ark_relations::gr1cs::SynthesisError;
use ark_serialize::{CanonicalDeserialize, CanonicalSerialize};
use ark_std::rand::{CryptoRng, RngCore};
use hansa_primitives::hash::sha256;
use std::fmt;
use thiserror::Error;
use zeroize::Zeroizing;

/// A proving key of the largest domain takes fewer bytes than this.
const BYTES_MAX: usize = 64 << 20;

/// Why there is no proof.
#[derive(Debug, Error)]
pub enum ProveError {
    /// The claim does not hold.
    #[error("nothing to prove: {0}")]
    Refused(#[from] Refusal),
    /// The gadgets could not compute the assignment.
    #[error("the witness of `{0}` could not be computed: {1}")]
    Synthesis(&'static str, SynthesisError),
    /// The checks in plain Rust passed but a constraint is broken: a defect of this crate.
    #[error(
        "constraint {row} of `{name}` is broken although every check passed; please report this"
    )]
    Broken {
        /// The statement.
        name: &'static str,
        /// The first broken constraint.
        row: usize,
    },
    /// The finished proof does not verify: the proving key is damaged.
    #[error("the finished proof does not verify; fetch the proving key again: {0}")]
    SelfCheck(VerifyError),
}

/// Why a proving key cannot be read.
#[derive(Debug, Error)]
pub enum ProvingKeyError {
    /// The key is not admitted.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The circuit of this build is not the one that the key is for.
    #[error(transparent)]
    Shape(#[from] ShapeError),
}

/// Makes proofs of a statement: the key's points, the circuit's matrices and the verifier that
/// checks each proof before it leaves.
pub struct ProvingKey<S: Statement> {
    points: ark_groth16::ProvingKey<Bn254>,
    shape: Shape,
    verifying: VerifyingKey<S>,
    verifier: Verifier<S>,
}

impl<S: Statement> fmt::Debug for ProvingKey<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ProvingKey({} {})", S::NAME, self.id())
    }
}

impl<S: Statement> ProvingKey<S> {
    pub(crate) fn new(
        points: ark_groth16::ProvingKey<Bn254>,
        shape: Shape,
    ) -> Result<Self, KeyError> {
        let verifying = VerifyingKey::admit(points.vk.clone())?;
        let variables = shape.variables();
        let lengths = [points.a_query.len(), points.b_g1_query.len(), points.b_g2_query.len()];
        if lengths != [variables; 3] || points.l_query.len() != shape.witnesses {
            return Err(KeyError::Malformed);
        }
        // The prover hides its witness behind delta: it must be the verifying key's.
        let generators = (G1Affine::generator(), G2Affine::generator());
        if Bn254::pairing(points.delta_g1, generators.1)
            != Bn254::pairing(generators.0, points.vk.delta_g2)
        {
            return Err(KeyError::Inconsistent);
        }
        let verifier = Verifier::new(&verifying);
        Ok(Self { points, shape, verifying, verifier })
    }

    /// The key's name, which is its verifying key's.
    pub fn id(&self) -> KeyId {
        self.verifier.id()
    }

    /// The key that checks its proofs.
    pub fn verifying_key(&self) -> &VerifyingKey<S> {
        &self.verifying
    }

    #[cfg(test)]
    pub(crate) fn points(&self) -> &ark_groth16::ProvingKey<Bn254> {
        &self.points
    }

    /// That key made ready.
    pub fn verifier(&self) -> &Verifier<S> {
        &self.verifier
    }

    /// The key as bytes: statement, circuit hash, points, checksum. Some megabytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = statement_header::<S>();
        self.points.serialize_uncompressed(&mut bytes).expect("writing to memory does not fail");
        let checksum = sha256(&[&bytes]);
        bytes.extend_from_slice(checksum.as_bytes());
        bytes
    }

    /// Reads the proving key that belongs to a verifying key's name.
    ///
    /// Its points are not checked one by one: a proof made with a bad key fails the check that
    /// every proof goes through, and one that passes it hides its witness behind the delta checked
    /// here.
    ///
    /// # Errors
    /// [`ProvingKeyError`] if the bytes are damaged or belong to another key or circuit.
    pub fn decode(bytes: &[u8], expected: &KeyId) -> Result<Self, ProvingKeyError> {
        let header = statement_header::<S>();
        let (body, checksum) = bytes
            .split_last_chunk::<32>()
            .filter(|_| bytes.len() <= BYTES_MAX)
            .ok_or(KeyError::Malformed)?;
        if sha256(&[body]).as_bytes() != checksum {
            return Err(KeyError::Damaged.into());
        }
        let mut rest = body.strip_prefix(&header[..]).ok_or(KeyError::OtherCircuit(S::NAME))?;
        let points = ark_groth16::ProvingKey::deserialize_uncompressed_unchecked(&mut rest)
            .map_err(|_| KeyError::Malformed)?;
        if !rest.is_empty() {
            return Err(KeyError::Malformed.into());
        }
        let key = Self::new(points, Shape::of::<S>()?)?;
        if key.id() != *expected {
            return Err(KeyError::OtherKey { expected: *expected, found: key.id() }.into());
        }
        Ok(key)
    }

    /// Proves a claim: checks it, assigns, proves, and verifies the result.
    ///
    /// # Errors
    /// [`ProveError`]; a claim that does not hold is [`ProveError::Refused`].
    pub fn prove(
        &self,
        public: &S::Public,
        witness: &S::Witness,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<Proof, ProveError> {
        S::check(public, witness)?;
        let assignment = shape::assignment::<S>(public, witness)
            .map(Zeroizing::new)
            .map_err(|error| ProveError::Synthesis(S::NAME, error))?;
        if let Some(row) = self.shape.first_broken(&assignment) {
            return Err(ProveError::Broken { name: S::NAME, row });
        }
        let points = Groth16::<Bn254>::create_proof_with_reduction_and_matrices(
            &self.points,
            Fr::rand(rng),
            Fr::rand(rng),
            &self.shape.matrices,
            self.shape.inputs,
            self.shape.constraints(),
            &assignment,
        )
        .map_err(|error| ProveError::Synthesis(S::NAME, error))?;
        let proof = Proof::of(&points);
        self.verifier.verify(public, &proof).map_err(ProveError::SelfCheck)?;
        Ok(proof)
    }
}
