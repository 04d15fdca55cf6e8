//! Calls on documents.

use super::Availability;
use bincode::{Decode, Encode};
use hansa_documents::sealing::DocumentHeader;
use hansa_primitives::{Digest, DocumentId, Version};

/// A call on documents; new variants go to the end.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Call {
    /// Registers a version of a document; by its owner.
    Register {
        /// The public header.
        header: Box<DocumentHeader>,
        /// That enough validators store the sealed bytes.
        availability: Availability,
    },
    /// Puts the sender's name under a version; by the owner or a reader.
    Countersign {
        /// The document.
        document: DocumentId,
        /// Its latest version.
        version: Version,
        /// The hash of the header that the sender has checked.
        header: Digest,
    },
}
