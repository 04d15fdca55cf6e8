//! The keys of a document version.

use super::section::SectionName;
use crate::context::DocumentContext;
use hansa_primitives::{Digest, hash};
use hkdf::Hkdf;
use rand::CryptoRng;
use sha2::Sha256;
use std::fmt;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// Bytes of a key.
pub(crate) const KEY_BYTES: usize = 32;

/// The key of one document version: opens all of it. Wiped from memory when dropped.
///
/// One key is made for one version and never used for another.
#[derive(Clone)]
pub struct DocumentKey(Zeroizing<[u8; KEY_BYTES]>);

impl DocumentKey {
    /// Draws a key.
    pub fn generate(rng: &mut impl CryptoRng) -> Self {
        let mut bytes = Zeroizing::new([0; KEY_BYTES]);
        rng.fill_bytes(bytes.as_mut());
        Self(bytes)
    }

    /// A key from where its owner keeps it.
    pub fn from_bytes(bytes: [u8; KEY_BYTES]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The bytes, for the owner's keystore.
    pub fn expose(&self) -> &[u8; KEY_BYTES] {
        &self.0
    }

    /// The key of one section.
    pub fn section_key(&self, context: &DocumentContext, name: &SectionName) -> SectionKey {
        let info = context.frame("section-key", name.as_str().as_bytes());
        SectionKey(expand(b"hansa/document-key/v1", &*self.0, &info))
    }
}

/// The key of one section of a document version. Wiped from memory when dropped.
#[derive(Clone)]
pub struct SectionKey(Zeroizing<[u8; KEY_BYTES]>);

impl SectionKey {
    /// A key from where a reader keeps it.
    pub fn from_bytes(bytes: [u8; KEY_BYTES]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The bytes, for a reader's keystore.
    pub fn expose(&self) -> &[u8; KEY_BYTES] {
        &self.0
    }

    /// The commitment to the key that stands in the document's header.
    pub fn commitment(&self) -> Digest {
        hash::tagged_unbound("section-key-commitment", &[&*self.0])
    }

    /// Whether the key is the one that a header commits to.
    pub fn matches(&self, commitment: &Digest) -> bool {
        self.commitment().0.ct_eq(&commitment.0).into()
    }

    /// The key that one sealing encrypts the section under.
    pub(super) fn content_key(&self, salt: &[u8; 32]) -> Zeroizing<[u8; KEY_BYTES]> {
        expand(salt, &*self.0, b"hansa/section-content/v1")
    }

    /// The salt of a field's commitment.
    pub(crate) fn field_salt(&self, context: &DocumentContext, path: &str) -> Digest {
        let info = context.frame("field-salt", path.as_bytes());
        Digest(*expand(b"hansa/field-salt/v1", &*self.0, &info))
    }
}

/// HKDF-SHA256 with an output of one key.
fn expand(salt: &[u8], key: &[u8], info: &[u8]) -> Zeroizing<[u8; KEY_BYTES]> {
    let mut out = Zeroizing::new([0; KEY_BYTES]);
    Hkdf::<Sha256>::new(Some(salt), key)
        .expand(info, out.as_mut())
        .expect("32 bytes are less than the 8160 that HKDF-SHA256 gives");
    out
}

impl fmt::Debug for DocumentKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DocumentKey(secret)")
    }
}

impl fmt::Debug for SectionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SectionKey(secret)")
    }
}

/// What a reader holds of a document version: its key, or keys of some sections.
#[derive(Clone, Debug)]
pub enum GrantedKeys {
    /// The key of all.
    Whole(DocumentKey),
    /// Keys of sections, by ascending name.
    Sections(Vec<(SectionName, SectionKey)>),
}

impl GrantedKeys {
    /// The key of one section, if the reader has it.
    pub fn section_key(&self, context: &DocumentContext, name: &SectionName) -> Option<SectionKey> {
        match self {
            Self::Whole(key) => Some(key.section_key(context, name)),
            Self::Sections(keys) => {
                keys.iter().find(|(known, _)| known == name).map(|(_, key)| key.clone())
            }
        }
    }

    /// Whether every key here is one that the header commits to.
    pub fn match_header(&self, context: &DocumentContext, header: &super::DocumentHeader) -> bool {
        match self {
            Self::Whole(key) => header
                .sections
                .iter()
                .all(|section| key.section_key(context, &section.name).matches(&section.key)),
            Self::Sections(keys) => keys.iter().all(|(name, key)| {
                header.section(name).is_some_and(|section| key.matches(&section.key))
            }),
        }
    }
}
