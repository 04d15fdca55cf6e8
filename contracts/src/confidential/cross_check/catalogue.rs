//! The rules of the cross-check as data: what each compares, how bad a finding is, how far values
//! may differ, and where that tolerance comes from.

use crate::clearance::Lane;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::{collections::BTreeMap, fmt, str::FromStr};
use thiserror::Error;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// The declaration cannot be accepted as it is.
    Error,
    /// The risk is raised.
    Warning,
    /// Good to know.
    Note,
}

/// How far two values may differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tolerance {
    /// Thousandths of the greater value.
    pub permille: u32,
    /// Whole units: of currency, of measure, days.
    pub units: u32,
    /// Thousandths above which a difference within the tolerance is still noted.
    pub note_permille: u32,
}

impl Tolerance {
    /// No difference at all.
    pub const NONE: Self = Self { permille: 0, units: 0, note_permille: 0 };

    const fn permille(permille: u32) -> Self {
        Self { permille, ..Self::NONE }
    }

    const fn units(units: u32) -> Self {
        Self { units, ..Self::NONE }
    }
}

impl fmt::Display for Tolerance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.permille, self.units) {
            (0, 0) => f.write_str("none"),
            (permille, 0) => write!(f, "{}.{} %", permille / 10, permille % 10),
            (0, units) => write!(f, "{units}"),
            (permille, units) => write!(f, "{}.{} % or {units}", permille / 10, permille % 10),
        }
    }
}

/// One rule of the cross-check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct CheckRule {
    /// Its stable id.
    pub id: RuleId,
    /// What a finding amounts to as a rule; a rule may find less in a milder case.
    pub severity: Severity,
    /// The lane that an error leads to; a warning leads to the yellow lane at most.
    pub lane: Lane,
    /// What must hold.
    pub test: &'static str,
    /// How far values may differ unless configured otherwise.
    pub tolerance: Tolerance,
    /// Where rule and tolerance come from; nothing where practice has no written source.
    pub citation: Option<&'static str>,
    /// Whether a declaration may take the green lane without this rule having been evaluated.
    pub core: bool,
}

/// Text that names no rule.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("`{0}` is no rule of the cross-check")]
pub struct UnknownRule(pub String);

macro_rules! catalogue {
    ($(
        $id:ident $severity:ident $lane:ident $core:ident $tolerance:expr,
        $test:literal, $citation:expr;
    )+) => {
        /// The id of a rule of the cross-check.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum RuleId {
            $(#[doc = $test] $id,)+
        }

        impl RuleId {
            /// All ids.
            pub const ALL: &'static [Self] = &[$(Self::$id),+];

            /// The id as text.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$id => stringify!($id),)+ }
            }

            /// The rule.
            pub fn rule(self) -> &'static CheckRule {
                match self {
                    $(Self::$id => {
                        const RULE: CheckRule = CheckRule {
                            id: RuleId::$id,
                            severity: Severity::$severity,
                            lane: Lane::$lane,
                            test: $test,
                            tolerance: $tolerance,
                            citation: $citation,
                            core: stringify!($core).as_bytes()[0] == b'c',
                        };
                        &RULE
                    })+
                }
            }
        }
    };
}

const NONE: Tolerance = Tolerance::NONE;
const BULK: Tolerance = Tolerance::permille(50);

