//! Document types by their UNTDID 1001 code.

use bincode::{
    Decode, Encode,
    de::{BorrowDecoder, Decoder},
    enc::Encoder,
    error::{DecodeError, EncodeError},
};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use thiserror::Error;

/// A number or name that no document type here has.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("`{}` is no document type; the types are {}", .0, all_names())]
pub struct UnknownDocumentType(pub String);

fn all_names() -> String {
    DocumentType::ALL.map(DocumentType::name).join(", ")
}

macro_rules! document_types {
    ($($(#[$doc:meta])* $variant:ident = $code:literal $name:literal,)*) => {
        /// What kind of document something is: UN/CEFACT's document name code (UNTDID 1001).
        ///
        /// The number is its encoding. Types are only ever added.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum DocumentType {
            $($(#[$doc])* #[serde(rename = $name)] $variant,)*
        }

        impl DocumentType {
            /// All types, by ascending code.
            pub const ALL: [Self; [$($code),*].len()] = [$(Self::$variant),*];

            /// The UNTDID 1001 code.
            pub const fn code(self) -> u16 {
                match self { $(Self::$variant => $code),* }
            }

            /// The type's name in JSON, on command lines and in lists.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }
        }
    };
}

document_types! {
    /// Status of goods or means of transport: departed, arrived, loaded, discharged.
    TransportEvent = 44 "transport-event",
    /// Order of goods by the buyer.
    PurchaseOrder = 105 "purchase-order",
    /// Customs' notice that goods are cleared.
    ClearanceNotice = 132 "clearance-notice",
    /// Contents, masses and marks of the packages.
    PackingList = 271 "packing-list",
    /// The contract of sale.
    TradeContract = 315 "trade-contract",
    /// Request to a carrier to reserve space.
    Booking = 335 "booking",
    /// Invoice of the seller to the buyer.
    CommercialInvoice = 380 "commercial-invoice",
    /// Cargo insurance policy.
    InsurancePolicy = 530 "insurance-policy",
    /// Sea waybill: the carrier's receipt and contract, not a title.
    Waybill = 710 "waybill",
    /// Goods declaration for export.
    ExportDeclaration = 830 "export-declaration",
    /// Certificate of the country that goods originate in.
    CertificateOfOrigin = 861 "certificate-of-origin",
    /// Goods declaration for import.
    ImportDeclaration = 929 "import-declaration",
}

impl DocumentType {
    /// Whether the type is a declaration that the contracts derive from other documents.
    pub const fn is_declaration(self) -> bool {
        matches!(self, Self::ExportDeclaration | Self::ImportDeclaration)
    }
}

impl TryFrom<u16> for DocumentType {
    type Error = UnknownDocumentType;

    fn try_from(code: u16) -> Result<Self, UnknownDocumentType> {
        let known = Self::ALL.into_iter().find(|kind| kind.code() == code);
        known.ok_or_else(|| UnknownDocumentType(code.to_string()))
    }
}

impl FromStr for DocumentType {
    type Err = UnknownDocumentType;

    fn from_str(text: &str) -> Result<Self, UnknownDocumentType> {
        let known = Self::ALL
            .into_iter()
            .find(|kind| kind.name() == text || kind.code().to_string() == text);
        known.ok_or_else(|| UnknownDocumentType(text.chars().take(64).collect()))
    }
}

impl fmt::Display for DocumentType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Encode for DocumentType {
    fn encode<E: Encoder>(&self, encoder: &mut E) -> Result<(), EncodeError> {
        self.code().encode(encoder)
    }
}

impl<Context> Decode<Context> for DocumentType {
    fn decode<D: Decoder<Context = Context>>(decoder: &mut D) -> Result<Self, DecodeError> {
        let code = u16::decode(decoder)?;
        Self::try_from(code).map_err(|error| DecodeError::OtherString(error.to_string()))
    }
}

impl<'de, Context> bincode::BorrowDecode<'de, Context> for DocumentType {
    fn borrow_decode<D: BorrowDecoder<'de, Context = Context>>(
        decoder: &mut D,
    ) -> Result<Self, DecodeError> {
        Self::decode(decoder)
    }
}

impl hansa_primitives::codec::Canonical for DocumentType {
    const BYTES_MAX: usize = 2;
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use hansa_primitives::codec;

    #[test]
    fn codes_names_and_bytes_are_pinned() {
        let pinned: Vec<String> =
            DocumentType::ALL.iter().map(|kind| format!("{} {kind}", kind.code())).collect();
        insta::assert_snapshot!(pinned.join("\n"), @r"
        44 transport-event
        105 purchase-order
        132 clearance-notice
        271 packing-list
        315 trade-contract
        335 booking
        380 commercial-invoice
        530 insurance-policy
        710 waybill
        830 export-declaration
        861 certificate-of-origin
        929 import-declaration
        ");
        assert_eq!(codec::encode(&DocumentType::CommercialInvoice), [124, 1]);
    }

    #[test]
    fn every_way_in_and_out_agrees_and_unknown_codes_are_refused() {
        for kind in DocumentType::ALL {
            assert_eq!(DocumentType::try_from(kind.code()), Ok(kind));
            assert_eq!(kind.to_string().parse(), Ok(kind));
            assert_eq!(kind.code().to_string().parse(), Ok(kind));
            assert_eq!(serde_json::to_string(&kind).unwrap(), format!("\"{kind}\""));
            assert_eq!(codec::decode::<DocumentType>(&codec::encode(&kind)).unwrap(), kind);
        }
        assert!(codec::decode::<DocumentType>(&codec::encode(&705_u16)).is_err());
        assert!("invoice".parse::<DocumentType>().is_err());
    }
}
