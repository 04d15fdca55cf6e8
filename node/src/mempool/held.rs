//! What is held, by id, by actor and by expiry.

use hansa_primitives::{ActorId, Height, Transaction, TransactionBody, TransactionId};
use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// Transactions that may wait altogether.
const HELD_MAX: usize = 20_000;
/// Bytes that may wait altogether.
const HELD_BYTES_MAX: usize = 48 * 1024 * 1024;
/// Transactions of one actor that may wait.
const ACTOR_MAX: u32 = 5_000;
/// Ids of expired transactions that are remembered.
const EXPIRED_MAX: usize = 4096;

/// Which bound is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Quota {
    /// That of the actor.
    Actor,
    /// That of the node.
    Node,
}

/// One transaction that waits.
pub(crate) struct Held {
    /// Who signed it.
    pub(crate) actor: ActorId,
    /// The last height that may include it.
    pub(crate) valid_until: Height,
    /// Length of its encoding.
    pub(crate) length: usize,
    /// Its encoding, kept where it has to be forwarded; a validator has it in a durable batch.
    pub(crate) bytes: Option<Arc<Vec<u8>>>,
    /// When it was forwarded last, and how often.
    pub(crate) forwarded: Option<(Instant, usize)>,
}

impl Held {
    /// A transaction that lies in a durable batch.
    pub(crate) fn in_batch(transaction: &Transaction, length: usize) -> Self {
        let TransactionBody { actor, valid_until, .. } = transaction.body;
        Self { actor, valid_until, length, bytes: None, forwarded: None }
    }
}

/// All that waits.
#[derive(Default)]
pub(crate) struct Mempool {
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    held: HashMap<TransactionId, Held>,
    actors: HashMap<ActorId, u32>,
    expiry: BTreeMap<Height, Vec<TransactionId>>,
    bytes: usize,
    expired: VecDeque<TransactionId>,
}

impl Mempool {
    /// Whether a transaction waits.
    pub(crate) fn contains(&self, id: &TransactionId) -> bool {
        self.lock().held.contains_key(id)
    }

    /// Whether a transaction expired lately.
    pub(crate) fn has_expired(&self, id: &TransactionId) -> bool {
        self.lock().expired.contains(id)
    }

    /// How many wait.
    pub(crate) fn len(&self) -> usize {
        self.lock().held.len()
    }

    /// Whether an actor may have one more waiting.
    pub(crate) fn check_quota(&self, actor: &ActorId, length: usize) -> Result<(), Quota> {
        let inner = self.lock();
        if inner.held.len() >= HELD_MAX || inner.bytes + length > HELD_BYTES_MAX {
            Err(Quota::Node)
        } else if inner.actors.get(actor).is_some_and(|count| *count >= ACTOR_MAX) {
            Err(Quota::Actor)
        } else {
            Ok(())
        }
    }

    /// Takes transactions in. Those that wait already are left as they are.
    pub(crate) fn insert(&self, batch: impl IntoIterator<Item = (TransactionId, Held)>) {
        let mut inner = self.lock();
        for (id, held) in batch {
            if inner.held.contains_key(&id) {
                continue;
            }
            *inner.actors.entry(held.actor).or_default() += 1;
            inner.expiry.entry(held.valid_until).or_default().push(id);
            inner.bytes += held.length;
            inner.held.insert(id, held);
        }
    }

    /// Forgets what a block decided and what can be included no more; returns the latter.
    pub(crate) fn decided(&self, height: Height, ids: &[TransactionId]) -> Vec<TransactionId> {
        let mut inner = self.lock();
        for id in ids {
            inner.forget(id);
        }
        let later = inner.expiry.split_off(&height.next());
        let over = std::mem::replace(&mut inner.expiry, later);
        let mut expired = Vec::new();
        for id in over.into_values().flatten() {
            if inner.forget(&id) {
                expired.push(id);
                if inner.expired.len() == EXPIRED_MAX {
                    inner.expired.pop_front();
                }
                inner.expired.push_back(id);
            }
        }
        expired
    }

