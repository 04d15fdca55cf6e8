//! Calls on shipments.

use super::{Movement, Parties};
use bincode::{Decode, Encode};
use hansa_primitives::{DocumentId, Ucr, Version};

/// A call on shipments; new variants go to the end.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Call {
    /// Opens a shipment; by its exporter or importer.
    Open {
        /// The reference that names it.
        ucr: Ucr,
        /// Who takes part.
        parties: Box<Parties>,
    },
    /// Adds a version of a document to the papers, or replaces an earlier version there; by the
    /// document's owner, who is a party or a chamber.
    Attach {
        /// The shipment.
        ucr: Ucr,
        /// The document.
        document: DocumentId,
        /// Its latest version.
        version: Version,
    },
    /// Reports a movement; by the carrier.
    ReportEvent {
        /// The shipment.
        ucr: Ucr,
        /// What moved, how, where and when.
        event: Box<Movement>,
    },
}
