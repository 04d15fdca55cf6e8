//! Reader of UBL 2.x (OASIS Universal Business Language, ISO/IEC 19845).
//!
//! Elements are found by namespace and local name, so prefixes do not matter. Codes that UBL leaves
//! free and that are none of the list meant here (a delivery term that is no Incoterm, a location
//! that is no UN/LOCODE) stay unread and appear in the residue; figures, dates, currencies and
//! countries must be valid.

mod certificate;
mod common;
mod extract;
mod invoice;
mod order;
mod packing;
mod parser;
mod tree;
mod waybill;

use super::{Residue, SourceError};
use crate::{document::Document, kind::DocumentType};

const ROOT_NAMESPACE: &str = "urn:oasis:names:specification:ubl:schema:xsd:";

/// The type of a document by its root element.
pub(super) fn detect(text: &str) -> Result<DocumentType, SourceError> {
    let (namespace, name) = parser::root(text)?;
    kind_of(&namespace, &name)
}

/// Reads a document and lists what was not read.
pub(super) fn read(text: &str) -> Result<(Document, Residue), SourceError> {
    let (namespace, root) = parser::parse(text)?;
    let document = match kind_of(&namespace, root.name())? {
        DocumentType::PurchaseOrder => Document::PurchaseOrder(Box::new(order::read(&root)?)),
        DocumentType::CommercialInvoice => {
            Document::CommercialInvoice(Box::new(invoice::read(&root)?))
        }
        DocumentType::PackingList => Document::PackingList(Box::new(packing::read(&root)?)),
        DocumentType::Waybill => Document::Waybill(Box::new(waybill::read(&root)?)),
        _ => Document::CertificateOfOrigin(Box::new(certificate::read(&root)?)),
    };
    // They name the format, not the trade.
    for path in ["cbc:UBLVersionID", "cbc:CustomizationID", "cbc:ProfileID"] {
        if let Some(element) = root.at(path) {
            element.mark_read();
        }
    }
    let mut residue = Residue::default();
    root.list_unread(&mut format!("/{}", root.name()), &mut residue);
    Ok((document, residue))
}

fn kind_of(namespace: &str, name: &str) -> Result<DocumentType, SourceError> {
    let kind = match name {
        "Order" => DocumentType::PurchaseOrder,
        "Invoice" => DocumentType::CommercialInvoice,
        "PackingList" => DocumentType::PackingList,
        "Waybill" => DocumentType::Waybill,
        "CertificateOfOrigin" => DocumentType::CertificateOfOrigin,
        _ => return Err(unknown_root(namespace, name)),
    };
    if namespace.strip_prefix(ROOT_NAMESPACE) != Some(&format!("{name}-2")) {
        return Err(unknown_root(namespace, name));
    }
    Ok(kind)
}

fn unknown_root(namespace: &str, name: &str) -> SourceError {
    let root: String = format!("{{{namespace}}}{name}").chars().take(160).collect();
    SourceError::UnknownRoot { root }
}
