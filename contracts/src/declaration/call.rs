//! Calls of declarants.

use super::{Kind, SourceRef};
use bincode::{Decode, Encode};
use hansa_primitives::{Digest, DocumentId, Ucr, Version};

/// A call of a declarant; new variants go to the end.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Call {
    /// Records a derived declaration, or a corrected one in place of it.
    Draft {
        /// Export or import.
        kind: Kind,
        /// The shipment.
        ucr: Ucr,
        /// The sealed declaration, a document of the declarant.
        document: DocumentId,
        /// Its latest version.
        version: Version,
        /// What it was derived from.
        sources: Vec<SourceRef>,
        /// The rules that it was derived by.
        rules_version: u32,
        /// The share of its fields that could be derived, in permille.
        completeness_permille: u16,
        /// The hash of the list that names the origin of every field.
        provenance: Digest,
    },
    /// Submits the draft to customs.
    Submit {
        /// Export or import.
        kind: Kind,
        /// The shipment.
        ucr: Ucr,
    },
}
