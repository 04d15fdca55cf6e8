//! Errors as clients see them: a gRPC code, a stable reason, a message, and a hint.

use crate::{mempool::SubmitError, sealed::ExchangeError};
use hansa_contracts::rule::Rejection;
use hansa_ledger::LedgerError;
use std::collections::HashMap;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

const DOMAIN: &str = "hansa";

/// An error with a stable reason and a hint.
pub(crate) fn failure(code: Code, reason: &str, message: &str, hint: &str) -> Status {
    let metadata = HashMap::from([("hint".to_owned(), hint.to_owned())]);
    let details = ErrorDetails::with_error_info(reason, DOMAIN, metadata);
    Status::with_error_details(code, message, details)
}

/// A rule of the contracts that the validators refused a transaction by, as the SDK heard it.
pub(crate) fn ruled(code: Code, rule: &str, message: &str, hint: &str) -> Status {
    let metadata =
        HashMap::from([("hint".to_owned(), hint.to_owned()), ("rule".to_owned(), rule.to_owned())]);
    Status::with_error_details(code, message, ErrorDetails::with_error_info(rule, DOMAIN, metadata))
}

/// A rule of the contracts that stands in the way.
pub(crate) fn rejected(code: Code, rejection: &Rejection) -> Status {
    let rule = rejection.rule;
    let metadata = HashMap::from([
        ("hint".to_owned(), rule.hint().to_owned()),
        ("rule".to_owned(), rule.code().to_owned()),
    ]);
    let details = ErrorDetails::with_error_info(rule.code(), DOMAIN, metadata);
    Status::with_error_details(code, &rejection.message, details)
}

/// Bytes that are not what they should be.
pub(crate) fn malformed(what: &str, expected: &str) -> Status {
    failure(Code::InvalidArgument, "MALFORMED", what, expected)
}

/// The ledger cannot be read.
pub(crate) fn of_ledger(error: &LedgerError) -> Status {
    tracing::error!(%error, "the ledger cannot be read");
    let hint = "ask the node's operator; its log has the particulars";
    match error {
        LedgerError::NotKept { .. } => {
            failure(Code::OutOfRange, "NOT_KEPT", &error.to_string(), "ask for a later height")
        }
        _ => failure(Code::Internal, "LEDGER_FAILED", &error.to_string(), hint),
    }
}

impl From<SubmitError> for Status {
    fn from(error: SubmitError) -> Self {
        let message = error.to_string();
        match &error {
            SubmitError::Malformed(_) => malformed(
                &message,
                "send the canonical bytes of a signed transaction, as the SDK makes them",
            ),
            SubmitError::Rejected(rejection) => rejected(Code::FailedPrecondition, rejection),
            SubmitError::Signature => failure(
                Code::InvalidArgument,
                error.code(),
                &message,
                "sign with the key of the certificate that the transaction names as its actor",
            ),
            SubmitError::Busy { retry_after, .. } => {
                let hint = HashMap::from([("hint".to_owned(), "try again later".to_owned())]);
                let mut details = ErrorDetails::with_error_info(error.code(), DOMAIN, hint);
                details.set_retry_info(Some(*retry_after));
                Self::with_error_details(Code::ResourceExhausted, message, details)
            }
            SubmitError::Unavailable(_) => failure(
                Code::Unavailable,
                error.code(),
                &message,
                "submit to another node; submitting twice is harmless",
            ),
        }
    }
}

impl From<ExchangeError> for Status {
    fn from(error: ExchangeError) -> Self {
        let message = error.to_string();
        match &error {
            ExchangeError::Store(hansa_ledger::SealedError::Io { .. }) => {
                tracing::error!(%error, "sealed bytes");
                let hint = "ask the node's operator; its disk may be full";
                failure(Code::Internal, "STORE_FAILED", &message, hint)
            }
            ExchangeError::Store(hansa_ledger::SealedError::Damaged { .. }) => {
                tracing::error!(%error, "sealed bytes");
                failure(Code::DataLoss, "DAMAGED", &message, "ask another node")
            }
            ExchangeError::Store(_) => {
                malformed(&message, "send the bytes that were announced, within the limit")
            }
            ExchangeError::Ledger(error) => of_ledger(error),
            ExchangeError::TooFew { .. } => failure(
                Code::Unavailable,
                "TOO_FEW_VALIDATORS",
                &message,
                "try again; see the node's status for validators that are not connected",
            ),
            ExchangeError::Busy => {
                failure(Code::ResourceExhausted, "BUSY", &message, "try again later")
            }
            ExchangeError::Stopping => {
                failure(Code::Unavailable, "NODE_UNAVAILABLE", &message, "use another node")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use hansa_contracts::rule::Rule;
    use std::time::Duration;

    #[test]
    fn a_client_gets_code_reason_and_hint() {
        let rejection = Rejection::new(Rule::Expired, "valid until 3".to_owned());
        let status = Status::from(SubmitError::Rejected(rejection));
        assert_eq!(status.code(), Code::FailedPrecondition);
        let info = status.get_details_error_info().unwrap();
        assert_eq!((info.reason.as_str(), info.domain.as_str()), ("TX-003", "hansa"));
        assert_eq!(info.metadata["hint"], Rule::Expired.hint());
    }

    #[test]
    fn who_is_refused_for_lack_of_room_hears_when_to_come_back() {
        let retry_after = Duration::from_millis(250);
        let status = Status::from(SubmitError::Busy { reason: "full", retry_after });
        assert_eq!(status.code(), Code::ResourceExhausted);
        let info = status.get_details_retry_info().unwrap();
        assert_eq!(info.retry_delay, Some(retry_after));
    }
}
