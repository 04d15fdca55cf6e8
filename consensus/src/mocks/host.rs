//! One simulated node: ledger, batches, execution, disk and timers around a real replica.

use super::{Committee, CrashPoint, Disk};
use crate::{
    engine::{Committed, Effect, Host, Input, Record, Recovery, Timer},
    safety::Safety,
    types::{BatchRef, Block, Certificate, Executed, Header},
};
use hansa_primitives::{BlockHash, BlockTime, Digest, Height, ValidatorIndex, hash};
use rand_chacha::ChaCha8Rng;
use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
};

/// A node of the simulation; two nodes may share one validator's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub usize);

/// Everything of a node but its replica.
pub struct SimHost {
    /// The validator it is, or claims to be.
    pub identity: ValidatorIndex,
    /// Its disk.
    pub disk: Disk,
    /// Committed blocks from height 1 on.
    pub ledger: Vec<Block>,
    /// The certificates that came with them, by height.
    pub certificates: BTreeMap<Height, Certificate>,
    /// How many blocks of the ledger survive a crash.
    pub durable: usize,
    /// The state root after each height, genesis first.
    pub roots: Vec<Digest>,
    /// Batches stored here.
    pub known: BTreeSet<Digest>,
    /// Batches in committed blocks.
    pub ordered: BTreeSet<Digest>,
    /// Batches by digest, as lanes name them.
    pub references: BTreeMap<Digest, BatchRef>,
    /// Inputs for the next step.
    pub inbox: Vec<Input>,
    /// Effects of the last step, to be performed by the world.
    pub performed: VecDeque<Effect>,
    /// The arm of each timer that counts.
    pub timers: BTreeMap<Timer, u64>,
    /// Where the next step crashes.
    pub crash: Option<CrashPoint>,
    /// Whether the step crashed.
    pub crashed: bool,
    /// Computes something else from this height on.
    pub wrong_from: Option<Height>,
    /// The clock's error in milliseconds.
    pub skew: i64,
    pub(super) rng: ChaCha8Rng,
}

impl SimHost {
    /// A new node.
    pub fn new(identity: ValidatorIndex, genesis_state: Digest, rng: ChaCha8Rng) -> Self {
        Self {
            identity,
            disk: Disk::new(),
            ledger: Vec::new(),
            certificates: BTreeMap::new(),
            durable: 0,
            roots: vec![genesis_state],
            known: BTreeSet::new(),
            ordered: BTreeSet::new(),
            references: BTreeMap::new(),
            inbox: Vec::new(),
            performed: VecDeque::new(),
            timers: BTreeMap::new(),
            crash: None,
            crashed: false,
            wrong_from: None,
            skew: 0,
            rng,
        }
    }

    /// The node's clock.
    pub fn clock(&self, now: u64) -> BlockTime {
        const START: u64 = 1_700_000_000_000;
        BlockTime(START.saturating_add(now).saturating_add_signed(self.skew))
    }

    /// Batches that no committed block orders.
    pub fn pending(&self) -> impl Iterator<Item = &Digest> {
        self.known.difference(&self.ordered)
    }

    /// What to order on top of blocks that are not committed.
    pub fn payload(&self, undecided: &[Block], batches_max: usize) -> Vec<BatchRef> {
        let taken: BTreeSet<Digest> = undecided
            .iter()
            .flat_map(|block| block.header().batches.iter().map(|batch| batch.batch))
            .collect();
        let free = self.pending().filter(|digest| !taken.contains(digest));
        free.filter_map(|digest| self.references.get(digest)).take(batches_max).copied().collect()
    }

    /// Executes the next committed block.
    pub fn execute(&mut self) -> Option<Executed> {
        let block = self.ledger.get(self.roots.len() - 1)?;
        let height = block.height();
        let last = self.roots.last()?;
        let wrong = self.wrong_from.is_some_and(|from| height >= from);
        let salt: &[u8] = if wrong { b"wrong" } else { b"right" };
        let state_root = hash::sha256(&[last.as_bytes(), block.hash().as_bytes(), salt]);
        self.roots.push(state_root);
        Some(Executed { height, state_root })
    }

