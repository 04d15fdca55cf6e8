//! Small gadgets that the circuits are written with.
//!
//! Widths are explicit everywhere and at most 248 bits, and nothing is enforced between two
//! constants: the library's own equality gadget accepts unequal constants in silence.

use crate::field::Fr;
use ark_ff::{BigInteger, Field, PrimeField};
use ark_r1cs_std::{
    GR1CSVar,
    alloc::AllocVar,
    boolean::Boolean,
    eq::EqGadget,
    fields::{
        FieldVar,
        fp::{AllocatedFp, FpVar},
    },
};
use ark_relations::gr1cs::{ConstraintSystemRef, LinearCombination, SynthesisError, Variable};

/// The constraint system that a circuit is written into.
pub(crate) type Cs = ConstraintSystemRef<Fr>;

/// Allocates a private value; `None` while only the shape is wanted.
pub(crate) fn witness(cs: &Cs, value: Option<Fr>) -> Result<FpVar<Fr>, SynthesisError> {
    FpVar::new_witness(cs.clone(), || value.ok_or(SynthesisError::AssignmentMissing))
}

/// Allocates a private bit.
pub(crate) fn bit(cs: &Cs, value: Option<bool>) -> Result<Boolean<Fr>, SynthesisError> {
    Boolean::new_witness(cs.clone(), || value.ok_or(SynthesisError::AssignmentMissing))
}

/// A linear combination as one variable, without a constraint.
pub(crate) fn linear<'a>(
    cs: &Cs,
    terms: impl Iterator<Item = (Fr, &'a FpVar<Fr>)>,
    constant: Fr,
) -> Result<FpVar<Fr>, SynthesisError> {
    let mut sum = constant;
    let mut known = Some(Fr::from(0_u8));
    let mut variables = Vec::new();
    for (factor, term) in terms {
        match term {
            FpVar::Constant(value) => sum += factor * value,
            FpVar::Var(allocated) => {
                known = known.zip(term.value().ok()).map(|(known, value)| known + factor * value);
                variables.push((factor, allocated.variable));
            }
        }
    }
    if variables.is_empty() {
        return Ok(FpVar::Constant(sum));
    }
    let variable = cs.new_lc(|| {
        if sum != Fr::from(0_u8) {
            variables.push((sum, Variable::One));
        }
        let mut combination = LinearCombination(variables);
        combination.compactify();
        combination
    })?;
    Ok(FpVar::Var(AllocatedFp::new(known.map(|known| known + sum), variable, cs.clone())))
}

/// Enforces equality; two constants are compared here and now.
pub(crate) fn equal(a: &FpVar<Fr>, b: &FpVar<Fr>) -> Result<(), SynthesisError> {
    match (a, b) {
        (FpVar::Constant(x), FpVar::Constant(y)) if x != y => Err(SynthesisError::Unsatisfiable),
        (FpVar::Constant(_), FpVar::Constant(_)) => Ok(()),
        _ => a.enforce_equal(b),
    }
}

/// Enforces that `condition * (a - b) = 0`.
pub(crate) fn equal_if(
    cs: &Cs,
    condition: &FpVar<Fr>,
    a: &FpVar<Fr>,
    b: &FpVar<Fr>,
) -> Result<(), SynthesisError> {
    let difference = linear(cs, [(Fr::ONE, a), (-Fr::ONE, b)].into_iter(), Fr::from(0_u8))?;
    difference.mul_equals(condition, &FpVar::zero())
}

/// Enforces that a variable is a number of at most `bits` bits.
pub(crate) fn range(cs: &Cs, number: &FpVar<Fr>, bits: usize) -> Result<(), SynthesisError> {
    assert!(bits <= 248, "wider numbers could wrap around the modulus");
    let value = number.value().ok().map(|value| value.into_bigint());
    let mut weight = Fr::ONE;
    let mut weighted = Vec::with_capacity(bits);
    for index in 0..bits {
        let bit = bit(cs, value.map(|value| value.get_bit(index)))?;
        weighted.push((weight, FpVar::from(bit)));
        weight += weight;
    }
    let terms = weighted.iter().map(|(weight, bit)| (*weight, bit));
    equal(&linear(cs, terms, Fr::from(0_u8))?, number)
}

/// The low 248 bits of a variable. The decomposition is canonical, so that there is only one.
pub(crate) fn low_248(cs: &Cs, element: &FpVar<Fr>) -> Result<FpVar<Fr>, SynthesisError> {
    use ark_r1cs_std::convert::ToBitsGadget;
    let bits = element.to_bits_le()?;
    let mut weight = Fr::ONE;
    let mut weighted = Vec::with_capacity(248);
    for bit in bits.into_iter().take(248) {
        weighted.push((weight, FpVar::from(bit)));
        weight += weight;
    }
    let terms = weighted.iter().map(|(weight, bit)| (*weight, bit));
    linear(cs, terms, Fr::from(0_u8))
}

/// Takes a public input into a constraint that nothing else needs, so that its place in the key is
/// never empty and no other value can stand there.
pub(crate) fn bind(input: &FpVar<Fr>) {
    let _square = input * input;
}
