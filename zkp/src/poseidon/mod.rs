//! Poseidon (Grassi, Khovratovich, Rechberger, Roy, Schofnegger, USENIX Security 2021) over BN254
//! with circomlib's parameters: S-box x^5, 8 full rounds, the capacity element first and 0, the
//! output taken from it.
//!
//! Partial rounds are computed with sparse matrices (appendix B of the paper), natively and in
//! circuits: the values that pass the S-box are the same as in the plain form.

mod constants;
mod gadget;
mod native;

pub(crate) use gadget::hash_var;
pub use native::hash;

/// Most inputs of one hash in this crate.
pub const INPUTS_MAX: usize = 8;

#[cfg(test)]
mod tests;
