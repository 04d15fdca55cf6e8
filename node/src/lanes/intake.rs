//! Takes in the batches of other lanes, and fetches those that are missing.
//!
//! A validator never votes for a batch whose signatures it has not checked. A batch of an actor
//! that the registry does not know yet waits until it does: whoever proposed it executed more than
//! this node has. Nodes that only follow the chain leave the checks to execution, which makes them
//! anyway.

use super::{Verdict, keys::KeyCache};
use crate::{
    core::Core,
    mailbox::Drained,
    p2p::{BatchMessage, Class, Peer},
};
use hansa_consensus::{BatchRef, Block, Input};
use hansa_ledger::{Batch, PayloadCheck};
use hansa_primitives::{
    Digest, Height, TransactionId,
    signature::{SignedMessage, verify_each},
};
use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

/// What one round takes from the mailbox: enough for large signature batches and shared syncs.
const ROUND_MAX: usize = 64;
/// How long a batch may be on its way before it is asked for.
const GRACE: Duration = Duration::from_millis(25);
/// How long to wait for an answer before the next node is asked.
const ASK_AGAIN: Duration = Duration::from_millis(200);
const TICK: Duration = Duration::from_millis(50);
/// A batch that is not ordered is spread again after this.
const SPREAD_AGAIN: Duration = Duration::from_secs(2);
/// Batches that wait for their actors to be registered.
const UNRESOLVED_MAX: usize = 64;

/// Work for the intake.
pub(crate) enum Intake {
    /// A batch came from a peer.
    Arrived {
        /// From whom.
        peer: Arc<Peer>,
        /// The batch.
        batch: Batch,
        /// Its canonical bytes.
        bytes: Vec<u8>,
    },
    /// The engine asks about a block whose batches are not all pending.
    Check(Block),
    /// Execution lacks these.
    Fetch(Vec<BatchRef>),
    /// Execution has come this far.
    Executed(Height),
}

/// A batch that is asked for.
struct Want {
    reference: BatchRef,
    /// Ordered by a committed block: a quorum has checked its signatures.
    committed: bool,
    due: Instant,
    attempts: usize,
}

struct Arrival {
    batch: Batch,
    bytes: Vec<u8>,
    digest: Digest,
    committed: bool,
}

struct State {
    core: Arc<Core>,
    keys: KeyCache,
    checks: Vec<Block>,
    wants: HashMap<Digest, Want>,
    unresolved: Vec<Arrival>,
    spread: Instant,
}

/// Runs until the mailbox is closed.
pub(crate) fn run(core: Arc<Core>) {
    let mut state = State {
        keys: KeyCache::default(),
        checks: Vec::new(),
        wants: HashMap::new(),
        unresolved: Vec::new(),
        spread: Instant::now(),
        core,
    };
    let mut round = Vec::new();
    loop {
        let idle = state.wants.is_empty() && state.checks.is_empty() && state.core.pool.is_empty();
        let wait = if idle { Duration::from_secs(5) } else { TICK };
        let deadline = Some(Instant::now() + wait);
        if state.core.intake.drain(&mut round, ROUND_MAX, deadline) == Drained::Closed {
            return;
        }
        state.handle(round.drain(..));
        state.ask();
        state.spread_again();
    }
}

impl State {
    fn handle(&mut self, round: impl Iterator<Item = Intake>) {
        let mut arrived = Vec::new();
        let (mut executed, mut asked) = (None, false);
        for item in round {
            match item {
                Intake::Arrived { peer, batch, bytes } => {
                    arrived.extend(self.admit(&peer, batch, bytes));
                }
                Intake::Check(block) => {
                    if !self.checks.iter().any(|known| known.hash() == block.hash()) {
                        self.checks.push(block);
                    }
                    asked = true;
                }
                Intake::Fetch(references) => self.want(&references, true),
                Intake::Executed(height) => executed = Some(height),
            }
        }
        if let Some(height) = executed {
            self.checks.retain(|block| block.height() > height);
            arrived.append(&mut self.unresolved);
        }
        let stored = !arrived.is_empty() && self.store(arrived);
        if stored || asked || executed.is_some() {
            self.answer_checks();
        }
    }

