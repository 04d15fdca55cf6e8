//! Countries (ISO 3166-1) and places (UN/LOCODE).

use super::{InvalidValue, value::text_forms};
use std::fmt;

/// A country by its ISO 3166-1 alpha-2 code.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Country([u8; 2]);

impl Country {
    /// Reads a code.
    ///
    /// # Errors
    /// [`InvalidValue`] if ISO 3166-1 does not list it.
    pub fn parse(text: &str) -> Result<Self, InvalidValue> {
        let refused = || InvalidValue::new("a country", text, "a code of ISO 3166-1 is expected");
        let code: [u8; 2] = text.as_bytes().try_into().map_err(|_| refused())?;
        if !code.iter().all(u8::is_ascii_uppercase) || rust_iso3166::from_alpha2(text).is_none() {
            return Err(refused());
        }
        Ok(Self(code))
    }

    /// The code.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("??")
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

text_forms!(Country);

/// A place by its UN/LOCODE: a country and three characters, as in `DEHAM`.
///
/// The form and the country are checked, not whether the list has the place.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Locode {
    country: Country,
    place: [u8; 3],
}

impl Locode {
    /// Reads a code; the space that the printed list has after the country may be there.
    ///
    /// # Errors
    /// [`InvalidValue`] if it has not the form of a UN/LOCODE.
    pub fn parse(text: &str) -> Result<Self, InvalidValue> {
        let rule = "a UN/LOCODE of five characters is expected, DEHAM for Hamburg";
        let refused = || InvalidValue::new("a place", text, rule);
        let (country, place) = text.split_at_checked(2).ok_or_else(refused)?;
        let place = place.strip_prefix(' ').unwrap_or(place);
        let place: [u8; 3] = place.as_bytes().try_into().map_err(|_| refused())?;
        if !place.iter().all(|byte| matches!(byte, b'A'..=b'Z' | b'2'..=b'9')) {
            return Err(refused());
        }
        Ok(Self { country: Country::parse(country).map_err(|_| refused())?, place })
    }

    /// The country that the place is in.
    pub fn country(self) -> Country {
        self.country
    }
}

impl fmt::Display for Locode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.country, std::str::from_utf8(&self.place).unwrap_or("???"))
    }
}

text_forms!(Locode);

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn places_carry_their_country() {
        let port = Locode::parse("CN TXG").unwrap();
        assert_eq!((port.to_string().as_str(), port.country().as_str()), ("CNTXG", "CN"));
        for bad in ["", "D", "DEHA", "XXHAM", "deham", "DEHA1", "DE HAMB", "ÄHAM", "Ä-HAM"] {
            assert!(Locode::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn countries_are_those_of_iso_3166() {
        assert!(Country::parse("DE").is_ok());
        for bad in ["UK", "de", "DEU", "", "EU"] {
            assert!(Country::parse(bad).is_err(), "{bad}");
        }
    }
}
