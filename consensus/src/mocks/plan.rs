//! What one seed does: who takes part, who lies, what fails when, and what is to be ordered.

use super::{Behaviour, CrashPoint, Mutation, Net, NodeId, Signatures, Slice};
use crate::types::Kind;
use hansa_primitives::{Height, ValidatorIndex};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::{collections::BTreeMap, ops::Range};

/// Which kinds of fault a plan draws from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Faults {
    /// None.
    None,
    /// Loss of any message, duplicates, reordering.
    Loss,
    /// Partitions into groups.
    Partitions,
    /// Loss by receiver and kind, in short slices.
    Selective,
    /// Selective loss with crashes around votes.
    Crashes,
    /// Loss, duplicates, reordering, partitions and crashes in one run.
    All,
    /// One node learns of a decision that the others only half know, and is then cut off.
    Sharp,
}

/// Everything about a run but its random choices on the way.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The seed.
    pub seed: u64,
    /// Validators.
    pub validators: u16,
    /// Who lies, and how.
    pub liars: BTreeMap<ValidatorIndex, Behaviour>,
    /// Keys that two nodes use at once, both with the honest engine.
    pub twins: Vec<ValidatorIndex>,
    /// Heights of a leader.
    pub term: u64,
    /// Blocks in flight.
    pub window: u64,
    /// The network.
    pub net: Net,
    /// When which node crashes, where in a step, and when it starts again.
    pub crashes: Vec<(u64, NodeId, CrashPoint, u64)>,
    /// When batches are sealed.
    pub batches: Vec<u64>,
    /// When everything works again; the last batch follows.
    pub heal: u64,
    /// How long the run may take after that, in milliseconds.
    pub patience: u64,
    /// The greatest clock error in milliseconds.
    pub skew: u64,
    /// How votes are signed.
    pub signatures: Signatures,
    /// A rule that every honest validator breaks.
    pub mutation: Option<Mutation>,
    /// Whether a restart finds the safety journal empty and takes that for a first start.
    pub forgets_safety: bool,
    /// A node that computes wrong results from a height on.
    pub diverges: Option<(NodeId, Height)>,
    /// Judge only forks, order, stalls and false accusations.
    pub outcomes_only: bool,
}

impl Plan {
    /// A run without faults.
    pub fn calm(seed: u64, validators: u16) -> Self {
        Self {
            seed,
            validators,
            liars: BTreeMap::new(),
            twins: Vec::new(),
            term: 64,
            window: 8,
            net: Net::default(),
            crashes: Vec::new(),
            batches: (1..20).map(|n| n * 25).collect(),
            heal: 600,
            patience: 60_000,
            skew: 0,
            signatures: Signatures::Mock,
            mutation: None,
            forgets_safety: false,
            diverges: None,
            outcomes_only: false,
        }
    }

    /// A run with faults of one sort, everything else drawn from the seed.
    pub fn random(seed: u64, faults: Faults) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed ^ 0x68_616e_7361);
        let validators = 4 + (seed % 4) as u16;
        let mut plan = Self::calm(seed, validators);
        plan.term = [1, 3, 64][rng.random_range(0..3)];
        plan.window = [1, 4, 8][rng.random_range(0..3)];
        plan.heal = rng.random_range(1_500..4_000);
        plan.skew = rng.random_range(0..200);
        let batches = rng.random_range(10..40);
        plan.batches = (0..batches).map(|_| rng.random_range(0..plan.heal)).collect();
        plan.batches.sort_unstable();
        plan.net = net(&mut rng, faults, usize::from(validators), plan.heal);
        if matches!(faults, Faults::Crashes | Faults::All) {
            let count = rng.random_range(1..8);
            plan.crashes = crashes(&mut rng, count, usize::from(validators), plan.heal);
        }
        plan
    }

    /// Makes as many validators as may be faulty lie in this way.
    #[must_use]
    pub fn with_liars(mut self, behaviour: Behaviour) -> Self {
        let faults_max = (self.validators - 1) / 3;
        let first = (self.seed / 4) as u16;
        self.liars = (0..faults_max)
            .map(|n| (ValidatorIndex((first + n) % self.validators), behaviour))
            .collect();
        self
    }

    /// Gives as many validators as may be faulty a twin: a second node with the same key.
    #[must_use]
    pub fn with_twins(mut self) -> Self {
        let faults_max = (self.validators - 1) / 3;
        let first = (self.seed / 4) as u16;
        self.twins =
            (0..faults_max).map(|n| ValidatorIndex((first + n) % self.validators)).collect();
        for slice in &mut self.net.slices {
            // The two halves of a twin see different parts of the network.
            let nodes = usize::from(self.validators) + self.twins.len();
            if slice.groups.is_empty() && slice.during.start % 2 == 0 {
                slice.groups = (0..nodes).map(|node| (node % 2) as u8).collect();
            }
            let groups = slice.groups.len();
            slice.groups.extend((groups..nodes).map(|node| (node % 2) as u8));
        }
        self
    }
}

