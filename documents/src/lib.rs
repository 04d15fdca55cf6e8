//! Reads trade documents to typed values, commits to every field, seals them, and wraps keys for
//! readers.
//!
//! | module | holds |
//! |---|---|
//! | [`kind`] | document types by UNTDID 1001 code |
//! | [`types`] | amounts, quantities, places, parties: the values that documents are made of |
//! | [`document`] | one type for each document of a trade |
//! | [`problem`] | what can be wrong with a document in itself |
//! | [`fields`] | a document as a list of fields and as canonical JSON |
//! | [`source`] | readers of UBL 2.x and JSON |
//! | [`commitment`] | salted commitments to fields and proofs of single fields |
//! | [`sealing`] | encryption by section and the public header |
//! | [`grant`] | keys wrapped for readers, and the check that a grant only narrows |
//! | [`proof_fields`] | the fields that financing proofs commit to |
//!
//! The way in: [`source::read`] bytes to a [`Document`], [`sealing::seal`] it, [`grant::wrap`] its
//! key. The way out: unwrap a grant with [`grant::DocumentKeyPair::unwrap`], then
//! [`sealing::open_all`] or [`sealing::open_granted`], which check everything against the header
//! before they return it.
//!
//! Nothing here touches disks or networks, reads a clock, or draws randomness that was not passed
//! in.

mod byte_code;
pub mod commitment;
mod context;
pub mod document;
pub mod fields;
#[cfg(test)]
mod fixture;
pub mod grant;
pub mod kind;
pub mod problem;
pub mod proof_fields;
pub mod sealing;
pub mod source;
pub mod types;

pub use context::{DocumentContext, document_id};
pub use document::Document;
pub use kind::DocumentType;