    /// Whether a batch is one to take in at all.
    fn admit(&mut self, peer: &Peer, batch: Batch, bytes: Vec<u8>) -> Option<Arrival> {
        let core = &self.core;
        let digest = Batch::digest_of(&core.chain, &bytes);
        let want = self.wants.get(&digest);
        let committed = want.is_some_and(|want| want.committed);
        if want.is_none() {
            let unfit = if peer.at.validator.is_none() {
                Some("only validators seal batches")
            } else if batch.lane.0 as usize >= core.set.len() || Some(batch.lane) == core.index {
                Some("it belongs to no lane of another validator")
            } else if core.index.is_some() && core.pool.is_full(batch.lane) {
                Some("its lane has too much waiting already")
            } else {
                None
            };
            if let Some(reason) = unfit {
                tracing::debug!(%peer, lane = batch.lane.0, reason, "batch not taken");
                return None;
            }
        }
        match core.ledger.has_batch(&digest) {
            Ok(false) => Some(Arrival { batch, bytes, digest, committed }),
            Ok(true) => {
                self.wants.remove(&digest);
                None
            }
            Err(error) => {
                core.halt(error.to_string());
                None
            }
        }
    }

    /// Checks signatures, stores with one sync, and tells the engine. Returns whether any was
    /// stored.
    fn store(&mut self, arrived: Vec<Arrival>) -> bool {
        let arrived = if self.core.index.is_some() { self.check(arrived) } else { arrived };
        if arrived.is_empty() {
            return false;
        }
        let bytes: Vec<&[u8]> = arrived.iter().map(|arrival| arrival.bytes.as_slice()).collect();
        let references = match self.core.ledger.put_batches(&bytes) {
            Ok(references) => references,
            Err(error) => {
                tracing::warn!(%error, "batches not stored");
                return false;
            }
        };
        for (arrival, reference) in arrived.iter().zip(references) {
            self.wants.remove(&arrival.digest);
            if self.core.index.is_none() || arrival.committed {
                continue;
            }
            // Only what `check` found to hold is here.
            self.core.ledger.vouch(&arrival.digest);
            if self.core.pool.insert(reference, ids_of(&arrival.batch)) {
                self.core.driver.push(Input::Work { pending: true }.into());
            }
        }
        self.core.arrivals.notify();
        true
    }

    /// Keeps the batches whose signatures all hold; sets aside those of unknown actors.
    fn check(&mut self, arrived: Vec<Arrival>) -> Vec<Arrival> {
        let view = match self.core.ledger.view() {
            Ok(view) => view,
            Err(error) => {
                self.core.halt(error.to_string());
                return Vec::new();
            }
        };
        let (mut sound, mut suspects) = (Vec::new(), Vec::new());
        for arrival in arrived {
            if arrival.committed {
                sound.push(arrival);
                continue;
            }
            let keys: Option<Vec<_>> = arrival
                .batch
                .transactions
                .iter()
                .map(|transaction| self.keys.key(&view, &transaction.body.actor))
                .collect();
            match keys {
                Some(keys) => suspects.push((arrival, keys)),
                None if self.unresolved.len() < UNRESOLVED_MAX => self.unresolved.push(arrival),
                None => tracing::debug!(digest = %arrival.digest, "unknown actors: not taken"),
            }
        }
        drop(view);
        let messages: Vec<Vec<u8>> = suspects
            .iter()
            .flat_map(|(arrival, _)| &arrival.batch.transactions)
            .map(|transaction| transaction.signing_bytes())
            .collect();
        let transactions =
            suspects.iter().flat_map(|(arrival, keys)| arrival.batch.transactions.iter().zip(keys));
        let signed: Vec<SignedMessage<'_>> = transactions
            .zip(&messages)
            .map(|((transaction, key), message)| SignedMessage {
                key: *key,
                message,
                signature: transaction.signature,
            })
            .collect();
        let mut verdicts = verify_each(&signed).into_iter();
        for (arrival, _) in suspects {
            let count = arrival.batch.transactions.len();
            // All verdicts of the batch are taken, whether or not an early one is bad.
            if verdicts.by_ref().take(count).filter(|holds| !holds).count() == 0 {
                sound.push(arrival);
            } else {
                let lane = arrival.batch.lane;
                tracing::warn!(lane = lane.0, digest = %arrival.digest, "a batch is forged");
            }
        }
        sound
    }

