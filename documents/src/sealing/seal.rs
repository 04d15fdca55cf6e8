//! Sealing a document version.

use super::{
    header::{DocumentHeader, HeaderParts, SectionCommitment, section_names},
    key::DocumentKey,
    padding,
    section::SectionName,
    stream,
};
use crate::{
    byte_code::byte_code,
    commitment::{self, SectionTree},
    context::DocumentContext,
    document::Document,
    fields::{Field, section_of},
    kind::DocumentType,
};
use bincode::{Decode, Encode};
use hansa_primitives::{
    Digest,
    codec::{self, Canonical},
    hash,
    limits::{DOCUMENT_FIELDS_MAX, SEALED_BYTES_MAX, SOURCE_BYTES_MAX},
};
use rand::CryptoRng;
use thiserror::Error;

byte_code! {
    /// How a document's bytes are sealed.
    SealSuite;
    /// STREAM over ChaCha20-Poly1305 in chunks of 64 KiB, HKDF-SHA256, Padmé.
    StreamChaCha20Poly1305 = 1 "stream-chacha20poly1305",
}

/// The bytes that a document was read from.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Source {
    /// Their media type: `application/xml`, `application/json`.
    pub media_type: String,
    /// The bytes.
    pub bytes: Vec<u8>,
}

impl Source {
    /// What commits to the source: its type and hash.
    pub(super) fn fields(&self) -> Vec<Field> {
        let field = |name: &str, value: String| Field {
            path: format!("/{}/{name}", SectionName::SOURCE),
            value,
        };
        vec![
            field("media_type", self.media_type.clone()),
            field("sha256", hash::sha256(&[&self.bytes]).to_string()),
        ]
    }
}

/// The content of the section `source`.
#[derive(Encode, Decode)]
pub(super) struct SourceSection(pub(super) Option<Source>);

impl Canonical for SourceSection {
    const BYTES_MAX: usize = SOURCE_BYTES_MAX + 256;
}

/// What is stored and replicated of a document version.
#[derive(Encode, Decode)]
pub(super) struct SealedBytes {
    pub(super) suite: SealSuite,
    pub(super) salt: [u8; 32],
    pub(super) sections: Vec<SealedSection>,
}

impl Canonical for SealedBytes {
    const BYTES_MAX: usize = SEALED_BYTES_MAX;
}

/// One section's ciphertext.
#[derive(Encode, Decode)]
pub(super) struct SealedSection {
    pub(super) name: SectionName,
    pub(super) ciphertext: Vec<u8>,
}

/// Why a document cannot be sealed.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum SealError {
    /// More fields than one version commits to.
    #[error("the document has {0} fields; at most {DOCUMENT_FIELDS_MAX} can be committed to")]
    Fields(usize),
    /// A source that is too large.
    #[error("the source has {0} bytes; at most {SOURCE_BYTES_MAX} can be sealed")]
    Source(usize),
}

/// A sealed document version: the bytes to store and what its header says about them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedDocument {
    /// What it is bound to.
    pub context: DocumentContext,
    /// What kind of document it is.
    pub kind: DocumentType,
    /// The sealed bytes.
    pub bytes: Vec<u8>,
    /// Their SHA-256 hash.
    pub digest: Digest,
    /// The root over all fields.
    pub fields_root: Digest,
    /// Commitments of the sections.
    pub sections: Vec<SectionCommitment>,
}

impl SealedDocument {
    /// The public header.
    pub fn header(&self, parts: HeaderParts) -> DocumentHeader {
        DocumentHeader {
            document: self.context.document,
            version: self.context.version,
            previous: parts.previous,
            kind: self.kind,
            owner: parts.owner,
            issued_by: parts.issued_by,
            suite: SealSuite::StreamChaCha20Poly1305,
            sealed: self.digest,
            sealed_length: self.bytes.len() as u64,
            fields_root: self.fields_root,
            sections: self.sections.clone(),
            proof_leaf: parts.proof_leaf,
        }
    }
}

/// Seals a document version under its key.
///
/// # Errors
/// [`SealError`] if the document or its source is too large.
pub fn seal(
    context: &DocumentContext,
    key: &DocumentKey,
    document: &Document,
    source: Option<&Source>,
    rng: &mut impl CryptoRng,
) -> Result<SealedDocument, SealError> {
    let fields = document.fields();
    if fields.len() > DOCUMENT_FIELDS_MAX {
        return Err(SealError::Fields(fields.len()));
    }
    let source_length = source.map_or(0, |source| source.bytes.len() + source.media_type.len());
    if source_length > SOURCE_BYTES_MAX {
        return Err(SealError::Source(source_length));
    }
    let mut sealed = SealedBytes {
        suite: SealSuite::StreamChaCha20Poly1305,
        salt: [0; 32],
        sections: Vec::new(),
    };
    rng.fill_bytes(&mut sealed.salt);
    let mut sections = Vec::new();
    for name in section_names(document.kind()) {
        let name = SectionName::new(name).expect("field names of documents are section names");
        let (content, fields) = content_of(&name, document, source, &fields);
        let section_key = key.section_key(context, &name);
        let root = SectionTree::new(context, &name, fields, &section_key).root();
        let commitment = section_key.commitment();
        sections.push(SectionCommitment { name: name.clone(), key: commitment, fields: root });
        let content_key = section_key.content_key(&sealed.salt);
        let aad = additional_data(context, sealed.suite, &name);
        let ciphertext = stream::encrypt(&content_key, &aad, &content);
        sealed.sections.push(SealedSection { name, ciphertext });
    }
    let roots: Vec<_> =
        sections.iter().map(|section| (section.name.clone(), section.fields)).collect();
    let bytes = codec::encode(&sealed);
    Ok(SealedDocument {
        context: context.clone(),
        kind: document.kind(),
        digest: hash::sha256(&[&bytes]),
        bytes,
        fields_root: commitment::fields_root(context, &roots),
        sections,
    })
}

/// The padded plaintext of a section and the fields that commit to it.
fn content_of(
    name: &SectionName,
    document: &Document,
    source: Option<&Source>,
    fields: &[Field],
) -> (Vec<u8>, Vec<Field>) {
    let (mut content, fields) = if name.as_str() == SectionName::SOURCE {
        let fields = source.map(Source::fields).unwrap_or_default();
        (codec::encode(&SourceSection(source.cloned())), fields)
    } else {
        let of_section = |field: &&Field| section_of(&field.path) == name.as_str();
        let fields = fields.iter().filter(of_section).cloned().collect();
        (document.section_json(name.as_str()), fields)
    };
    padding::pad(&mut content);
    (content, fields)
}

/// What a section's ciphertext is bound to.
pub(super) fn additional_data(
    context: &DocumentContext,
    suite: SealSuite,
    name: &SectionName,
) -> Vec<u8> {
    let mut message = vec![suite.number()];
    message.extend_from_slice(name.as_str().as_bytes());
    context.frame("sealed-section", &message)
}
