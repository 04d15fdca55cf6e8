//! What the ledger keeps of shipments.

use super::Movement;
use bincode::{Decode, Encode};
use hansa_documents::DocumentType;
use hansa_primitives::{
    ActorId, BlockTime, DocumentId, Height, MemberId, TransactionId, Ucr, Version,
    codec::Canonical, limits,
};
use serde::{Deserialize, Serialize};

/// Documents that a shipment's papers may consist of.
pub const ATTACHMENTS_MAX: usize = 64;
/// Shipments that one document may belong to.
pub const SHIPMENTS_PER_DOCUMENT_MAX: usize = 16;

/// Who takes part in a shipment.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
pub struct Parties {
    /// Sells and ships.
    pub exporter: MemberId,
    /// Buys and receives.
    pub importer: MemberId,
    /// Arranges transport and declares the export.
    pub export_forwarder: MemberId,
    /// Declares the import.
    pub import_declarant: MemberId,
    /// Carries.
    pub carrier: MemberId,
    /// Insures.
    pub insurer: MemberId,
    /// Decides on the export.
    pub export_customs: MemberId,
    /// Decides on the import.
    pub import_customs: MemberId,
}

impl Parties {
    /// All parties, in the order of the fields; one may appear twice.
    pub fn all(&self) -> [&MemberId; 8] {
        [
            &self.exporter,
            &self.importer,
            &self.export_forwarder,
            &self.import_declarant,
            &self.carrier,
            &self.insurer,
            &self.export_customs,
            &self.import_customs,
        ]
    }

    /// Whether the member takes part.
    pub fn includes(&self, member: &MemberId) -> bool {
        self.all().contains(&member)
    }

    /// Whether a paper of a type is this member's to bring: declarations rest on papers, so nobody
    /// may put one of his own in the place of another party's.
    pub(crate) fn may_bring(&self, kind: DocumentType, member: &MemberId, chamber: bool) -> bool {
        let one_of = |parties: &[&MemberId]| parties.contains(&member);
        match kind {
            DocumentType::CertificateOfOrigin => chamber,
            DocumentType::TradeContract => one_of(&[&self.exporter, &self.importer]),
            DocumentType::PurchaseOrder => one_of(&[&self.importer]),
            DocumentType::CommercialInvoice | DocumentType::PackingList => {
                one_of(&[&self.exporter])
            }
            DocumentType::Booking | DocumentType::Waybill => {
                one_of(&[&self.export_forwarder, &self.carrier])
            }
            DocumentType::InsurancePolicy => one_of(&[&self.insurer]),
            DocumentType::ExportDeclaration => one_of(&[&self.export_forwarder]),
            DocumentType::ImportDeclaration => one_of(&[&self.import_declarant]),
            DocumentType::ClearanceNotice => one_of(&[&self.export_customs, &self.import_customs]),
            DocumentType::TransportEvent => one_of(&[&self.carrier, &self.export_forwarder]),
        }
    }
}

/// A shipment.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct ShipmentRecord {
    /// The reference that names it.
    pub ucr: Ucr,
    /// Who takes part.
    pub parties: Parties,
    /// Who opened it.
    pub opened_by: MemberId,
    /// The height that opened it.
    pub height: Height,
    /// When it was opened.
    pub time: BlockTime,
}

/// A document among a shipment's papers.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct AttachmentRecord {
    /// The document.
    pub document: DocumentId,
    /// The version that counts.
    pub version: Version,
    /// Its type.
    pub kind: DocumentType,
    /// Who owns it.
    pub owner: MemberId,
    /// When this version was attached.
    pub time: BlockTime,
}

/// A reported movement.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct MovementRecord {
    /// What was reported.
    pub movement: Movement,
    /// Who signed the report.
    pub actor: ActorId,
    /// The transaction that carried it.
    pub transaction: TransactionId,
    /// The height of its block.
    pub height: Height,
    /// The time of its block.
    pub time: BlockTime,
}

/// The first actual departure of the goods.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Departure {
    /// When the goods left.
    pub occurred: BlockTime,
    /// The number of the movement that reported it.
    pub sequence: u64,
}

/// How many movements there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub(crate) struct Count(pub(crate) u64);

impl Canonical for ShipmentRecord {
    const BYTES_MAX: usize = 4096;
}

impl Canonical for AttachmentRecord {
    const BYTES_MAX: usize = 4096;
}

impl Canonical for MovementRecord {
    const BYTES_MAX: usize = 4096 + limits::REMARK_BYTES_MAX;
}

impl Canonical for Departure {
    const BYTES_MAX: usize = 16;
}

impl Canonical for Count {
    const BYTES_MAX: usize = 8;
}
