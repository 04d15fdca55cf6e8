//! Which verifying keys proofs are checked under.
//!
//! A Groth16 key comes from a ceremony of the members, whose transcript anyone can check; its hash
//! names it. A validator's member proposes a key after having verified the transcript, the others
//! approve it; with a quorum of approvals it is the one in force, and the former one is kept for
//! historic proofs.

mod apply;
mod call;
mod read;
mod record;

pub(crate) use apply::apply;
pub use call::Call;
pub use read::{active_key, key, keys};
pub use record::{KeyRecord, KeyStatus, Statement};

#[cfg(test)]
mod tests;
