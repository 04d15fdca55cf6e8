//! Groth16 (eprint 2016/260) over BN254: keys, proving, and a verifier that checks what the
//! library's does not.
//!
//! The library's verifier pairs inputs with key elements until the shorter list ends; here the
//! number of inputs is part of the type and of the key's admission. Keys whose last phase of the
//! ceremony was never run (gamma = delta), proofs with points outside the subgroup and elements not
//! below the modulus are refused.
//!
//! Proofs can be re-randomised by anyone into other bytes that verify, so proof bytes identify
//! nothing.

mod batch;
mod cache;
mod proof;
mod proving_key;
mod verifier;
mod verifying_key;

pub use cache::KeyCache;
pub use proof::Proof;
pub use proving_key::{ProveError, ProvingKey, ProvingKeyError};
pub use verifier::{Verifier, VerifyError};
pub use verifying_key::{KeyError, KeyId, VerifyingKey};

#[cfg(test)]
mod tests;
