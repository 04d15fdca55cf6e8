//! Values with a unit, as declarations write them: `18500.00 EUR`, `960 KGM`.

use hansa_documents::types::{Amount, parse_decimal};
use rust_decimal::Decimal;
use std::fmt;

/// A number and its unit: a currency (ISO 4217) or a unit of measure (UN/ECE Recommendation 20).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Measure {
    /// The number.
    pub value: Decimal,
    /// The unit.
    pub unit: String,
}

impl Measure {
    /// A mass in kilograms.
    pub fn kilograms(value: Decimal) -> Self {
        Self { value, unit: "KGM".to_owned() }
    }

    /// Reads the form that [`Display`](fmt::Display) writes.
    pub fn parse(text: &str) -> Option<Self> {
        let (value, unit) = text.split_once(' ')?;
        let unit = (!unit.is_empty()).then(|| unit.to_owned())?;
        Some(Self { value: parse_decimal(value).ok()?, unit })
    }
}

impl From<Amount> for Measure {
    fn from(amount: Amount) -> Self {
        Self { value: amount.value, unit: amount.currency.to_string() }
    }
}

impl fmt::Display for Measure {
    /// Amounts of money are written with all decimals of their minor unit, other values without
    /// trailing zeros.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = self.value.normalize();
        let exponent = minor_unit(&self.unit).unwrap_or(0);
        let decimals = exponent.max(value.scale()) as usize;
        write!(f, "{value:.decimals$} {}", self.unit)
    }
}

/// The sum of numbers, nothing if it is too large: adding `Decimal`s by operator would panic.
pub(super) fn total(values: impl IntoIterator<Item = Decimal>) -> Option<Decimal> {
    values.into_iter().try_fold(Decimal::ZERO, |sum, value| sum.checked_add(value))
}

/// The decimals of a currency's minor unit; nothing for a unit that is no currency.
pub(super) fn minor_unit(unit: &str) -> Option<u32> {
    let currency = unit.parse().ok()?;
    Amount { value: Decimal::ZERO, currency }.exponent()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn one_value_has_one_text() {
        for (text, written) in [
            ("18500 EUR", "18500.00 EUR"),
            ("18500.00 EUR", "18500.00 EUR"),
            ("0.005 EUR", "0.005 EUR"),
            ("19215.0 JPY", "19215 JPY"),
            ("960.00 KGM", "960 KGM"),
            ("0 KGM", "0 KGM"),
        ] {
            assert_eq!(Measure::parse(text).unwrap().to_string(), written);
        }
        for bad in ["", "EUR", "18500", "18500 ", "x EUR"] {
            assert_eq!(Measure::parse(bad), None, "{bad}");
        }
    }
}
