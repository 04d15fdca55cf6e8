//! The simulated world: one queue of events, one source of randomness, virtual time.

mod life;
mod perform;

use super::{
    Checker, Committee, CrashPoint, Misbehaving, Mutation, NodeId, Plan, SimHost, Violation,
};
use crate::{
    engine::{Effect, Input, Replica, Timer, step},
    types::{BatchRef, Block, Envelope, Kind, Message},
};
use hansa_primitives::{BlockHash, Digest, Height, ValidatorIndex, codec, hash};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// What happens at a time.
#[derive(Clone, Debug)]
enum Event {
    Deliver(NodeId, Box<Envelope>),
    Timer(NodeId, Timer, u64),
    Step(NodeId),
    Batch(u64),
    Learn(NodeId, u64, BatchRef),
    Execute(NodeId, u64),
    Data(NodeId, u64, Block),
    Settle(NodeId, u64),
    Crash(NodeId, CrashPoint),
    Restart(NodeId),
}

/// One node.
struct Node {
    host: SimHost,
    replica: Option<Replica>,
    liar: Option<Misbehaving>,
    honest: bool,
    /// Counts restarts, so that events of an earlier life are dropped.
    life: u64,
    wakes: bool,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// What went wrong, if anything.
    pub violation: Option<Violation>,
    /// The height that honest validators reached.
    pub height: Height,
    /// The highest view of an honest validator.
    pub view: u64,
    /// Hash over everything that happened, in order.
    pub digest: Digest,
    /// Who was accused of what.
    pub accused: BTreeSet<(ValidatorIndex, &'static str)>,
    /// Nodes that halted for a divergence of their own.
    pub halted: BTreeSet<NodeId>,
    /// Virtual milliseconds from healing to the end.
    pub recovered_in: u64,
    /// Messages sent, by kind.
    pub sent: BTreeMap<Kind, u64>,
}

/// The world.
pub struct World {
    plan: Plan,
    committee: Committee,
    nodes: Vec<Node>,
    queue: BTreeMap<(u64, u64), Event>,
    now: u64,
    sequence: u64,
    arms: u64,
    rng: ChaCha8Rng,
    checker: Checker,
    digest: Digest,
    halted: BTreeSet<NodeId>,
    sent: BTreeMap<Kind, u64>,
    trace: VecDeque<String>,
    /// Lines of what happened that are kept for a failure; 0 keeps none.
    pub trace_lines: usize,
}

impl World {
    /// Sets the world up as planned.
    pub fn new(plan: Plan) -> Self {
        let mut committee = Committee::new(plan.validators, plan.signatures);
        if plan.mutation == Some(Mutation::MajorityQuorum) {
            committee.verifier_mut().quorum = usize::from(plan.validators) / 2 + 1;
        }
        committee.verifier_mut().rank_matters = plan.mutation != Some(Mutation::IgnoreHigh);
        let liars = plan.liars.keys().chain(&plan.twins).copied().collect();
        let mut checker = Checker::new(usize::from(plan.validators), liars);
        checker.outcomes_only = plan.outcomes_only;
        let mut world = Self {
            rng: ChaCha8Rng::seed_from_u64(plan.seed),
            committee,
            nodes: Vec::new(),
            queue: BTreeMap::new(),
            now: 0,
            sequence: 0,
            arms: 0,
            checker,
            digest: Digest::ZERO,
            halted: BTreeSet::new(),
            sent: BTreeMap::new(),
            trace: VecDeque::new(),
            trace_lines: 0,
            plan,
        };
        world.populate();
        world
    }

    /// Runs until everything is decided and proven after healing, or something went wrong.
    pub fn run(&mut self) -> Outcome {
        let end = self.plan.heal.saturating_add(self.plan.patience);
        let mut healed = false;
        while self.checker.violation.is_none() {
            if self.now > self.plan.heal && !healed {
                healed = true;
                self.heal();
            }
            if healed && self.is_done() {
                break;
            }
            if self.now > end || !self.advance() {
                let why = self.standstill();
                self.checker.found(Violation::Stuck(why));
            }
        }
        self.outcome()
    }

    /// Goes on without new work until nothing is left to happen, or the time is over. Says whether
    /// all became quiet.
    pub fn run_until_quiet(&mut self, milliseconds: u64) -> bool {
        let end = self.now.saturating_add(milliseconds);
        while self.now <= end {
            if !self.advance() {
                return true;
            }
        }
        false
    }