    /// Up to `bytes_max` of what was not forwarded for `age`, with the number of former attempts.
    /// It counts as forwarded now.
    pub(crate) fn to_forward(&self, age: Duration, bytes_max: usize) -> Vec<(Arc<Vec<u8>>, usize)> {
        let now = Instant::now();
        let mut taken = 0;
        let mut due = Vec::new();
        for held in self.lock().held.values_mut() {
            let Some(bytes) = &held.bytes else { continue };
            let attempts = match held.forwarded {
                Some((at, _)) if now.duration_since(at) < age => continue,
                Some((_, attempts)) => attempts,
                None => 0,
            };
            taken += bytes.len();
            if taken > bytes_max && !due.is_empty() {
                break;
            }
            due.push((Arc::clone(bytes), attempts));
            held.forwarded = Some((now, attempts + 1));
        }
        due
    }

    /// Marks transactions as not forwarded after all.
    pub(crate) fn not_forwarded(&self, ids: &[TransactionId]) {
        let mut inner = self.lock();
        for id in ids {
            if let Some(held) = inner.held.get_mut(id) {
                held.forwarded = None;
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn forget(&mut self, id: &TransactionId) -> bool {
        let Some(held) = self.held.remove(id) else { return false };
        self.bytes -= held.length;
        if let Some(count) = self.actors.get_mut(&held.actor) {
            *count -= 1;
            if *count == 0 {
                self.actors.remove(&held.actor);
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use hansa_primitives::Digest;

    fn id(number: u32) -> TransactionId {
        let mut bytes = [0; 32];
        bytes[..4].copy_from_slice(&number.to_le_bytes());
        TransactionId(Digest(bytes))
    }

    fn held(valid_until: u64) -> Held {
        Held {
            actor: ActorId(Digest([1; 32])),
            valid_until: Height(valid_until),
            length: 10,
            bytes: Some(Arc::new(vec![0; 10])),
            forwarded: None,
        }
    }

    #[test]
    fn decided_and_expired_transactions_are_forgotten() {
        let pool = Mempool::default();
        pool.insert((0..10).map(|number| (id(number), held(u64::from(number)))));
        pool.insert([(id(3), held(99))]);
        assert_eq!(pool.len(), 10);
        let expired = pool.decided(Height(4), &[id(9), id(0)]);
        assert_eq!(expired, [id(1), id(2), id(3), id(4)]);
        assert_eq!(pool.len(), 4);
        assert!(pool.has_expired(&id(2)) && !pool.has_expired(&id(0)));
        assert!(!pool.contains(&id(9)) && pool.contains(&id(5)));
    }

    #[test]
    fn an_actor_has_a_quota_that_decisions_give_back() {
        let pool = Mempool::default();
        let actor = ActorId(Digest([1; 32]));
        pool.insert((0..ACTOR_MAX).map(|number| (id(number), held(1000))));
        assert_eq!(pool.check_quota(&actor, 10), Err(Quota::Actor));
        assert_eq!(pool.check_quota(&ActorId(Digest([2; 32])), 10), Ok(()));
        assert_eq!(pool.check_quota(&ActorId(Digest([2; 32])), HELD_BYTES_MAX), Err(Quota::Node));
        pool.decided(Height(1), &[id(7)]);
        assert_eq!(pool.check_quota(&actor, 10), Ok(()));
    }

    #[test]
    fn what_was_forwarded_waits_before_it_is_again() {
        let pool = Mempool::default();
        pool.insert([(id(1), held(9))]);
        let age = Duration::from_secs(60);
        assert_eq!(pool.to_forward(age, 1000).len(), 1);
        assert!(pool.to_forward(age, 1000).is_empty());
        assert_eq!(pool.to_forward(Duration::ZERO, 1000)[0].1, 1);
        pool.not_forwarded(&[id(1)]);
        assert_eq!(pool.to_forward(age, 1000).len(), 1);
    }
}
