//! The JSON form: `{"type": "<document type>", "document": {…}}`, unknown members refused.

use super::SourceError;
use crate::{document::Document, kind::DocumentType};
use serde::{Deserialize, de::IgnoredAny};

/// Just the type.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    #[serde(rename = "type")]
    kind: DocumentType,
    #[serde(rename = "document")]
    _document: IgnoredAny,
}

pub(super) fn detect(text: &str) -> Result<DocumentType, SourceError> {
    serde_json::from_str::<Head>(text).map(|head| head.kind).map_err(located)
}

pub(super) fn read(kind: DocumentType, text: &str) -> Result<Document, SourceError> {
    Document::from_envelope(kind, text.as_bytes()).map_err(located)
}

fn located(error: serde_json::Error) -> SourceError {
    let text = error.to_string();
    let reason = text.split(" at line ").next().unwrap_or(&text).to_owned();
    SourceError::Json { line: error.line(), column: error.column(), reason }
}
