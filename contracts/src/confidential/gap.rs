//! Why a value cannot be derived, and who could help.

use hansa_documents::DocumentType;
use thiserror::Error;

/// Why no value can be derived.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Gap {
    /// The document is not among the sources.
    #[error("there is no {0} among the sources")]
    NoDocument(DocumentType),
    /// The document has no such field.
    #[error("the {kind} has no {path}")]
    NoField {
        /// The document.
        kind: DocumentType,
        /// The field's path.
        path: String,
    },
    /// The field holds what the rule cannot work with.
    #[error("{path} of the {kind} is `{value}`, {expected} is expected")]
    Unreadable {
        /// The document.
        kind: DocumentType,
        /// The field's path.
        path: String,
        /// What it holds.
        value: String,
        /// What it should hold.
        expected: &'static str,
    },
    /// Two documents say different things.
    #[error(
        "{left_path} of the {left} is `{left_value}`, {right_path} of the {right} is \
         `{right_value}`"
    )]
    Conflict {
        /// The first document.
        left: DocumentType,
        /// Its field.
        left_path: String,
        /// What it says.
        left_value: String,
        /// The second document.
        right: DocumentType,
        /// Its field.
        right_path: String,
        /// What that says.
        right_value: String,
    },
    /// The declarant's profile does not state it.
    #[error("the declarant's profile does not state {0}")]
    NoStatement(&'static str),
    /// The declarant's profile is not at hand.
    #[error("this is the declarant's own statement")]
    NoProfile,
    /// An amount in another currency cannot be converted.
    #[error("there is no exchange rate from {from} to {to}")]
    NoRate {
        /// The amount's currency.
        from: String,
        /// The declaration's currency.
        to: String,
    },
    /// The goods of a package or certificate cannot be told apart by invoice line.
    #[error("{path} of the {kind} cannot be matched with a line of the invoice")]
    Unmatched {
        /// The document.
        kind: DocumentType,
        /// The field's path.
        path: String,
    },
    /// The numbers do not allow the computation.
    #[error("{0}")]
    Arithmetic(&'static str),
}

impl Gap {
    /// Who could supply what is missing.
    pub fn supplier(&self) -> &'static str {
        match self {
            Self::NoDocument(kind)
            | Self::NoField { kind, .. }
            | Self::Unreadable { kind, .. }
            | Self::Unmatched { kind, .. } => issuer(*kind),
            Self::Conflict { right, .. } => match right {
                DocumentType::CertificateOfOrigin => "the exporter and the chamber of commerce",
                _ => "the issuers of the two documents",
            },
            Self::NoStatement(_) | Self::NoProfile => "the declarant",
            Self::NoRate { .. } => "the declarant, from the customs authority's rates",
            Self::Arithmetic(_) => "the exporter",
        }
    }
}

fn issuer(kind: DocumentType) -> &'static str {
    match kind {
        DocumentType::CommercialInvoice | DocumentType::PackingList => "the exporter",
        DocumentType::CertificateOfOrigin => "the chamber of commerce",
        DocumentType::Waybill | DocumentType::Booking => "the forwarder or carrier",
        DocumentType::TransportEvent => "the carrier",
        DocumentType::InsurancePolicy => "the insurer",
        DocumentType::TradeContract => "the seller and the buyer",
        DocumentType::PurchaseOrder => "the importer",
        DocumentType::ClearanceNotice => "the customs authority",
        DocumentType::ExportDeclaration | DocumentType::ImportDeclaration => "the declarant",
    }
}
