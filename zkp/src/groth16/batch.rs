//! Checking many proofs under one key with one final exponentiation.
//!
//! The equations are added up with factors of 128 bits. The factors come from a hash over
//! everything that is checked, so that verification needs no randomness of its own and nobody can
//! choose a proof after knowing its factor; a batch with a wrong proof passes with probability
//! 2^-128.

use super::{Proof, Verifier, VerifyError};
use crate::{
    field::Fr,
    statement::{PublicInputs, Statement},
};
use ark_bn254::{Bn254, G1Affine, G1Projective};
use ark_ec::{CurveGroup, VariableBaseMSM, pairing::Pairing};
use hansa_primitives::{codec, hash};
use rayon::prelude::*;
use std::ops::Neg;

pub(super) fn verify<S: Statement>(
    verifier: &Verifier<S>,
    claims: &[(S::Public, Proof)],
) -> Result<(), VerifyError> {
    let points: Vec<_> = claims
        .par_iter()
        .map(|(_, proof)| proof.points().ok_or(VerifyError::Malformed))
        .collect::<Result<_, _>>()?;
    let factors = factors(verifier, claims);
    let mut weights = vec![Fr::from(0_u8); verifier.key.gamma_abc_g1.len()];
    for ((public, _), factor) in claims.iter().zip(&factors) {
        let inputs = public.elements();
        verifier.check_count(inputs.as_ref())?;
        weights[0] += factor;
        for (weight, input) in weights[1..].iter_mut().zip(inputs.as_ref()) {
            *weight += *factor * input;
        }
    }
    let scaled: Vec<G1Projective> =
        points.par_iter().zip(&factors).map(|(proof, factor)| proof.a * *factor).collect();
    let mut left = G1Projective::normalize_batch(&scaled);
    let c: Vec<G1Affine> = points.iter().map(|proof| proof.c).collect();
    left.push(G1Projective::msm_unchecked(&verifier.key.gamma_abc_g1, &weights).into_affine());
    left.push(G1Projective::msm_unchecked(&c, &factors).into_affine());
    left.push((verifier.alpha() * weights[0]).into_affine().neg());
    let right = points.iter().map(|proof| <Bn254 as Pairing>::G2Prepared::from(proof.b)).chain([
        verifier.minus_gamma.clone(),
        verifier.minus_delta.clone(),
        verifier.beta.clone(),
    ]);
    let loops = Bn254::multi_miller_loop(left, right);
    match Bn254::final_exponentiation(loops) {
        Some(result) if result.0 == <Bn254 as Pairing>::TargetField::from(1_u8) => Ok(()),
        _ => Err(VerifyError::Invalid(verifier.id())),
    }
}

fn factors<S: Statement>(verifier: &Verifier<S>, claims: &[(S::Public, Proof)]) -> Vec<Fr> {
    let mut transcript = verifier.id().0.as_bytes().to_vec();
    for (public, proof) in claims {
        transcript.extend_from_slice(&codec::encode(public));
        transcript.extend_from_slice(&proof.0);
    }
    let seed = hash::tagged_unbound("zkp-batch", &[&transcript]);
    (0..claims.len() as u64)
        .map(|index| {
            let digest =
                hash::tagged_unbound("zkp-batch-factor", &[seed.as_bytes(), &index.to_le_bytes()]);
            let mut half = [0; 16];
            half.copy_from_slice(&digest.as_bytes()[..16]);
            Fr::from(u128::from_le_bytes(half))
        })
        .collect()
}
