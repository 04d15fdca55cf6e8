//! Opening sealed documents.

use super::{
    header::{DocumentHeader, HeaderError},
    key::{DocumentKey, GrantedKeys, SectionKey},
    padding,
    seal::{SealedBytes, Source, SourceSection, additional_data},
    section::SectionName,
    stream,
};
use crate::{
    commitment::SectionTree,
    document::Document,
    fields::{CanonicalError, Field, flatten},
};
use hansa_primitives::{
    ChainId,
    codec::{self, CodecError},
    hash,
    limits::{DOCUMENT_FIELDS_MAX, SOURCE_BYTES_MAX},
};
use serde_json::Value;
use thiserror::Error;

/// Why sealed bytes do not open.
#[derive(Debug, Error)]
pub enum OpenError {
    /// The header is no valid header.
    #[error("the header is invalid: {0}")]
    Header(#[from] HeaderError),
    /// The bytes are not those of the header.
    #[error("the sealed bytes are not those that the header names: fetch them again")]
    Digest,
    /// The bytes have the header's hash, but are no sealed document.
    #[error("the sealed bytes are malformed: {0}")]
    Malformed(#[from] CodecError),
    /// The section is not there.
    #[error("the document has no section `{0}`")]
    NoSection(SectionName),
    /// The key is not the one that the header commits to.
    #[error("the key of section `{0}` is not the one that the document was sealed under")]
    WrongKey(SectionName),
    /// The ciphertext does not authenticate.
    #[error("section `{0}` does not open: its owner sealed it wrongly")]
    Unauthentic(SectionName),
    /// The content is not what the header commits to.
    #[error("the content of section `{0}` is not what its owner committed to")]
    Commitment(SectionName),
    /// The content is larger than that of any document.
    #[error(
        "section `{0}` holds more than a document may: {DOCUMENT_FIELDS_MAX} fields in \
         {SOURCE_BYTES_MAX} bytes"
    )]
    TooLarge(SectionName),
    /// The sections open, but are no document.
    #[error("the sections are no document: {0}")]
    Content(#[from] CanonicalError),
}

/// One opened section, checked against the commitments in the header.
#[derive(Clone)]
pub struct OpenedSection {
    /// Its name.
    pub name: SectionName,
    /// Its content as canonical JSON, `null` if the document has nothing there; of `source`,
    /// nothing.
    pub json: Vec<u8>,
    /// The original bytes; for the section `source` only, and only if there are any.
    pub source: Option<Source>,
    /// Its fields with their commitments, to make proofs from.
    pub tree: SectionTree,
}

impl OpenedSection {
    /// The section's fields.
    pub fn fields(&self) -> &[Field] {
        self.tree.fields()
    }
}

/// A whole document version, checked against the commitments in the header.
#[derive(Clone)]
pub struct OpenedDocument {
    /// The document.
    pub document: Document,
    /// The bytes that it was read from, if they were sealed with it.
    pub source: Option<Source>,
    /// All sections, to make proofs from.
    pub sections: Vec<OpenedSection>,
}

/// Opens one section.
///
/// # Errors
/// [`OpenError`] says what does not fit: header, bytes, key, or content.
pub fn open_section(
    chain: &ChainId,
    header: &DocumentHeader,
    bytes: &[u8],
    name: &SectionName,
    key: &SectionKey,
) -> Result<OpenedSection, OpenError> {
    open_one(chain, header, &unpack(chain, header, bytes)?, name, key)
}

/// Opens every section that the reader has a key for.
///
/// # Errors
/// [`OpenError`] as for [`open_section`].
pub fn open_granted(
    chain: &ChainId,
    header: &DocumentHeader,
    bytes: &[u8],
    keys: &GrantedKeys,
) -> Result<Vec<OpenedSection>, OpenError> {
    let sealed = unpack(chain, header, bytes)?;
    let context = header.context(chain);
    if let GrantedKeys::Sections(keys) = keys
        && let Some((name, _)) = keys.iter().find(|(name, _)| header.section(name).is_none())
    {
        return Err(OpenError::NoSection(name.clone()));
    }
    let opened = header.sections.iter().filter_map(|section| {
        let key = keys.section_key(&context, &section.name)?;
        Some(open_one(chain, header, &sealed, &section.name, &key))
    });
    opened.collect()
}

/// Opens all sections and reads the document.
///
/// # Errors
/// [`OpenError`] as for [`open_section`], and if the sections are no document of the header's type.
pub fn open_all(
    chain: &ChainId,
    header: &DocumentHeader,
    bytes: &[u8],
    key: &DocumentKey,
) -> Result<OpenedDocument, OpenError> {
    let sections = open_granted(chain, header, bytes, &GrantedKeys::Whole(key.clone()))?;
    let mut json = vec![b'{'];
    let mut source = None;
    for section in &sections {
        if section.name.as_str() == SectionName::SOURCE {
            source = section.source.clone();
        } else if section.json != b"null" {
            if json.len() > 1 {
                json.push(b',');
            }
            json.extend_from_slice(format!("\"{}\":", section.name).as_bytes());
            json.extend_from_slice(&section.json);
        }
    }
    json.push(b'}');
    let document = Document::from_canonical(header.kind, &json)?;
    Ok(OpenedDocument { document, source, sections })
}

/// Checks the bytes against the header and takes them apart.
fn unpack(
    chain: &ChainId,
    header: &DocumentHeader,
    bytes: &[u8],
) -> Result<SealedBytes, OpenError> {
    header.check(chain)?;
    if bytes.len() as u64 != header.sealed_length || hash::sha256(&[bytes]) != header.sealed {
        return Err(OpenError::Digest);
    }
    Ok(codec::decode(bytes)?)
}

fn open_one(
    chain: &ChainId,
    header: &DocumentHeader,
    sealed: &SealedBytes,
    name: &SectionName,
    key: &SectionKey,
) -> Result<OpenedSection, OpenError> {
    let absent = || OpenError::NoSection(name.clone());
    let commitment = header.section(name).ok_or_else(absent)?;
    let section =
        sealed.sections.iter().find(|section| section.name == *name).ok_or_else(absent)?;
    if !key.matches(&commitment.key) {
        return Err(OpenError::WrongKey(name.clone()));
    }
    let context = header.context(chain);
    let aad = additional_data(&context, header.suite, name);
    let content_key = key.content_key(&sealed.salt);
    let unauthentic = || OpenError::Unauthentic(name.clone());
    let mut content =
        stream::decrypt(&content_key, &aad, &section.ciphertext).map_err(|_| unauthentic())?;
    padding::unpad(&mut content).ok_or_else(unauthentic)?;
    let (json, source, fields) = read_content(name, content)?;
    let tree = SectionTree::new(&context, name, fields, key);
    if tree.root() != commitment.fields {
        return Err(OpenError::Commitment(name.clone()));
    }
    Ok(OpenedSection { name: name.clone(), json, source, tree })
}

type Content = (Vec<u8>, Option<Source>, Vec<Field>);

fn read_content(name: &SectionName, content: Vec<u8>) -> Result<Content, OpenError> {
    if name.as_str() == SectionName::SOURCE {
        let source = codec::decode::<SourceSection>(&content)?.0;
        let fields = source.as_ref().map(Source::fields).unwrap_or_default();
        return Ok((Vec::new(), source, fields));
    }
    // An owner may have sealed anything. What no honest document holds is neither taken apart nor
    // hashed: that would cost its readers far more than its maker.
    if content.len() > SOURCE_BYTES_MAX {
        return Err(OpenError::TooLarge(name.clone()));
    }
    let tree = serde_json::from_slice(&content).map_err(|_| OpenError::Commitment(name.clone()))?;
    let mut left = DOCUMENT_FIELDS_MAX;
    if !has_at_most(&tree, &mut left) {
        return Err(OpenError::TooLarge(name.clone()));
    }
    let mut fields = Vec::new();
    flatten(&format!("/{name}"), &tree, &mut fields);
    Ok((content, None, fields))
}

/// Whether a value holds no more scalars than are left.
fn has_at_most(value: &Value, left: &mut usize) -> bool {
    match value {
        Value::Array(items) => items.iter().all(|item| has_at_most(item, left)),
        Value::Object(members) => members.values().all(|member| has_at_most(member, left)),
        _ => left.checked_sub(1).map(|rest| *left = rest).is_some(),
    }
}
