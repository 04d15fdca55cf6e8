//! Quantities with UN/ECE Recommendation 20 units, masses in kilograms, volumes in cubic metres.

use super::{
    InvalidValue,
    decimal::{canonical, measure},
    value::text_forms,
};
use cefact_units::{Status, UnitCode};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A unit of measure by its UN/ECE Recommendation 20 common code, package units (`X..`) included.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Unit(UnitCode);

impl Unit {
    /// Reads a code.
    ///
    /// # Errors
    /// [`InvalidValue`] if the recommendation does not list it, or lists it as deleted: `KG` was a
    /// keg.
    pub fn parse(text: &str) -> Result<Self, InvalidValue> {
        let rule = "a common code of UN/ECE Recommendation 20 is expected, KGM for kilograms";
        let listed = UnitCode::from_code(text).filter(|code| code.status() != Status::Deleted);
        listed.map(Self).ok_or_else(|| InvalidValue::new("a unit", text, rule))
    }

    /// The code.
    pub fn as_str(self) -> &'static str {
        self.0.as_str()
    }

    /// The unit's name in English.
    pub fn name(self) -> &'static str {
        self.0.info().name
    }

    /// How many kilograms one unit is, for the units of mass that trade documents use.
    pub fn kilograms(self) -> Option<Decimal> {
        let (mantissa, scale) = match self.as_str() {
            "KGM" => (1, 0),
            "GRM" => (1, 3),
            "TNE" => (1000, 0),
            "DTN" => (100, 0),
            "LBR" => (45_359_237, 8),
            "ONZ" => (28_349_523_125, 12),
            _ => return None,
        };
        Some(Decimal::new(mantissa, scale))
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

text_forms!(Unit);

/// How much of something, in a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quantity {
    /// How many units.
    #[serde(with = "canonical")]
    pub value: Decimal,
    /// Of which unit.
    pub unit: Unit,
}

impl Quantity {
    /// Reads the two parts of a quantity.
    ///
    /// # Errors
    /// [`InvalidValue`] if either is not what it should be.
    pub fn parse(value: &str, unit: &str) -> Result<Self, InvalidValue> {
        Ok(Self { value: super::parse_decimal(value)?, unit: Unit::parse(unit)? })
    }

    /// The sum of two quantities of one unit, nothing if units differ or the sum is too large.
    pub fn checked_add(&self, other: &Self) -> Option<Self> {
        let value = self.value.checked_add(other.value)?;
        (self.unit == other.unit).then_some(Self { value, ..*self })
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.value, self.unit)
    }
}

measure! {
    /// A mass in kilograms (Recommendation 20: KGM).
    Mass, "a mass"
}

impl Mass {
    /// The mass of a quantity whose unit is one of mass.
    ///
    /// # Errors
    /// [`InvalidValue`] if the unit is none of mass, or the value is negative or too large.
    pub fn of(quantity: Quantity) -> Result<Self, InvalidValue> {
        let refused = |rule| InvalidValue::new("a mass", &quantity.to_string(), rule);
        let factor = quantity
            .unit
            .kilograms()
            .ok_or_else(|| refused("a unit of mass is expected: KGM, GRM, TNE, DTN, LBR or ONZ"))?;
        Self::new(quantity.value.checked_mul(factor).ok_or_else(|| refused("it is too large"))?)
    }

    /// The mass in whole grams, nothing if it has a fraction of a gram or is too large.
    pub fn grams(self) -> Option<u64> {
        let grams = self.value().checked_mul(Decimal::ONE_THOUSAND)?;
        grams.fract().is_zero().then(|| u64::try_from(grams.trunc()).ok())?
    }
}

measure! {
    /// A volume in cubic metres (Recommendation 20: MTQ).
    Volume, "a volume"
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn units_are_those_of_recommendation_20() {
        assert_eq!(Unit::parse("XCX").unwrap().to_string(), "XCX");
        assert!(Unit::parse("KG").is_err());
        assert!(Unit::parse("kgm").is_err());
    }

    #[test]
    fn masses_are_kilograms() {
        let mass = |value, unit| Mass::of(Quantity::parse(value, unit).unwrap());
        assert_eq!(mass("0.96", "TNE").unwrap(), Mass::parse("960").unwrap());
        assert_eq!(mass("800", "GRM").unwrap().grams(), Some(800));
        assert_eq!(mass("1", "LBR").unwrap().to_string(), "0.45359237");
        assert!(mass("1", "LTR").is_err());
        assert!(mass("-1", "KGM").is_err());
        assert_eq!(Mass::parse("0.0001").unwrap().grams(), None);
    }
}
