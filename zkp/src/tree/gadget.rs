//! The way from a leaf to the root as constraints.

use super::{DEPTH, Path};
use crate::{
    field::Fr,
    gadget::{Cs, bit, linear, witness},
    poseidon::hash_var,
};
use ark_ff::Field;
use ark_r1cs_std::fields::fp::FpVar;
use ark_relations::gr1cs::SynthesisError;

/// The root that a private path leads to from a leaf.
pub(crate) fn root_var(
    cs: &Cs,
    leaf: FpVar<Fr>,
    path: Option<&Path>,
) -> Result<FpVar<Fr>, SynthesisError> {
    let mut current = leaf;
    for level in 0..DEPTH {
        let digit = path.map(|path| path.digit(level));
        let mut siblings = Vec::with_capacity(3);
        for place in 0..3 {
            let value = path.map(|path| path.siblings[level][place].element());
            siblings.push(witness(cs, value)?);
        }
        let children = arrange(cs, &current, &siblings, digit)?;
        let [a, b, c, d] = &children;
        current = hash_var(cs, [a, b, c, d])?;
    }
    Ok(current)
}

/// Puts the current node among its siblings at the place that two private bits name: seven
/// constraints. With `e0..e3` as indicators of the place, the children are
///
/// - first: `s0 + e0 (c - s0)`
/// - second: `s1 + e0 (s0 - s1) + e1 (c - s1)`
/// - fourth: `s2 + e3 (c - s2)`
/// - third: what is left of `c + s0 + s1 + s2`, since the children are a permutation of these.
fn arrange(
    cs: &Cs,
    current: &FpVar<Fr>,
    siblings: &[FpVar<Fr>],
    digit: Option<usize>,
) -> Result<[FpVar<Fr>; 4], SynthesisError> {
    let (zero, plus, minus) = (Fr::from(0_u8), Fr::ONE, -Fr::ONE);
    let sum = |terms: &[(Fr, &FpVar<Fr>)]| linear(cs, terms.iter().copied(), zero);
    let [s0, s1, s2] = siblings else { return Err(SynthesisError::Unsatisfiable) };
    let low = FpVar::from(bit(cs, digit.map(|digit| digit & 1 == 1))?);
    let high = FpVar::from(bit(cs, digit.map(|digit| digit & 2 == 2))?);
    let e3 = &low * &high;
    let e0_terms = [(minus, &low), (minus, &high), (plus, &e3)];
    let e0 = linear(cs, e0_terms.into_iter(), plus)?;
    let e1 = sum(&[(plus, &low), (minus, &e3)])?;
    let to_first = sum(&[(plus, current), (minus, s0)])? * &e0;
    let first = sum(&[(plus, s0), (plus, &to_first)])?;
    let from_first = sum(&[(plus, s0), (minus, s1)])? * &e0;
    let to_second = sum(&[(plus, current), (minus, s1)])? * &e1;
    let second = sum(&[(plus, s1), (plus, &from_first), (plus, &to_second)])?;
    let to_fourth = sum(&[(plus, current), (minus, s2)])? * &e3;
    let fourth = sum(&[(plus, s2), (plus, &to_fourth)])?;
    let third = sum(&[
        (plus, current),
        (plus, s0),
        (plus, s1),
        (plus, s2),
        (minus, &first),
        (minus, &second),
        (minus, &fourth),
    ])?;
    Ok([first, second, third, fourth])
}
