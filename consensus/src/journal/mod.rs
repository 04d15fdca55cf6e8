//! The safety journal, as pure functions over bytes: the host only writes, syncs and reads a file.
//!
//! ```text
//! file   = half | half                          each HALF_BYTES, preallocated with zeros
//! half   = frame*                               each frame starts at a multiple of 4,096 bytes
//! frame  = crc32 | magic | sequence | synced | kind | length | payload | zeros
//!            4       4        8          8       4       4      length
//! ```
//!
//! Sequences count up by one from frame to frame. `synced` is the last sequence that was durable
//! when the frame was written. The halves are used in turn: when one is full, the other starts with
//! everything that is still needed, the safety record last. After a crash:
//!
//! - a torn tail was never synced, so nothing that depends on it was sent: it is cut;
//! - a frame that is missing although a later one knows it to be durable is damage: the journal
//!   does not open, because an older record would let the validator contradict itself.
//!
//! After a restart writing always begins with the other half, so that leftovers of a torn tail are
//! never taken for what follows it.

mod frame;

use crate::{engine::Record, safety::Safety, types::Header};
use frame::{FRAME_BYTES, Frame, KIND_HEADER, KIND_SAFETY};
use hansa_primitives::{
    Height,
    codec::{self, CodecError},
    invariant,
};
use std::{collections::BTreeMap, sync::Arc};
use thiserror::Error;

/// Bytes of one of the two halves.
pub const HALF_BYTES: usize = 4 * 1024 * 1024;

/// Bytes to be written at a place in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Write {
    /// Where.
    pub offset: u64,
    /// What.
    pub bytes: Vec<u8>,
}

/// What a journal held.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recovered {
    /// The last durable safety record; none if the file is new.
    pub safety: Option<Safety>,
    /// The headers voted for, ascending.
    pub headers: Vec<Arc<Header>>,
}

/// Why a journal does not open.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum JournalError {
    /// The file is not as long as a journal.
    #[error("the journal has {0} bytes, {expected} are expected", expected = Journal::FILE_BYTES)]
    Size(usize),
    /// A frame that was durable is gone.
    #[error(
        "the safety journal is damaged: frame {missing} was durable and is unreadable, {known} is \
         the last one known; voting from an older record could contradict votes already sent. \
         Restore the file, or remove it to follow the chain without voting until the next view"
    )]
    Damaged {
        /// The first sequence that is missing.
        missing: u64,
        /// The last sequence known to have been durable.
        known: u64,
    },
    /// A frame with a right checksum holds something else than its kind says.
    #[error("frame {sequence} of the safety journal does not decode: {error}")]
    Content {
        /// The sequence of the frame.
        sequence: u64,
        /// Why.
        error: CodecError,
    },
}

/// Where to write next, and what must be kept.
#[derive(Clone, Debug)]
pub struct Journal {
    half: usize,
    cursor: usize,
    next: u64,
    /// The last sequence that is durable.
    durable: u64,
    safety: Option<Box<Safety>>,
    headers: BTreeMap<(Height, u64), Arc<Header>>,
}

impl Journal {
    /// Bytes of the whole file.
    pub const FILE_BYTES: usize = 2 * HALF_BYTES;

    /// Reads a journal. All zeros are a new one.
    ///
    /// # Errors
    /// [`JournalError`] if what was durable cannot be read back.
    pub fn open(file: &[u8]) -> Result<(Self, Recovered), JournalError> {
        if file.len() != Self::FILE_BYTES {
            return Err(JournalError::Size(file.len()));
        }
        let halves = [run(&file[..HALF_BYTES]), run(&file[HALF_BYTES..])];
        let last = |half: usize| halves[half].last().map_or(0, |frame| frame.sequence);
        let complete = |half: usize| halves[half].iter().any(|frame| frame.kind == KIND_SAFETY);
        let newest = if last(1) > last(0) { 1 } else { 0 };
        let half = if complete(newest) { newest } else { 1 - newest };
        let usable = if complete(half) { halves[half].as_slice() } else { &[] };

        let end = usable.last().map_or(0, |frame| frame.sequence);
        let seen: Vec<Frame<'_>> = everything(file);
        let known = seen.iter().map(|frame| frame.synced).max().unwrap_or(0);
        if known > end {
            return Err(JournalError::Damaged { missing: end + 1, known });
        }
        let next = 1 + seen.iter().map(|frame| frame.sequence).max().unwrap_or(0);
        let mut journal = Self {
            half,
            cursor: HALF_BYTES,
            next,
            durable: end,
            safety: None,
            headers: BTreeMap::new(),
        };
        for frame in usable {
            journal.take(frame)?;
        }
        let recovered = Recovered {
            safety: journal.safety.as_deref().cloned(),
            headers: journal.headers.values().cloned().collect(),
        };
        Ok((journal, recovered))
    }

