//! What the ledger keeps of documents.

use bincode::{Decode, Encode};
use hansa_documents::{DocumentType, sealing::DocumentHeader};
use hansa_primitives::{
    ActorId, BlockTime, Digest, DocumentId, Height, MemberId, TransactionId, Version,
    codec::Canonical, limits,
};

/// Versions that a document may have.
pub const VERSIONS_MAX: u32 = 10_000;

/// A registered version of a document.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct VersionRecord {
    /// The public header.
    pub header: DocumentHeader,
    /// The hash of the header, which countersignatures are for.
    pub hash: Digest,
    /// The place of its leaf in the document tree.
    pub leaf: u64,
    /// The certificate that registered it.
    pub actor: ActorId,
    /// The transaction that registered it.
    pub transaction: TransactionId,
    /// The height of its block.
    pub height: Height,
    /// The time of its block.
    pub time: BlockTime,
}

impl VersionRecord {
    /// The document.
    pub fn document(&self) -> &DocumentId {
        &self.header.document
    }

    /// The version.
    pub fn version(&self) -> Version {
        self.header.version
    }

    /// Who owns the document.
    pub fn owner(&self) -> &MemberId {
        &self.header.owner
    }

    /// The document's type.
    pub fn kind(&self) -> DocumentType {
        self.header.kind
    }

    /// The root over the fields.
    pub fn fields_root(&self) -> Digest {
        self.header.fields_root
    }
}

/// A countersignature of a version.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct CountersignRecord {
    /// Who signed.
    pub member: MemberId,
    /// The certificate that it signed under.
    pub actor: ActorId,
    /// The transaction that carries the signature.
    pub transaction: TransactionId,
    /// The height of its block.
    pub height: Height,
    /// The time of its block.
    pub time: BlockTime,
}

impl Canonical for VersionRecord {
    const BYTES_MAX: usize = limits::STATE_VALUE_BYTES_MAX;
}

impl Canonical for CountersignRecord {
    const BYTES_MAX: usize = 1024;
}
