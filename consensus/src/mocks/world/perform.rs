//! What the world does with effects: sends, timers, data, ledgers.

use super::{Event, World};
use crate::{
    engine::{Effect, Input, Timer, To},
    mocks::{
        NodeId, Violation,
        host::{batch, transactions_root},
    },
    types::{BatchRef, Block, Certificate, Envelope, Message},
};
use rand::RngExt;
use std::time::Duration;

impl World {
    pub(super) fn perform(&mut self, node: NodeId, effect: Effect) {
        self.absorb(node, &effect);
        let life = self.nodes[node.0].life;
        match effect {
            Effect::Send { to, envelope } => self.send(node, to, envelope),
            Effect::Arm(timer, duration) => self.arm(node, timer, duration),
            Effect::Disarm(timer) => {
                self.nodes[node.0].host.timers.remove(&timer);
            }
            Effect::NeedPayload { parent, batches_max, undecided, .. } => {
                let batches = self.nodes[node.0].host.payload(&undecided, batches_max.min(4));
                let transactions_root = transactions_root(&batches);
                self.input(node, Input::Payload { parent, batches, transactions_root });
            }
            Effect::Check(block) => self.data(node, life, &block),
            Effect::Commit { blocks, certificate } => self.commit(node, &blocks, certificate),
            Effect::Load { to, after, headers_max } => {
                if let Some((blocks, certificate)) =
                    self.nodes[node.0].host.load(after, headers_max)
                {
                    let headers = blocks.iter().map(|block| block.header().clone()).collect();
                    self.input(node, Input::Loaded { to, headers, certificate });
                }
            }
            Effect::Accuse(evidence) => {
                if self.nodes[node.0].honest {
                    self.checker.accused(evidence);
                }
            }
            Effect::Halt(divergence) => {
                self.note(|| format!("node {} halts: {divergence}", node.0));
                self.halted.insert(node);
                if self.plan.diverges.is_none_or(|(diverging, _)| diverging != node) {
                    self.checker.found(Violation::Halted(node));
                }
            }
            Effect::Refused { refusal, height, .. } => {
                self.note(|| format!("node {} refuses height {height}: {refusal}", node.0));
            }
            Effect::Persist(_) => {}
        }
    }

    fn send(&mut self, from: NodeId, to: To, envelope: Envelope) {
        let kind = envelope.message.kind();
        let identity = self.nodes[from.0].host.identity;
        if self.nodes[from.0].honest && envelope.from == identity {
            let block = match &envelope.message {
                Message::PrePrepare(proposal) => Some(proposal.header.hash(&self.committee.chain)),
                _ => None,
            };
            self.checker.sent(&envelope, block);
        }
        *self.sent.entry(kind).or_default() += 1;
        for place in 0..self.nodes.len() {
            let receiver = self.nodes[place].host.identity;
            let meant = match to {
                To::All => receiver != identity,
                To::One(index) => receiver == index,
            };
            if !meant || place == from.0 {
                continue;
            }
            let node = NodeId(place);
            let delays = self.plan.net.route(&mut self.rng, self.now, from, node, kind);
            for delay in delays {
                self.at(self.now + delay, Event::Deliver(node, Box::new(envelope.clone())));
            }
        }
    }

    fn arm(&mut self, node: NodeId, timer: Timer, duration: Duration) {
        self.arms += 1;
        self.nodes[node.0].host.timers.insert(timer, self.arms);
        let delay = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        self.at(self.now.saturating_add(delay), Event::Timer(node, timer, self.arms));
    }

    fn commit(&mut self, node: NodeId, blocks: &[Block], certificate: Certificate) {
        let life = self.nodes[node.0].life;
        self.note(|| format!("node {} commits up to {:?}", node.0, blocks.last()));
        for block in blocks {
            let parent = self.nodes[node.0].host.take(block);
            if self.nodes[node.0].honest {
                self.checker.delivered(node, parent, block, &certificate);
            }
            let delay = self.rng.random_range(0..6);
            self.at(self.now + delay, Event::Execute(node, life));
        }
        let host = &mut self.nodes[node.0].host;
        host.certificates.insert(certificate.vote.height, certificate);
        let pending = host.pending().next().is_some();
        self.input(node, Input::Work { pending });
        let delay = self.rng.random_range(0..30);
        self.at(self.now + delay, Event::Settle(node, life));
    }

    pub(super) fn batch(&mut self, number: u64) {
        let batch = batch(number);
        for place in 0..self.nodes.len() {
            let delay = self.rng.random_range(0..30);
            let life = self.nodes[place].life;
            self.at(self.now + delay, Event::Learn(NodeId(place), life, batch));
        }
    }

    pub(super) fn learn(&mut self, node: NodeId, life: u64, batch: BatchRef) {
        let target = &mut self.nodes[node.0];
        target.host.references.insert(batch.batch, batch);
        target.host.known.insert(batch.batch);
        // A batch may come after the block that orders it; that is no work.
        let pending = target.host.pending().next().is_some();
        if pending && target.life == life && target.replica.is_some() {
            self.input(node, Input::Work { pending });
        }
    }

    /// Answers whether a block's batches are here, fetching them if not.
    pub(super) fn data(&mut self, node: NodeId, life: u64, block: &Block) {
        let target = &mut self.nodes[node.0];
        if target.life != life || target.replica.is_none() {
            return;
        }
        let header = block.header();
        if header.transactions_root != transactions_root(&header.batches) {
            return self.input(node, Input::Invalid(block.hash()));
        }
        let missing: Vec<BatchRef> = header
            .batches
            .iter()
            .filter(|batch| !target.host.known.contains(&batch.batch))
            .copied()
            .collect();
        if missing.is_empty() {
            return self.input(node, Input::Available(block.hash()));
        }
        let delay = self.rng.random_range(5..40);
        for batch in missing {
            self.at(self.now + delay, Event::Learn(node, life, batch));
        }
        self.at(self.now + delay, Event::Data(node, life, block.clone()));
    }
}
