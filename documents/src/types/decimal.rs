//! Decimals with one text form.

use super::{InvalidValue, value::text_forms};
use rust_decimal::Decimal;
use std::fmt;

/// Characters of a decimal: 28 digits, sign, point and generous trailing zeros.
const DECIMAL_CHARACTERS_MAX: usize = 64;
const RULE: &str = "digits with at most one point are expected, exact within 28 digits";

/// Reads a decimal: an optional minus, digits, and optionally a point and digits. Trailing zeros
/// fall away.
///
/// # Errors
/// [`InvalidValue`] for any other text and for more digits than a decimal holds exactly.
pub fn parse_decimal(text: &str) -> Result<Decimal, InvalidValue> {
    let refused = || InvalidValue::new("a decimal", text, RULE);
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let all_digits =
        |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if text.len() > DECIMAL_CHARACTERS_MAX || !all_digits(whole) || !all_digits(fraction) {
        return Err(refused());
    }
    Decimal::from_str_exact(text).map(|value| value.normalize()).map_err(|_| refused())
}

/// Reads `xsd:decimal`, which also allows a plus, `.5` and `5.`.
pub(crate) fn parse_xsd_decimal(text: &str) -> Result<Decimal, InvalidValue> {
    let text = text.trim();
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.is_empty() && fraction.is_empty() {
        return Err(InvalidValue::new("a decimal", text, RULE));
    }
    let or_zero = |part: &str| if part.is_empty() { "0".to_owned() } else { part.to_owned() };
    parse_decimal(&format!("{sign}{}.{}", or_zero(whole), or_zero(fraction)))
}

/// Serialises decimals as text in canonical form; for `#[serde(with)]`.
pub(crate) mod canonical {
    use rust_decimal::Decimal;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};
    use std::borrow::Cow;

    pub(crate) fn serialize<S: Serializer>(value: &Decimal, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(&value.normalize())
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Decimal, D::Error> {
        super::parse_decimal(&Cow::<'de, str>::deserialize(from)?).map_err(D::Error::custom)
    }
}

/// Defines a decimal that is not negative and has a fixed unit.
macro_rules! measure {
    ($(#[$doc:meta])* $name:ident, $kind:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(rust_decimal::Decimal);

        impl $name {
            /// Makes a measure.
            ///
            /// # Errors
            /// [`InvalidValue`]($crate::types::InvalidValue) if the value is negative.
            pub fn new(value: rust_decimal::Decimal) -> Result<Self, $crate::types::InvalidValue> {
                if value.is_sign_negative() && !value.is_zero() {
                    return Err($crate::types::InvalidValue::new(
                        $kind, &value.to_string(), "it is negative",
                    ));
                }
                Ok(Self(value.normalize()))
            }

            /// Reads a measure.
            ///
            /// # Errors
            /// [`InvalidValue`]($crate::types::InvalidValue) if the text is no decimal, or
            /// negative.
            pub fn parse(text: &str) -> Result<Self, $crate::types::InvalidValue> {
                Self::new($crate::types::parse_decimal(text)?)
            }

            /// The value.
            pub fn value(self) -> rust_decimal::Decimal {
                self.0
            }

            /// The sum, or nothing if it exceeds what a decimal holds.
            pub fn checked_add(self, other: Self) -> Option<Self> {
                self.0.checked_add(other.0).map(|sum| Self(sum.normalize()))
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Display::fmt(&self.0, f)
            }
        }

        $crate::types::value::text_forms!($name);
    };
}
pub(crate) use measure;

/// A percentage, `5` for five per cent; may be negative.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Percent(Decimal);

impl Percent {
    /// Reads a percentage without a sign for per cent.
    ///
    /// # Errors
    /// [`InvalidValue`] if the text is no decimal.
    pub fn parse(text: &str) -> Result<Self, InvalidValue> {
        parse_decimal(text).map(Self)
    }

    /// The value.
    pub fn value(self) -> Decimal {
        self.0
    }
}

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

text_forms!(Percent);

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn equal_decimals_have_one_text() {
        for text in ["18.5", "18.50", "018.500"] {
            assert_eq!(parse_decimal(text).unwrap().to_string(), "18.5");
        }
        assert_eq!(parse_decimal("-0.00").unwrap().to_string(), "0");
        assert_eq!(parse_decimal("18500.00").unwrap().to_string(), "18500");
    }

    #[test]
    fn other_notations_are_refused() {
        let long = "1".repeat(30);
        for bad in ["", "-", ".", "1.", ".5", "1e3", "1_000", "1,5", "+1", " 1", "0x1", "٣", &long]
        {
            assert!(parse_decimal(bad).is_err(), "{bad}");
        }
        assert!(parse_decimal("0.00000000000000000000000000001").is_err());
    }

    #[test]
    fn schema_decimals_allow_more() {
        for (text, value) in [("+5", "5"), (".5", "0.5"), ("5.", "5"), (" -1.20 ", "-1.2")] {
            assert_eq!(parse_xsd_decimal(text).unwrap().to_string(), value);
        }
        for bad in ["", ".", "+", "--1", "1 000", "NaN", "INF"] {
            assert!(parse_xsd_decimal(bad).is_err(), "{bad}");
        }
    }
}
