//! Freight containers (ISO 6346).

use super::{InvalidValue, Number, Text, value::text_forms};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A container's number: four letters and seven digits, of which the last is a check digit.
///
/// A number with a wrong check digit is kept as the document states it; [`check`](Self::check)
/// tells.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContainerNumber([u8; 11]);

/// What the check digit says about a container number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckDigit {
    /// It fits.
    Valid,
    /// It does not fit; this one would.
    Wrong {
        /// The digit that the other ten characters call for.
        expected: u8,
    },
}

impl ContainerNumber {
    /// Reads a number.
    ///
    /// # Errors
    /// [`InvalidValue`] unless it is four capitals, of which the last is U, J or Z, and seven
    /// digits.
    pub fn parse(text: &str) -> Result<Self, InvalidValue> {
        let rule = "four letters and seven digits are expected, as in CSQU3054383 (ISO 6346)";
        let refused = || InvalidValue::new("a container number", text, rule);
        let bytes: [u8; 11] = text.as_bytes().try_into().map_err(|_| refused())?;
        let (letters, digits) = bytes.split_at(4);
        let shaped = letters.iter().all(u8::is_ascii_uppercase)
            && matches!(letters[3], b'U' | b'J' | b'Z')
            && digits.iter().all(u8::is_ascii_digit);
        if shaped { Ok(Self(bytes)) } else { Err(refused()) }
    }

    /// Computes the check digit of ISO 6346 annex A and compares.
    pub fn check(&self) -> CheckDigit {
        let sum: u32 =
            self.0[..10].iter().enumerate().map(|(place, &byte)| letter_value(byte) << place).sum();
        let expected = (sum % 11 % 10) as u8;
        match self.0[10] - b'0' {
            stated if stated == expected => CheckDigit::Valid,
            _ => CheckDigit::Wrong { expected },
        }
    }
}

/// Digits count as themselves, letters from 10 up, leaving out the multiples of 11.
fn letter_value(byte: u8) -> u32 {
    match byte {
        b'0'..=b'9' => u32::from(byte - b'0'),
        _ => {
            let ordinal = u32::from(byte - b'A') + 10;
            ordinal + (ordinal - 1) / 10
        }
    }
}

impl fmt::Display for ContainerNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(std::str::from_utf8(&self.0).unwrap_or("???????????"))
    }
}

text_forms!(ContainerNumber);

/// A container as a document describes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Equipment {
    /// Its number.
    pub number: ContainerNumber,
    /// Its size and type, `22G1` for a 20' dry container (ISO 6346).
    pub size_type: Option<Text>,
    /// The numbers of its seals.
    #[serde(default)]
    pub seals: Vec<Number>,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn check(text: &str) -> CheckDigit {
        ContainerNumber::parse(text).unwrap().check()
    }

    #[test]
    fn the_example_of_the_standard_and_real_containers_check() {
        for number in ["CSQU3054383", "HLCU2045189", "MSKU9070323", "TGHU7599330"] {
            assert_eq!(check(number), CheckDigit::Valid, "{number}");
        }
        assert_eq!(check("CSQU3054384"), CheckDigit::Wrong { expected: 3 });
        assert_eq!(check("HLCU2045198"), CheckDigit::Wrong { expected: 4 });
    }

    #[test]
    fn other_forms_are_refused() {
        for bad in ["", "CSQU305438", "CSQA3054383", "csqu3054383", "CSQU30543833", "ÄSQU305438"] {
            assert!(ContainerNumber::parse(bad).is_err(), "{bad}");
        }
    }
}
