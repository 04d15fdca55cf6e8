//! A few replicas on a bench: every message and timer by hand.

use super::{
    Committee, CrashPoint, NodeId, Signatures, SimHost,
    host::{batch, transactions_root},
};
use crate::{
    engine::{Config, Effect, Input, Replica, Timer, To, step},
    evidence::Evidence,
    journal::Recovered,
    safety::Safety,
    types::Envelope,
};
use hansa_primitives::{Epoch, ValidatorIndex};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use std::collections::VecDeque;

/// Replicas whose messages wait until they are delivered or lost by hand.
pub struct Lab {
    /// Keys and verifier.
    pub committee: Committee,
    /// The replicas; none while one is down.
    pub replicas: Vec<Option<Replica>>,
    /// Their hosts. Data is always available, execution immediate.
    pub hosts: Vec<SimHost>,
    /// Milliseconds since the start.
    pub now: u64,
    /// Messages on their way.
    pub in_flight: VecDeque<(NodeId, NodeId, Envelope)>,
    /// All messages that were sent.
    pub sent: Vec<(NodeId, To, Envelope)>,
    /// All accusations, with the accuser.
    pub accusations: Vec<(NodeId, Evidence)>,
    /// Other effects worth looking at: halts and refusals.
    pub noted: Vec<(NodeId, Effect)>,
    adjust: fn(&mut Config),
}

impl Lab {
    /// `size` validators that have just started.
    pub fn new(size: u16) -> Self {
        Self::with(size, Signatures::Mock, |_| {})
    }

    /// The same with other settings.
    pub fn with(size: u16, signatures: Signatures, adjust: fn(&mut Config)) -> Self {
        let committee = Committee::new(size, signatures);
        let host = |index: ValidatorIndex| {
            let rng = ChaCha8Rng::seed_from_u64(u64::from(index.0));
            SimHost::new(index, Committee::genesis_state(), rng)
        };
        let hosts: Vec<_> = committee.set.indexes().map(host).collect();
        let mut lab = Self {
            replicas: hosts.iter().map(|_| None).collect(),
            committee,
            hosts,
            now: 0,
            in_flight: VecDeque::new(),
            sent: Vec::new(),
            accusations: Vec::new(),
            noted: Vec::new(),
            adjust,
        };
        for node in lab.nodes() {
            let first = Safety::first(Epoch(0), Committee::genesis());
            lab.boot(node, Some(first), Vec::new());
        }
        lab.in_flight.clear();
        lab
    }

    /// All nodes.
    pub fn nodes(&self) -> Vec<NodeId> {
        (0..self.hosts.len()).map(NodeId).collect()
    }

    /// The replica of a node that is up.
    ///
    /// # Panics
    /// If the node is down.
    pub fn replica(&self, node: usize) -> &Replica {
        self.replicas[node].as_ref().expect("the node is up")
    }

    /// Seals a batch that every node has at once.
    pub fn seal(&mut self, number: u64) {
        let sealed = batch(number);
        for node in self.nodes() {
            let host = &mut self.hosts[node.0];
            host.references.insert(sealed.batch, sealed);
            host.known.insert(sealed.batch);
        }
        for node in self.nodes() {
            self.input(node.0, Input::Work { pending: true });
        }
    }

    /// Gives a node one input and performs what follows, up to the messages.
    pub fn input(&mut self, node: usize, input: Input) {
        let mut inputs = vec![input];
        while !inputs.is_empty() {
            let Some(replica) = self.replicas[node].as_mut() else { return };
            let host = &mut self.hosts[node];
            step(replica, host, host.clock(self.now), std::mem::take(&mut inputs));
            if self.hosts[node].crashed {
                self.stop(node);
                return;
            }
            while let Some(effect) = self.hosts[node].performed.pop_front() {
                self.perform(node, effect, &mut inputs);
            }
        }
    }

    /// Delivers what is on its way and what follows from it, as far as the filter lets it through;
    /// what it does not let through is lost.
    pub fn deliver(&mut self, mut passes: impl FnMut(NodeId, NodeId, &Envelope) -> bool) {
        let mut budget = 100_000;
        while let Some((from, to, envelope)) = self.in_flight.pop_front() {
            budget -= 1;
            assert!(budget > 0, "the replicas never stop talking");
            if self.replicas[to.0].is_none() || !passes(from, to, &envelope) {
                continue;
            }
            if let Ok(verified) = self.committee.verify(envelope) {
                self.input(to.0, Input::Message(verified));
            }
        }
    }

