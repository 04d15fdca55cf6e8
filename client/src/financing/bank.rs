//! What a bank puts on the ledger.

use super::{Financing, application::SignedApplication};
use crate::{
    error::{Error, Result},
    member::Committed,
};
use hansa_contracts::{
    call::{Call, Calls},
    financing::{self, Call as FinancingCall, FinancingRecord, Inputs, Stage},
    state::StateView,
};
use hansa_primitives::limits::PAGE_MAX;
use hansa_zkp::{FieldBytes, RegisterPublic};
use serde::Serialize;

/// A registered financing.
#[derive(Clone, Debug, Serialize)]
pub struct Registered {
    /// Names the financing from now on.
    pub claim: FieldBytes,
    /// The transaction.
    pub committed: Committed,
}

impl Financing<'_> {
    /// Registers the financing of an application. Whether the application is good was for
    /// [`Financing::assess`] to say; the validators check the registration's proof, and that its
    /// nullifier is new.
    ///
    /// # Errors
    /// [`Error::Rejected`] with `FIN-004` if the trade is financed already.
    pub async fn register(&self, application: &SignedApplication) -> Result<Registered> {
        let made = &application.body.registration;
        let (public, proof) = made.read::<RegisterPublic>().map_err(|error| {
            let next = "ask the applicant for a new application";
            Error::proof("the registration", error, next)
        })?;
        let inputs = Box::new(Inputs::from(&public));
        let call = FinancingCall::Register { key: made.key, inputs, proof };
        let committed = self.submit(call).await?;
        Ok(Registered { claim: public.claim, committed })
    }

    /// Registers and disburses, as far as that is still to be done: after a crash between the two,
    /// doing it again goes on where it stopped.
    ///
    /// # Errors
    /// [`Error::Rejected`] with `FIN-004` if the trade is financed by somebody else, or already paid
    /// back.
    pub async fn register_and_disburse(
        &self,
        application: &SignedApplication,
    ) -> Result<Committed> {
        let claim = self.claim_of(application)?;
        let bank = self.member.id().clone();
        let own = |view: &dyn StateView| {
            financing::claim(view, &claim).filter(|record| record.bank == bank)
        };
        if !self.member.read(own).await?.is_some_and(|own| own.stage == Stage::Registered) {
            self.register(application).await?;
        }
        self.disburse(&claim).await
    }

    /// The claim that an application's registration puts on the ledger.
    ///
    /// # Errors
    /// [`Error::Proof`] if the registration cannot be read.
    pub fn claim_of(&self, application: &SignedApplication) -> Result<FieldBytes> {
        let read = application.body.registration.read::<RegisterPublic>();
        read.map(|(public, _)| public.claim).map_err(|error| {
            Error::proof("the registration", error, "ask the applicant for a new application")
        })
    }

    /// States that the bank has paid a financing out.
    ///
    /// # Errors
    /// [`Error::Rejected`] if it is another bank's, or at another stage.
    pub async fn disburse(&self, claim: &FieldBytes) -> Result<Committed> {
        self.submit(FinancingCall::Disburse { claim: *claim }).await
    }

    /// States that a financing was paid back.
    ///
    /// # Errors
    /// [`Error::Rejected`] if it is another bank's, or at another stage.
    pub async fn settle(&self, claim: &FieldBytes) -> Result<Committed> {
        self.submit(FinancingCall::Settle { claim: *claim }).await
    }

    /// The financings of this bank as the ledger has them.
    ///
    /// # Errors
    /// [`Error::Unavailable`] if no node answers.
    pub async fn list(&self) -> Result<Vec<FinancingRecord>> {
        let bank = self.member.id().clone();
        let all = |view: &dyn StateView| {
            let mut claims: Vec<FieldBytes> = Vec::new();
            loop {
                let page = financing::claims_of(view, &bank, claims.last(), PAGE_MAX);
                let end = page.len() < PAGE_MAX;
                claims.extend(page);
                if end {
                    break;
                }
            }
            claims.iter().filter_map(|claim| financing::claim(view, claim)).collect()
        };
        self.member.read(all).await
    }

    async fn submit(&self, call: FinancingCall) -> Result<Committed> {
        self.member.submit_and_wait(Calls::from(Call::from(call))).await
    }
}
