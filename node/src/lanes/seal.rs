//! Seals accepted transactions into batches of this validator's own lane.
//!
//! A transaction that meets an idle lane leaves at once. While batches of the lane wait to be
//! ordered, what comes in gathers for a few milliseconds, so that under load batches are large and
//! syncs few.

use super::intake::ids_of;
use crate::{
    core::Core,
    mailbox::Drained,
    p2p::{BatchMessage, Class},
};
use hansa_consensus::Input;
use hansa_ledger::Batch;
use hansa_primitives::{Transaction, ValidatorIndex, codec, limits};
use std::{
    sync::Arc,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

/// How long transactions gather while the lane is busy.
const GATHER: Duration = Duration::from_millis(8);
/// A batch of this size leaves at once.
const SEAL_BYTES: usize = 256 * 1024;
/// Bytes of a batch besides its transactions, with room to spare.
const OVERHEAD_BYTES: usize = 64;
/// Transactions taken from the mailbox at a time.
const TAKE_MAX: usize = limits::BATCH_TRANSACTIONS_MAX;

/// A transaction that was admitted, with the length of its encoding.
pub(crate) struct Accepted {
    /// The transaction.
    pub(crate) transaction: Transaction,
    /// Its encoded length.
    pub(crate) bytes: usize,
}

/// Runs until the mailbox is closed; what is in it by then is still sealed.
pub(crate) fn run(core: Arc<Core>, lane: ValidatorIndex) {
    let mut sealer = Sealer { sequence: first_sequence(), core, lane };
    let (mut gathered, mut bytes) = (Vec::<Accepted>::new(), 0);
    let mut sealed = Instant::now();
    loop {
        let mut taken = Vec::new();
        let deadline = (!gathered.is_empty()).then(|| sealed + GATHER);
        let drained = sealer.core.lane.drain(&mut taken, TAKE_MAX, deadline);
        if drained == Drained::Closed && gathered.is_empty() {
            return;
        }
        bytes += taken.iter().map(|accepted| accepted.bytes).sum::<usize>();
        gathered.append(&mut taken);
        let due = drained != Drained::Items
            || bytes >= SEAL_BYTES
            || sealed.elapsed() >= GATHER
            || sealer.core.pool.in_flight(lane) == 0;
        if due {
            sealer.seal(std::mem::take(&mut gathered));
            bytes = 0;
            sealed = Instant::now();
        }
    }
}

/// Sequences count up over restarts without being stored: they begin at the time of the start.
fn first_sequence() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| u64::try_from(since.as_micros()).unwrap_or(u64::MAX / 2))
}

struct Sealer {
    core: Arc<Core>,
    lane: ValidatorIndex,
    sequence: u64,
}

impl Sealer {
    fn seal(&mut self, gathered: Vec<Accepted>) {
        let (mut transactions, mut bytes) = (Vec::new(), OVERHEAD_BYTES);
        for accepted in gathered {
            if bytes + accepted.bytes > limits::BATCH_BYTES_MAX
                || transactions.len() == limits::BATCH_TRANSACTIONS_MAX
            {
                self.put(std::mem::take(&mut transactions));
                bytes = OVERHEAD_BYTES;
            }
            bytes += accepted.bytes;
            transactions.push(accepted.transaction);
        }
        if !transactions.is_empty() {
            self.put(transactions);
        }
    }

    /// Streams a batch to all nodes while it becomes durable here.
    fn put(&mut self, transactions: Vec<Transaction>) {
        self.sequence += 1;
        let batch = Batch { lane: self.lane, sequence: self.sequence, transactions };
        let bytes = codec::encode(&batch);
        let message = BatchMessage::Batch(bytes);
        self.core.network.broadcast(Class::Batches, &message.frame(), |_| true);
        let BatchMessage::Batch(bytes) = message else { return };
        match self.core.ledger.put_batch(&bytes) {
            Ok(reference) => {
                // Nothing is admitted to the lane before its signature is checked.
                self.core.ledger.vouch(&reference.batch);
                if self.core.pool.insert(reference, ids_of(&batch)) {
                    self.core.driver.push(Input::Work { pending: true }.into());
                }
            }
            Err(error) => self.core.halt(format!("a batch cannot be stored: {error}")),
        }
    }
}
