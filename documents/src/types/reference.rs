//! References from one document to another.

use super::{Date, Number};
use crate::kind::DocumentType;
use hansa_primitives::{DocumentId, Version};
use serde::{Deserialize, Serialize};

/// A reference to another document, by number and, if it is on the ledger, by id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DocRef {
    /// What kind of document it is.
    #[serde(rename = "type")]
    pub kind: DocumentType,
    /// The number that its issuer gave it.
    pub number: Number,
    /// When it was issued.
    pub issue_date: Option<Date>,
    /// Its id on the ledger.
    pub document: Option<DocumentId>,
    /// Which version of it.
    pub version: Option<Version>,
}

impl DocRef {
    /// A reference by kind and number alone.
    pub fn to(kind: DocumentType, number: Number) -> Self {
        Self { kind, number, issue_date: None, document: None, version: None }
    }
}
