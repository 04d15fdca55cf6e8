//! Grants: who may read which version, and who may pass that on.
//!
//! The wrapped keys and their terms are here in the open; validators never decrypt. They check that
//! every grant comes from the owner or from a reader who may pass it on, and that it only narrows
//! what that reader holds: in scope, time and depth. Revoking a grant cuts off all that came of it:
//! nodes stop serving the sealed bytes to those readers. What was read stays read.

mod apply;
mod call;
mod read;
mod record;

pub(crate) use apply::apply;
pub use call::{Call, Grant};
pub use read::{
    check_grant, grant, grants_for, grants_on, grants_to, grants_to_after, is_effective,
    is_in_force, reads, reads_whole,
};
pub(crate) use record::GRANTS_LEFT_TO_OWNER;
pub use record::{GRANTS_PER_READER_MAX, GrantRecord, Revocation};

#[cfg(test)]
mod tests;
