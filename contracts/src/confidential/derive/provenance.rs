//! The provenance of a declaration: every declared value with the fields and values that it comes
//! from.

use super::{
    super::source::{Source, SourceId, SourceSet},
    origin::expand,
};
use bincode::{Decode, Encode};
use hansa_documents::{
    DocumentType,
    commitment::FieldProof,
    document::{Declaration, DeclaredContent, DeclaredField, FieldOrigin},
    sealing::{DocumentHeader, OpenedSection, SectionKey},
};
use hansa_primitives::{ChainId, Digest, DocumentId, Version, codec, hash};
use serde::Serialize;
use thiserror::Error;

/// Where every value of a declaration comes from.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize)]
pub struct Provenance {
    /// Version of the rules that made the values.
    pub rules_version: u32,
    /// One entry for each element, in the declaration's order.
    pub entries: Vec<ProvenanceEntry>,
}

/// Where the value of one element comes from.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize)]
pub struct ProvenanceEntry {
    /// The element's path in the WCO data model.
    pub element: String,
    /// Its value; nothing if it is missing.
    pub value: Option<String>,
    /// The rule that made it; nothing if it is missing.
    pub rule: Option<String>,
    /// The fields that it comes from.
    pub origins: Vec<ProvenanceOrigin>,
}

/// A field that a value comes from.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize)]
pub struct ProvenanceOrigin {
    /// What kind of document it is in.
    pub kind: DocumentType,
    /// The document.
    pub document: DocumentId,
    /// Its version.
    pub version: Version,
    /// The field's path.
    pub path: String,
    /// The field's value.
    pub value: String,
}

/// Why a declaration has no provenance in the documents at hand.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum ProvenanceError {
    /// An element names a document that is not at hand.
    #[error("{element} comes from version {version} of document {document}, which is not at hand")]
    NoSource {
        /// The element.
        element: String,
        /// The document.
        document: DocumentId,
        /// Its version.
        version: Version,
    },
    /// An element names a field that its document does not have, or that is not disclosed.
    #[error("{element} comes from {path} of document {document}, which has no such field at hand")]
    NoField {
        /// The element.
        element: String,
        /// The document.
        document: DocumentId,
        /// The field.
        path: String,
    },
}

/// The provenance of a declaration.
///
/// # Errors
/// [`ProvenanceError`] if a field that an element names is not at hand.
pub fn provenance(
    declaration: &Declaration,
    sources: &SourceSet,
) -> Result<Provenance, ProvenanceError> {
    let entries: Result<_, _> =
        declaration.elements.iter().map(|field| entry(field, sources)).collect();
    Ok(Provenance { rules_version: declaration.rules_version, entries: entries? })
}

fn entry(field: &DeclaredField, sources: &SourceSet) -> Result<ProvenanceEntry, ProvenanceError> {
    let mut origins = Vec::new();
    for from in field.origins() {
        origins.extend(expanded(field, from, sources)?);
    }
    let rule = match &field.content {
        DeclaredContent::Value { rule, .. } => Some(rule.to_string()),
        DeclaredContent::Missing { .. } => None,
    };
    Ok(ProvenanceEntry {
        element: field.element.to_string(),
        value: field.value().map(str::to_owned),
        rule,
        origins,
    })
}

/// The fields that one listed origin stands for.
fn expanded(
    field: &DeclaredField,
    from: &FieldOrigin,
    sources: &SourceSet,
) -> Result<Vec<ProvenanceOrigin>, ProvenanceError> {
    let &FieldOrigin { document, version, ref path } = from;
    let source = sources.by_id(SourceId { document, version }).ok_or_else(|| {
        ProvenanceError::NoSource { element: field.element.to_string(), document, version }
    })?;
    let origin = |(path, value): (&str, &str)| ProvenanceOrigin {
        kind: source.kind(),
        document,
        version,
        path: path.to_owned(),
        value: value.to_owned(),
    };
    let origins: Vec<ProvenanceOrigin> = expand(source, path.as_str()).map(origin).collect();
    if origins.is_empty() {
        let (element, path) = (field.element.to_string(), path.to_string());
        return Err(ProvenanceError::NoField { element, document, path });
    }
    Ok(origins)
}

impl Provenance {
    /// The digest that the ledger holds of the provenance.
    ///
    /// Values of a declaration can be guessed, and the ledger is read by members who may not know
    /// them: so the digest is blinded with a secret that only readers of the declaration share, see
    /// [`blinding`].
    pub fn digest(&self, blinding: &Digest) -> Digest {
        hash::tagged_unbound("provenance", &[&blinding.0, &codec::encode(self)])
    }
}

/// The secret that blinds the digest of a declaration's provenance, made from the key of the
/// section `elements` of the declaration: whoever may read the elements can compute it, and nobody
/// else.
pub fn blinding(chain: &ChainId, elements_key: &SectionKey) -> Digest {
    hash::tagged(chain, "provenance-blinding", &[elements_key.expose().as_slice()])
}

/// Proofs of all fields that one element, or every element, comes from, as far as the opened sections
/// hold them: what shows a declared value to somebody who may see those fields and no others.
pub fn field_proofs(
    declaration: &Declaration,
    element: Option<&str>,
    documents: &[(&DocumentHeader, &[OpenedSection])],
) -> Vec<FieldProof> {
    let chosen = declaration
        .elements
        .iter()
        .filter(|field| element.is_none_or(|wanted| field.element.as_str() == wanted));
    let mut origins: Vec<&FieldOrigin> = chosen.flat_map(DeclaredField::origins).collect();
    origins.sort_unstable();
    origins.dedup();
    let mut proofs = Vec::new();
    for (header, sections) in documents {
        let source = Source::sections(header, sections);
        let roots = header.section_roots();
        let own = origins.iter().filter(|origin| {
            (origin.document, origin.version) == (header.document, header.version)
        });
        for (path, _) in own.flat_map(|origin| expand(&source, origin.path.as_str())) {
            proofs.extend(sections.iter().find_map(|section| section.tree.prove(path, &roots)));
        }
    }
    proofs.sort_unstable_by(|one: &FieldProof, other| {
        (one.document, one.version, &one.path).cmp(&(other.document, other.version, &other.path))
    });
    proofs.dedup();
    proofs
}
