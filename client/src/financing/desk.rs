//! A bank's clients at the bank's own node, which keeps the applications that came in.

use super::{Financing, SignedApplication};
use crate::{
    connection::{DEADLINE, Repeat, request},
    error::{Error, Result},
};
use hansa_primitives::{Digest, Height, TransactionId};
use hansa_proto::v1::{self, financing_service_client::FinancingServiceClient};
use serde::Serialize;
use std::time::Duration;
use tonic::transport::Channel;

/// Registering waits for two blocks.
const DECISION: Duration = Duration::from_secs(90);

/// What the bank's node has put on the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Done {
    /// The transaction.
    pub transaction: TransactionId,
    /// Its block.
    pub height: Height,
}

impl Financing<'_> {
    /// The applications that the bank's node has received, as the node describes them.
    ///
    /// # Errors
    /// [`Error::Denied`] if the node is another member's.
    pub async fn applications(&self) -> Result<Vec<serde_json::Value>> {
        let ask = |channel: Channel, terms| async move {
            let query = v1::ListApplicationsRequest {};
            FinancingServiceClient::new(channel)
                .max_decoding_message_size(32 * 1024 * 1024)
                .list_applications(request(query, terms))
                .await
        };
        let what = "the applications";
        let connection = self.member.connection();
        let answer = connection.call(what, DEADLINE, Repeat::Idempotent, ask).await?;
        let read = |json: &String| serde_json::from_str(json);
        let read: std::result::Result<_, _> = answer.applications.iter().map(read).collect();
        read.map_err(|error| Error::integrity(what, error))
    }

    /// Has the bank's node register an application and record the disbursement. With
    /// `despite_verdict` also one that the bank found bad: the validators have the last word.
    ///
    /// # Errors
    /// [`Error::Rejected`] with `FIN-004` if the trade is financed already.
    pub async fn register_application(
        &self,
        application: &str,
        despite_verdict: bool,
    ) -> Result<Done> {
        let order = |channel: Channel, terms| {
            let application = application.to_owned();
            let order = v1::RegisterFinancingRequest { application, despite_verdict };
            async move { FinancingServiceClient::new(channel).register(request(order, terms)).await }
        };
        let what = format!("the registration of application {application}");
        let connection = self.member.connection();
        done(&what, connection.call(&what, DECISION, Repeat::Never, order).await?)
    }

    /// Has the bank's node record that an application's financing was paid back.
    ///
    /// # Errors
    /// [`Error::Conflict`] if it is not registered.
    pub async fn settle_application(&self, application: &str) -> Result<Done> {
        let order = |channel: Channel, terms| {
            let application = application.to_owned();
            let order = v1::RegisterFinancingRequest { application, despite_verdict: false };
            async move { FinancingServiceClient::new(channel).settle(request(order, terms)).await }
        };
        let what = format!("the settlement of application {application}");
        let connection = self.member.connection();
        done(&what, connection.call(&what, DECISION, Repeat::Never, order).await?)
    }
}

impl SignedApplication {
    /// What the application is about, without its proofs and keys.
    pub fn describe(&self) -> serde_json::Value {
        let body = &self.body;
        serde_json::json!({
            "application": body.number(), "applicant": body.applicant, "bank": body.bank,
            "ucr": body.ucr, "asked_minor_units": body.asked, "currency": body.currency,
        })
    }
}

fn done(what: &str, committed: v1::Committed) -> Result<Done> {
    let id: [u8; 32] = committed
        .transaction_id
        .try_into()
        .map_err(|_| Error::integrity(what, "the transaction id has not 32 bytes"))?;
    Ok(Done { transaction: TransactionId(Digest(id)), height: Height(committed.height) })
}
