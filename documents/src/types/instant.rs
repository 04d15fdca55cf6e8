//! Points in time that documents state.

use super::{Date, InvalidValue, value::text_forms};
use hansa_primitives::BlockTime;
use jiff::{Timestamp, tz::TimeZone};
use std::fmt;

/// A point in time to the millisecond, written in UTC (RFC 3339).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(BlockTime);

impl Instant {
    /// Reads RFC 3339 with any offset; finer parts than milliseconds are refused.
    ///
    /// # Errors
    /// [`InvalidValue`] for any other form and for times before 1970.
    pub fn parse(text: &str) -> Result<Self, InvalidValue> {
        let refused = || {
            let rule = "a time such as 2018-10-25T14:00:00Z is expected (RFC 3339)";
            InvalidValue::new("a time", text, rule)
        };
        if text.len() > 40 {
            return Err(refused());
        }
        let time: Timestamp = text.parse().map_err(|_| refused())?;
        if time.subsec_nanosecond() % 1_000_000 != 0 {
            return Err(refused());
        }
        Self::from_millis(u64::try_from(time.as_millisecond()).map_err(|_| refused())?)
    }

    /// The time so many milliseconds after 1970-01-01T00:00:00Z.
    ///
    /// # Errors
    /// [`InvalidValue`] beyond the year 9999.
    pub fn from_millis(milliseconds: u64) -> Result<Self, InvalidValue> {
        let end = "a time before the year 10000 is expected";
        let refused = || InvalidValue::new("a time", &milliseconds.to_string(), end);
        let signed = i64::try_from(milliseconds).map_err(|_| refused())?;
        Timestamp::from_millisecond(signed).map_err(|_| refused())?;
        Ok(Self(BlockTime(milliseconds)))
    }

    /// The time on the scale of block times.
    pub fn time(self) -> BlockTime {
        self.0
    }

    /// The day in UTC.
    pub fn date(self) -> Date {
        let text = self.to_string();
        Date::parse(&text[..10]).expect("the first ten characters of the form are a date")
    }
}

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = Timestamp::from_millisecond(self.0.0 as i64)
            .expect("the constructors checked the range")
            .to_zoned(TimeZone::UTC);
        write!(f, "{}Z", time.datetime())
    }
}

text_forms!(Instant);

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn offsets_are_folded_into_utc() {
        let time = Instant::parse("2018-10-26T01:30:00.5+08:00").unwrap();
        assert_eq!(time.to_string(), "2018-10-25T17:30:00.5Z");
        assert_eq!(Instant::parse("2018-10-25T17:30:00.500Z").unwrap(), time);
        assert_eq!(time.date().to_string(), "2018-10-25");
    }

    #[test]
    fn times_without_a_zone_and_beyond_the_range_are_refused() {
        for bad in ["2018-10-25T17:30:00", "2018-10-25", "1969-12-31T23:59:59Z", "soon"] {
            assert!(Instant::parse(bad).is_err(), "{bad}");
        }
        assert!(Instant::from_millis(u64::MAX).is_err());
        assert!(Instant::parse("2018-10-25T17:30:00.0001Z").is_err());
    }
}
