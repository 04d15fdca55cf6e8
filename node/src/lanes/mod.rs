//! Data apart from order: each validator seals the transactions that it took into batches of its
//! own lane and streams them to all nodes; blocks order digests of batches.

mod intake;
mod keys;
mod pool;
mod seal;

pub(crate) use intake::{Intake, run as run_intake};
pub(crate) use pool::{Pool, Verdict};
pub(crate) use seal::{Accepted, run as run_seal};
