//! The services for the member's own systems: the node works with the member's keys on their behalf.
//!
//! Only clients of this node's own member may call, but for the two calls by which another member applies
//! for financing.

mod declarations;
mod documents;
mod financing;
mod shipments;

use super::{
    auth,
    error::{failure, ruled},
};
use crate::agent::{Agent, DeskError};
use hansa_client::Error;
use hansa_proto::v1::{
    self, declaration_service_server::DeclarationServiceServer,
    document_service_server::DocumentServiceServer,
    financing_service_server::FinancingServiceServer,
    shipment_service_server::ShipmentServiceServer,
};
use std::{str::FromStr, sync::Arc};
use tonic::{Code, Request, Status, service::RoutesBuilder};

/// Bytes of a request: an application with two proofs and a dozen wrapped keys is the largest.
const REQUEST_BYTES_MAX: usize = 1024 * 1024 + 64 * 1024;

/// What the services share.
#[derive(Clone)]
pub(super) struct Services {
    agent: Arc<Agent>,
    own: hansa_primitives::MemberId,
}

/// Adds the four services.
pub(super) fn add_services(
    routes: &mut RoutesBuilder,
    agent: Arc<Agent>,
    own: hansa_primitives::MemberId,
) {
    let services = Services { agent, own };
    routes
        .add_service(
            DocumentServiceServer::new(services.clone())
                .max_decoding_message_size(REQUEST_BYTES_MAX),
        )
        .add_service(
            ShipmentServiceServer::new(services.clone())
                .max_decoding_message_size(REQUEST_BYTES_MAX),
        )
        .add_service(
            DeclarationServiceServer::new(services.clone())
                .max_decoding_message_size(REQUEST_BYTES_MAX),
        )
        .add_service(
            FinancingServiceServer::new(services).max_decoding_message_size(REQUEST_BYTES_MAX),
        );
}

impl Services {
    /// The member's SDK, for a caller that is the member itself.
    async fn own<T>(&self, request: &Request<T>) -> Result<&hansa_client::Member, Status> {
        let caller = auth::caller(request)?;
        if caller.member != self.own {
            return Err(failure(
                Code::PermissionDenied,
                "NOT_YOUR_NODE",
                &format!("this node works for `{}`, not for `{}`", self.own, caller.member),
                "call your own member's node",
            ));
        }
        self.any().await
    }

    /// The member's SDK, whoever calls.
    async fn any(&self) -> Result<&hansa_client::Member, Status> {
        self.agent.member().await.map_err(|error| of_client(&error))
    }
}

/// A part of a request as its type, or an error that names it.
fn parse<T: FromStr>(what: &'static str, text: &str) -> Result<T, Status>
where
    T::Err: std::fmt::Display,
{
    text.parse().map_err(|error: T::Err| {
        failure(
            Code::InvalidArgument,
            "MALFORMED",
            &format!("{what}: {error}"),
            "correct the request",
        )
    })
}

fn committed(committed: &hansa_client::Committed) -> v1::Committed {
    v1::Committed {
        transaction_id: committed.transaction.as_bytes().to_vec(),
        height: committed.height.0,
    }
}

/// An error of the SDK as the caller sees it.
fn of_client(error: &Error) -> Status {
    if let Error::Rejected { rule, message, hint, .. } = error {
        return ruled(Code::FailedPrecondition, rule, message, hint);
    }
    let code = match error {
        Error::Usage { .. } | Error::Document { .. } => Code::InvalidArgument,
        Error::NotFound { .. } => Code::NotFound,
        Error::Denied { .. } => Code::PermissionDenied,
        Error::Rejected { .. } => Code::FailedPrecondition,
        Error::AlreadyFinanced { .. } | Error::Conflict { .. } => Code::AlreadyExists,
        Error::Expired(_) | Error::Timeout { .. } => Code::DeadlineExceeded,
        Error::Unavailable { .. } => Code::Unavailable,
        Error::Integrity { .. } => Code::DataLoss,
        _ => Code::Internal,
    };
    let reason = error.rule().unwrap_or(match code {
        Code::InvalidArgument => "MALFORMED",
        Code::NotFound => "NOT_FOUND",
        Code::PermissionDenied => "DENIED",
        Code::AlreadyExists => "CONFLICT",
        Code::DeadlineExceeded => "NOT_IN_TIME",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "INTEGRITY",
        _ => "AGENT_FAILED",
    });
    failure(code, reason, &error.to_string(), "the message says what to do next")
}

fn of_desk(error: &DeskError) -> Status {
    let (code, reason) = match error {
        DeskError::TooMany(_) | DeskError::Filed(_) => (Code::ResourceExhausted, "QUOTA"),
        DeskError::Unknown(_) => (Code::NotFound, "NOT_FOUND"),
        DeskError::Randomness(_) | DeskError::File { .. } => (Code::Internal, "AGENT_FAILED"),
    };
    failure(code, reason, &error.to_string(), "list the applications for their numbers")
}

fn json<T: serde::Serialize>(value: &T) -> Result<String, Status> {
    serde_json::to_string(value).map_err(|error| {
        failure(Code::Internal, "AGENT_FAILED", &error.to_string(), "report this as a fault")
    })
}
