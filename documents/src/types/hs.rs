//! Commodity codes of the Harmonized System.

use super::{
    Date, InvalidValue,
    value::{code_list, text_forms},
};
use serde::{Deserialize, Serialize};
use std::fmt;

code_list! {
    /// An edition of the WCO's Harmonized System: codes change meaning between editions.
    HsEdition, "edition of the Harmonized System";
    /// In force from 1988.
    Hs1988 = "1988",
    /// In force from 1996.
    Hs1996 = "1996",
    /// In force from 2002.
    Hs2002 = "2002",
    /// In force from 2007.
    Hs2007 = "2007",
    /// In force from 2012.
    Hs2012 = "2012",
    /// In force from 2017.
    Hs2017 = "2017",
    /// In force from 2022.
    Hs2022 = "2022",
}

impl HsEdition {
    /// The edition in force on a day.
    pub fn on(date: Date) -> Self {
        match date.year() {
            0..=1995 => Self::Hs1988,
            1996..=2001 => Self::Hs1996,
            2002..=2006 => Self::Hs2002,
            2007..=2011 => Self::Hs2007,
            2012..=2016 => Self::Hs2012,
            2017..=2021 => Self::Hs2017,
            _ => Self::Hs2022,
        }
    }
}

/// Six digits of the Harmonized System and up to six more that a country added.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HsDigits(String);

impl HsDigits {
    /// Reads a code; points and spaces that the printed nomenclature groups digits by fall away.
    ///
    /// # Errors
    /// [`InvalidValue`] unless 6, 8, 10 or 12 digits with a chapter above 00 are left.
    pub fn parse(text: &str) -> Result<Self, InvalidValue> {
        let rule = "6 to 12 digits are expected, as in 0402.21 (Harmonized System)";
        let refused = || InvalidValue::new("a commodity code", text, rule);
        if text.len() > 32 {
            return Err(refused());
        }
        let digits: String = text.chars().filter(|letter| !matches!(letter, '.' | ' ')).collect();
        let numeric = digits.bytes().all(|byte| byte.is_ascii_digit());
        if !numeric || !(6..=12).contains(&digits.len()) || digits.starts_with("00") {
            return Err(refused());
        }
        Ok(Self(digits))
    }

    /// All digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for HsDigits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

text_forms!(HsDigits);

/// A commodity code with the edition that gives it its meaning.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HsCode {
    /// The digits.
    pub code: HsDigits,
    /// Of which edition.
    pub edition: HsEdition,
}

impl HsCode {
    /// Reads the two parts.
    ///
    /// # Errors
    /// [`InvalidValue`] if either is not what it should be.
    pub fn parse(code: &str, edition: &str) -> Result<Self, InvalidValue> {
        Ok(Self { code: HsDigits::parse(code)?, edition: HsEdition::parse(edition)? })
    }

    /// The six digits that all countries share.
    pub fn subheading(&self) -> &str {
        &self.code.as_str()[..6]
    }

    /// The two digits of the chapter.
    pub fn chapter(&self) -> &str {
        &self.code.as_str()[..2]
    }
}

impl fmt::Display for HsCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (HS {})", self.code, self.edition)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn printed_groups_fall_away() {
        let code = HsCode::parse("0402.21 11 00", "2017").unwrap();
        assert_eq!(code.to_string(), "0402211100 (HS 2017)");
        assert_eq!((code.subheading(), code.chapter()), ("040221", "04"));
        for bad in ["0402", "040221a", "", "0000000", "0402211100123", "٠٤٠٢٢١"] {
            assert!(HsDigits::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_edition_follows_the_day() {
        let on = |text| HsEdition::on(Date::parse(text).unwrap());
        assert_eq!(on("2018-10-21"), HsEdition::Hs2017);
        assert_eq!(on("2022-01-01"), HsEdition::Hs2022);
        assert_eq!(on("1990-01-01"), HsEdition::Hs1988);
    }
}