fn net(rng: &mut ChaCha8Rng, faults: Faults, nodes: usize, heal: u64) -> Net {
    let mut slices = Vec::new();
    let mut start = 0;
    while faults != Faults::None && start < heal {
        let length = if faults == Faults::Sharp { 20..200 } else { 40..600 };
        let end = (start + rng.random_range(length)).min(heal);
        if faults == Faults::Sharp {
            slices.extend(sharp(rng, nodes, start..end));
            start = slices.last().map_or(end, |slice| slice.during.end);
        } else {
            slices.push(slice(rng, faults, nodes + nodes / 3, start..end));
            start = end;
        }
    }
    Net { slices }
}

fn slice(rng: &mut ChaCha8Rng, faults: Faults, nodes: usize, during: Range<u64>) -> Slice {
    let delay_max = [5, 20, 100][rng.random_range(0..3)];
    let mut slice = Slice { during, delay: 1..delay_max, doubled: 10, ..Slice::default() };
    match faults {
        Faults::None | Faults::Sharp => {}
        Faults::Loss => slice.lost_anywhere = [0, 5, 20, 50][rng.random_range(0..4)],
        Faults::Partitions => {
            let groups = rng.random_range(1..4);
            slice.groups = (0..nodes).map(|_| rng.random_range(0..groups)).collect();
        }
        Faults::All => {
            slice.lost_anywhere = [0, 5, 20][rng.random_range(0..3)];
            let groups = rng.random_range(1..3);
            slice.groups = (0..nodes).map(|_| rng.random_range(0..groups)).collect();
        }
        Faults::Selective | Faults::Crashes => {
            slice.lost_anywhere = [0, 0, 10][rng.random_range(0..3)];
            for node in (0..nodes).map(NodeId) {
                for kind in Kind::ALL {
                    if rng.random_range(0..3) == 0 {
                        slice.lost.insert((node, kind), [50, 90, 100][rng.random_range(0..3)]);
                    }
                }
            }
        }
    }
    slice
}

/// First only one node gets votes to commit, and one gets no votes at all; then the first is cut
/// off long enough for the others to change views; then all is well for a moment.
fn sharp(rng: &mut ChaCha8Rng, nodes: usize, during: Range<u64>) -> [Slice; 3] {
    let (knows, blind) = (rng.random_range(0..nodes), rng.random_range(0..nodes));
    let cut = during.end..during.end + rng.random_range(350..900);
    let calm = cut.end..cut.end + rng.random_range(5..60);
    let mut first = Slice { during, delay: 1..8, ..Slice::default() };
    for node in (0..nodes).map(NodeId) {
        first.lost.insert((node, Kind::Status), 100);
        first.lost.insert((node, Kind::Chain), 100);
        if node.0 != knows {
            first.lost.insert((node, Kind::Commit), 100);
        }
        if node.0 == blind && blind != knows {
            first.lost.insert((node, Kind::Prepare), 100);
        }
    }
    let groups = (0..nodes + nodes / 3).map(|node| u8::from(node == knows)).collect();
    let mut second = Slice { during: cut, delay: 1..8, groups, ..Slice::default() };
    for node in (0..nodes).map(NodeId) {
        second.lost.insert((node, Kind::Status), 100);
        second.lost.insert((node, Kind::Commit), 50);
    }
    let third = Slice { during: calm, delay: 1..4, ..Slice::default() };
    [first, second, third]
}

fn crashes(
    rng: &mut ChaCha8Rng,
    count: usize,
    nodes: usize,
    heal: u64,
) -> Vec<(u64, NodeId, CrashPoint, u64)> {
    let one = |_| {
        let at = rng.random_range(0..heal);
        let point = [CrashPoint::BeforeSync, CrashPoint::AfterSync][rng.random_range(0..2)];
        let back = at + rng.random_range(20..1_500);
        (at, NodeId(rng.random_range(0..nodes)), point, back)
    };
    (0..count).map(one).collect()
}