    /// Answers the engine about the blocks it asked for.
    fn answer_checks(&mut self) {
        let checks = std::mem::take(&mut self.checks);
        for block in checks {
            match self.judge(&block) {
                Verdict::Available => {
                    self.core.driver.push(Input::Available(block.hash()).into());
                }
                Verdict::Invalid => {
                    tracing::warn!(height = %block.height(), "a proposal orders what is invalid");
                    self.core.driver.push(Input::Invalid(block.hash()).into());
                }
                Verdict::Unknown(missing) => {
                    self.want(&missing, false);
                    self.checks.push(block);
                }
            }
        }
    }

    /// The pool knows most; a batch that an earlier block ordered is known to the ledger only.
    fn judge(&self, block: &Block) -> Verdict {
        let Verdict::Unknown(unknown) = self.core.pool.judge(block) else {
            return self.core.pool.judge(block);
        };
        let waits = |reference: &BatchRef| {
            self.unresolved.iter().any(|arrival| arrival.digest == reference.batch)
        };
        if unknown.iter().any(waits) {
            return Verdict::Unknown(Vec::new());
        }
        match self.core.ledger.check_payload(block.header()) {
            Ok(PayloadCheck::Complete) => Verdict::Available,
            Ok(PayloadCheck::Missing(missing)) => Verdict::Unknown(missing),
            Ok(PayloadCheck::Early { .. }) => Verdict::Unknown(Vec::new()),
            Ok(PayloadCheck::Invalid(reason)) => {
                tracing::warn!(height = %block.height(), reason, "invalid payload");
                Verdict::Invalid
            }
            Err(error) => {
                tracing::error!(%error, "payload not checked");
                Verdict::Unknown(Vec::new())
            }
        }
    }

    fn want(&mut self, references: &[BatchRef], committed: bool) {
        let due = Instant::now() + if committed { Duration::ZERO } else { GRACE };
        for reference in references {
            let want = self.wants.entry(reference.batch).or_insert(Want {
                reference: *reference,
                committed,
                due,
                attempts: 0,
            });
            want.committed |= committed;
        }
    }

    /// Asks for what is due: first the lane's owner, then one validator after the other.
    fn ask(&mut self) {
        let now = Instant::now();
        let ordered = self.core.ledger.committed_height();
        let validators = self.core.network.validators();
        let checks = &self.checks;
        // What no proposal asks for any more is forgotten.
        self.wants.retain(|digest, want| {
            want.committed
                || checks.iter().any(|block| {
                    block.height() > ordered
                        && block.header().batches.iter().any(|batch| batch.batch == *digest)
                })
        });
        let mut questions: HashMap<usize, Vec<Digest>> = HashMap::new();
        for (digest, want) in self.wants.iter_mut().filter(|(_, want)| want.due <= now) {
            let connected: Vec<usize> = (0..validators.len())
                .filter(|place| validators[*place].outbox(Class::Batches).is_open())
                .collect();
            if connected.is_empty() {
                break;
            }
            let owner = connected.iter().find(|place| {
                want.attempts == 0 && validators[**place].at.validator == Some(want.reference.lane)
            });
            let turn =
                connected[(want.attempts + want.reference.sequence as usize) % connected.len()];
            questions.entry(*owner.unwrap_or(&turn)).or_default().push(*digest);
            want.attempts += 1;
            want.due = now + ASK_AGAIN;
        }
        for (place, digests) in questions {
            for some in digests.chunks(16) {
                let frame = BatchMessage::Want(some.to_vec()).frame();
                if let Err(reason) = validators[place].send(Class::Batches, frame) {
                    tracing::debug!(peer = %validators[place], %reason, "batches not asked for");
                }
            }
        }
    }

    /// Spreads batches that stay unordered: the leader may lack them, and their owner may be gone.
    fn spread_again(&mut self) {
        if self.core.index.is_none() || self.spread.elapsed() < Duration::from_millis(500) {
            return;
        }
        self.spread = Instant::now();
        for digest in self.core.pool.unsent_for(SPREAD_AGAIN, 8) {
            match self.core.ledger.batch_bytes(&digest) {
                Ok(Some(bytes)) => {
                    let frame = BatchMessage::Batch(bytes).frame();
                    let to = |peer: &Peer| peer.at.validator.is_some();
                    self.core.network.broadcast(Class::Batches, &frame, to);
                }
                Ok(None) => {}
                Err(error) => self.core.halt(error.to_string()),
            }
        }
    }
}

/// The ids of a batch's transactions.
pub(super) fn ids_of(batch: &Batch) -> Arc<[TransactionId]> {
    batch.transactions.iter().map(|transaction| transaction.id()).collect()
}
