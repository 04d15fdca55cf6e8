//! The batches that this validator holds and no committed block orders yet.

use hansa_consensus::{BatchRef, Block};
use hansa_ledger::transactions_root;
use hansa_primitives::{Digest, TransactionId, ValidatorIndex};
use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// Bytes of transactions that one proposal orders, unless a single batch is larger. Keeps the time
/// to execute a block far below a view's timeout.
const PAYLOAD_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Batches of one lane that may wait: more than any block window orders.
const LANE_BATCHES_MAX: usize = 512;
/// Bytes of one lane that may wait.
const LANE_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Whether a proposed block can be voted for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// All batches are here and the root is theirs.
    Available,
    /// These are not among the pending batches.
    Unknown(Vec<BatchRef>),
    /// A reference or the root is wrong.
    Invalid,
}

/// Batches that wait to be ordered, in the order in which they arrived.
#[derive(Default)]
pub(crate) struct Pool {
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    pending: HashMap<Digest, Pending>,
    order: BTreeMap<u64, Digest>,
    arrivals: u64,
    lanes: HashMap<ValidatorIndex, Lane>,
}

#[derive(Default)]
struct Lane {
    batches: usize,
    bytes: usize,
}

struct Pending {
    reference: BatchRef,
    ids: Arc<[TransactionId]>,
    arrival: u64,
    sent: Instant,
}

impl Pool {
    /// Takes in a batch that is durable and whose signatures hold. False if it is here already.
    pub(crate) fn insert(&self, reference: BatchRef, ids: Arc<[TransactionId]>) -> bool {
        let mut inner = self.lock();
        if inner.pending.contains_key(&reference.batch) {
            return false;
        }
        let arrival = inner.arrivals;
        inner.arrivals += 1;
        inner.order.insert(arrival, reference.batch);
        let lane = inner.lanes.entry(reference.lane).or_default();
        lane.batches += 1;
        lane.bytes += reference.bytes as usize;
        let (digest, sent) = (reference.batch, Instant::now());
        inner.pending.insert(digest, Pending { reference, ids, arrival, sent });
        true
    }

    /// Whether nothing waits.
    pub(crate) fn is_empty(&self) -> bool {
        self.lock().pending.is_empty()
    }

    /// How many batches of a lane wait.
    pub(crate) fn in_flight(&self, lane: ValidatorIndex) -> usize {
        self.lock().lanes.get(&lane).map_or(0, |lane| lane.batches)
    }

    /// Whether a lane has as much waiting as it may.
    pub(crate) fn is_full(&self, lane: ValidatorIndex) -> bool {
        self.lock()
            .lanes
            .get(&lane)
            .is_some_and(|lane| lane.batches >= LANE_BATCHES_MAX || lane.bytes >= LANE_BYTES_MAX)
    }

    /// What to order next: the oldest batches that the undecided blocks leave, and their root.
    pub(crate) fn payload(
        &self,
        undecided: &[Block],
        batches_max: usize,
    ) -> (Vec<BatchRef>, Digest) {
        let taken: HashSet<Digest> = undecided
            .iter()
            .flat_map(|block| block.header().batches.iter().map(|batch| batch.batch))
            .collect();
        let inner = self.lock();
        let (mut batches, mut ids, mut bytes) = (Vec::new(), Vec::new(), 0);
        for digest in inner.order.values().filter(|digest| !taken.contains(digest)) {
            let Some(pending) = inner.pending.get(digest) else { continue };
            bytes += pending.reference.bytes as usize;
            if batches.len() == batches_max || (!batches.is_empty() && bytes > PAYLOAD_BYTES_MAX) {
                break;
            }
            batches.push(pending.reference);
            ids.extend_from_slice(&pending.ids);
        }
        (batches, transactions_root(&ids))
    }

    /// Judges a proposed block by what is here.
    pub(crate) fn judge(&self, block: &Block) -> Verdict {
        let inner = self.lock();
        let header = block.header();
        let (mut unknown, mut ids) = (Vec::new(), Vec::new());
        for reference in &header.batches {
            match inner.pending.get(&reference.batch) {
                None => unknown.push(*reference),
                Some(pending) if pending.reference != *reference => return Verdict::Invalid,
                Some(pending) => ids.extend_from_slice(&pending.ids),
            }
        }
        drop(inner);
        if !unknown.is_empty() {
            Verdict::Unknown(unknown)
        } else if transactions_root(&ids) == header.transactions_root {
            Verdict::Available
        } else {
            Verdict::Invalid
        }
    }

