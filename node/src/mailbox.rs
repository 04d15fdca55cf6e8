//! Hands work to a thread of its own: many push, one drains.
//!
//! A drain takes everything at once. Whatever gathers while the thread works is its next batch, so
//! batches grow with the load and cost nothing when there is none.

use std::{
    collections::VecDeque,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

/// A queue between threads. Clones share it.
pub(crate) struct Mailbox<T>(Arc<Shared<T>>);

struct Shared<T> {
    state: Mutex<State<T>>,
    filled: Condvar,
    drained: Condvar,
}

struct State<T> {
    queue: VecDeque<T>,
    closed: bool,
}

/// How a drain ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Drained {
    /// There are items.
    Items,
    /// The deadline passed first.
    Timeout,
    /// The mailbox is closed and empty.
    Closed,
}

impl<T> Clone for Mailbox<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> Default for Mailbox<T> {
    fn default() -> Self {
        Self(Arc::new(Shared {
            state: Mutex::new(State { queue: VecDeque::new(), closed: false }),
            filled: Condvar::new(),
            drained: Condvar::new(),
        }))
    }
}

impl<T> Mailbox<T> {
    /// Adds an item whatever the length. For what the node itself makes at a bounded rate.
    pub(crate) fn push(&self, item: T) {
        let mut state = self.lock();
        if !state.closed {
            state.queue.push_back(item);
            self.0.filled.notify_one();
        }
    }

    /// Adds an item; if there are `max` already, the oldest gives way. Returns whether one did.
    pub(crate) fn push_newest(&self, item: T, max: usize) -> bool {
        let mut state = self.lock();
        let full = state.queue.len() >= max;
        if full {
            state.queue.pop_front();
        }
        if !state.closed {
            state.queue.push_back(item);
            self.0.filled.notify_one();
        }
        full
    }

    /// Adds an item unless there are `max` already.
    pub(crate) fn try_push(&self, item: T, max: usize) -> Result<(), T> {
        let mut state = self.lock();
        if state.closed || state.queue.len() >= max {
            return Err(item);
        }
        state.queue.push_back(item);
        self.0.filled.notify_one();
        Ok(())
    }

    /// Adds all items unless there are `max` already.
    pub(crate) fn try_extend(&self, items: Vec<T>, max: usize) -> Result<(), Vec<T>> {
        let mut state = self.lock();
        if state.closed || state.queue.len() >= max {
            return Err(items);
        }
        state.queue.extend(items);
        self.0.filled.notify_one();
        Ok(())
    }

    /// Adds an item once there are fewer than `max`. Blocks the calling thread.
    pub(crate) fn push_waiting(&self, item: T, max: usize) {
        let mut state = self.lock();
        while state.queue.len() >= max && !state.closed {
            state = self.0.drained.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        if !state.closed {
            state.queue.push_back(item);
            self.0.filled.notify_one();
        }
    }

    /// Waits for items until the deadline and moves up to `max` of them to `into`.
    pub(crate) fn drain(
        &self,
        into: &mut Vec<T>,
        max: usize,
        deadline: Option<Instant>,
    ) -> Drained {
        let mut state = self.lock();
        while state.queue.is_empty() {
            if state.closed {
                return Drained::Closed;
            }
            state = match deadline {
                None => self.0.filled.wait(state).unwrap_or_else(PoisonError::into_inner),
                Some(deadline) => {
                    let left = deadline.saturating_duration_since(Instant::now());
                    if left.is_zero() {
                        return Drained::Timeout;
                    }
                    self.0
                        .filled
                        .wait_timeout(state, left)
                        .unwrap_or_else(PoisonError::into_inner)
                        .0
                }
            };
        }
        let count = state.queue.len().min(max);
        into.extend(state.queue.drain(..count));
        self.0.drained.notify_all();
        Drained::Items
    }

    /// How many items wait.
    pub(crate) fn len(&self) -> usize {
        self.lock().queue.len()
    }

    /// Takes no more; what is in it can still be drained.
    pub(crate) fn close(&self) {
        self.lock().closed = true;
        self.0.filled.notify_all();
        self.0.drained.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_drain_takes_what_has_gathered_and_ends_with_the_mailbox() {
        let mailbox = Mailbox::default();
        for number in 0..5 {
            mailbox.push(number);
        }
        let mut items = Vec::new();
        assert_eq!(mailbox.drain(&mut items, 3, None), Drained::Items);
        assert_eq!(items, [0, 1, 2]);
        mailbox.close();
        mailbox.push(9);
        assert_eq!(mailbox.drain(&mut items, 9, None), Drained::Items);
        assert_eq!(items, [0, 1, 2, 3, 4]);
        assert_eq!(mailbox.drain(&mut items, 9, None), Drained::Closed);
    }

    #[test]
    fn a_full_mailbox_refuses_or_forgets_the_oldest() {
        let mailbox = Mailbox::default();
        assert!(mailbox.try_push(1, 1).is_ok());
        assert_eq!(mailbox.try_push(2, 1), Err(2));
        assert!(mailbox.push_newest(3, 1));
        let mut items = Vec::new();
        mailbox.drain(&mut items, 9, None);
        assert_eq!(items, [3]);
        assert_eq!(mailbox.drain(&mut items, 9, Some(Instant::now())), Drained::Timeout);
    }

    #[test]
    fn a_waiting_push_goes_on_after_a_drain() {
        let mailbox = Mailbox::default();
        mailbox.push(1);
        let other = mailbox.clone();
        let thread = std::thread::spawn(move || other.push_waiting(2, 1));
        let mut items = Vec::new();
        while items.len() < 2 {
            mailbox.drain(&mut items, 9, None);
        }
        thread.join().unwrap();
        assert_eq!(items, [1, 2]);
    }
}
