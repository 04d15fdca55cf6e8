//! A finding: two values that should agree, where they stand, and what it means.

use super::catalogue::{RuleId, Severity};
use crate::confidential::source::SourceId;
use hansa_documents::DocumentType;
use hansa_primitives::{DocumentId, Version};
use serde::{Deserialize, Serialize};

/// Something that does not fit together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// The rule that found it.
    pub rule: RuleId,
    /// How bad it is.
    pub severity: Severity,
    /// Which element of the declaration it concerns, as a WCO pointer.
    pub pointer: String,
    /// The same element by its names.
    pub element: String,
    /// The value that counts.
    pub left: Side,
    /// The value that should agree with it.
    pub right: Side,
    /// How far they are apart, where that is a number.
    pub delta: Option<String>,
    /// How far they might be.
    pub tolerance: String,
    /// The finding in words.
    pub sentence: String,
}

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Side {
    /// What kind of document; nothing for what the ledger itself knows.
    pub kind: Option<DocumentType>,
    /// The document.
    pub document: Option<DocumentId>,
    /// Its version.
    pub version: Option<Version>,
    /// The field's path, or the element's in a declaration.
    pub path: String,
    /// The value.
    pub value: String,
}

impl Side {
    /// A value in a document.
    pub(super) fn of(
        kind: DocumentType,
        id: SourceId,
        path: &str,
        value: impl Into<String>,
    ) -> Self {
        Self {
            kind: Some(kind),
            document: Some(id.document),
            version: Some(id.version),
            path: path.to_owned(),
            value: value.into(),
        }
    }

    /// A value that the ledger knows.
    pub(super) fn ledger(path: &str, value: impl Into<String>) -> Self {
        Self {
            kind: None,
            document: None,
            version: None,
            path: path.to_owned(),
            value: value.into(),
        }
    }

    /// A value that follows from others.
    pub(super) fn computed(path: &str, value: impl Into<String>) -> Self {
        Self::ledger(path, value)
    }

    /// The side's name in a sentence.
    pub(super) fn name(&self) -> String {
        match self.kind {
            Some(kind) => format!("the {}", kind.name().replace('-', " ")),
            None => self.path.clone(),
        }
    }
}
