//! The public header of a document version: all that the ledger knows about it.

use super::{seal::SealSuite, section::SectionName};
use crate::{commitment, context::DocumentContext, kind::DocumentType};
use bincode::{Decode, Encode};
use hansa_primitives::{
    ChainId, Digest, DocumentId, MemberId, Version,
    codec::{self, Canonical},
    hash,
    limits::SEALED_BYTES_MAX,
};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Sections of one document.
const SECTIONS_MAX: usize = 64;

/// What the ledger holds of a document version: no content, only commitments.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DocumentHeader {
    /// The document.
    pub document: DocumentId,
    /// The version, from 1.
    pub version: Version,
    /// The hash of the previous version's header; nothing for version 1.
    pub previous: Option<Digest>,
    /// What kind of document it is.
    pub kind: DocumentType,
    /// The member that keeps the document and grants it.
    pub owner: MemberId,
    /// The member that issued it.
    pub issued_by: MemberId,
    /// How the bytes are sealed.
    pub suite: SealSuite,
    /// The SHA-256 hash of the sealed bytes.
    pub sealed: Digest,
    /// How many sealed bytes there are.
    pub sealed_length: u64,
    /// The root over all fields.
    pub fields_root: Digest,
    /// Commitments of each section, by ascending name.
    pub sections: Vec<SectionCommitment>,
    /// The Poseidon commitment to the fields that proofs speak about.
    pub proof_leaf: Digest,
}

/// What commits to one section.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SectionCommitment {
    /// The section.
    pub name: SectionName,
    /// Commitment to its key.
    pub key: Digest,
    /// Root over its fields.
    pub fields: Digest,
}

/// What an owner adds to a sealed document to make its header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeaderParts {
    /// The member that keeps the document.
    pub owner: MemberId,
    /// The member that issued it.
    pub issued_by: MemberId,
    /// The hash of the previous version's header.
    pub previous: Option<Digest>,
    /// The Poseidon commitment.
    pub proof_leaf: Digest,
}

impl Canonical for DocumentHeader {
    const BYTES_MAX: usize = 16 * 1024;
}

/// Why a header cannot be that of a sealed document.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum HeaderError {
    /// Version 0, version 1 with a predecessor, or a later one without.
    #[error("version {version} names {} previous version", if *.has_previous { "a" } else { "no" })]
    Version {
        /// The version.
        version: Version,
        /// Whether a previous one is named.
        has_previous: bool,
    },
    /// Not 1 to 64 sections in ascending order, each once, with `source` among them.
    #[error("the sections are not in ascending order, each once, with `source` among them")]
    Sections,
    /// The root over all fields is not the root over the sections' roots.
    #[error("the root over all fields does not follow from the sections' roots")]
    FieldsRoot,
    /// No bytes, or more than the limit.
    #[error("{0} sealed bytes; 1 to {SEALED_BYTES_MAX} are allowed")]
    Length(u64),
}

impl DocumentHeader {
    /// What the version's keys, ciphertexts and commitments are bound to.
    pub fn context(&self, chain: &ChainId) -> DocumentContext {
        DocumentContext::new(chain.clone(), self.document, self.version)
    }

    /// The header's hash: what countersignatures and later versions refer to.
    pub fn hash(&self, chain: &ChainId) -> Digest {
        hash::tagged(chain, "document-header", &[&codec::encode(self)])
    }

    /// The commitments of one section.
    pub fn section(&self, name: &SectionName) -> Option<&SectionCommitment> {
        self.sections.iter().find(|section| section.name == *name)
    }

    /// Checks what can be checked without the content: what every validator does before it accepts
    /// one.
    ///
    /// Which sections a type has is not checked here: types gain optional fields over time, and
    /// headers of all times stay valid. Who opens the document finds out.
    ///
    /// # Errors
    /// [`HeaderError`] names the rule that is broken.
    pub fn check(&self, chain: &ChainId) -> Result<(), HeaderError> {
        let first = self.version == Version(1);
        if self.version == Version(0) || first == self.previous.is_some() {
            let (version, has_previous) = (self.version, self.previous.is_some());
            return Err(HeaderError::Version { version, has_previous });
        }
        if self.sealed_length == 0 || self.sealed_length > SEALED_BYTES_MAX as u64 {
            return Err(HeaderError::Length(self.sealed_length));
        }
        let ascending = self.sections.is_sorted_by(|one, other| one.name < other.name);
        let mut names = self.sections.iter().map(|section| section.name.as_str());
        let has_source = names.any(|name| name == SectionName::SOURCE);
        if self.sections.len() > SECTIONS_MAX || !ascending || !has_source {
            return Err(HeaderError::Sections);
        }
        let context = self.context(chain);
        if commitment::fields_root(&context, &self.section_roots()) != self.fields_root {
            return Err(HeaderError::FieldsRoot);
        }
        Ok(())
    }

    /// The sections' names and roots, as [`crate::commitment::SectionTree::prove`] wants them.
    pub fn section_roots(&self) -> Vec<(SectionName, Digest)> {
        self.sections.iter().map(|section| (section.name.clone(), section.fields)).collect()
    }
}

/// The sections that a document of a type is sealed in, ascending.
pub(super) fn section_names(kind: DocumentType) -> Vec<&'static str> {
    let mut names = kind.sections();
    names.push(SectionName::SOURCE);
    names.sort_unstable();
    names
}
