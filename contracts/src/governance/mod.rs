//! Evidence against validators: recorded once, for everyone to see and for ever.

mod apply;
mod call;
mod read;
mod record;

pub(crate) use apply::apply;
pub use call::Call;
pub use read::{all_evidence, evidence};
pub use record::EvidenceRecord;

#[cfg(test)]
mod tests;
