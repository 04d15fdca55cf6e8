//! What can go wrong, grouped by what the caller can do about it.

use crate::{authority::AuthorityError, keystore::KeystoreError, profile::ProfileError};
use hansa_primitives::TransactionId;
use thiserror::Error;
use tonic::Code;
use tonic_types::StatusExt;

/// The outcome of a call of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a call failed. Each says what happened, to which thing, and what to do next;
/// [`Error::exit_code`] sorts them for scripts.
#[derive(Debug, Error)]
pub enum Error {
    /// A key file.
    #[error(transparent)]
    Keystore(#[from] KeystoreError),
    /// The certificate authority.
    #[error(transparent)]
    Authority(#[from] AuthorityError),
    /// The profile.
    #[error(transparent)]
    Profile(#[from] ProfileError),
    /// The caller asked for something that makes no sense as it stands.
    #[error("{what}; {next}")]
    Usage {
        /// What is wrong with the request.
        what: String,
        /// What to do.
        next: String,
    },
    /// The ledger, or this member's view of it, has no such thing.
    #[error("{what} was not found; {next}")]
    NotFound {
        /// What was looked for.
        what: String,
        /// What to do.
        next: String,
    },
    /// The caller may not do or read this.
    #[error("{what}; {next}")]
    Denied {
        /// What was refused, and by whom.
        what: String,
        /// What to do.
        next: String,
    },
    /// A rule of the contracts refused the transaction; nothing of it was applied.
    #[error("{rule}: {message}; {hint}")]
    Rejected {
        /// The transaction, once it has an id.
        transaction: Option<TransactionId>,
        /// The stable code of the rule.
        rule: String,
        /// What happened, to which thing.
        message: String,
        /// What to do.
        hint: String,
    },
    /// No block took the transaction within its validity.
    #[error("transaction {0} expired before a block took it, nothing was applied; submit it again")]
    Expired(TransactionId),
    /// No answer in time. The transaction may still be committed.
    #[error("{what} took longer than {seconds} s; {next}")]
    Timeout {
        /// What was waited for.
        what: String,
        /// How long.
        seconds: u64,
        /// What to do.
        next: String,
    },
    /// No node answered.
    #[error(
        "no node answered {what} ({reason}); check that the node runs and that the URL is right"
    )]
    Unavailable {
        /// What was asked.
        what: String,
        /// What the last node or the connection said.
        reason: String,
    },
    /// What a node or a member handed over does not match what the ledger or its author committed
    /// to.
    #[error(
        "{what} does not hold: {reason}; do not use it, and tell the member who handed it over"
    )]
    Integrity {
        /// What was checked.
        what: String,
        /// How it falls short.
        reason: String,
    },
    /// The trade is financed already: its nullifier is on the ledger, so no proof of the contrary
    /// exists.
    #[error(
        "FIN-004: invoice {invoice} is financed already, so the proof that it is not cannot be \
         made; settle the running financing first"
    )]
    AlreadyFinanced {
        /// The document that was to be financed.
        invoice: String,
    },
    /// The request contradicts what is there already.
    #[error("{what}; {next}")]
    Conflict {
        /// What stands against it.
        what: String,
        /// What to do.
        next: String,
    },
    /// A document could not be read, made or checked.
    #[error("{what}: {reason}; {next}")]
    Document {
        /// Which document, or which of its parts.
        what: String,
        /// What is wrong with it.
        reason: String,
        /// What to do.
        next: String,
    },
    /// A proof could not be made or does not hold.
    #[error("{what}: {reason}; {next}")]
    Proof {
        /// Which proof or key.
        what: String,
        /// What is wrong with it.
        reason: String,
        /// What to do.
        next: String,
    },
    /// The node failed in a way of its own.
    #[error("the node failed at {what}: {reason}; see the node's log")]
    Node {
        /// What was asked.
        what: String,
        /// What the node said.
        reason: String,
    },
    /// A file or the system.
    #[error("{what}: {source}")]
    Local {
        /// Which file or step.
        what: String,
        /// What the system said.
        source: std::io::Error,
    },
}

