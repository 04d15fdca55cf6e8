//! The registry as the node needs it at every step, read anew whenever it changed.

use crate::p2p::PeerAddress;
use hansa_consensus::ValidatorSet;
use hansa_contracts::{
    event::Event,
    registry::{self, MemberRecord, Status},
    state::StateView,
};
use hansa_primitives::MemberId;
use std::collections::BTreeMap;

/// The members of the ledger at one height.
#[derive(Clone, Debug, Default)]
pub struct Roster {
    members: BTreeMap<MemberId, MemberRecord>,
}

impl Roster {
    /// Reads the registry.
    pub fn read(view: &dyn StateView) -> Self {
        let members = registry::members(view);
        Self { members: members.into_iter().map(|member| (member.id.clone(), member)).collect() }
    }

    /// A member, active or not.
    pub fn member(&self, id: &MemberId) -> Option<&MemberRecord> {
        self.members.get(id)
    }

    /// A member with a certificate in force.
    pub fn active(&self, id: &MemberId) -> Option<&MemberRecord> {
        self.member(id).filter(|member| member.status == Status::Active)
    }

    /// All members, by name.
    pub fn members(&self) -> impl Iterator<Item = &MemberRecord> {
        self.members.values()
    }

    /// The nodes that may connect. A validator stays one whatever becomes of its member's
    /// certificate: consensus depends on the validator set alone.
    pub(crate) fn peers(&self, set: &ValidatorSet, own: &MemberId) -> Vec<PeerAddress> {
        let peer = |member: &MemberRecord| {
            let node = member.node.as_ref()?;
            let validator = set.index_of(&member.id);
            if member.id == *own || (validator.is_none() && member.status != Status::Active) {
                return None;
            }
            let (Ok(id), Ok(address)) = (node.peer_id.parse(), node.p2p.parse()) else {
                tracing::warn!(member = %member.id, "the registry holds a malformed node address");
                return None;
            };
            Some(PeerAddress { member: member.id.clone(), id, address, validator })
        };
        self.members.values().filter_map(peer).collect()
    }

    /// Whether an event changes what a roster holds.
    pub(crate) fn is_changed_by(event: &Event) -> bool {
        matches!(
            event,
            Event::MemberAdmitted { .. }
                | Event::CertificateRegistered { .. }
                | Event::ActorRevoked { .. }
                | Event::NodeMoved { .. }
        )
    }
}
