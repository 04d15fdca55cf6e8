//! Means of transport.

use super::{
    InvalidValue, Text,
    value::{code_list, text_forms},
};
use serde::{Deserialize, Serialize};
use std::fmt;

code_list! {
    /// Mode of transport (UN/ECE Recommendation 19).
    TransportMode, "mode of transport";
    /// Not specified.
    Unspecified = "0",
    /// By sea.
    Maritime = "1",
    /// By rail.
    Rail = "2",
    /// By road.
    Road = "3",
    /// By air.
    Air = "4",
    /// By mail.
    Mail = "5",
    /// By several modes under one contract.
    Multimodal = "6",
    /// Fixed installations such as pipelines.
    Fixed = "7",
    /// By inland waterway.
    InlandWater = "8",
    /// Not applicable.
    NotApplicable = "9",
}

/// Who pays the freight, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FreightPayment {
    /// Paid at origin (DCSA `PRE`).
    Prepaid,
    /// Paid at destination (DCSA `COL`).
    Collect,
}

/// A ship's IMO number: seven digits, of which the last is a check digit.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ImoNumber(u32);

impl ImoNumber {
    /// Reads a number, with or without the letters `IMO` before it.
    ///
    /// # Errors
    /// [`InvalidValue`] unless it is seven digits whose last fits the others.
    pub fn parse(text: &str) -> Result<Self, InvalidValue> {
        let rule = "seven digits with a right check digit are expected, as in 9074729";
        let refused = || InvalidValue::new("an IMO number", text, rule);
        let digits = text.strip_prefix("IMO").unwrap_or(text).trim_start();
        if digits.len() != 7 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(refused());
        }
        let values: Vec<u32> = digits.bytes().map(|byte| u32::from(byte - b'0')).collect();
        let sum: u32 =
            values[..6].iter().zip([7, 6, 5, 4, 3, 2]).map(|(digit, by)| digit * by).sum();
        if sum % 10 != values[6] {
            return Err(refused());
        }
        digits.parse().map(Self).map_err(|_| refused())
    }
}

impl fmt::Display for ImoNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:07}", self.0)
    }
}

text_forms!(ImoNumber);

/// A ship and its journey.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vessel {
    /// The ship's name.
    pub name: Option<Text>,
    /// The ship's IMO number.
    pub imo: Option<ImoNumber>,
    /// The carrier's number of the journey.
    pub voyage: Option<Text>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imo_numbers_carry_a_check_digit() {
        assert_eq!(ImoNumber::parse("IMO 9074729"), ImoNumber::parse("9074729"));
        assert!(ImoNumber::parse("9074729").is_ok());
        for bad in ["9074728", "907472", "", "IMO", "90747290"] {
            assert!(ImoNumber::parse(bad).is_err(), "{bad}");
        }
    }
}
