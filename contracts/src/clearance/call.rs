//! Calls of customs authorities.

use super::{Decision, Lane, Suggestion};
use crate::declaration::Kind;
use bincode::{Decode, Encode};
use hansa_primitives::{Digest, DocumentId, Ucr, Version};

/// A call of a customs authority; new variants go to the end.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Call {
    /// Records what the comparison of a declaration with its sources found.
    RecordCrossCheck {
        /// Export or import.
        kind: Kind,
        /// The shipment.
        ucr: Ucr,
        /// How the declaration is to be treated.
        lane: Lane,
        /// Findings that forbid a release.
        errors: u32,
        /// Findings that raise the risk.
        warnings: u32,
        /// Findings to know of.
        notes: u32,
        /// The hash of the report.
        report: Digest,
        /// What the check proposes.
        suggestion: Suggestion,
    },
    /// Decides on a declaration.
    Decide {
        /// Export or import.
        kind: Kind,
        /// The shipment.
        ucr: Ucr,
        /// What is decided.
        decision: Decision,
        /// The certificate of the decision: a clearance notice of the authority.
        certificate: Option<(DocumentId, Version)>,
    },
}
