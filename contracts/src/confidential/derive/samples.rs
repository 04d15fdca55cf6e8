//! The milk-powder trade as the documents crate ships it, for tests.

#![allow(clippy::unwrap_used)]

use super::{DeclarantProfile, Lodged, OwnCosts, Procedure, Representation};
use crate::{
    confidential::{
        cross_check::{IssuerFact, PublicFacts},
        source::{Source, SourceId, SourceSet},
    },
    declaration::Kind,
};
use hansa_documents::{Document, DocumentType, source::read, types::Party};
use hansa_primitives::{Digest, DocumentId, Version, certificate::Role, hash};

macro_rules! sample {
    ($name:literal) => {
        include_bytes!(concat!("../../../../documents/samples/milk-powder/", $name)).as_slice()
    };
}

/// A document of the trade.
pub(crate) fn document(kind: DocumentType) -> Document {
    let bytes = match kind {
        DocumentType::TransportEvent => sample!("departure.json"),
        DocumentType::PurchaseOrder => sample!("purchase-order.xml"),
        DocumentType::PackingList => sample!("packing-list.xml"),
        DocumentType::TradeContract => sample!("sales-contract.json"),
        DocumentType::Booking => sample!("booking.json"),
        DocumentType::CommercialInvoice => sample!("commercial-invoice.xml"),
        DocumentType::InsurancePolicy => sample!("insurance-policy.json"),
        DocumentType::Waybill => sample!("waybill.xml"),
        DocumentType::CertificateOfOrigin => sample!("certificate-of-origin.xml"),
        other => panic!("the trade has no {other} beforehand"),
    };
    read(bytes, Some(kind)).unwrap().document
}

/// The id that a document has in tests.
pub(crate) fn id(kind: DocumentType) -> SourceId {
    let document = DocumentId(hash::sha256(&[kind.name().as_bytes()]));
    SourceId { document, version: Version(1) }
}

/// A document as a source.
pub(crate) fn source(document: Document) -> Source {
    let root: Digest = hash::sha256(&[b"root", document.kind().name().as_bytes()]);
    Source::whole(id(document.kind()), root, document)
}

/// The papers that a kind of declaration rests on.
pub(crate) fn papers(kind: Kind) -> Vec<Document> {
    kind.required().iter().map(|kind| document(*kind)).collect()
}

/// Documents as a set.
pub(crate) fn set(documents: impl IntoIterator<Item = Document>) -> SourceSet {
    SourceSet::new(documents.into_iter().map(source)).unwrap()
}

fn party(name: &str, member: &str, scheme: &str, id: &str) -> Party {
    let json = serde_json::json!({
        "name": name, "member": member, "ids": [{ "scheme": scheme, "value": id }],
    });
    serde_json::from_value(json).unwrap()
}

/// The profile of the declarant of a kind, complete.
pub(crate) fn profile(kind: Kind) -> DeclarantProfile {
    let (declarant, customs, number, day, procedure) = match kind {
        Kind::Export => (
            party("MRT Logistics", "mrt", "EORI", "DE725519038846201"),
            "german-customs",
            "MRT-2018-000117",
            "2018-10-23",
            Procedure::export(),
        ),
        Kind::Import => (
            party("Suto Logistics", "suto", "USCC", "91120116MA05R9QX3L"),
            "tianjin-customs",
            "SUTO-2018-004402",
            "2018-10-26",
            Procedure::import(),
        ),
    };
    DeclarantProfile {
        number: number.parse().unwrap(),
        day: day.parse().unwrap(),
        declarant,
        representation: Representation::Direct,
        customs: customs.parse().unwrap(),
        lodged: Lodged::Beforehand,
        procedure,
        exit_offices: [("DEHAM".to_owned(), "DE004851".parse().unwrap())].into(),
        goods_locations: [("CNTXG".to_owned(), "CNTXG0001".parse().unwrap())].into(),
        vessel_flags: [("9700017".to_owned(), "DE".parse().unwrap())].into(),
        pre_carriage: Some("WL-MR 4711".parse().unwrap()),
        valuation_indicators: None,
        tax_types: vec!["A00".parse().unwrap(), "B00".parse().unwrap()],
        guarantee: None,
        costs: OwnCosts::default(),
        rates: Vec::new(),
    }
}

/// What the ledger knows of the trade.
pub(crate) fn facts() -> PublicFacts {
    PublicFacts {
        certificate_issuer: Some(IssuerFact {
            member: "ihk".parse().unwrap(),
            role: Role::Chamber,
            country: "DE".to_owned(),
            active: true,
        }),
        ..PublicFacts::default()
    }
}
