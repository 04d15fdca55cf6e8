//! The permutation as rank-1 constraints: three for each S-box, none for linear layers.
//!
//! `x^5` is `x*x`, `x2*x2`, `x4*x` with `x4` on the left: what stands on the right costs the prover
//! a multiplication in G2, and `x` stands there already.
//!
//! In partial rounds a linear combination gains a term each round. Every [`RENEW_EVERY`] rounds the
//! elements that met no S-box become variables of their own: a few more constraints, half the
//! entries in the matrices, and so half the work of the ceremony.

use super::constants::{self, Sparse};
use crate::{
    field::Fr,
    gadget::{Cs, equal, linear, witness},
};
use ark_ff::Field;
use ark_r1cs_std::{GR1CSVar, fields::fp::FpVar};
use ark_relations::gr1cs::SynthesisError;

const RENEW_EVERY: usize = 20;

/// Hashes variables; constants among the inputs cost nothing in the first round.
pub(crate) fn hash_var<const N: usize>(
    cs: &Cs,
    inputs: [&FpVar<Fr>; N],
) -> Result<FpVar<Fr>, SynthesisError> {
    let constants = constants::of(N);
    let mut state = vec![FpVar::Constant(Fr::from(0_u8))];
    state.extend(inputs.into_iter().cloned());
    let rounds = constants.first.len();
    for (round, added) in constants.first.iter().enumerate() {
        let matrix = if round + 1 == rounds { &constants.bridge } else { &constants.mix };
        state = full_round(cs, &state, added, matrix)?;
    }
    for (round, (added, layer)) in constants.partial.iter().enumerate() {
        if round > 0 && round % RENEW_EVERY == 0 {
            for element in &mut state[1..] {
                *element = renewed(cs, element)?;
            }
        }
        state[0] = power_of_five(&plus(cs, &state[0], *added)?);
        state = sparse(cs, &state, layer)?;
    }
    let (final_round, others) = constants.last.split_last().ok_or(SynthesisError::Unsatisfiable)?;
    for added in others {
        state = full_round(cs, &state, added, &constants.mix)?;
    }
    // Of the final layer only the first element is used.
    let state = full_round(cs, &state, final_round, &constants.mix[..1])?;
    state.into_iter().next().ok_or(SynthesisError::Unsatisfiable)
}

fn full_round(
    cs: &Cs,
    state: &[FpVar<Fr>],
    added: &[Fr],
    matrix: &[Vec<Fr>],
) -> Result<Vec<FpVar<Fr>>, SynthesisError> {
    let mut powered = Vec::with_capacity(state.len());
    for (element, constant) in state.iter().zip(added) {
        powered.push(power_of_five(&plus(cs, element, *constant)?));
    }
    matrix.iter().map(|row| linear(cs, row.iter().copied().zip(&powered), Fr::from(0_u8))).collect()
}

fn sparse(cs: &Cs, state: &[FpVar<Fr>], layer: &Sparse) -> Result<Vec<FpVar<Fr>>, SynthesisError> {
    let zero = Fr::from(0_u8);
    let mut mixed = vec![linear(cs, layer.row.iter().copied().zip(state), zero)?];
    for (element, factor) in state[1..].iter().zip(&layer.column) {
        let terms = [(*factor, &state[0]), (Fr::ONE, element)];
        mixed.push(linear(cs, terms.into_iter(), zero)?);
    }
    Ok(mixed)
}

/// The same value as a variable of its own.
fn renewed(cs: &Cs, element: &FpVar<Fr>) -> Result<FpVar<Fr>, SynthesisError> {
    if element.is_constant() {
        return Ok(element.clone());
    }
    let variable = witness(cs, element.value().ok())?;
    equal(element, &variable)?;
    Ok(variable)
}

fn plus(cs: &Cs, element: &FpVar<Fr>, constant: Fr) -> Result<FpVar<Fr>, SynthesisError> {
    linear(cs, std::iter::once((Fr::ONE, element)), constant)
}

fn power_of_five(element: &FpVar<Fr>) -> FpVar<Fr> {
    let square = element * element;
    let fourth = &square * &square;
    fourth * element
}
