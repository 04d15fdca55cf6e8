//! Checking proofs one at a time.

use super::{KeyId, Proof, VerifyingKey, batch};
use crate::{
    field::Fr,
    statement::{PublicInputs, Statement},
};
use ark_bn254::{Bn254, G1Affine, G1Projective, G2Affine};
use ark_ec::{AffineRepr, CurveGroup, VariableBaseMSM, pairing::Pairing};
use std::{marker::PhantomData, ops::Neg};
use thiserror::Error;

/// Why a proof does not convince.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum VerifyError {
    /// A point is not on its curve, not in its subgroup, or not canonically encoded.
    #[error("the proof's bytes are not three points of their groups")]
    Malformed,
    /// The number of public inputs is not the key's.
    #[error("{found} public inputs for a key that takes {expected}")]
    InputCount {
        /// Inputs of the key.
        expected: usize,
        /// Inputs given.
        found: usize,
    },
    /// The equation does not hold: wrong proof, wrong inputs or wrong key.
    #[error("the proof does not hold for these public inputs under key {0}")]
    Invalid(KeyId),
}

/// A verifying key made ready: what depends on it alone is computed once.
pub struct Verifier<S> {
    id: KeyId,
    pub(super) key: ark_groth16::VerifyingKey<Bn254>,
    alpha_beta: <Bn254 as Pairing>::TargetField,
    pub(super) minus_gamma: <Bn254 as Pairing>::G2Prepared,
    pub(super) minus_delta: <Bn254 as Pairing>::G2Prepared,
    pub(super) beta: <Bn254 as Pairing>::G2Prepared,
    statement: PhantomData<fn() -> S>,
}

impl<S: Statement> Verifier<S> {
    /// Prepares an admitted key.
    pub fn new(key: &VerifyingKey<S>) -> Self {
        let points = key.points.clone();
        let prepared = |point: G2Affine| <Bn254 as Pairing>::G2Prepared::from(point);
        Self {
            id: key.id(),
            alpha_beta: Bn254::pairing(points.alpha_g1, points.beta_g2).0,
            minus_gamma: prepared(points.gamma_g2.neg()),
            minus_delta: prepared(points.delta_g2.neg()),
            beta: prepared(points.beta_g2),
            key: points,
            statement: PhantomData,
        }
    }

    /// The key's name.
    pub fn id(&self) -> KeyId {
        self.id
    }

    /// Checks one proof.
    ///
    /// # Errors
    /// [`VerifyError`] if the proof does not hold for exactly these inputs.
    pub fn verify(&self, public: &S::Public, proof: &Proof) -> Result<(), VerifyError> {
        self.verify_elements(public.elements().as_ref(), proof)
    }

    /// Checks many proofs at a fraction of the price of each alone. A refusal does not say which
    /// one is wrong: check them one by one to know.
    ///
    /// # Errors
    /// [`VerifyError`] if at least one proof does not hold.
    pub fn verify_batch(&self, claims: &[(S::Public, Proof)]) -> Result<(), VerifyError> {
        match claims {
            [] => Ok(()),
            [(public, proof)] => self.verify(public, proof),
            _ => batch::verify(self, claims),
        }
    }

    pub(super) fn verify_elements(&self, inputs: &[Fr], proof: &Proof) -> Result<(), VerifyError> {
        let proof = proof.points().ok_or(VerifyError::Malformed)?;
        let bases = &self.key.gamma_abc_g1;
        self.check_count(inputs)?;
        let mut combined = G1Projective::msm_unchecked(&bases[1..], inputs);
        combined += bases[0];
        let combined = combined.into_affine();
        let loops = Bn254::multi_miller_loop(
            [proof.a, combined, proof.c].map(<Bn254 as Pairing>::G1Prepared::from),
            [proof.b.into(), self.minus_gamma.clone(), self.minus_delta.clone()],
        );
        match Bn254::final_exponentiation(loops) {
            Some(result) if result.0 == self.alpha_beta => Ok(()),
            _ => Err(VerifyError::Invalid(self.id)),
        }
    }

    pub(super) fn check_count(&self, inputs: &[Fr]) -> Result<(), VerifyError> {
        let (expected, found) = (self.key.gamma_abc_g1.len() - 1, inputs.len());
        if expected == found { Ok(()) } else { Err(VerifyError::InputCount { expected, found }) }
    }

    pub(super) fn alpha(&self) -> G1Affine {
        debug_assert!(!self.key.alpha_g1.is_zero(), "admitted keys hold no infinity");
        self.key.alpha_g1
    }
}
