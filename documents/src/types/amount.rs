//! Money: amounts, charges and allowances.

use super::{InvalidValue, Text, decimal::canonical};
use hansa_primitives::amount as primitive;
use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};
use std::fmt;

pub use hansa_primitives::amount::Currency;

/// An amount of money in one currency, exact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Amount {
    /// How much.
    #[serde(with = "canonical")]
    pub value: Decimal,
    /// Of which currency (ISO 4217).
    pub currency: Currency,
}

impl Amount {
    /// Reads the two parts of an amount.
    ///
    /// # Errors
    /// [`InvalidValue`] if either is not what it should be.
    pub fn parse(value: &str, currency: &str) -> Result<Self, InvalidValue> {
        let rule = "three capital letters are expected (ISO 4217)";
        let currency =
            currency.parse().map_err(|_| InvalidValue::new("a currency", currency, rule))?;
        Ok(Self { value: super::parse_decimal(value)?, currency })
    }

    /// How many decimals the currency's minor unit has, nothing for a code that ISO 4217 does not
    /// list.
    pub fn exponent(&self) -> Option<u32> {
        let listed = iso_currency::Currency::from_code(self.currency.as_str())?;
        listed.exponent().map(u32::from)
    }

    /// The amount in minor units, cents for EUR.
    ///
    /// # Errors
    /// [`InvalidValue`] if the currency has no minor unit, or the amount is negative, finer than
    /// it, or larger than `u64`.
    pub fn minor_units(&self) -> Result<u64, InvalidValue> {
        let refused = |rule| InvalidValue::new("an amount in minor units", &self.to_string(), rule);
        let exponent = self.exponent().ok_or_else(|| refused("the currency has none"))?;
        primitive::Amount::from(*self).minor_units(exponent).map_err(|_| {
            refused("a whole number of minor units from 0 to 18446744073709551615 is expected")
        })
    }

    /// The sum of two amounts of one currency, nothing if currencies differ or the sum is too
    /// large.
    pub fn checked_add(&self, other: &Self) -> Option<Self> {
        let value = self.value.checked_add(other.value)?;
        (self.currency == other.currency).then_some(Self { value, ..*self })
    }

    /// The difference of two amounts of one currency, under the same conditions.
    pub fn checked_sub(&self, other: &Self) -> Option<Self> {
        self.checked_add(&Self { value: -other.value, ..*other })
    }

    /// The product with a factor, nothing if it is too large.
    pub fn checked_mul(&self, factor: Decimal) -> Option<Self> {
        Some(Self { value: self.value.checked_mul(factor)?, ..*self })
    }

    /// The amount rounded half up to the minor unit, as invoices are; unchanged without a minor
    /// unit.
    pub fn rounded(&self) -> Self {
        let Some(exponent) = self.exponent() else { return *self };
        let strategy = RoundingStrategy::MidpointAwayFromZero;
        Self { value: self.value.round_dp_with_strategy(exponent, strategy), ..*self }
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let decimals = self.exponent().unwrap_or(0).max(self.value.normalize().scale()) as usize;
        write!(f, "{} {:.*}", self.currency, decimals, self.value)
    }
}

impl From<Amount> for primitive::Amount {
    fn from(amount: Amount) -> Self {
        Self { value: amount.value.normalize(), currency: amount.currency }
    }
}

impl From<primitive::Amount> for Amount {
    fn from(amount: primitive::Amount) -> Self {
        Self { value: amount.value.normalize(), currency: amount.currency }
    }
}

/// Whether an amount beside the lines is added or taken off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChargeEffect {
    /// Added to the total.
    Charge,
    /// Taken off the total.
    Allowance,
}

/// What a charge is for, as far as customs valuation asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChargePurpose {
    /// Carriage (UNTDID 7161 code `FC`).
    Freight,
    /// Cargo insurance.
    Insurance,
    /// Anything else.
    Other,
}

/// A charge or allowance on a whole document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Charge {
    /// Added or taken off.
    pub effect: ChargeEffect,
    /// What for.
    pub purpose: ChargePurpose,
    /// What for, in words.
    pub reason: Option<Text>,
    /// How much.
    pub amount: Amount,
}

impl Charge {
    /// The sum of the charges for one purpose less its allowances; nothing if there are none, their
    /// currencies differ or the sum is too large.
    pub fn total_for(charges: &[Self], purpose: ChargePurpose) -> Option<Amount> {
        let mut chosen = charges.iter().filter(|charge| charge.purpose == purpose);
        let first = chosen.next()?.signed();
        chosen.try_fold(first, |sum, charge| sum.checked_add(&charge.signed()))
    }

    /// The amount, negative for an allowance.
    pub fn signed(&self) -> Amount {
        match self.effect {
            ChargeEffect::Charge => self.amount,
            ChargeEffect::Allowance => Amount { value: -self.amount.value, ..self.amount },
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn minor_units_follow_the_currency() {
        let units = |value, currency| Amount::parse(value, currency).unwrap().minor_units();
        assert_eq!(units("19215.00", "EUR"), Ok(1_921_500));
        assert_eq!(units("19215", "JPY"), Ok(19_215));
        assert_eq!(units("1.234", "KWD"), Ok(1_234));
        assert!(units("0.001", "EUR").is_err());
        assert!(units("-1", "EUR").is_err());
        assert!(units("1", "XAU").is_err());
        assert!(units("1", "QQQ").is_err());
    }

    #[test]
    fn equal_amounts_are_written_alike() {
        let json = |value| serde_json::to_string(&Amount::parse(value, "EUR").unwrap()).unwrap();
        assert_eq!(json("18500.00"), r#"{"value":"18500","currency":"EUR"}"#);
        assert_eq!(json("18500.00"), json("18500"));
        assert_eq!(Amount::parse("18500", "EUR").unwrap().to_string(), "EUR 18500.00");
    }

    #[test]
    fn currencies_do_not_mix() {
        let euro = Amount::parse("1", "EUR").unwrap();
        let yuan = Amount::parse("1", "CNY").unwrap();
        assert_eq!(euro.checked_add(&yuan), None);
        assert_eq!(euro.checked_sub(&euro), Some(Amount::parse("0", "EUR").unwrap()));
    }
}
