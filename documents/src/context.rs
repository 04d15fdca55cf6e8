//! Which version of which document on which ledger something belongs to.

use hansa_primitives::{ChainId, DocumentId, MemberId, Version, hash};

/// What every commitment, key and ciphertext of a document version is bound to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentContext {
    /// The ledger.
    pub chain: ChainId,
    /// The document.
    pub document: DocumentId,
    /// Its version.
    pub version: Version,
}

impl DocumentContext {
    /// Joins the three.
    pub fn new(chain: ChainId, document: DocumentId, version: Version) -> Self {
        Self { chain, document, version }
    }

    /// Frames a message of one kind about this version, bound to ledger, document and version.
    pub(crate) fn frame(&self, kind: &str, message: &[u8]) -> Vec<u8> {
        let version = self.version.0.to_le_bytes();
        let bound = [self.document.as_bytes(), &version[..], message].concat();
        hash::signing_bytes(&self.chain, kind, &bound)
    }
}

/// The id of a new document: bound to its owner, and through the random nonce to nothing else, so
/// that it tells nothing about the content.
pub fn document_id(chain: &ChainId, owner: &MemberId, nonce: &[u8; 32]) -> DocumentId {
    DocumentId(hash::tagged(chain, "document-id", &[owner.as_str().as_bytes(), nonce]))
}
