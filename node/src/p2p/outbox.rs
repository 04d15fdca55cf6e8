//! What waits to be written to one peer in one class.

use super::class::Class;
use bytes::Bytes;
use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
};
use thiserror::Error;
use tokio::sync::Notify;

/// Why a frame was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(crate) enum NotSent {
    /// No stream to the peer is open.
    #[error("the peer is not connected")]
    Disconnected,
    /// Too much waits for the peer already.
    #[error("too much waits for the peer already")]
    Full,
}

/// A bounded queue of frames. A frame is shared by the queues of all peers it goes to.
pub(crate) struct Outbox {
    class: Class,
    state: Mutex<State>,
    filled: Notify,
    /// There is more room, or the stream went up or down.
    room: Notify,
}

#[derive(Default)]
struct State {
    frames: VecDeque<Bytes>,
    bytes: usize,
    open: bool,
}

impl Outbox {
    pub(crate) fn new(class: Class) -> Self {
        Self { class, state: Mutex::default(), filled: Notify::new(), room: Notify::new() }
    }

    /// Adds a frame, from any thread.
    pub(crate) fn push(&self, frame: Bytes) -> Result<(), NotSent> {
        {
            let mut state = self.lock();
            if !state.open {
                return Err(NotSent::Disconnected);
            }
            while !state.frames.is_empty()
                && state.bytes + frame.len() > self.class.queue_bytes_max()
            {
                if !self.class.drops_oldest() {
                    return Err(NotSent::Full);
                }
                state.bytes -= state.frames.pop_front().map_or(0, |oldest| oldest.len());
            }
            state.bytes += frame.len();
            state.frames.push_back(frame);
        }
        self.filled.notify_one();
        Ok(())
    }

    /// Adds a frame once there is room for it.
    pub(crate) async fn push_waiting(&self, frame: Bytes) -> Result<(), NotSent> {
        loop {
            let room = self.room.notified();
            match self.push(frame.clone()) {
                Err(NotSent::Full) => room.await,
                settled => return settled,
            }
        }
    }

    /// Waits until there is something to write.
    pub(super) async fn filled(&self) {
        loop {
            let filled = self.filled.notified();
            if !self.lock().frames.is_empty() {
                return;
            }
            filled.await;
        }
    }

    /// Takes frames of up to about `bytes_max` together; at least one if there is any.
    pub(super) fn take(&self, bytes_max: usize, mut each: impl FnMut(&[u8])) -> usize {
        let mut taken = 0;
        let mut count = 0;
        let mut state = self.lock();
        while let Some(frame) = state.frames.front() {
            if count > 0 && taken + frame.len() > bytes_max {
                break;
            }
            each(frame);
            taken += frame.len();
            count += 1;
            state.frames.pop_front();
        }
        state.bytes -= taken;
        drop(state);
        if count > 0 {
            self.room.notify_waiters();
        }
        count
    }

    pub(super) fn is_empty(&self) -> bool {
        self.lock().frames.is_empty()
    }

    /// Opens the queue when a stream is up and empties it when it is gone.
    pub(super) fn set_open(&self, open: bool) {
        let mut state = self.lock();
        state.open = open;
        if !open {
            state.frames = VecDeque::new();
            state.bytes = 0;
        }
        drop(state);
        self.room.notify_waiters();
    }

    /// Waits until a stream is up.
    pub(crate) async fn opened(&self) {
        loop {
            let changed = self.room.notified();
            if self.is_open() {
                return;
            }
            changed.await;
        }
    }

    /// Whether a stream is up.
    pub(crate) fn is_open(&self) -> bool {
        self.lock().open
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn frame(length: usize) -> Bytes {
        vec![0; length].into()
    }

    #[test]
    fn consensus_keeps_the_newest_and_the_rest_is_refused() {
        let consensus = Outbox::new(Class::Consensus);
        assert_eq!(consensus.push(frame(1)), Err(NotSent::Disconnected));
        consensus.set_open(true);
        let max = Class::Consensus.queue_bytes_max();
        for _ in 0..5 {
            consensus.push(frame(max / 2)).unwrap();
        }
        let mut lengths = Vec::new();
        consensus.take(usize::MAX, |bytes| lengths.push(bytes.len()));
        assert_eq!(lengths, [max / 2, max / 2]);

        let sealed = Outbox::new(Class::Sealed);
        sealed.set_open(true);
        sealed.push(frame(Class::Sealed.queue_bytes_max())).unwrap();
        assert_eq!(sealed.push(frame(1)), Err(NotSent::Full));
        sealed.set_open(false);
        assert!(sealed.is_empty());
    }

    #[tokio::test]
    async fn a_stream_that_comes_up_is_noticed() {
        let outbox = std::sync::Arc::new(Outbox::new(Class::Sealed));
        let waiting = tokio::spawn({
            let outbox = outbox.clone();
            async move { outbox.opened().await }
        });
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        outbox.set_open(true);
        waiting.await.unwrap();
        outbox.opened().await;
    }

    #[tokio::test]
    async fn a_waiting_push_goes_on_when_there_is_room() {
        let outbox = std::sync::Arc::new(Outbox::new(Class::Sealed));
        outbox.set_open(true);
        outbox.push(frame(Class::Sealed.queue_bytes_max())).unwrap();
        let pushing = tokio::spawn({
            let outbox = outbox.clone();
            async move { outbox.push_waiting(frame(3)).await }
        });
        while !pushing.is_finished() {
            outbox.take(1, |_| {});
            tokio::task::yield_now().await;
        }
        assert_eq!(pushing.await.unwrap(), Ok(()));
    }
}