impl Error {
    /// The exit code of a program that ends with this error: 1 failure, 2 usage, 3 not found, 4
    /// denied, 5 rejected by a contract, 6 timeout or unavailable, 7 integrity failure, 8 conflict.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Usage { .. } | Self::Profile(_) => 2,
            Self::NotFound { .. } | Self::Keystore(KeystoreError::Missing(_)) => 3,
            Self::Denied { .. } | Self::Keystore(KeystoreError::Refused(_)) => 4,
            Self::Rejected { .. } => 5,
            Self::Expired(_) | Self::Timeout { .. } | Self::Unavailable { .. } => 6,
            Self::Integrity { .. } => 7,
            Self::AlreadyFinanced { .. }
            | Self::Conflict { .. }
            | Self::Keystore(KeystoreError::Exists(_))
            | Self::Authority(AuthorityError::Exists(_) | AuthorityError::RevokedAlready(_)) => 8,
            Self::Keystore(_)
            | Self::Authority(_)
            | Self::Document { .. }
            | Self::Proof { .. }
            | Self::Node { .. }
            | Self::Local { .. } => 1,
        }
    }

    /// A stable code: the contract's rule if there is one, else the kind of error.
    pub fn code(&self) -> &str {
        match self {
            Self::Rejected { rule, .. } => rule,
            Self::AlreadyFinanced { .. } => "FIN-004",
            Self::Keystore(_) => "KEYSTORE",
            Self::Authority(_) => "AUTHORITY",
            Self::Profile(_) => "PROFILE",
            Self::Usage { .. } => "USAGE",
            Self::NotFound { .. } => "NOT_FOUND",
            Self::Denied { .. } => "DENIED",
            Self::Expired(_) => "EXPIRED",
            Self::Timeout { .. } => "TIMEOUT",
            Self::Unavailable { .. } => "UNAVAILABLE",
            Self::Integrity { .. } => "INTEGRITY",
            Self::Conflict { .. } => "CONFLICT",
            Self::Document { .. } => "DOCUMENT",
            Self::Proof { .. } => "PROOF",
            Self::Node { .. } => "NODE",
            Self::Local { .. } => "LOCAL",
        }
    }

    /// What to do next, where it is a sentence of its own. The text of the error says it too.
    pub fn hint(&self) -> Option<&str> {
        match self {
            Self::Usage { next, .. }
            | Self::NotFound { next, .. }
            | Self::Denied { next, .. }
            | Self::Timeout { next, .. }
            | Self::Conflict { next, .. }
            | Self::Document { next, .. }
            | Self::Proof { next, .. } => Some(next),
            Self::Rejected { hint, .. } => Some(hint),
            _ => None,
        }
        .filter(|hint| !hint.is_empty())
        .map(String::as_str)
    }

    /// The stable code of the contract rule behind the error, if there is one.
    pub fn rule(&self) -> Option<&str> {
        match self {
            Self::Rejected { rule, .. } => Some(rule),
            Self::AlreadyFinanced { .. } => Some("FIN-004"),
            _ => None,
        }
    }

    /// Whether trying again later, unchanged, may succeed.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Expired(_) | Self::Timeout { .. } | Self::Unavailable { .. })
    }

    pub(crate) fn usage(what: impl Into<String>, next: impl Into<String>) -> Self {
        Self::Usage { what: what.into(), next: next.into() }
    }

    pub(crate) fn not_found(what: impl Into<String>, next: impl Into<String>) -> Self {
        Self::NotFound { what: what.into(), next: next.into() }
    }

    pub(crate) fn denied(what: impl Into<String>, next: impl Into<String>) -> Self {
        Self::Denied { what: what.into(), next: next.into() }
    }

    pub(crate) fn integrity(what: impl Into<String>, reason: impl ToString) -> Self {
        Self::Integrity { what: what.into(), reason: reason.to_string() }
    }

    pub(crate) fn conflict(what: impl Into<String>, next: impl Into<String>) -> Self {
        Self::Conflict { what: what.into(), next: next.into() }
    }

    pub(crate) fn document(
        what: impl Into<String>,
        reason: impl ToString,
        next: impl Into<String>,
    ) -> Self {
        Self::Document { what: what.into(), reason: reason.to_string(), next: next.into() }
    }

    pub(crate) fn proof(
        what: impl Into<String>,
        reason: impl ToString,
        next: impl Into<String>,
    ) -> Self {
        Self::Proof { what: what.into(), reason: reason.to_string(), next: next.into() }
    }

    pub(crate) fn local(what: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        let what = what.into();
        move |source| Self::Local { what, source }
    }

    /// What a node's answer to `what` means.
    pub(crate) fn from_status(what: &str, status: &tonic::Status) -> Self {
        let details = status.get_error_details();
        let about = |key: &str| {
            details
                .error_info()
                .and_then(|info| info.metadata.get(key))
                .cloned()
                .unwrap_or_default()
        };
        let (what, reason) = (what.to_owned(), status.message().to_owned());
        let (rule, hint) = (about("rule"), about("hint"));
        if !rule.is_empty() && status.code() == Code::PermissionDenied {
            return Self::denied(format!("{rule}: {reason}"), hint);
        }
        if !rule.is_empty() {
            return Self::Rejected { transaction: None, rule, message: reason, hint };
        }
        let next = |or: &str| if hint.is_empty() { or.to_owned() } else { hint.clone() };
        let told =
            |or: &str| if reason.is_empty() { format!("{what}: {or}") } else { reason.clone() };
        if is_transport(status) {
            return Self::Unavailable { what, reason: describe(status) };
        }
        match status.code() {
            Code::InvalidArgument | Code::OutOfRange => {
                Self::usage(told("the node refused the request"), next("check the request"))
            }
            Code::NotFound => Self::not_found(told(&what), next("check the id")),
            Code::PermissionDenied | Code::Unauthenticated => Self::denied(
                told("the node refused access"),
                next("check that the certificate is registered, in force, and may do this"),
            ),
            Code::AlreadyExists | Code::Aborted | Code::FailedPrecondition => {
                Self::conflict(told("the node refused"), next("read the present state first"))
            }
            Code::DataLoss => Self::integrity(what, reason),
            Code::Unavailable
            | Code::DeadlineExceeded
            | Code::ResourceExhausted
            | Code::Cancelled => Self::Unavailable { what, reason: describe(status) },
            _ => Self::Node { what, reason: describe(status) },
        }
    }
}