    /// Goes on for some time.
    pub fn run_for(&mut self, milliseconds: u64) {
        let end = self.now.saturating_add(milliseconds);
        while self.queue.first_key_value().is_some_and(|((at, _), _)| *at <= end) {
            self.advance();
        }
        self.now = end;
    }

    /// Seals a batch now, at every node.
    pub fn seal(&mut self, number: u64) {
        self.at(self.now, Event::Batch(number));
    }

    /// Stops a node and starts it again later.
    pub fn crash(&mut self, node: NodeId, point: CrashPoint, back_in: u64) {
        self.at(self.now, Event::Crash(node, point));
        self.at(self.now + back_in, Event::Restart(node));
    }

    /// The replica of a node that is up.
    pub fn replica(&self, node: NodeId) -> Option<&Replica> {
        self.nodes[node.0].replica.as_ref()
    }

    /// The host of a node.
    pub fn host_mut(&mut self, node: NodeId) -> &mut SimHost {
        &mut self.nodes[node.0].host
    }

    /// The network, to be changed on the way.
    pub fn net_mut(&mut self) -> &mut super::Net {
        &mut self.plan.net
    }

    /// The committee.
    pub fn committee(&self) -> &Committee {
        &self.committee
    }

    /// What the checker saw.
    pub fn checker(&self) -> &Checker {
        &self.checker
    }

    /// Virtual milliseconds since the start.
    pub fn now(&self) -> u64 {
        self.now
    }

    /// The last lines of what happened.
    pub fn trace(&self) -> String {
        self.trace.iter().map(|line| format!("{line}\n")).collect()
    }

    /// How it stands.
    pub fn outcome(&self) -> Outcome {
        let views = self.honest().filter_map(|node| self.nodes[node.0].replica.as_ref());
        Outcome {
            violation: self.checker.violation.clone(),
            height: self.checker.height(),
            view: views.map(|replica| replica.safety().view.0).max().unwrap_or(0),
            digest: self.digest,
            accused: self.checker.accused.clone(),
            halted: self.halted.clone(),
            recovered_in: self.now.saturating_sub(self.plan.heal),
            sent: self.sent.clone(),
        }
    }

    /// Every link works, every node is up, and all batches are everywhere.
    fn heal(&mut self) {
        for place in 0..self.nodes.len() {
            if self.nodes[place].replica.is_none() {
                self.start(NodeId(place), false);
            }
        }
    }

    fn honest(&self) -> impl Iterator<Item = NodeId> {
        let halted = &self.halted;
        let honest = move |(place, node): (usize, &Node)| {
            (node.honest && !halted.contains(&NodeId(place))).then_some(NodeId(place))
        };
        self.nodes.iter().enumerate().filter_map(honest)
    }

    /// All honest nodes have committed every batch, at one height, with the results proven.
    fn is_done(&self) -> bool {
        let batches = self.plan.batches.len() + 1;
        let top = self.checker.height();
        self.honest().all(|id| {
            let node = &self.nodes[id.0];
            let laden = node.host.ledger.iter().rfind(|block| !block.header().is_empty());
            let proven = node.host.ledger.last().map(|block| block.header().executed.height);
            node.replica.is_some()
                && node.host.ordered.len() >= batches
                && node.host.ledger.len() as u64 == top.0
                && laden.is_none_or(|laden| proven >= Some(laden.height()))
        })
    }

    fn standstill(&self) -> String {
        let honest = self.honest().filter_map(|id| {
            let report = self.nodes[id.0].replica.as_ref()?.status();
            let ordered = self.nodes[id.0].host.ordered.len();
            Some(format!(
                "node {} in view {}{} at height {} ({ordered} batches) waits {}",
                id.0,
                report.view,
                if report.changing { " (changing)" } else { "" },
                report.committed,
                report.waiting
            ))
        });
        honest.collect::<Vec<_>>().join("; ")
    }

    fn at(&mut self, at: u64, event: Event) {
        self.sequence += 1;
        self.queue.insert((at.max(self.now), self.sequence), event);
    }

