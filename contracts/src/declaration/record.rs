//! What the ledger keeps of declarations.

use crate::{
    clearance::{CrossCheck, Decision, Lane},
    shipment::Parties,
};
use bincode::{Decode, Encode};
use hansa_documents::DocumentType;
use hansa_primitives::{
    BlockTime, Digest, DocumentId, MemberId, Ucr, Version, codec::Canonical, limits,
};
use serde::{Deserialize, Serialize};

/// Documents that a declaration may be derived from.
pub const SOURCES_MAX: usize = 64;

/// Export or import.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Out of the exporter's country.
    Export,
    /// Into the importer's country.
    Import,
}

impl Kind {
    /// Both kinds.
    pub const ALL: [Self; 2] = [Self::Export, Self::Import];

    /// The name in state keys and on command lines.
    pub fn name(self) -> &'static str {
        match self {
            Self::Export => "export",
            Self::Import => "import",
        }
    }

    /// The type of the declaration as a document.
    pub fn document_type(self) -> DocumentType {
        match self {
            Self::Export => DocumentType::ExportDeclaration,
            Self::Import => DocumentType::ImportDeclaration,
        }
    }

    /// The types of the papers that it is derived from; one of each has to be there.
    pub fn required(self) -> &'static [DocumentType] {
        const EXPORT: &[DocumentType] = &[
            DocumentType::CommercialInvoice,
            DocumentType::PackingList,
            DocumentType::CertificateOfOrigin,
            DocumentType::Waybill,
        ];
        const IMPORT: &[DocumentType] = &[
            DocumentType::CommercialInvoice,
            DocumentType::PackingList,
            DocumentType::CertificateOfOrigin,
            DocumentType::Waybill,
            DocumentType::TradeContract,
            DocumentType::PurchaseOrder,
            DocumentType::InsurancePolicy,
        ];
        match self {
            Self::Export => EXPORT,
            Self::Import => IMPORT,
        }
    }

    /// Who declares.
    pub fn declarant(self, parties: &Parties) -> &MemberId {
        match self {
            Self::Export => &parties.export_forwarder,
            Self::Import => &parties.import_declarant,
        }
    }

    /// Who decides.
    pub fn customs(self, parties: &Parties) -> &MemberId {
        match self {
            Self::Export => &parties.export_customs,
            Self::Import => &parties.import_customs,
        }
    }

    /// On whose account it is made.
    pub fn trader(self, parties: &Parties) -> &MemberId {
        match self {
            Self::Export => &parties.exporter,
            Self::Import => &parties.importer,
        }
    }
}

/// How far a declaration has come; new ones go to the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// It can be derived.
    Due,
    /// It is derived.
    Drafted,
    /// Customs has it.
    Submitted,
    /// Customs compared it with its sources.
    Checked(Lane),
    /// Customs wants it corrected, or the goods kept.
    Held,
    /// Customs refused it.
    Refused,
    /// Customs released the goods for export.
    Released,
    /// Customs cleared the goods for import.
    Cleared,
}

/// A version of a document that a declaration was derived from.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, Serialize, Deserialize,
)]
pub struct SourceRef {
    /// The document.
    pub document: DocumentId,
    /// The version.
    pub version: Version,
    /// The root over its fields, as its header states it.
    pub fields_root: Digest,
}

/// A derived declaration.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Draft {
    /// The sealed declaration.
    pub document: DocumentId,
    /// Its version.
    pub version: Version,
    /// What it was derived from.
    pub sources: Vec<SourceRef>,
    /// The rules that it was derived by.
    pub rules_version: u32,
    /// The share of its fields that could be derived, in permille.
    pub completeness_permille: u16,
    /// The hash of the list that names the origin of every field.
    pub provenance: Digest,
    /// When it was recorded.
    pub time: BlockTime,
}

/// A declaration of a shipment.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct DeclarationRecord {
    /// Export or import.
    pub kind: Kind,
    /// The shipment.
    pub ucr: Ucr,
    /// Who declares.
    pub declarant: MemberId,
    /// Who decides.
    pub customs: MemberId,
    /// On whose account.
    pub trader: MemberId,
    /// How far it has come.
    pub status: Status,
    /// When it came to its status.
    pub time: BlockTime,
    /// When it became due.
    pub due: BlockTime,
    /// What was derived.
    pub draft: Option<Draft>,
    /// When the draft was submitted.
    pub submitted: Option<BlockTime>,
    /// What customs found.
    pub cross_check: Option<CrossCheck>,
    /// What customs decided last.
    pub decision: Option<Decision>,
    /// The certificate of a clearance.
    pub certificate: Option<(DocumentId, Version)>,
}

impl Canonical for DeclarationRecord {
    const BYTES_MAX: usize = limits::STATE_VALUE_BYTES_MAX;
}
