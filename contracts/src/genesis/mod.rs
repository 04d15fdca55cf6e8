//! The state that a ledger begins with: its name, its anchors, its first members and validators.
//!
//! Every node checks the document and derives the same state from it. Its hash is the parent of
//! block 1, so that ledgers with different beginnings never share a block.

mod document;
mod hexadecimal;
mod parameters;
mod read;

pub use document::{ANCHORS_MAX, Genesis, GenesisError, GenesisMember, Identity, MEMBERS_MAX};
pub use parameters::Parameters;
pub use read::{identity, parameters};

#[cfg(test)]
mod tests;
