//! Decimals and money without floats.
//!
//! [`rust_decimal::Decimal`] computes; [`WireDecimal`] is its canonical form in anything hashed or
//! signed: trailing zeros stripped, so that 18.50 and 18.5 are the same bytes.

use bincode::{Decode, Encode};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use thiserror::Error;

/// The canonical form of a decimal: `mantissa × 10^-scale` without trailing zeros.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Encode, Decode)]
pub struct WireDecimal {
    mantissa: i128,
    scale: u8,
}

impl From<Decimal> for WireDecimal {
    fn from(value: Decimal) -> Self {
        let value = value.normalize();
        Self { mantissa: value.mantissa(), scale: value.scale() as u8 }
    }
}

/// A mantissa or scale that no decimal has.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("{mantissa} × 10^-{scale} is out of the range of decimals")]
pub struct DecimalOutOfRange {
    mantissa: i128,
    scale: u8,
}

impl TryFrom<WireDecimal> for Decimal {
    type Error = DecimalOutOfRange;

    fn try_from(wire: WireDecimal) -> Result<Self, DecimalOutOfRange> {
        let WireDecimal { mantissa, scale } = wire;
        Self::try_from_i128_with_scale(mantissa, u32::from(scale))
            .map_err(|_| DecimalOutOfRange { mantissa, scale })
    }
}

/// Why text or numbers are no amount of money.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum AmountError {
    /// Not three upper-case letters.
    #[error("`{0}` is not an ISO 4217 currency code")]
    Currency(String),
    /// The amount does not fit the unsigned minor units that proofs compute with.
    #[error("{0} has no whole, non-negative number of minor units")]
    MinorUnits(String),
}

/// A three-letter currency code (ISO 4217).
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, Serialize, Deserialize,
)]
#[serde(try_from = "String", into = "String")]
pub struct Currency([u8; 3]);

impl Currency {
    /// The code's letters.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("???")
    }

    /// The code's bytes.
    pub fn bytes(self) -> [u8; 3] {
        self.0
    }
}

impl FromStr for Currency {
    type Err = AmountError;

    fn from_str(text: &str) -> Result<Self, AmountError> {
        let refused = || AmountError::Currency(text.chars().take(16).collect());
        let bytes: [u8; 3] = text.as_bytes().try_into().map_err(|_| refused())?;
        if !bytes.iter().all(u8::is_ascii_uppercase) {
            return Err(refused());
        }
        Ok(Self(bytes))
    }
}

impl TryFrom<String> for Currency {
    type Error = AmountError;
    fn try_from(text: String) -> Result<Self, AmountError> {
        text.parse()
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        currency.as_str().to_owned()
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An amount of money.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Amount {
    /// How much.
    #[serde(with = "rust_decimal::serde::str")]
    pub value: Decimal,
    /// Of which currency.
    pub currency: Currency,
}

impl Amount {
    /// The amount in minor units (cents for EUR), for proofs that compute with integers.
    ///
    /// # Errors
    /// [`AmountError::MinorUnits`] if it is negative, has a fraction of a minor unit, or exceeds `u64`.
    pub fn minor_units(&self, exponent: u32) -> Result<u64, AmountError> {
        let refused = || AmountError::MinorUnits(self.to_string());
        let factor = 10_u64.checked_pow(exponent).ok_or_else(refused)?;
        let units = self.value.checked_mul(Decimal::from(factor)).ok_or_else(refused)?;
        if !units.fract().is_zero() {
            return Err(refused());
        }
        u64::try_from(units.trunc()).map_err(|_| refused())
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.currency, self.value)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::codec;
    use proptest::prelude::*;

    #[test]
    fn equal_amounts_have_equal_bytes() {
        let bytes =
            |text: &str| codec::encode(&WireDecimal::from(text.parse::<Decimal>().unwrap()));
        assert_eq!(bytes("18.50"), bytes("18.5"));
        assert_ne!(bytes("18.5"), bytes("185"));
    }

    #[test]
    fn minor_units_are_exact_or_refused() {
        let amount =
            |text: &str| Amount { value: text.parse().unwrap(), currency: "EUR".parse().unwrap() };
        assert_eq!(amount("19215.00").minor_units(2), Ok(1_921_500));
        assert!(amount("0.005").minor_units(2).is_err());
        assert!(amount("-1").minor_units(2).is_err());
        assert!(amount("79228162514264337593543950335").minor_units(2).is_err());
    }

    #[test]
    fn a_currency_is_three_capitals() {
        assert!("EUR".parse::<Currency>().is_ok());
        for bad in ["eur", "EU", "EURO", "E1R", ""] {
            assert!(bad.parse::<Currency>().is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn decimals_survive_the_wire(mantissa in any::<i64>(), scale in 0_u32..20) {
            let value = Decimal::new(mantissa, scale);
            prop_assert_eq!(Decimal::try_from(WireDecimal::from(value)).unwrap(), value);
        }
    }
}
