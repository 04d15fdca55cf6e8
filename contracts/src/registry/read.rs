//! Reading the registry.

use super::{ActorRecord, MemberRecord, Status, record::AnchorRecord};
use crate::{
    key,
    rule::{Rejection, rejection},
    state::{StateView, list, read},
};
use hansa_consensus::ValidatorSet;
use hansa_primitives::{ActorId, MemberId, certificate::Anchor};
use hansa_zkp::FieldBytes;

/// A member.
pub fn member(view: &dyn StateView, member: &MemberId) -> Option<MemberRecord> {
    read(view, &key::member(member))
}

/// All members, by name.
pub fn members(view: &dyn StateView) -> Vec<MemberRecord> {
    list(view, &key::member_prefix())
}

/// An actor.
pub fn actor(view: &dyn StateView, actor: &ActorId) -> Option<ActorRecord> {
    read(view, &key::actor(actor))
}

/// The trust anchors with their places.
pub fn anchors(view: &dyn StateView) -> Vec<(u16, Anchor)> {
    let records: Vec<AnchorRecord> = list(view, &key::anchor_prefix());
    let parsed = records.iter().zip(0..).map(|(record, place)| (place, Anchor::parse(&record.der)));
    parsed.filter_map(|(place, anchor)| anchor.ok().map(|anchor| (place, anchor))).collect()
}

/// The validators in force; `None` before the genesis is written.
pub fn validators(view: &dyn StateView) -> Option<ValidatorSet> {
    read(view, &key::validators())
}

/// Whether the member runs a validator.
pub fn is_validator(view: &dyn StateView, member: &MemberId) -> bool {
    validators(view).is_some_and(|set| set.index_of(member).is_some())
}

/// How proofs name a member: as the seller or buyer of a document, and in document leaves.
pub fn entity(member: &MemberId) -> FieldBytes {
    hansa_zkp::entity(member.as_str())
}

/// A member that has a certificate in force.
///
/// # Errors
/// `REG-005` if there is no such member, `REG-014` if its certificate is revoked.
pub fn require_member(view: &dyn StateView, id: &MemberId) -> Result<MemberRecord, Rejection> {
    let record = member(view, id)
        .ok_or_else(|| rejection!(UnknownMember, "`{id}` is no member of this ledger"))?;
    match record.status {
        Status::Active => Ok(record),
        Status::Revoked { since } => Err(rejection!(
            MemberRevoked,
            "the certificate of member `{id}` was revoked at height {since}"
        )),
    }
}
