//! The registry: who is a member, and certificates that came or went.

use crate::{
    error::{Error, Result},
    member::{Committed, Member},
};
use hansa_contracts::{
    call::{Call, Calls},
    registry::{self, Call as RegistryCall, MemberRecord},
};
use hansa_primitives::MemberId;

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
    pub async fn submit_revocation_list(&self, der: Vec<u8>) -> Result<Committed> {
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
