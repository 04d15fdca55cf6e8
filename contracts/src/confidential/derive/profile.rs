//! What a declarant states of its own: nothing that a document would give.

use hansa_documents::types::{Amount, Country, Currency, Date, Number, Party, Text};
use hansa_primitives::MemberId;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A declarant's standing data and its statements for one declaration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeclarantProfile {
    /// The local reference number of the declaration (LRN), unique for the declarant.
    pub number: Number,
    /// The day of the derivation.
    pub day: Date,
    /// Who declares.
    pub declarant: Party,
    /// For whom the declarant acts.
    pub representation: Representation,
    /// The customs authority.
    pub customs: MemberId,
    /// Whether the goods are there when the declaration is lodged.
    pub lodged: Lodged,
    /// The customs procedure.
    pub procedure: Procedure,
    /// The office of exit by the port's UN/LOCODE.
    #[serde(default)]
    pub exit_offices: BTreeMap<String, Text>,
    /// Where the goods are, by the port's UN/LOCODE: a terminal or warehouse.
    #[serde(default)]
    pub goods_locations: BTreeMap<String, Text>,
    /// The flags of ships by IMO number.
    #[serde(default)]
    pub vessel_flags: BTreeMap<String, Country>,
    /// The means of transport that takes the goods to the port.
    pub pre_carriage: Option<Text>,
    /// Indicators on the relation of buyer and seller and their influence on the price.
    pub valuation_indicators: Option<Text>,
    /// Codes of the duty and of the tax that are due on imports.
    #[serde(default)]
    pub tax_types: Vec<Text>,
    /// The reference of a guarantee.
    pub guarantee: Option<Text>,
    /// Costs that no document gives.
    #[serde(default)]
    pub costs: OwnCosts,
    /// Customs exchange rates.
    #[serde(default)]
    pub rates: Vec<ExchangeRate>,
}

/// For whom a declarant acts (UNTDID 3035, customs agents).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Representation {
    /// For itself.
    Own,
    /// In the name of another.
    Direct,
    /// In its own name for another.
    Indirect,
}

/// Whether goods are presented when the declaration is lodged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Lodged {
    /// They are: a standard declaration.
    Arrived,
    /// They are not yet.
    Beforehand,
}

impl Lodged {
    pub(super) fn code(self) -> char {
        match self {
            Self::Arrived => 'A',
            Self::Beforehand => 'D',
        }
    }
}

/// A customs procedure in the codes of the WCO data model as the EU fills them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Procedure {
    /// The procedure asked for: `10` permanent export, `40` release for free circulation.
    pub current: Text,
    /// The procedure before it, `00` for none.
    pub previous: Text,
    /// The national addition, `000` for none.
    pub additional: Text,
}

/// Costs that no document gives, for delivery terms that need them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnCosts {
    /// From the seller's door to alongside the ship.
    pub inland: Option<Amount>,
    /// Onto the ship.
    pub loading: Option<Amount>,
    /// From the port of discharge to the named place.
    pub onward: Option<Amount>,
    /// Duty and taxes of the import.
    pub duties: Option<Amount>,
}

/// A rate of exchange and where it is from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExchangeRate {
    /// What one unit of this currency
    pub from: Currency,
    /// costs in this one
    pub to: Currency,
    /// is so much.
    #[serde(with = "rust_decimal::serde::str")]
    pub rate: Decimal,
    /// Who published it, and for which period.
    pub source: Text,
}

/// The two permanent procedures of sales across a border.
impl Procedure {
    /// Permanent export.
    pub fn export() -> Self {
        Self::of("10")
    }

    /// Release for free circulation.
    pub fn import() -> Self {
        Self::of("40")
    }

    fn of(current: &str) -> Self {
        let text = |code: &str| Text::parse(code).expect("the codes are visible text");
        Self { current: text(current), previous: text("00"), additional: text("000") }
    }
}
