//! The registry: who is a member, and certificates that came or went.

use crate::{
    error::{Error, Result},
    member::{Committed, Member},
};
use hansa_contracts::{
    call::{Call, Calls},
    registry::{self, Call as RegistryCall, MemberRecord, Status},
};
use hansa_primitives::{MemberId, certificate::Role};
use serde::Serialize;

/// A member's record, in short.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MemberSummary {
    /// Its short name.
    pub member: MemberId,
    /// What it does in the trade.
    pub role: Role,
    /// Its country.
    pub country: String,
    /// Its legal name.
    pub name: String,
    /// Where its node answers clients, if it runs one.
    pub node: Option<String>,
    /// "active", or since which height it is revoked.
    pub state: String,
}

/// A member's record, in short.
pub fn describe(record: &MemberRecord) -> MemberSummary {
    MemberSummary {
        member: record.id.clone(),
        role: record.role,
        country: record.country.clone(),
        name: record.name.clone(),
        node: record.node.as_ref().map(|node| node.grpc.clone()),
        state: match record.status {
            Status::Active => "active".to_owned(),
            Status::Revoked { since } => format!("revoked since height {since}"),
        },
    }
}

/// A member's work with the registry.
pub struct Registry<'a> {
    member: &'a Member,
}

impl Member {
    /// Work with the registry.
    pub fn registry(&self) -> Registry<'_> {
        Registry { member: self }
    }
}

impl Registry<'_> {
    /// All members, by name.
    ///
    /// # Errors
    /// [`Error::Unavailable`] if no node answers.
    pub async fn members(&self) -> Result<Vec<MemberRecord>> {
        self.member.read(registry::members).await
    }

    /// One member, as the node tells it; [`Member::proven_member`] proves it.
    ///
    /// # Errors
    /// [`Error::NotFound`] if the registry knows no such member.
    pub async fn member(&self, member: &MemberId) -> Result<MemberRecord> {
        let found = self.member.read(|view| registry::member(view, member)).await?;
        let missing = || Error::not_found(format!("member `{member}`"), "check the short name");
        found.ok_or_else(missing)
    }

    /// Brings an authority's revocation list. It takes effect within its block.
    ///
    /// # Errors
    /// [`Error::Rejected`] if no anchor issued the list, or a later one is there already.
    pub async fn revoke(&self, der: Vec<u8>) -> Result<Committed> {
        self.submit(RegistryCall::SubmitRevocationList { der }).await
    }

    /// Makes a further certificate of a member its current one.
    ///
    /// # Errors
    /// [`Error::Rejected`] if no anchor issued it, or it states another role.
    pub async fn register_certificate(&self, der: Vec<u8>) -> Result<Committed> {
        self.submit(RegistryCall::RegisterCertificate { der }).await
    }

    async fn submit(&self, call: RegistryCall) -> Result<Committed> {
        self.member.submit_and_wait(Calls::from(Call::from(call))).await
    }
}
