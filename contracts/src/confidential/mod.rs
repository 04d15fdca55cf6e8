//! The confidential half of the contracts: what is computed over decrypted documents by those who
//! may read them.
//!
//! Everything here is a pure function of its arguments. Whoever runs it on the same documents gets
//! the same bytes, so that a declaration, its provenance and a cross-check can be verified by any
//! authorised reader, and a declared value can be shown against the field commitments on the
//! ledger.
//!
//! | module | does |
//! |---|---|
//! | [`source`] | documents as fields under the commitment that the ledger holds for them |
//! | [`derive`] | declarations from documents, rule by rule, with the origin of every value |
//! | [`explain`] | the story of a declared field, for people |
//! | [`valuation`] | FOB and CIF values and exact apportioning |
//! | [`cross_check`] | contradictions between documents and ledger, and the lane they lead to |
//! | [`pointer`] | WCO pointers to declared elements |
//!
//! Architecture invariant: nothing here reads a clock, a file or the ledger's state, uses floats,
//! or iterates in an order that is not fixed.

pub mod cross_check;
pub mod derive;
pub mod explain;
pub mod pointer;
pub mod source;
pub mod valuation;

mod gap;
mod measure;
mod reader;

pub use gap::Gap;
pub use measure::Measure;
