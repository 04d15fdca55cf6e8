//! Proves claims about committed trade documents without showing the documents.
//!
//! A document's 32 fields are committed to in one Poseidon hash, which travels to the ledger inside
//! a leaf of the document tree. Statements are proven against the roots of such trees with Groth16
//! (Groth, EUROCRYPT 2016) over BN254, under keys that the members make together.
//!
//! | statement | told to | says |
//! |---|---|---|
//! | [`Precheck`] | one bank | this invoice is worth the asked amount and was never financed |
//! | [`Register`] | every validator | one more step within the face value of one invoice |
//!
//! | module | holds |
//! |---|---|
//! | [`field`] | how text, money and days become field elements, and their wire form |
//! | [`poseidon`] | the hash of everything inside circuits (circomlib's constants) |
//! | [`tree`] | append-only trees and the indexed tree of spent nullifiers |
//! | [`document`] | the field vector of a document and its leaf |
//! | [`asset`] | what is financed: asset, tag, nullifier, position, claim |
//! | [`disclosure`] | what shows a bank that proofs are about the invoice that it has read |
//! | [`statement`] | the claims themselves, each in plain Rust and as constraints |
//! | [`groth16`] | proving, checked verification, keys |
//! | [`ceremony`] | the two-phase setup and its transcript |
//!
//! Verification is deterministic: it reads no clock and draws no randomness. Only proving and
//! setting up do, from the generator that the caller passes in.

pub mod asset;
pub mod ceremony;
pub mod disclosure;
pub mod document;
pub mod field;
pub(crate) mod gadget;
pub mod groth16;
pub mod poseidon;
pub mod statement;
pub mod tree;

pub use asset::{Nullifier, OwnerSecret, claim};
pub use disclosure::Disclosure;
pub use document::{FieldSlot, Fields, Opening, document_leaf};
pub use field::{
    Currency, Day, FieldBytes, Fr, MinorUnits, ProofRng, context, entity, fresh, rng_from_seed,
};
pub use groth16::{KeyCache, KeyId, Proof, ProvingKey, Verifier, VerifyingKey};
pub use statement::{
    DocumentWitness, Precheck, PrecheckPublic, PrecheckWitness, Previous, Refusal, Register,
    RegisterPublic, RegisterWitness, Statement, first_nullifier,
};
pub use tree::{Key, LowLeaf, NodeStore, Path};