/// Whether the connection failed rather than the node: a status that a node sent has no cause here.
pub(crate) fn is_transport(status: &tonic::Status) -> bool {
    matches!(status.code(), Code::Unknown | Code::Internal | Code::Cancelled)
        && std::error::Error::source(status).is_some()
}

/// The status's message with the causes that its source names, for transport errors.
fn describe(status: &tonic::Status) -> String {
    let mut text = format!("{:?}: {}", status.code(), status.message());
    let mut source = std::error::Error::source(status);
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use tonic_types::ErrorDetails;

    #[test]
    fn a_rule_in_the_details_makes_a_rejection() {
        let metadata = [("rule", "DOC-002"), ("hint", "ask the owner")];
        let metadata = metadata.map(|(key, value)| (key.to_owned(), value.to_owned()));
        let details = ErrorDetails::with_error_info("rejected", "hansa", metadata);
        let status = tonic::Status::with_error_details(
            Code::FailedPrecondition,
            "document 7 is not yours",
            details,
        );
        let error = Error::from_status("submit", &status);
        assert_eq!(error.exit_code(), 5);
        assert_eq!(error.rule(), Some("DOC-002"));
        assert_eq!(error.to_string(), "DOC-002: document 7 is not yours; ask the owner");
    }

    #[test]
    fn every_kind_of_answer_has_its_exit_code() {
        let code = |code: Code| Error::from_status("x", &tonic::Status::new(code, "m")).exit_code();
        assert_eq!(code(Code::InvalidArgument), 2);
        assert_eq!(code(Code::NotFound), 3);
        assert_eq!(code(Code::PermissionDenied), 4);
        assert_eq!(code(Code::Unavailable), 6);
        assert_eq!(code(Code::DeadlineExceeded), 6);
        assert_eq!(code(Code::DataLoss), 7);
        assert_eq!(code(Code::FailedPrecondition), 8);
        assert_eq!(code(Code::Internal), 1);
    }

    #[test]
    fn a_connection_that_broke_is_no_failure_of_the_node() {
        let broken = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
        let status = tonic::Status::from_error(Box::new(broken));
        assert!(Error::from_status("x", &status).is_transient(), "{status:?}");
        assert!(!Error::from_status("x", &tonic::Status::unknown("own")).is_transient());
    }

    #[test]
    fn hints_and_codes_are_there_by_themselves() {
        let error = Error::denied("no grant", "ask the owner");
        assert_eq!((error.code(), error.hint()), ("DENIED", Some("ask the owner")));
        let rejected = Error::Rejected {
            transaction: None,
            rule: "TX-003".to_owned(),
            message: "late".to_owned(),
            hint: String::new(),
        };
        assert_eq!((rejected.code(), rejected.hint()), ("TX-003", None));
    }

    #[test]
    fn only_what_may_pass_by_itself_is_transient() {
        let unavailable = Error::from_status("x", &tonic::Status::unavailable("gone"));
        assert!(unavailable.is_transient());
        assert!(!Error::denied("no", "ask").is_transient());
        let financed = Error::AlreadyFinanced { invoice: "abc".into() };
        assert_eq!((financed.exit_code(), financed.rule()), (8, Some("FIN-004")));
    }
}
