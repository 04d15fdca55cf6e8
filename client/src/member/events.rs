//! Following the ledger: events from a cursor on, over lost connections.

use super::Member;
use crate::{
    connection::Connection,
    error::{Error, Result},
};
use bincode::{Decode, Encode};
use futures::{Stream, stream};
use hansa_contracts::event::Event;
use hansa_primitives::{
    BlockTime, Digest, Height, TransactionId,
    codec::{self, Canonical},
};
use hansa_proto::v1;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr, time::Duration};
use thiserror::Error as ThisError;
use tonic::{Request, Streaming};

const PAUSE_MIN: Duration = Duration::from_millis(100);
const PAUSE_MAX: Duration = Duration::from_secs(5);

/// A place in the order of events: a block, and the event's number in it.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Cursor {
    /// The block.
    pub height: Height,
    /// The event's number among the block's, from 0.
    pub position: u32,
}

/// Text that is no cursor.
#[derive(Debug, ThisError, PartialEq, Eq)]
#[error("`{0}` is not a cursor: `<height>:<position>` is expected, as an earlier event carried it")]
pub struct NotACursor(pub String);

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.height, self.position)
    }
}

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

/// What to follow.
#[derive(Clone, Debug, Default)]
pub struct Follow {
    /// Events after this place; from the first block on if absent.
    pub after: Option<Cursor>,
    /// Only events that concern this member.
    pub mine: bool,
    /// Only events of these names, all if empty.
    pub kinds: Vec<String>,
    /// End at the present height instead of waiting for more.
    pub until_now: bool,
}

/// An event with its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FollowedEvent {
    /// Its place: a later [`Follow::after`] goes on behind it.
    pub cursor: Cursor,
    /// The transaction that brought it about.
    pub transaction: TransactionId,
    /// The time of its block.
    pub time: BlockTime,
    /// The event.
    pub event: Event,
}

/// An event by itself on the wire.
#[derive(Encode, Decode)]
struct Wire(Event);

impl Canonical for Wire {
    const BYTES_MAX: usize = 64 * 1024;
}

/// Where following stands between two events.
struct Following {
    member: Member,
    follow: Follow,
    stream: Option<Streaming<v1::Event>>,
    pause: Duration,
    ended: bool,
}

impl Member {
    /// The ledger's events, in order, each once. A lost connection is made again and the stream
    /// goes on where it was; it ends on its own only with [`Follow::until_now`], or after an error
    /// that trying again does not mend.
    pub fn follow(
        &self,
        follow: Follow,
    ) -> impl Stream<Item = Result<FollowedEvent>> + Send + Unpin + 'static {
        let member = self.clone();
        let following = Following { member, follow, stream: None, pause: PAUSE_MIN, ended: false };
        Box::pin(stream::unfold(following, |mut following| async move {
            let next = following.next().await?;
            Some((next, following))
        }))
    }
}

impl Following {
    async fn next(&mut self) -> Option<Result<FollowedEvent>> {
        loop {
            if self.ended {
                return None;
            }
            match self.step().await {
                Ok(Some(event)) => return Some(Ok(event)),
                Ok(None) if self.follow.until_now => return None,
                // A node that stops ends its streams in good order.
                Ok(None) => self.rest().await,
                Err(error) if error.is_transient() => {
                    tracing::debug!(%error, "the event stream broke off");
                    self.rest().await;
                }
                Err(error) => {
                    self.ended = true;
                    return Some(Err(error));
                }
            }
        }
    }

    async fn rest(&mut self) {
        self.stream = None;
        tokio::time::sleep(self.pause).await;
        self.pause = (self.pause * 2).min(PAUSE_MAX);
    }

    async fn step(&mut self) -> Result<Option<FollowedEvent>> {
        let mut stream = match self.stream.take() {
            Some(stream) => stream,
            None => self.subscribe().await?,
        };
        loop {
            let message = stream.message().await;
            let message = message.map_err(|status| Error::from_status("the events", &status))?;
            let Some(message) = message else {
                return Ok(None);
            };
            let event = typed(message)?;
            // A node may repeat what it sent before it lost the stream; order makes that visible.
            if self.follow.after.is_none_or(|after| event.cursor > after) {
                self.follow.after = Some(event.cursor);
                self.pause = PAUSE_MIN;
                self.stream = Some(stream);
                return Ok(Some(event));
            }
        }
    }

    async fn subscribe(&self) -> Result<Streaming<v1::Event>> {
        let Follow { after, mine, kinds, until_now } = &self.follow;
        let query = v1::SubscribeEventsRequest {
            after: after
                .map(|cursor| v1::Cursor { height: cursor.height.0, position: cursor.position }),
            mine: *mine,
            kinds: kinds.clone(),
            until_now: *until_now,
        };
        let open = |channel, _terms| {
            // No deadline: it would bound the whole stream, not the opening.
            let query = Request::new(query.clone());
            async move { Connection::ledger(channel).subscribe_events(query).await }
        };
        let (what, repeat) = ("the events", crate::connection::Repeat::Idempotent);
        let deadline = crate::connection::DEADLINE;
        self.member.inner.connection.call(what, deadline, repeat, open).await
    }
}

fn typed(message: v1::Event) -> Result<FollowedEvent> {
    let broken = |reason: &dyn fmt::Display| Error::integrity("an event of the node", reason);
    let cursor = message.cursor.ok_or_else(|| broken(&"it has no place"))?;
    let transaction: [u8; 32] = message
        .transaction_id
        .try_into()
        .map_err(|_| broken(&"its transaction id has not 32 bytes"))?;
    Ok(FollowedEvent {
        cursor: Cursor { height: Height(cursor.height), position: cursor.position },
        transaction: TransactionId(Digest(transaction)),
        time: BlockTime(message.block_time_ms),
        event: codec::decode::<Wire>(&message.event).map_err(|error| broken(&error))?.0,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn cursors_are_ordered_and_have_one_text() {
        let cursor = |height, position| Cursor { height: Height(height), position };
        assert!(cursor(1, 9) < cursor(2, 0));
        assert!(cursor(2, 0) < cursor(2, 1));
        assert_eq!(cursor(12, 3).to_string(), "12:3");
        assert_eq!("12:3".parse::<Cursor>().unwrap(), cursor(12, 3));
        for bad in ["", "12", "12:", ":3", "a:b", "1:2:3", "-1:0"] {
            assert!(bad.parse::<Cursor>().is_err(), "{bad}");
        }
    }

    #[test]
    fn an_event_that_is_none_is_an_integrity_failure() {
        let message = v1::Event { event: vec![1, 2, 3], ..Default::default() };
        assert_eq!(typed(message).unwrap_err().exit_code(), 7);
        let message = v1::Event {
            cursor: Some(v1::Cursor { height: 1, position: 0 }),
            transaction_id: vec![0; 31],
            ..Default::default()
        };
        assert_eq!(typed(message).unwrap_err().exit_code(), 7);
    }
}