    /// Forgets what a committed block orders.
    pub(crate) fn remove<'a>(&self, batches: impl IntoIterator<Item = &'a BatchRef>) {
        let mut inner = self.lock();
        for reference in batches {
            let Some(pending) = inner.pending.remove(&reference.batch) else { continue };
            inner.order.remove(&pending.arrival);
            if let Some(lane) = inner.lanes.get_mut(&pending.reference.lane) {
                lane.batches -= 1;
                lane.bytes -= pending.reference.bytes as usize;
            }
        }
    }

    /// The oldest batches that were not sent for `age`; they count as sent now. Whoever leads must
    /// hold a batch to order it, also when the validator that sealed it is gone.
    pub(crate) fn unsent_for(&self, age: Duration, count_max: usize) -> Vec<Digest> {
        let mut inner = self.lock();
        let now = Instant::now();
        let due: Vec<Digest> = inner
            .order
            .values()
            .filter(|digest| {
                inner
                    .pending
                    .get(digest)
                    .is_some_and(|pending| now.duration_since(pending.sent) >= age)
            })
            .take(count_max)
            .copied()
            .collect();
        for digest in &due {
            if let Some(pending) = inner.pending.get_mut(digest) {
                pending.sent = now;
            }
        }
        due
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use hansa_consensus::{Executed, Header};
    use hansa_primitives::{BlockHash, BlockTime, ChainId, Epoch, Height, View};

    fn reference(number: u8, bytes: u32) -> BatchRef {
        BatchRef {
            lane: ValidatorIndex(1),
            sequence: u64::from(number),
            batch: Digest([number; 32]),
            count: 1,
            bytes,
        }
    }

    fn ids(number: u8) -> Arc<[TransactionId]> {
        [TransactionId(Digest([number; 32]))].into()
    }

    fn block(batches: Vec<BatchRef>, transactions_root: Digest) -> Block {
        let header = Header {
            epoch: Epoch(0),
            view: View(0),
            height: Height(1),
            parent: BlockHash(Digest::ZERO),
            proposer: ValidatorIndex(0),
            time: BlockTime(1),
            batches,
            transactions_root,
            executed: Executed { height: Height(0), state_root: Digest::ZERO },
            validators: Digest::ZERO,
            protocol: 1,
        };
        Block::new(&ChainId::new("milk").unwrap(), Arc::new(header))
    }

    #[test]
    fn a_payload_is_what_other_validators_find_available() {
        let pool = Pool::default();
        for number in 1..=5 {
            assert!(pool.insert(reference(number, 100), ids(number)));
        }
        assert!(!pool.insert(reference(1, 100), ids(1)));
        let (batches, root) = pool.payload(&[], 3);
        assert_eq!(batches.len(), 3);
        let first = block(batches, root);
        assert_eq!(pool.judge(&first), Verdict::Available);
        let (rest, _) = pool.payload(std::slice::from_ref(&first), 64);
        assert_eq!(rest, [reference(4, 100), reference(5, 100)]);

        pool.remove(&first.header().batches);
        assert_eq!(pool.judge(&first), Verdict::Unknown(first.header().batches.clone()));
        assert_eq!(pool.in_flight(ValidatorIndex(1)), 2);
    }

    #[test]
    fn a_wrong_root_or_reference_is_invalid() {
        let pool = Pool::default();
        pool.insert(reference(1, 100), ids(1));
        let (batches, root) = pool.payload(&[], 64);
        assert_eq!(pool.judge(&block(batches.clone(), Digest::ZERO)), Verdict::Invalid);
        let altered = vec![BatchRef { count: 2, ..batches[0] }];
        assert_eq!(pool.judge(&block(altered, root)), Verdict::Invalid);
    }

    #[test]
    fn a_payload_is_bounded_in_bytes_but_never_empty_for_that() {
        let pool = Pool::default();
        let large = PAYLOAD_BYTES_MAX as u32 + 1;
        pool.insert(reference(1, large), ids(1));
        pool.insert(reference(2, 1), ids(2));
        assert_eq!(pool.payload(&[], 64).0, [reference(1, large)]);
    }

    #[test]
    fn what_was_sent_just_now_is_not_sent_again() {
        let pool = Pool::default();
        pool.insert(reference(1, 1), ids(1));
        assert!(pool.unsent_for(Duration::from_secs(3600), 9).is_empty());
        assert_eq!(pool.unsent_for(Duration::ZERO, 9), [Digest([1; 32])]);
    }
}
