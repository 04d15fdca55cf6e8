//! The rules of the trade, as pure functions.
//!
//! Contracts have two halves, both deterministic:
//!
//! - The **public half** runs on every validator over headers, commitments, grants and statuses. It
//!   reads state through a [`state::StateView`] and yields changes and events; nothing else enters
//!   the result.
//! - The **confidential half**, [`confidential`], runs where somebody may read the documents, over
//!   decrypted fields, and gives everyone who runs it on the same documents the same bytes.
//!
//! | module | holds |
//! |---|---|
//! | [`execute`] | executing blocks, the only way in which state changes; receipts |
//! | [`call`], [`event`], [`rule`] | what can be asked, what came of it, why it was refused |
//! | [`genesis`] | the state that a ledger begins with |
//! | [`state`], [`key`] | views and overlays; every key of state |
//! | [`tree`] | the trees that proofs are made against |
//! | [`registry`] | members, certificates, revocation |
//! | [`document`], [`grant`] | headers of documents, and who may read them |
//! | [`shipment`] | shipments, their papers and movements |
//! | [`declaration`], [`clearance`] | customs declarations, on either side |
//! | [`financing`], [`proof`] | financings and the keys that their proofs are checked under |
//! | [`governance`] | evidence against validators |
//!
//! A domain's folder has its calls (`call`), what it keeps (`record`), functions that read it
//! (`read`) and the one that changes it (`apply`). Other crates read state through the public
//! functions and change it by transactions only.
//!
//! Architecture invariants: no input makes a contract panic; there is no I/O, no float, no clock
//! but block time, and no map without an order; a rejected transaction changes nothing.

pub mod call;
pub mod clearance;
pub mod confidential;
pub mod declaration;
pub mod document;
pub mod event;
pub mod execute;
pub mod financing;
pub mod genesis;
pub mod governance;
pub mod grant;
pub mod inclusion;
pub mod key;
pub mod proof;
pub mod registry;
pub mod rule;
pub mod shipment;
pub mod state;
pub mod tree;

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod trade_tests;

pub use call::{Call, Calls};
pub use event::Event;
pub use execute::{BlockContext, BlockEffects, Candidate, Outcome, Receipt, admit, execute_block};
pub use genesis::{Genesis, GenesisMember, Parameters};
pub use registry::NodeAddress;
pub use rule::{Rejection, Rule};
pub use state::{Overlay, StateView, Writes};