    /// The writes that make the records durable, once the file is synced. One call for one sync:
    /// the next call takes this one's frames for durable.
    pub fn append(&mut self, records: &[Record]) -> Vec<Write> {
        let synced = self.durable;
        let mut writes: Vec<Write> = Vec::new();
        for record in records {
            let (kind, payload) = match record {
                Record::Safety(safety) => (KIND_SAFETY, codec::encode(safety.as_ref())),
                Record::Header(header) => (KIND_HEADER, codec::encode(header.as_ref())),
            };
            if self.cursor + frame::padded(payload.len()) > HALF_BYTES {
                self.turn(synced, &mut writes);
            }
            self.write(kind, &payload, synced, &mut writes);
            match record {
                Record::Safety(safety) => self.safety = Some(safety.clone()),
                Record::Header(header) => self.keep(header),
            }
        }
        self.durable = self.next - 1;
        writes
    }

    /// Lets go of headers that the ledger holds durably.
    pub fn forget(&mut self, height: Height) {
        self.headers = self.headers.split_off(&(height.next(), 0));
    }

    fn keep(&mut self, header: &Arc<Header>) {
        let known = self.headers.range((header.height, 0)..(header.height.next(), 0));
        if known.into_iter().all(|(_, other)| other != header) {
            self.headers.insert((header.height, self.next), Arc::clone(header));
        }
    }

    /// Begins the other half with all that is kept.
    fn turn(&mut self, synced: u64, writes: &mut Vec<Write>) {
        self.half = 1 - self.half;
        self.cursor = 0;
        let headers: Vec<_> = self.headers.values().cloned().collect();
        for header in headers {
            self.write(KIND_HEADER, &codec::encode(header.as_ref()), synced, writes);
        }
        if let Some(safety) = self.safety.clone() {
            self.write(KIND_SAFETY, &codec::encode(safety.as_ref()), synced, writes);
        }
    }

    fn write(&mut self, kind: u32, payload: &[u8], synced: u64, writes: &mut Vec<Write>) {
        let bytes = Frame { sequence: self.next, synced, kind, payload }.encode();
        let offset = (self.half * HALF_BYTES + self.cursor) as u64;
        self.next += 1;
        self.cursor += bytes.len();
        invariant!(
            self.cursor <= HALF_BYTES,
            "window and back-pressure bound the headers that are not in the ledger yet"
        );
        match writes.last_mut() {
            Some(last) if last.offset + last.bytes.len() as u64 == offset => {
                last.bytes.extend_from_slice(&bytes);
            }
            _ => writes.push(Write { offset, bytes }),
        }
    }

    fn take(&mut self, frame: &Frame<'_>) -> Result<(), JournalError> {
        let sequence = frame.sequence;
        let content = |error| JournalError::Content { sequence, error };
        if frame.kind == KIND_SAFETY {
            self.safety = Some(Box::new(codec::decode(frame.payload).map_err(content)?));
        } else {
            let header: Header = codec::decode(frame.payload).map_err(content)?;
            self.headers.insert((header.height, sequence), Arc::new(header));
        }
        Ok(())
    }
}

/// The frames from the start of a half on, as long as each follows the one before.
fn run(half: &[u8]) -> Vec<Frame<'_>> {
    let mut frames: Vec<Frame<'_>> = Vec::new();
    let mut offset = 0;
    while let Some(frame) = half.get(offset..).and_then(Frame::decode) {
        if frames.last().is_some_and(|last| last.sequence + 1 != frame.sequence) {
            break;
        }
        offset += frame.bytes();
        frames.push(frame);
    }
    frames
}

/// Every readable frame, wherever it is. What lies inside a frame is never taken for one.
fn everything(file: &[u8]) -> Vec<Frame<'_>> {
    let mut frames = Vec::new();
    for half in [&file[..HALF_BYTES], &file[HALF_BYTES..]] {
        let mut offset = 0;
        while offset < HALF_BYTES {
            let frame = Frame::decode(&half[offset..]);
            offset += frame.map_or(FRAME_BYTES, |frame| frame.bytes());
            frames.extend(frame);
        }
    }
    frames
}

#[cfg(test)]
mod tests;
