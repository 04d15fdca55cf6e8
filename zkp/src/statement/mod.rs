//! The claims, each twice: as checks in plain Rust and as constraints.
//!
//! The checks run before a proof is made, since a Groth16 prover turns a bad witness into a bad
//! proof without a word, and they say which claim does not hold. The constraints are what the
//! verifier relies on. Tests change every part of a witness and demand that both refuse.

mod opening;
mod precheck;
mod refusal;
mod register;
pub mod shape;

#[cfg(test)]
pub(crate) mod fixture;
#[cfg(test)]
pub(crate) mod tiny;

pub use opening::DocumentWitness;
pub use precheck::{Precheck, PrecheckPublic, PrecheckWitness, first_nullifier};
pub use refusal::Refusal;
pub use register::{Previous, Register, RegisterPublic, RegisterWitness};

use crate::field::Fr;
use ark_r1cs_std::fields::fp::FpVar;
use ark_relations::gr1cs::{ConstraintSystemRef, SynthesisError};
use hansa_primitives::codec::Canonical;

/// The public inputs of a statement, in the order of the verifying key.
pub trait PublicInputs: Canonical + Clone + Send + Sync {
    /// An array of elements, so that a wrong number of inputs does not type-check.
    type Elements: AsRef<[Fr]>;
    /// How many there are.
    const COUNT: usize;

    /// The inputs as elements.
    fn elements(&self) -> Self::Elements;
}

/// A claim that can be proven without its witness.
pub trait Statement: Send + Sync + 'static {
    /// The name under which keys are registered.
    const NAME: &'static str;
    /// Number of constraints. Pinned: a change of the circuit is a change of the key.
    const CONSTRAINTS: usize;
    /// SHA-256 over the constraint matrices, in hexadecimal. Pinned for the same reason.
    const CIRCUIT: &'static str;
    /// What the verifier knows.
    type Public: PublicInputs;
    /// What it does not.
    type Witness: Send + Sync;

    /// Checks the claim in plain Rust.
    ///
    /// # Errors
    /// [`Refusal`] names the first part of the claim that does not hold.
    fn check(public: &Self::Public, witness: &Self::Witness) -> Result<(), Refusal>;

    /// Writes the claim as constraints. Without a witness only the shape comes out.
    ///
    /// # Errors
    /// [`SynthesisError`] if a value is missing where one is needed.
    fn constrain(
        cs: &ConstraintSystemRef<Fr>,
        public: &[FpVar<Fr>],
        witness: Option<&Self::Witness>,
    ) -> Result<(), SynthesisError>;
}

#[cfg(test)]
mod tests;
