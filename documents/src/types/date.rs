//! Civil dates.

use super::{InvalidValue, value::text_forms};
use jiff::civil;
use serde::{Deserialize, Serialize};
use std::fmt;

const RULE: &str = "a date as YYYY-MM-DD is expected";

/// A calendar day, without a time zone: the date that a document states.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(civil::Date);

impl Date {
    /// Reads `YYYY-MM-DD`.
    ///
    /// # Errors
    /// [`InvalidValue`] for any other form and for days that do not exist.
    pub fn parse(text: &str) -> Result<Self, InvalidValue> {
        let refused = || InvalidValue::new("a date", text, RULE);
        let bytes = text.as_bytes();
        let shaped = bytes.len() == 10
            && bytes.iter().enumerate().all(|(place, byte)| match place {
                4 | 7 => *byte == b'-',
                _ => byte.is_ascii_digit(),
            });
        if !shaped {
            return Err(refused());
        }
        text.parse().map(Self).map_err(|_| refused())
    }

    /// The year.
    pub fn year(self) -> u16 {
        // The form allows four digits and no sign.
        self.0.year().unsigned_abs()
    }

    /// Days since 1970-01-01, negative before.
    pub fn days(self) -> i32 {
        let epoch = civil::Date::constant(1970, 1, 1);
        self.0.duration_since(epoch).as_hours().div_euclid(24) as i32
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.0.year(), self.0.month(), self.0.day())
    }
}

text_forms!(Date);

/// A stretch of days, both ends included; either may be open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Period {
    /// First day.
    pub from: Option<Date>,
    /// Last day.
    pub to: Option<Date>,
}

impl Period {
    /// Whether the last day does not come before the first.
    pub fn is_ordered(&self) -> bool {
        self.from.zip(self.to).is_none_or(|(from, to)| from <= to)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn only_the_extended_calendar_form_is_read() {
        assert_eq!(Date::parse("2018-10-20").unwrap().to_string(), "2018-10-20");
        for bad in ["2018-02-29", "20181020", "2018-10-20T00:00", "+2018-1-20", "2018-13-01", ""] {
            assert!(Date::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn days_count_from_1970() {
        for (text, days) in [("1970-01-01", 0), ("1969-12-31", -1), ("2018-10-20", 17_824)] {
            assert_eq!(Date::parse(text).unwrap().days(), days, "{text}");
        }
    }
}
