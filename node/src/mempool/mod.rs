//! Transactions that this node has accepted and that no committed block decides yet.

mod admission;
mod forward;
mod held;

pub(crate) use admission::{Admission, Source, run as run_admission};
pub(crate) use held::{Held, Mempool, Quota};

use hansa_contracts::rule::Rejection;
use std::time::Duration;
use thiserror::Error;

impl SubmitError {
    /// The stable code: that of the rule, or of the check that failed.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Malformed(_) => "MALFORMED",
            Self::Rejected(rejection) => rejection.rule.code(),
            Self::Signature => "SIGNATURE_REFUSED",
            Self::Busy { .. } => "QUOTA",
            Self::Unavailable(_) => "NODE_UNAVAILABLE",
        }
    }
}

/// Why a transaction was not accepted.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SubmitError {
    /// The bytes are no transaction.
    #[error("the transaction does not decode: {0}")]
    Malformed(String),
    /// It breaks a rule already, whatever its calls say.
    #[error("{rule}: {message}", rule = .0.rule, message = .0.message)]
    Rejected(Rejection),
    /// The actor's signature does not hold.
    #[error("the signature is not that of the transaction's actor")]
    Signature,
    /// Too much waits, of this actor or altogether.
    #[error("{reason}; try again in {} ms", retry_after.as_millis())]
    Busy {
        /// Which bound is reached.
        reason: &'static str,
        /// When to try again.
        retry_after: Duration,
    },
    /// The node cannot take transactions.
    #[error("the node takes no transactions: {0}")]
    Unavailable(String),
}
