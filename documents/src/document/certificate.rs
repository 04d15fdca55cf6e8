//! The certificate of origin (UNTDID 1001 code 861).

use crate::{
    problem::{Checker, Problem},
    types::{Country, Date, DocRef, HsCode, Mass, Number, Packaging, Party, Quantity, Text},
};
use hansa_primitives::Ucr;
use serde::{Deserialize, Serialize};

/// A certificate of the country that goods originate in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CertificateOfOrigin {
    /// The certificate's number.
    pub number: Number,
    /// When it was issued.
    pub issue_date: Date,
    /// The consignment that it is for.
    pub ucr: Option<Ucr>,
    /// Whether it supports a preference.
    pub regime: OriginRegime,
    /// Who exports.
    pub exporter: Party,
    /// Who imports.
    pub importer: Option<Party>,
    /// Who made the goods.
    pub producer: Option<Party>,
    /// Country of origin of all items.
    pub origin: Country,
    /// Country of destination.
    pub destination: Option<Country>,
    /// What is certified.
    pub items: Vec<OriginItem>,
    /// The invoice for the goods.
    pub invoice: Option<DocRef>,
    /// The body that certifies: a chamber of commerce.
    pub issuer: Party,
    /// Where that body is.
    pub issuing_country: Country,
    /// Its endorsement.
    pub endorsement: Option<Endorsement>,
    /// The last day on which it may be used.
    pub valid_until: Option<Date>,
    /// Other documents.
    #[serde(default)]
    pub references: Vec<DocRef>,
    /// Remarks.
    #[serde(default)]
    pub notes: Vec<Text>,
}

/// Whether a certificate supports a preferential rate of duty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OriginRegime {
    /// It states the origin and no more.
    NonPreferential,
    /// It supports a preference under an agreement.
    Preferential,
}

/// Goods whose origin is certified.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OriginItem {
    /// Its number in the certificate.
    pub id: Number,
    /// What the goods are.
    pub description: Text,
    /// Commodity code.
    pub hs: Option<HsCode>,
    /// Why they originate there (`WO` wholly obtained, `CTH` change of heading, …).
    pub criterion: Option<Text>,
    /// How many.
    pub quantity: Option<Quantity>,
    /// Gross mass.
    pub gross_mass: Option<Mass>,
    /// Net mass.
    pub net_mass: Option<Mass>,
    /// Packages.
    pub packaging: Option<Packaging>,
}

/// The certifying body's word.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Endorsement {
    /// Its decision, in the body's words.
    pub status: Text,
    /// When it decided.
    pub date: Option<Date>,
    /// Who signed.
    pub signatory: Option<Text>,
}

impl CertificateOfOrigin {
    /// What is wrong with the certificate in itself.
    pub fn validate(&self) -> Vec<Problem> {
        let mut checker = Checker::default();
        checker.require_some("/items", "an item", &self.items);
        checker.require("/endorsement", "the issuer's endorsement", &self.endorsement);
        checker.distinct("/items", self.items.iter().map(|item| &item.id));
        for (index, item) in self.items.iter().enumerate() {
            let path = format!("/items/{index}");
            checker.require(&format!("{path}/hs"), "the commodity code", &item.hs);
            checker.masses(&path, item.net_mass, item.gross_mass);
            if let Some(quantity) = item.quantity {
                checker.positive(format!("{path}/quantity/value"), quantity.value);
            }
        }
        let until = ("end of validity", self.valid_until);
        checker.ordered("/valid_until", ("issue", Some(self.issue_date)), until);
        checker.finish()
    }
}
