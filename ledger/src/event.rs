//! Events in the order of the ledger.
//!
//! The log is not stored a second time: events are part of receipts, which are kept in the order of
//! execution, and a cursor counts them. So log and receipts cannot disagree.

use hansa_contracts::event::Event;
use hansa_primitives::{BlockTime, Height, TransactionId};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use thiserror::Error;

/// A place in the log: the height, and the event's number among those of the block, from 0.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Cursor {
    /// The block.
    pub height: Height,
    /// The event's number in the block.
    pub position: u32,
}

impl Cursor {
    /// Before the first event: the genesis brings none about.
    pub const START: Self = Self { height: Height(0), position: 0 };

    /// Behind all events of a block.
    pub fn end_of(height: Height) -> Self {
        Self { height, position: u32::MAX }
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.height, self.position)
    }
}

/// Text that is no cursor.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("`{0}` is not a cursor: `<height>:<position>` is expected, as an earlier event carried it")]
pub struct NotACursor(pub String);

impl FromStr for Cursor {
    type Err = NotACursor;

    fn from_str(text: &str) -> Result<Self, NotACursor> {
        let parse = || {
            let (height, position) = text.split_once(':')?;
            Some(Self { height: Height(height.parse().ok()?), position: position.parse().ok()? })
        };
        parse().ok_or_else(|| NotACursor(text.chars().take(64).collect()))
    }
}

/// An event with its place in the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoggedEvent {
    /// The place.
    pub cursor: Cursor,
    /// The time of the block.
    pub time: BlockTime,
    /// The transaction that brought it about.
    pub transaction: TransactionId,
    /// The event.
    pub event: Event,
}

/// A run of events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventPage {
    /// The events, in order.
    pub events: Vec<LoggedEvent>,
    /// Up to here nothing was left out: go on from this cursor.
    pub reached: Cursor,
    /// Whether the log ends here for now.
    pub end: bool,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_cursor_survives_its_text() {
        let cursor = Cursor { height: Height(12), position: 7 };
        assert_eq!(cursor.to_string().parse::<Cursor>().unwrap(), cursor);
        assert_eq!(Cursor::end_of(Height(3)).to_string().parse(), Ok(Cursor::end_of(Height(3))));
        for bad in ["", "12", "12:", ":7", "a:7", "1:4294967296"] {
            assert!(bad.parse::<Cursor>().is_err(), "{bad}");
        }
    }
}