    /// Lets the next event happen; false if there is none.
    fn advance(&mut self) -> bool {
        let Some(((at, _), event)) = self.queue.pop_first() else { return false };
        self.now = at;
        self.happen(event);
        true
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Deliver(node, envelope) => self.deliver(node, *envelope),
            Event::Timer(node, timer, arm) => {
                if self.nodes[node.0].host.timers.get(&timer) == Some(&arm) {
                    self.nodes[node.0].host.timers.remove(&timer);
                    self.input(node, Input::Timer(timer));
                }
            }
            Event::Step(node) => self.step(node),
            Event::Batch(number) => self.batch(number),
            Event::Learn(node, life, batch) => self.learn(node, life, batch),
            Event::Execute(node, life) => {
                if self.nodes[node.0].life == life
                    && let Some(executed) = self.nodes[node.0].host.execute()
                {
                    self.input(node, Input::Executed(executed));
                }
            }
            Event::Data(node, life, block) => self.data(node, life, &block),
            Event::Settle(node, life) => {
                let host = &mut self.nodes[node.0];
                if host.life == life {
                    host.host.durable = host.host.ledger.len();
                    let height = Height(host.host.durable as u64);
                    host.host.disk.journal_mut().forget(height);
                }
            }
            Event::Crash(node, point) => self.nodes[node.0].host.crash = Some(point),
            Event::Restart(node) => {
                // A node that had nothing to record in the meantime crashes between two steps.
                self.stop(node);
                self.start(node, false);
            }
        }
    }

    fn deliver(&mut self, node: NodeId, envelope: Envelope) {
        if self.nodes[node.0].replica.is_none() {
            return;
        }
        self.note(|| format!("deliver to {} {}", node.0, describe(&envelope)));
        match self.committee.verify(envelope) {
            Ok(verified) => self.input(node, Input::Message(verified)),
            Err(error) => self.note(|| format!("node {} refuses it: {error}", node.0)),
        }
    }

    /// Queues an input; everything that comes in the same millisecond is one step.
    fn input(&mut self, node: NodeId, input: Input) {
        let target = &mut self.nodes[node.0];
        target.host.inbox.push(input);
        if !target.wakes {
            target.wakes = true;
            self.at(self.now, Event::Step(node));
        }
    }

    fn step(&mut self, node: NodeId) {
        let target = &mut self.nodes[node.0];
        target.wakes = false;
        let inputs = std::mem::take(&mut target.host.inbox);
        let Some(replica) = target.replica.as_mut() else { return };
        let now = target.host.clock(self.now);
        step(replica, &mut target.host, now, inputs);
        if target.host.crashed {
            self.note(|| format!("node {} crashes", node.0));
            return self.stop(node);
        }
        while let Some(effect) = self.nodes[node.0].host.performed.pop_front() {
            let liar = self.nodes[node.0].liar.as_mut();
            let effects = liar.map_or_else(|| vec![effect.clone()], |l| l.apply(effect.clone()));
            for effect in effects {
                self.perform(node, effect);
            }
        }
    }

    /// Takes an effect into the digest of the run.
    fn absorb(&mut self, node: NodeId, effect: &Effect) {
        let (kind, bytes): (u8, Vec<u8>) = match effect {
            Effect::Send { envelope, .. } => (0, codec::encode(envelope)),
            Effect::Commit { certificate, .. } => (1, codec::encode(certificate)),
            Effect::Accuse(evidence) => (2, codec::encode(evidence)),
            _ => return,
        };
        let time = self.now.to_le_bytes();
        let head = [kind, node.0 as u8];
        self.digest = hash::sha256(&[&self.digest.0, &head, &time, &bytes]);
    }

    fn note(&mut self, line: impl FnOnce() -> String) {
        if self.trace_lines == 0 {
            return;
        }
        if self.trace.len() >= self.trace_lines {
            self.trace.pop_front();
        }
        self.trace.push_back(format!("{:>6} {}", self.now, line()));
    }
}

fn describe(envelope: &Envelope) -> String {
    let short = |block: &BlockHash| format!("{block:?}");
    let what = match &envelope.message {
        Message::PrePrepare(m) => {
            format!("{}/{} on {}", m.header.view, m.header.height, short(&m.header.parent))
        }
        Message::Vote(vote) => format!("{}/{} {}", vote.view, vote.height, short(&vote.block)),
        Message::ViewChange(m) => format!("to {} high {:?}", m.view, m.high.rank()),
        Message::NewView(m) => format!("{} high {:?}", m.view, m.high.rank()),
        Message::Status(m) => format!("view {} committed {}", m.view, m.committed),
        Message::Chain(m) => {
            format!("{} headers to {}", m.headers.len(), m.certificate.vote.height)
        }
    };
    format!("{} from {}: {what}", envelope.message.kind(), envelope.from)
}
