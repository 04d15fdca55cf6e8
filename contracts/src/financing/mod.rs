//! Financings: each receivable once, and nobody but the bank learns which one, whose, or how much.
//!
//! A bank registers a financing with a proof (`hansa_zkp::Register`) that a nullifier and a new
//! position follow from an invoice committed to on this ledger, and that the sum financed stays
//! within its face value. The nullifier is a one-way image of the trade and the step; a second
//! financing of the same step has the same one, whichever document, bank or moment, and is refused
//! here. The proof is bound to the bank, the ledger and the session of the pre-check, so that
//! nobody else can use it.

mod apply;
mod call;
mod context;
mod read;
mod record;

pub(crate) use apply::apply;
pub use call::{Call, Inputs};
pub use context::{precheck_context, register_context};
pub use read::{claim, claims_of, registration};
pub use record::{FinancingRecord, Stage};

#[cfg(test)]
mod tests;
