//! Commitments to every single field, and proofs that disclose one field and nothing else.
//!
//! A field is committed to by `leaf = H(chain, document, version, path, value, salt)`. Its salt
//! comes by HKDF from the key of its section, so whoever may read the section can check each
//! commitment, and nobody else can guess a value. The leaves of a section, behind a blinding leaf
//! that hides even an empty section, form an RFC 6962 tree; the roots of the sections form another,
//! whose root stands in the document's public header.
//!
//! A [`FieldProof`] shows that a field *is* in the document. That a field is absent cannot be
//! proven from the root: the tree says nothing about what it does not hold.

use crate::{
    context::DocumentContext,
    fields::{Field, section_of},
    sealing::{SectionKey, SectionName},
};
use bincode::{Decode, Encode};
use hansa_primitives::{
    ChainId, Digest, DocumentId, Version,
    codec::Canonical,
    hash,
    merkle::rfc6962::{self, InclusionProof},
};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The fields of one section with what commits to them.
#[derive(Clone)]
pub struct SectionTree {
    context: DocumentContext,
    name: SectionName,
    fields: Vec<Field>,
    salts: Vec<Digest>,
    /// The blinding leaf, then one leaf for each field.
    leaves: Vec<[u8; 32]>,
}

impl SectionTree {
    /// Commits to the fields of a section, in their order.
    pub fn new(
        context: &DocumentContext,
        name: &SectionName,
        fields: Vec<Field>,
        key: &SectionKey,
    ) -> Self {
        let salts: Vec<Digest> =
            fields.iter().map(|field| key.field_salt(context, &field.path)).collect();
        let blinding = hash::tagged(
            &context.chain,
            "document-blinding",
            &[name.as_str().as_bytes(), &key.field_salt(context, "").0],
        );
        let committed = fields.iter().zip(&salts).map(|(field, salt)| leaf(context, field, salt));
        let leaves = std::iter::once(blinding.0).chain(committed).collect();
        Self { context: context.clone(), name: name.clone(), fields, salts, leaves }
    }

    /// The section's root.
    pub fn root(&self) -> Digest {
        rfc6962::root(&self.leaves)
    }

    /// The section's fields.
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// The proof of one field against the document's root. `sections` are all sections of the
    /// header with their roots; nothing comes back if the field, or the section among them, is not
    /// there.
    pub fn prove(&self, path: &str, sections: &[(SectionName, Digest)]) -> Option<FieldProof> {
        let index = self.fields.iter().position(|field| field.path == path)?;
        let place = sections.iter().position(|(name, _)| *name == self.name)?;
        let leaves = section_leaves(&self.context, sections);
        Some(FieldProof {
            document: self.context.document,
            version: self.context.version,
            path: path.to_owned(),
            value: self.fields[index].value.clone(),
            salt: self.salts[index],
            inclusion: rfc6962::inclusion_proof(&self.leaves, index + 1)?,
            section_root: self.root(),
            section_inclusion: rfc6962::inclusion_proof(&leaves, place)?,
        })
    }
}

/// The root over all sections of a document version.
pub fn fields_root(context: &DocumentContext, sections: &[(SectionName, Digest)]) -> Digest {
    rfc6962::root(&section_leaves(context, sections))
}

fn leaf(context: &DocumentContext, field: &Field, salt: &Digest) -> [u8; 32] {
    let version = context.version.0.to_le_bytes();
    let parts: [&[u8]; 5] = [
        context.document.as_bytes(),
        &version,
        field.path.as_bytes(),
        field.value.as_bytes(),
        &salt.0,
    ];
    hash::tagged(&context.chain, "document-field", &parts).0
}

fn section_leaf(context: &DocumentContext, name: &str, root: &Digest) -> [u8; 32] {
    let version = context.version.0.to_le_bytes();
    let parts: [&[u8]; 4] = [context.document.as_bytes(), &version, name.as_bytes(), &root.0];
    hash::tagged(&context.chain, "document-section", &parts).0
}

fn section_leaves(context: &DocumentContext, sections: &[(SectionName, Digest)]) -> Vec<[u8; 32]> {
    sections.iter().map(|(name, root)| section_leaf(context, name.as_str(), root)).collect()
}

/// One disclosed field with the way from it to the root in the document's header.
///
/// It gives away the field, how many fields its section has, how many sections the document has,
/// and nothing else.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FieldProof {
    /// The document.
    pub document: DocumentId,
    /// Its version.
    pub version: Version,
    /// The field's path.
    pub path: String,
    /// The field's value.
    pub value: String,
    /// What hides the value in its leaf.
    pub salt: Digest,
    /// From the leaf to the section's root.
    pub inclusion: InclusionProof,
    /// The section's root.
    pub section_root: Digest,
    /// From the section to the document's root.
    pub section_inclusion: InclusionProof,
}

impl Canonical for FieldProof {
    const BYTES_MAX: usize = 16 * 1024;
}

/// Why a proof does not show its field.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum FieldProofError {
    /// The field is not in its section: path, value or salt is not what was committed to.
    #[error("the field is not what the document's section commits to")]
    Field,
    /// The section is not in the document.
    #[error("the section is not part of the document version that the root stands for")]
    Section,
}

impl FieldProof {
    /// Whether the document version whose header has `fields_root` holds the field.
    ///
    /// # Errors
    /// [`FieldProofError`] says at which step the proof does not hold.
    pub fn verify(&self, chain: &ChainId, fields_root: &Digest) -> Result<(), FieldProofError> {
        let context = DocumentContext::new(chain.clone(), self.document, self.version);
        let section = section_leaf(&context, section_of(&self.path), &self.section_root);
        if !self.section_inclusion.verify(&section, fields_root) {
            return Err(FieldProofError::Section);
        }
        let field = Field { path: self.path.clone(), value: self.value.clone() };
        let leaf = leaf(&context, &field, &self.salt);
        if !self.inclusion.verify(&leaf, &self.section_root) {
            return Err(FieldProofError::Field);
        }
        Ok(())
    }
}
