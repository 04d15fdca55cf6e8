//! Financing: applications from other members, registration by the bank.

use super::{Services, committed, json, of_client, of_desk};
use crate::api::{auth, error::failure};
use crate::handle::NodeHandle;
use hansa_client::{financing::SignedApplication, member::SealedSource};
use hansa_primitives::{Digest, certificate::Role};
use hansa_proto::v1::{self, financing_service_server::FinancingService};
use serde_json::json as object;
use std::pin::Pin;
use tonic::{Code, Request, Response, Status};

/// The sealed bytes that the bank's own node keeps. The applicant handed the keys over off the ledger, so
/// that no grant there would let the bank fetch them as a client.
struct Vault<'a>(&'a NodeHandle);

impl SealedSource for Vault<'_> {
    fn fetch<'a>(
        &'a self,
        digest: &'a Digest,
    ) -> Pin<Box<dyn Future<Output = hansa_client::Result<Vec<u8>>> + Send + 'a>> {
        Box::pin(async move {
            let kept = self.0.get_sealed(digest).await;
            kept.ok().flatten().ok_or_else(|| hansa_client::Error::NotFound {
                what: format!("sealed bytes {digest}"),
                next: "try again when the node has caught up".to_owned(),
            })
        })
    }
}

impl Services {
    fn is_bank(&self, role: Role) -> Result<(), Status> {
        if role == Role::Bank {
            return Ok(());
        }
        Err(failure(
            Code::FailedPrecondition,
            "NO_BANK",
            &format!("`{}` is no bank", self.own),
            "apply at the node of a member whose role is bank",
        ))
    }
}

#[tonic::async_trait]
impl FinancingService for Services {
    async fn get_challenge(
        &self,
        request: Request<v1::GetChallengeRequest>,
    ) -> Result<Response<v1::Challenge>, Status> {
        let caller = auth::caller(&request)?;
        let own = self.any().await?.registry().member(&self.own).await;
        self.is_bank(own.map_err(|e| of_client(&e))?.role)?;
        let challenge =
            self.agent.desk().challenge(&caller.member).map_err(|error| of_desk(&error))?;
        Ok(Response::new(v1::Challenge { challenge: challenge.as_bytes().to_vec() }))
    }

    async fn apply(
        &self,
        request: Request<v1::FinancingApplication>,
    ) -> Result<Response<v1::FinancingApplicationReceipt>, Status> {
        let caller = auth::caller(&request)?;
        let member = self.any().await?;
        let signed = SignedApplication::from_json(&request.into_inner().json)
            .map_err(|error| of_client(&error))?;
        if signed.body.applicant != caller.member {
            return Err(failure(
                Code::PermissionDenied,
                "NOT_YOURS",
                &format!("the application is `{}`'s", signed.body.applicant),
                "a member brings its own applications",
            ));
        }
        let challenge = signed.body.challenge;
        if !self.agent.desk().redeem(&challenge, &caller.member) {
            return Err(failure(
                Code::FailedPrecondition,
                "CHALLENGE",
                "the challenge was not given to this member, is used, or is older than ten minutes",
                "get a new challenge and make the proof again",
            ));
        }
        let verdict = member
            .financing()
            .assess(&signed, &challenge, &Vault(self.agent.handle()))
            .await
            .map_err(|error| of_client(&error))?;
        tracing::info!(%verdict, "an application for financing was assessed");
        let application =
            self.agent.desk().file(signed, &verdict).map_err(|error| of_desk(&error))?;
        Ok(Response::new(v1::FinancingApplicationReceipt {
            application,
            verdict: verdict.to_string(),
        }))
    }

    async fn list_applications(
        &self,
        request: Request<v1::ListApplicationsRequest>,
    ) -> Result<Response<v1::ListApplicationsResponse>, Status> {
        self.own(&request).await?;
        let filed = self.agent.desk().list().map_err(|error| of_desk(&error))?;
        let applications = filed
            .iter()
            .map(|(number, filed)| {
                let body = &filed.application.body;
                json(&object!({
                    "application": number, "applicant": body.applicant, "ucr": body.ucr,
                    "asked_minor_units": body.asked, "currency": body.currency,
                    "verdict": filed.verdict, "claim": filed.claim,
                }))
            })
            .collect::<Result<_, _>>()?;
        Ok(Response::new(v1::ListApplicationsResponse { applications }))
    }

    /// Registers although the verdict was bad if the bank insists: the validators have the last word.
    async fn register(
        &self,
        request: Request<v1::RegisterFinancingRequest>,
    ) -> Result<Response<v1::Committed>, Status> {
        let member = self.own(&request).await?;
        let asked = request.into_inner();
        let filed = self.agent.desk().get(&asked.application).map_err(|error| of_desk(&error))?;
        if filed.verdict != "verified" && !asked.despite_verdict {
            return Err(failure(
                Code::FailedPrecondition,
                "NOT_VERIFIED",
                &format!("the application was not found good: {}", filed.verdict),
                "ask the applicant for a better one",
            ));
        }
        let financing = member.financing();
        let claim = financing.claim_of(&filed.application).map_err(|e| of_client(&e))?;
        let done = financing.register_and_disburse(&filed.application).await;
        let done = done.map_err(|e| of_client(&e))?;
        self.agent
            .desk()
            .registered(&asked.application, filed, claim)
            .map_err(|error| of_desk(&error))?;
        Ok(Response::new(committed(&done)))
    }

    async fn settle(
        &self,
        request: Request<v1::RegisterFinancingRequest>,
    ) -> Result<Response<v1::Committed>, Status> {
        let member = self.own(&request).await?;
        let number = request.into_inner().application;
        let filed = self.agent.desk().get(&number).map_err(|error| of_desk(&error))?;
        let claim = filed.claim.ok_or_else(|| {
            failure(
                Code::FailedPrecondition,
                "NOT_REGISTERED",
                "the application's financing is not registered",
                "register it first",
            )
        })?;
        let done = member.financing().settle(&claim).await.map_err(|e| of_client(&e))?;
        Ok(Response::new(committed(&done)))
    }
}
