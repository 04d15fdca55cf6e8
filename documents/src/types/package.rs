//! Packages by UN/ECE Recommendation 21.

use super::{InvalidValue, Text, value::text_forms};
use cefact_units::{CodeList, UnitCode};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A kind of package by its two-character code (UN/ECE Recommendation 21): `CT` for a carton.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct PackageType(UnitCode);

impl PackageType {
    /// Reads a code.
    ///
    /// # Errors
    /// [`InvalidValue`] if no revision of the recommendation lists it.
    pub fn parse(text: &str) -> Result<Self, InvalidValue> {
        let rule = "a code of UN/ECE Recommendation 21 is expected, CT for a carton";
        let refused = || InvalidValue::new("a package type", text, rule);
        // Recommendation 20 carries the package codes with a leading X.
        let listed = UnitCode::from_code(&format!("X{text}")).ok_or_else(refused)?;
        let is_package = text.len() == 2 && listed.code_list() == CodeList::Recommendation21;
        if is_package { Ok(Self(listed)) } else { Err(refused()) }
    }
}

impl fmt::Display for PackageType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.as_str()[1..])
    }
}

text_forms!(PackageType);

/// A number of packages of one kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Packaging {
    /// How many.
    pub count: u32,
    /// Of which kind.
    pub kind: PackageType,
    /// What is written on them.
    pub marks: Option<Text>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_are_those_of_recommendation_21() {
        for (good, text) in [("CT", "CT"), ("PX", "PX"), ("4A", "4A")] {
            assert_eq!(PackageType::parse(good).map(|kind| kind.to_string()), Ok(text.into()));
        }
        for bad in ["", "C", "CTT", "ct", "??"] {
            assert!(PackageType::parse(bad).is_err(), "{bad}");
        }
    }
}