    /// Committed headers after a height, up to one with a certificate.
    pub fn load(&self, after: Height, headers_max: usize) -> Option<(Vec<Block>, Certificate)> {
        let aim = Height(after.0.saturating_add(headers_max as u64));
        let below = self.certificates.range(after.next()..=aim).next_back();
        let (height, certificate) =
            below.or_else(|| self.certificates.range(aim.next()..).next())?;
        let blocks = self.ledger.get(after.0 as usize..height.0 as usize)?;
        Some((blocks.to_vec(), certificate.clone()))
    }

    /// Takes a committed block into the ledger; says what it was to follow.
    pub fn take(&mut self, block: &Block) -> (Height, BlockHash) {
        let genesis = (Height(0), Committee::genesis());
        let parent = self.ledger.last().map_or(genesis, |last| (last.height(), last.hash()));
        self.ledger.push(block.clone());
        self.ordered.extend(block.header().batches.iter().map(|batch| batch.batch));
        parent
    }

    /// What a replica starts from here; `first` the very first time.
    pub fn recovery(&self, safety: Option<Safety>, headers: Vec<Arc<Header>>) -> Recovery {
        let genesis = Committed::genesis(
            Committee::genesis(),
            BlockTime(1_600_000_000_000),
            Committee::genesis_state(),
        );
        let roots = (0..).zip(&self.roots).map(|(height, state_root)| Executed {
            height: Height(height),
            state_root: *state_root,
        });
        let committed = self.committed(genesis);
        Recovery { safety, committed, headers, roots: roots.collect() }
    }

    /// What the ledger holds after a restart.
    pub fn committed(&self, genesis: Committed) -> Committed {
        match self.ledger.last() {
            Some(block) => Committed::of(block, self.certificates[&block.height()].clone()),
            None => genesis,
        }
    }

    /// Loses everything that is not durable.
    pub fn lose(&mut self) {
        // The ledger's last block needs its certificate, so it ends at one.
        let top = Height(self.durable as u64);
        let kept = self.certificates.range(..=top).next_back().map_or(0, |(height, _)| height.0);
        self.ledger.truncate(kept as usize);
        self.certificates.retain(|height, _| height.0 <= kept);
        self.roots.truncate(self.ledger.len() + 1);
        self.durable = self.ledger.len();
        self.ordered = self
            .ledger
            .iter()
            .flat_map(|block| block.header().batches.iter().map(|batch| batch.batch))
            .collect();
        self.inbox.clear();
        self.performed.clear();
        self.timers.clear();
        self.crash = None;
        self.crashed = false;
        while self.execute().is_some() {}
    }
}

/// Root over batches, as simulated hosts compute it.
pub(super) fn transactions_root(batches: &[BatchRef]) -> Digest {
    let digests: Vec<&[u8]> =
        batches.iter().map(|batch| batch.batch.as_bytes().as_slice()).collect();
    hash::sha256(&digests)
}

/// The batch with a number.
pub(super) fn batch(number: u64) -> BatchRef {
    let digest = hash::sha256(&[b"batch", &number.to_le_bytes()]);
    let lane = ValidatorIndex((number % 4) as u16);
    BatchRef { lane, sequence: number, batch: digest, count: 1, bytes: 512 }
}

impl Host for SimHost {
    fn persist(&mut self, records: Vec<Record>) {
        match self.crash.take() {
            Some(CrashPoint::BeforeSync) => {
                self.disk.tear(&records, &mut self.rng);
                self.crashed = true;
            }
            Some(CrashPoint::AfterSync) => {
                self.disk.persist(&records);
                self.crashed = true;
            }
            None => self.disk.persist(&records),
        }
    }

    fn perform(&mut self, effect: Effect) {
        if !self.crashed {
            self.performed.push_back(effect);
        }
    }
}
