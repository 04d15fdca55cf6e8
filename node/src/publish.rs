//! Tells those who wait what executed blocks decided.

use hansa_consensus::Executed;
use hansa_contracts::{
    execute::{Outcome, Receipt},
    rule::Rule,
};
use hansa_primitives::{BlockHash, BlockTime, Height, TransactionId};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::oneshot;

/// Callers that may wait for one transaction.
const WAITERS_PER_ID_MAX: usize = 64;

/// How far this node has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tip {
    /// The last height that was executed, with its state root.
    pub executed: Executed,
    /// The block at that height.
    pub block: BlockHash,
    /// Its time.
    pub time: BlockTime,
    /// The last height whose state root a committed header carries.
    pub proven: Height,
}

/// What became of a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decided {
    /// The block that decided it.
    pub height: Height,
    /// Its place in the block.
    pub position: u32,
    /// The time of the block.
    pub time: BlockTime,
    /// What became of it.
    pub receipt: Arc<Receipt>,
}

/// Where a transaction stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// It waits for a block.
    Pending,
    /// A block decided it.
    Decided(Decided),
    /// It expired before a block took it.
    Expired,
    /// This node has never seen it.
    Unknown,
}

/// What ends a wait.
#[derive(Clone, Debug)]
pub(crate) enum Ended {
    /// A block decided the transaction.
    Decided(Decided),
    /// It expired.
    Expired,
}

/// Somebody who waits; forgotten when dropped, however the waiting ends.
pub(crate) struct Waiting<'a> {
    waiters: &'a Waiters,
    id: TransactionId,
    ended: Option<oneshot::Receiver<Ended>>,
}

impl Waiting<'_> {
    /// Waits for the end; nothing if too many wait for this transaction.
    pub(crate) async fn ended(&mut self) -> Option<Ended> {
        self.ended.as_mut()?.await.ok()
    }

    #[cfg(test)]
    fn now(&mut self) -> Result<Ended, oneshot::error::TryRecvError> {
        let ended = self.ended.as_mut();
        ended.map_or(Err(oneshot::error::TryRecvError::Closed), oneshot::Receiver::try_recv)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        // Closed first, or it would count as somebody who still waits.
        self.ended = None;
        self.waiters.release(&self.id);
    }
}

/// Those who wait, by transaction.
#[derive(Default)]
pub(crate) struct Waiters {
    waiting: Mutex<HashMap<TransactionId, Vec<oneshot::Sender<Ended>>>>,
}

impl Waiters {
    /// Registers for the end of a transaction. The caller looks at the ledger after that, not
    /// before, so that nothing is missed in between.
    pub(crate) fn register(&self, id: TransactionId) -> Waiting<'_> {
        let (sender, receiver) = oneshot::channel();
        let mut waiting = self.lock();
        let senders = waiting.entry(id).or_default();
        senders.retain(|sender| !sender.is_closed());
        if senders.len() < WAITERS_PER_ID_MAX {
            senders.push(sender);
        }
        drop(waiting);
        Waiting { waiters: self, id, ended: Some(receiver) }
    }

    /// Forgets who gave up waiting for a transaction.
    fn release(&self, id: &TransactionId) {
        let mut waiting = self.lock();
        if let Some(senders) = waiting.get_mut(id) {
            senders.retain(|sender| !sender.is_closed());
            if senders.is_empty() {
                waiting.remove(id);
            }
        }
    }

    /// Tells those who wait for a block's transactions.
    pub(crate) fn decided(&self, height: Height, time: BlockTime, receipts: Vec<Receipt>) {
        let mut waiting = self.lock();
        if waiting.is_empty() {
            return;
        }
        for (position, receipt) in (0_u32..).zip(receipts) {
            // A repetition decides nothing: the first one counts.
            if matches!(receipt.outcome, Outcome::Rejected { rule: Rule::Duplicate, .. }) {
                continue;
            }
            let Some(senders) = waiting.remove(&receipt.transaction) else { continue };
            let decided = Decided { height, position, time, receipt: Arc::new(receipt) };
            for sender in senders {
                // Whoever waited may have gone.
                let _ = sender.send(Ended::Decided(decided.clone()));
            }
        }
    }

    /// Tells those who wait for transactions that expired.
    pub(crate) fn expired(&self, ids: &[TransactionId]) {
        let mut waiting = self.lock();
        for id in ids {
            for sender in waiting.remove(id).into_iter().flatten() {
                let _ = sender.send(Ended::Expired);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<TransactionId, Vec<oneshot::Sender<Ended>>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use hansa_primitives::Digest;

    fn receipt(number: u8, outcome: Outcome) -> Receipt {
        Receipt { transaction: id(number), outcome, events: Vec::new() }
    }

    fn id(number: u8) -> TransactionId {
        TransactionId(Digest([number; 32]))
    }

    #[test]
    fn a_wait_ends_with_the_decision_and_not_with_a_repetition() {
        let waiters = Waiters::default();
        let (mut first, mut second) = (waiters.register(id(1)), waiters.register(id(1)));
        let again = Outcome::Rejected { rule: Rule::Duplicate, message: String::new() };
        waiters.decided(Height(1), BlockTime(1), vec![receipt(1, again)]);
        assert!(first.now().is_err());
        waiters.decided(
            Height(2),
            BlockTime(2),
            vec![receipt(9, Outcome::Applied), receipt(1, Outcome::Applied)],
        );
        for receiver in [&mut first, &mut second] {
            let Ended::Decided(decided) = receiver.now().unwrap() else { panic!() };
            assert_eq!((decided.height, decided.position), (Height(2), 1));
        }
    }

    #[test]
    fn who_gave_up_is_forgotten() {
        let waiters = Waiters::default();
        drop(waiters.register(id(1)));
        assert!(waiters.lock().is_empty());
        let mut receiver = waiters.register(id(2));
        waiters.expired(&[id(2)]);
        assert!(matches!(receiver.now(), Ok(Ended::Expired)));
    }
}