catalogue! {
    C1 Warning Yellow core NONE,
        "every mandatory element is declared", None;
    C2 Error Yellow core NONE,
        "every declared element is what the derivation rules give from the documents", None;
    V1 Error Yellow core NONE,
        "quantity × price = line; lines + charges − allowances = amount payable", Some("EN \
         16931 BR-CO");
    V2 Error Yellow core NONE,
        "declared item charges = invoice lines, declared total = amount payable", None;
    V3 Warning Blue extra NONE,
        "declaration, invoice, contract and order are in one currency", Some("UCP 600 art. \
         18(a), 28(f)");
    V4 Warning Blue extra NONE,
        "unit price on the invoice = unit price in contract and order", Some("UCP 600 art. 30(a)");
    V5 Warning Yellow core Tolerance { permille: 10, units: 1, note_permille: 0 },
        "declared value = value computed from price, term, freight and insurance", None;
    V8 Warning Blue extra NONE,
        "insured amount covers the CIF value, 110 % of it under a letter of credit", Some("UCP \
         600 art. 28(f)(ii)");
    Q1 Error Red core BULK,
        "packed quantity = invoiced quantity = declared quantity of each line", Some("UCP 600 \
         art. 30(b)");
    Q2 Warning Yellow extra BULK,
        "invoiced quantity within what contract and order allow", Some("UCP 600 art. 30(b)");
    Q3 Error Red core NONE,
        "as many packages in packing list, transport document and declaration", Some("19 CFR \
         122.162");
    W1 Error Red core NONE,
        "0 < net mass ≤ gross mass, for each item and in total; items add up", None;
    W2 Warning Yellow core Tolerance { permille: 50, units: 0, note_permille: 10 },
        "gross mass in packing list, transport document, invoice and declaration",
        Some("Rotterdam ACT terminal: customs hold above 5 %");
    H1 Error Red core NONE,
        "commodity codes are well-formed and agree within six digits", Some("Harmonized System \
         convention, art. 3");
    O1 Error Red core NONE,
        "origin in certificate, invoice and declaration agree; preference only with a \
         preferential certificate", None;
    O2 Warning Yellow extra NONE,
        "goods leave from their country of origin", None;
    O3 Error Red core NONE,
        "the certificate of origin is a certified chamber's of that country, endorsed, in force \
         and large enough", None;
    P1 Error Yellow core NONE,
        "seller, consignor and exporter are one party; buyer, consignee and importer are one \
         party", Some("UCP 600 art. 14(d)");
    T1 Error Yellow core NONE,
        "delivery term and place agree and fit the mode of transport", Some("Incoterms 2020");
    T2 Warning Blue extra NONE,
        "freight prepaid under C and D terms, collect under E and F terms", None;
    T3 Warning Yellow extra NONE,
        "under CIF and CIP, insurance is in force when the goods go on board", Some("UCP 600 \
         art. 28(e)");
    R1 Error Yellow core NONE,
        "transport document, ship, voyage and ports agree everywhere", None;
    R2 Error Red core NONE,
        "the same containers and seals everywhere; check digits fit", Some("ISO 6346");
    D1 Error Yellow extra Tolerance::units(1),
        "dates follow the course of a trade", None;
    N1 Error Red extra NONE,
        "no document supports two declarations of one kind", None;
    N2 Warning Yellow extra BULK,
        "import declaration mirrors export declaration", Some("UN IMTS 2010, mirror statistics");
}

impl fmt::Display for RuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for RuleId {
    type Err = UnknownRule;

    fn from_str(text: &str) -> Result<Self, UnknownRule> {
        let known = Self::ALL.iter().find(|id| id.as_str() == text);
        known.copied().ok_or_else(|| UnknownRule(text.chars().take(16).collect()))
    }
}

impl Serialize for RuleId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for RuleId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

/// Tolerances that an authority sets in place of the catalogue's.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Tolerances(pub BTreeMap<RuleId, Tolerance>);

impl Tolerances {
    /// The tolerance of a rule.
    pub fn of(&self, id: RuleId) -> Tolerance {
        self.0.get(&id).copied().unwrap_or(id.rule().tolerance)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn ids_are_unique_and_read_back() {
        for id in RuleId::ALL {
            assert_eq!(id.as_str().parse::<RuleId>().unwrap(), *id);
            assert_eq!(id.rule().id, *id);
        }
        assert!("Z9".parse::<RuleId>().is_err());
    }

    #[test]
    fn tolerances_can_be_configured() {
        let json = r#"{"W2":{"permille":100,"units":0,"note_permille":20}}"#;
        let set: Tolerances = serde_json::from_str(json).unwrap();
        assert_eq!(set.of(RuleId::W2).permille, 100);
        assert_eq!(set.of(RuleId::V1), Tolerance::NONE);
        assert!(serde_json::from_str::<Tolerances>(r#"{"Z9":{}}"#).is_err());
        assert_eq!(set.of(RuleId::V5).to_string(), "1.0 % or 1");
    }
}
