//! The documents of a trade, one type for each UNTDID 1001 code.
//!
//! Field names follow UBL and the UN/CEFACT reference data models. In JSON a document is
//! `{"type": "commercial-invoice", "document": {…}}`; field paths start inside `document`.

mod booking;
mod certificate;
mod clearance;
mod contract;
mod declaration;
mod event;
mod goods;
mod invoice;
mod order;
mod packing;
mod policy;
mod waybill;

pub use booking::{Booking, HandoverType, RequestedEquipment};
pub use certificate::{CertificateOfOrigin, Endorsement, OriginItem, OriginRegime};
pub use clearance::{ClearanceNotice, ResponseFunction};
pub use contract::TradeContract;
pub use declaration::{Declaration, DeclaredContent, DeclaredField, FieldOrigin, WcoPath};
pub use event::{EventClassifier, EventCode, EventKind, TransportEvent};
pub use goods::GoodsLine;
pub use invoice::CommercialInvoice;
pub use order::PurchaseOrder;
pub use packing::{PackedGoods, PackedLine, PackingList};
pub use policy::{InsurancePolicy, InsuredGoods};
pub use waybill::{CarriedGoods, Waybill};

use crate::{
    fields,
    kind::DocumentType,
    problem::Problem,
    types::{Date, DocRef, Number},
};
use hansa_primitives::Ucr;
use serde::{Deserialize, Serialize};

macro_rules! documents {
    ($($(#[$doc:meta])* $variant:ident($inner:ident),)*) => {
        /// Any document.
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(tag = "type", content = "document", rename_all = "kebab-case")]
        pub enum Document {
            $($(#[$doc])* $variant(Box<$inner>),)*
        }

        impl Document {
            /// What kind of document it is.
            pub fn kind(&self) -> DocumentType {
                match self { $(Self::$variant(_) => DocumentType::$variant,)* }
            }

            /// The number that its issuer gave it.
            pub fn number(&self) -> &Number {
                match self { $(Self::$variant(inner) => &inner.number,)* }
            }

            /// When it was issued.
            pub fn issue_date(&self) -> Date {
                match self { $(Self::$variant(inner) => inner.issue_date,)* }
            }

            /// The consignment that it is for.
            pub fn ucr(&self) -> Option<&Ucr> {
                match self { $(Self::$variant(inner) => inner.ucr.as_ref(),)* }
            }

            /// Other documents that it lists.
            pub fn references(&self) -> &[DocRef] {
                match self { $(Self::$variant(inner) => &inner.references,)* }
            }

            /// What is wrong with it in itself; empty if nothing is.
            pub fn validate(&self) -> Vec<Problem> {
                match self { $(Self::$variant(inner) => inner.validate(),)* }
            }

            /// Its content as a JSON tree, without the envelope that names the type.
            pub(crate) fn tree(&self) -> serde_json::Value {
                let tree = match self { $(Self::$variant(inner) => serde_json::to_value(inner),)* };
                tree.expect("documents have text keys and no value that JSON lacks")
            }

            /// Reads the content of a document of the given kind.
            ///
            /// # Errors
            /// What serde says: an unknown or absent field, or a value that is none of its type.
            pub(crate) fn from_content(
                kind: DocumentType,
                json: &[u8],
            ) -> serde_json::Result<Self> {
                match kind {
                    $(DocumentType::$variant => {
                        serde_json::from_slice(json).map(|inner| Self::$variant(Box::new(inner)))
                    })*
                }
            }

            /// The same from within the envelope, so that errors point into the whole text.
            pub(crate) fn from_envelope(
                kind: DocumentType,
                json: &[u8],
            ) -> serde_json::Result<Self> {
                match kind {
                    $(DocumentType::$variant => serde_json::from_slice::<Envelope<$inner>>(json)
                        .map(|envelope| Self::$variant(Box::new(envelope.document))),)*
                }
            }
        }

        impl DocumentType {
            /// The names of the sections that a document of this type is sealed in, ascending: its
            /// top-level fields, whether a given document has them or not.
            pub fn sections(self) -> Vec<&'static str> {
                let mut names = match self {
                    $(Self::$variant => fields::names_of::<$inner>().to_vec(),)*
                };
                names.sort_unstable();
                names
            }
        }
    };
}

documents! {
    /// Transport event.
    TransportEvent(TransportEvent),
    /// Purchase order.
    PurchaseOrder(PurchaseOrder),
    /// Clearance notice.
    ClearanceNotice(ClearanceNotice),
    /// Packing list.
    PackingList(PackingList),
    /// Contract of sale.
    TradeContract(TradeContract),
    /// Booking.
    Booking(Booking),
    /// Commercial invoice.
    CommercialInvoice(CommercialInvoice),
    /// Insurance policy.
    InsurancePolicy(InsurancePolicy),
    /// Sea waybill.
    Waybill(Waybill),
    /// Export declaration.
    ExportDeclaration(Declaration),
    /// Certificate of origin.
    CertificateOfOrigin(CertificateOfOrigin),
    /// Import declaration.
    ImportDeclaration(Declaration),
}

/// The JSON form of a document of a known type.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Envelope<T> {
    #[serde(rename = "type")]
    _kind: DocumentType,
    document: T,
}

#[cfg(test)]
mod tests;
