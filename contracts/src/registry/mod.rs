//! Who takes part: members, their certificates and keys, the trust anchors, the validators.
//!
//! X.509 certificates are verified once, when they come in; from then on an actor is known by the
//! hash of its certificate. Validity is judged by block time. A revocation list takes effect for
//! the rest of the block that carries it. A member's proof owner (`owner`) is registered once and
//! never replaced: a second one would give the same invoice a second tag, so that it could be
//! financed twice.

mod apply;
mod call;
mod read;
mod record;

pub(crate) use apply::{Newcomer, apply, certified, enrol, write_anchor};
pub use call::{Admission, Call};
pub use read::{actor, anchors, entity, is_validator, member, members, require_member, validators};
pub use record::{ActorRecord, MemberRecord, NodeAddress, Status};

#[cfg(test)]
mod tests;
