//! Customs declarations on the authority's side.
//!
//! The authority's node compares a submitted declaration with its sources and records the counts of
//! its findings, the lane (as customs systems name the treatments of a declaration) and the hash of
//! the report; an officer decides. Findings themselves stay with those who may read the documents.

mod apply;
mod call;
mod read;
mod record;

pub(crate) use apply::apply;
pub use call::Call;
pub use read::{cross_check, decision, first_document};
pub use record::{CrossCheck, Decision, Lane, Suggestion};

#[cfg(test)]
mod tests;
