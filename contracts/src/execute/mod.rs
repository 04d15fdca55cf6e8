//! Executing blocks: the only way in which state changes.
//!
//! A block's transactions run one after the other, each on the state that the former ones left. A
//! transaction's calls are applied all or none: a rejected transaction writes nothing but its
//! receipt. The result depends on the state, the block's height and time, and the transactions
//! alone.
//!
//! The root over the receipts goes into the state under [`crate::key::receipts_root`], so that the state
//! root commits to it and a receipt can be shown to an outsider.

mod run;

pub(crate) use run::Context;
pub use run::{BlockContext, BlockEffects, Candidate, Outcome, Receipt, admit, execute_block};

#[cfg(test)]
mod tests;
