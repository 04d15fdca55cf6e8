//! A statement's circuit as matrices, and the assignments that fit it.

use super::{PublicInputs, Statement};
use crate::{field::Fr, gadget::Cs};
use ark_ff::PrimeField;
use ark_r1cs_std::{alloc::AllocVar, fields::fp::FpVar};
use ark_relations::gr1cs::{
    ConstraintSystem, Matrix, OptimizationGoal, R1CS_PREDICATE_LABEL, SynthesisError, SynthesisMode,
};
use hansa_primitives::Digest;
use sha2::{Digest as _, Sha256};
use thiserror::Error;

/// Why a circuit has no usable shape.
#[derive(Debug, Error)]
pub enum ShapeError {
    /// The gadgets refused.
    #[error("the circuit of `{0}` could not be written: {1}")]
    Synthesis(&'static str, SynthesisError),
    /// The circuit is not the one that its statement pins.
    #[error("the circuit of `{name}` has hash {found}, but {pinned} is pinned")]
    NotPinned {
        /// The statement.
        name: &'static str,
        /// Hash of the circuit as it is.
        found: Digest,
        /// Hash that the statement pins.
        pinned: &'static str,
    },
}

/// The constraint matrices of a circuit: `(A z) * (B z) = C z` for an assignment `z` of one, public
/// inputs and witness.
pub struct Shape {
    /// A, B and C, row by row.
    pub(crate) matrices: Vec<Matrix<Fr>>,
    /// Public inputs and the constant one.
    pub(crate) inputs: usize,
    /// Private variables.
    pub(crate) witnesses: usize,
    hash: Digest,
}

impl Shape {
    /// Writes a statement's circuit.
    ///
    /// # Errors
    /// [`ShapeError`] if that fails or if the circuit is not the pinned one.
    pub fn of<S: Statement>() -> Result<Self, ShapeError> {
        let shape = Self::unpinned::<S>()?;
        if shape.hash.to_string() != S::CIRCUIT || shape.constraints() != S::CONSTRAINTS {
            let (name, found, pinned) = (S::NAME, shape.hash, S::CIRCUIT);
            return Err(ShapeError::NotPinned { name, found, pinned });
        }
        Ok(shape)
    }

    pub(crate) fn unpinned<S: Statement>() -> Result<Self, ShapeError> {
        let cs = ConstraintSystem::new_ref();
        cs.set_optimization_goal(OptimizationGoal::Constraints);
        cs.set_mode(SynthesisMode::Setup);
        write::<S>(&cs, None).map_err(|error| ShapeError::Synthesis(S::NAME, error))?;
        cs.finalize();
        let matrices = cs
            .to_matrices()
            .ok()
            .and_then(|mut all| all.remove(R1CS_PREDICATE_LABEL))
            .ok_or(ShapeError::Synthesis(S::NAME, SynthesisError::PredicateNotFound))?;
        let (inputs, witnesses) = (cs.num_instance_variables(), cs.num_witness_variables());
        let hash = hash(S::NAME, &matrices, inputs, witnesses);
        Ok(Self { matrices, inputs, witnesses, hash })
    }

    /// SHA-256 over the matrices.
    pub fn hash(&self) -> Digest {
        self.hash
    }

    /// Number of constraints.
    pub fn constraints(&self) -> usize {
        self.matrices[0].len()
    }

    /// Power of two of the smallest domain that holds the constraints and the inputs.
    pub fn domain_power(&self) -> u32 {
        (self.constraints() + self.inputs).next_power_of_two().trailing_zeros()
    }

    /// Number of variables, the constant one included.
    pub(crate) fn variables(&self) -> usize {
        self.inputs + self.witnesses
    }

    /// The first constraint that an assignment breaks.
    pub(crate) fn first_broken(&self, assignment: &[Fr]) -> Option<usize> {
        (0..self.constraints()).find(|&row| !self.row_holds(row, assignment))
    }

    /// Whether an assignment keeps a constraint.
    pub(crate) fn row_holds(&self, row: usize, assignment: &[Fr]) -> bool {
        let [a, b, c] = [0, 1, 2].map(|matrix| self.value(matrix, row, assignment));
        a * b == c
    }

    fn value(&self, matrix: usize, row: usize, assignment: &[Fr]) -> Fr {
        self.matrices[matrix][row].iter().map(|(factor, index)| *factor * assignment[*index]).sum()
    }
}

/// The values of all variables for a witness: one, public inputs, private variables.
pub(crate) fn assignment<S: Statement>(
    public: &S::Public,
    witness: &S::Witness,
) -> Result<Vec<Fr>, SynthesisError> {
    let cs = ConstraintSystem::new_ref();
    cs.set_optimization_goal(OptimizationGoal::Constraints);
    cs.set_mode(SynthesisMode::Prove { construct_matrices: false, generate_lc_assignments: false });
    write::<S>(&cs, Some((public, witness)))?;
    let mut values = cs.instance_assignment()?;
    values.extend(cs.witness_assignment()?);
    Ok(values)
}

fn write<S: Statement>(
    cs: &Cs,
    known: Option<(&S::Public, &S::Witness)>,
) -> Result<(), SynthesisError> {
    let elements = known.map(|(public, _)| public.elements());
    let mut inputs = Vec::with_capacity(S::Public::COUNT);
    for index in 0..S::Public::COUNT {
        let value = elements.as_ref().map(|elements| elements.as_ref()[index]);
        inputs
            .push(FpVar::new_input(cs.clone(), || value.ok_or(SynthesisError::AssignmentMissing))?);
    }
    S::constrain(cs, &inputs, known.map(|(_, witness)| witness))
}

fn hash(name: &str, matrices: &[Matrix<Fr>], inputs: usize, witnesses: usize) -> Digest {
    let mut hasher = Sha256::new();
    hasher.update(b"hansa/zkp-circuit/v1");
    hasher.update((name.len() as u64).to_le_bytes());
    hasher.update(name.as_bytes());
    for count in [inputs, witnesses, matrices.len()] {
        hasher.update((count as u64).to_le_bytes());
    }
    for matrix in matrices {
        hasher.update((matrix.len() as u64).to_le_bytes());
        for row in matrix {
            hasher.update((row.len() as u64).to_le_bytes());
            for (factor, index) in row {
                hasher.update((*index as u64).to_le_bytes());
                for limb in factor.into_bigint().0 {
                    hasher.update(limb.to_le_bytes());
                }
            }
        }
    }
    Digest(hasher.finalize().into())
}
