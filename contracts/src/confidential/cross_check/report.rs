//! The result of a cross-check.

use super::{
    catalogue::{RuleId, Severity},
    finding::Finding,
};
use crate::{
    clearance::{Lane, Suggestion},
    confidential::source::SourceId,
    declaration::Kind,
};
use hansa_documents::DocumentType;
use hansa_primitives::{Digest, DocumentId, Version, hash, limits::FINDINGS_MAX};
use serde::{Deserialize, Serialize};

/// Version of the catalogue and its evaluation.
pub const CHECK_VERSION: u32 = 1;

/// Everything that a cross-check found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CrossCheckReport {
    /// Version of the rules.
    pub version: u32,
    /// Export or import.
    pub kind: Kind,
    /// The documents that were compared, by type.
    pub documents: Vec<CheckedDocument>,
    /// How the declaration is to be treated.
    pub lane: Lane,
    /// What the check proposes.
    pub suggestion: Suggestion,
    /// Why this lane.
    pub reasons: Vec<String>,
    /// How many findings there are of each severity.
    pub counts: Counts,
    /// The findings, errors first.
    pub findings: Vec<Finding>,
    /// Rules that were evaluated.
    pub evaluated: Vec<RuleId>,
    /// Rules that could not be evaluated, and why.
    pub not_evaluated: Vec<NotEvaluated>,
}

/// A document that was compared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckedDocument {
    /// Its type.
    pub kind: DocumentType,
    /// The document.
    pub document: DocumentId,
    /// Its version.
    pub version: Version,
    /// The root over its fields.
    pub fields_root: Digest,
}

/// Findings by severity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counts {
    /// Findings that forbid acceptance.
    pub errors: u32,
    /// Findings that raise the risk.
    pub warnings: u32,
    /// Findings to know of.
    pub notes: u32,
}

/// A rule that could not be evaluated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NotEvaluated {
    /// The rule.
    pub rule: RuleId,
    /// Why not.
    pub reason: String,
}

impl CrossCheckReport {
    /// The one form of the report as JSON: members in the order of the type, no white space.
    pub fn canonical_json(&self) -> String {
        serde_json::to_string(self).expect("the report has text keys and no value that JSON lacks")
    }

    /// The digest that the ledger holds of the report, blinded like that of the provenance: a
    /// report quotes values that not every reader of the ledger may know.
    pub fn digest(&self, blinding: &Digest) -> Digest {
        hash::tagged_unbound("cross-check", &[&blinding.0, self.canonical_json().as_bytes()])
    }

    /// The documents' ids.
    pub fn sources(&self) -> impl Iterator<Item = SourceId> + '_ {
        self.documents
            .iter()
            .map(|checked| SourceId { document: checked.document, version: checked.version })
    }
}

/// What the evaluation of the rules yields; makes the report.
pub(super) struct Evaluation {
    pub(super) kind: Kind,
    pub(super) documents: Vec<CheckedDocument>,
    pub(super) findings: Vec<Finding>,
    pub(super) evaluated: Vec<RuleId>,
    pub(super) not_evaluated: Vec<NotEvaluated>,
}

impl Evaluation {
    pub(super) fn report(mut self) -> CrossCheckReport {
        self.findings.sort_by_key(|finding| finding.severity);
        let count = |severity| {
            let found = self.findings.iter().filter(|finding| finding.severity == severity);
            found.count() as u32
        };
        let counts = Counts {
            errors: count(Severity::Error),
            warnings: count(Severity::Warning),
            notes: count(Severity::Note),
        };
        let (lane, reasons) = self.lane();
        // Counts and lane speak of all findings, also of those that do not fit in the list.
        self.findings.truncate(FINDINGS_MAX);
        CrossCheckReport {
            version: CHECK_VERSION,
            kind: self.kind,
            documents: self.documents,
            lane,
            suggestion: suggestion(lane),
            reasons,
            counts,
            findings: self.findings,
            evaluated: self.evaluated,
            not_evaluated: self.not_evaluated,
        }
    }

    /// The strictest lane that anything asks for, and what asks for it.
    fn lane(&self) -> (Lane, Vec<String>) {
        let found = self.findings.iter().filter_map(|finding| {
            let lane = lane_of(finding)?;
            Some((lane, format!("{}: {}", finding.rule, finding.sentence)))
        });
        let unchecked =
            self.not_evaluated.iter().filter(|skipped| skipped.rule.rule().core).map(|skipped| {
                let reason = format!("{} was not evaluated: {}", skipped.rule, skipped.reason);
                (Lane::Yellow, reason)
            });
        let asked: Vec<(Lane, String)> = found.chain(unchecked).collect();
        let lane = asked.iter().map(|(lane, _)| *lane).max_by_key(|lane| strictness(*lane));
        match lane {
            None => {
                let reason = "all documents agree: low risk, pre-clearance is suggested";
                (Lane::Green, vec![reason.to_owned()])
            }
            Some(lane) => {
                let reasons = asked.into_iter().filter(|(asked, _)| *asked == lane);
                (lane, reasons.map(|(_, reason)| reason).take(FINDINGS_MAX).collect())
            }
        }
    }
}

fn lane_of(finding: &Finding) -> Option<Lane> {
    let lane = finding.rule.rule().lane;
    match finding.severity {
        Severity::Error => Some(lane),
        Severity::Warning if lane == Lane::Red => Some(Lane::Yellow),
        Severity::Warning => Some(lane),
        Severity::Note => None,
    }
}

fn strictness(lane: Lane) -> u8 {
    match lane {
        Lane::Green => 0,
        Lane::Blue => 1,
        Lane::Yellow => 2,
        Lane::Red => 3,
    }
}

fn suggestion(lane: Lane) -> Suggestion {
    match lane {
        Lane::Green => Suggestion::PreClear,
        Lane::Yellow => Suggestion::ReviewDocuments,
        Lane::Red => Suggestion::InspectGoods,
        Lane::Blue => Suggestion::AuditAfterRelease,
    }
}