    /// Delivers everything.
    pub fn deliver_all(&mut self) {
        self.deliver(|_, _, _| true);
    }

    /// Lets a timer fire that is armed, some time later; says whether it was.
    pub fn fire(&mut self, node: usize, timer: Timer) -> bool {
        self.now += 1_000;
        let armed = self.hosts[node].timers.remove(&timer).is_some();
        if armed {
            self.input(node, Input::Timer(timer));
        }
        armed
    }

    /// Makes the next step of a node that records something crash.
    pub fn crash_at_next_record(&mut self, node: usize, point: CrashPoint) {
        self.hosts[node].crash = Some(point);
    }

    /// Stops a node at once.
    pub fn stop(&mut self, node: usize) {
        self.hosts[node].durable = self.hosts[node].ledger.len();
        self.hosts[node].lose();
        self.replicas[node] = None;
    }

    /// Starts a node from its disk and ledger.
    ///
    /// # Panics
    /// If the journal is damaged.
    pub fn restart(&mut self, node: usize) {
        let Recovered { safety, headers } =
            self.hosts[node].disk.reopen().expect("what was synced is there");
        let safety = safety.or_else(|| Some(Safety::first(Epoch(0), Committee::genesis())));
        self.boot(NodeId(node), safety, headers);
    }

    /// Starts a node whose safety journal is gone.
    pub fn restart_without_journal(&mut self, node: usize) {
        self.hosts[node].disk = super::Disk::new();
        self.boot(NodeId(node), None, Vec::new());
    }

    fn boot(
        &mut self,
        node: NodeId,
        safety: Option<Safety>,
        headers: Vec<std::sync::Arc<crate::types::Header>>,
    ) {
        let host = &self.hosts[node.0];
        let mut config = self.committee.config(host.identity);
        config.empty_root = transactions_root(&[]);
        (self.adjust)(&mut config);
        let signer = self.committee.signer(host.identity);
        let recovery = host.recovery(safety, headers);
        let replica = Replica::new(config, signer, recovery).expect("the settings fit the set");
        self.replicas[node.0] = Some(replica);
        self.input(node.0, Input::Start);
    }

    fn perform(&mut self, node: usize, effect: Effect, inputs: &mut Vec<Input>) {
        let host = &mut self.hosts[node];
        match effect {
            Effect::Send { to, envelope } => {
                self.sent.push((NodeId(node), to, envelope.clone()));
                let receivers: Vec<NodeId> = match to {
                    To::All => self.nodes().into_iter().filter(|n| n.0 != node).collect(),
                    To::One(index) => vec![NodeId(usize::from(index.0))],
                };
                for receiver in receivers {
                    self.in_flight.push_back((NodeId(node), receiver, envelope.clone()));
                }
            }
            Effect::Arm(timer, _) => {
                host.timers.insert(timer, 0);
            }
            Effect::Disarm(timer) => {
                host.timers.remove(&timer);
            }
            Effect::NeedPayload { parent, undecided, .. } => {
                let batches = host.payload(&undecided, 1);
                let transactions_root = transactions_root(&batches);
                inputs.push(Input::Payload { parent, batches, transactions_root });
            }
            Effect::Check(block) => inputs.push(Input::Available(block.hash())),
            Effect::Commit { blocks, certificate } => {
                for block in &blocks {
                    let (height, hash) = host.take(block);
                    assert_eq!(block.height(), height.next(), "each height once, in order");
                    assert_eq!(block.header().parent, hash, "each the child of the one before");
                    inputs.extend(host.execute().map(Input::Executed));
                }
                host.certificates.insert(certificate.vote.height, certificate);
                inputs.push(Input::Work { pending: host.pending().next().is_some() });
            }
            Effect::Load { to, after, headers_max } => {
                if let Some((blocks, certificate)) = host.load(after, headers_max) {
                    let headers = blocks.iter().map(|block| block.header().clone()).collect();
                    inputs.push(Input::Loaded { to, headers, certificate });
                }
            }
            Effect::Accuse(evidence) => self.accusations.push((NodeId(node), evidence)),
            other => self.noted.push((NodeId(node), other)),
        }
    }
}
