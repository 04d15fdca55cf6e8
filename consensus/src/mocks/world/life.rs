//! Nodes come up, go down, and come up again from what their disks hold.

use super::{Event, Node, World};
use crate::{
    engine::{Input, Replica},
    journal::Recovered,
    mocks::{Committee, Misbehaving, NodeId, SimHost, Violation, host::transactions_root},
    safety::Safety,
};
use hansa_primitives::{Epoch, ValidatorIndex};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::time::Duration;

impl World {
    pub(super) fn populate(&mut self) {
        let identities: Vec<ValidatorIndex> =
            self.committee.set.indexes().chain(self.plan.twins.clone()).collect();
        for (place, identity) in identities.into_iter().enumerate() {
            let rng = ChaCha8Rng::seed_from_u64(self.rng.random());
            let mut host = SimHost::new(identity, Committee::genesis_state(), rng);
            host.skew = self.rng.random_range(0..=self.plan.skew) as i64 * [1, -1][place % 2];
            host.wrong_from = self
                .plan
                .diverges
                .filter(|(node, _)| *node == NodeId(place))
                .map(|(_, height)| height);
            let liar = self.plan.liars.get(&identity).map(|behaviour| {
                let Committee { chain, set, root, .. } = self.committee.clone();
                let signer = self.committee.signer(identity);
                Misbehaving::new(*behaviour, chain, set, identity, root, signer)
            });
            let honest = liar.is_none() && !self.plan.twins.contains(&identity);
            let node = Node { host, replica: None, liar, honest, life: 0, wakes: false };
            self.nodes.push(node);
            self.start(NodeId(place), true);
        }
        for (number, at) in self.plan.batches.clone().into_iter().enumerate() {
            self.at(at, Event::Batch(number as u64));
        }
        for (at, node, point, back) in self.plan.crashes.clone() {
            self.at(at, Event::Crash(node, point));
            self.at(back.max(at + 1), Event::Restart(node));
        }
        let last = self.plan.batches.len() as u64;
        self.at(self.plan.heal + 10, Event::Batch(last));
    }

    pub(super) fn stop(&mut self, node: NodeId) {
        let target = &mut self.nodes[node.0];
        target.replica = None;
        target.life += 1;
        target.host.lose();
    }

    pub(super) fn start(&mut self, node: NodeId, first: bool) {
        let target = &mut self.nodes[node.0];
        let recovered = match target.host.disk.reopen() {
            Ok(recovered) => recovered,
            Err(error) => {
                let why = format!("node {} cannot read its journal: {error}", node.0);
                return self.checker.found(Violation::Stuck(why));
            }
        };
        let new = first || self.plan.forgets_safety;
        let Recovered { mut safety, headers } = recovered;
        if self.plan.forgets_safety && !first {
            safety = None;
        }
        // A node that crashed before its first record has signed nothing either.
        let untouched = safety.is_none() && target.host.ledger.is_empty();
        if safety.is_none() && (new || untouched) {
            safety = Some(Safety::first(Epoch(0), Committee::genesis()));
        }
        let recovery = target.host.recovery(safety, headers);
        let mut config = self.committee.config(target.host.identity);
        config.term = self.plan.term;
        config.window = self.plan.window;
        config.timeout_base = Duration::from_millis(300);
        config.timeout_max = Duration::from_millis(4_000);
        config.resend = Duration::from_millis(60);
        config.empty_root = transactions_root(&[]);
        if let Some(mutation) = self.plan.mutation.filter(|_| target.honest) {
            config = config.with_mutation(mutation);
        }
        let signer = self.committee.signer(target.host.identity);
        let replica = Replica::new(config, signer, recovery).expect("the settings fit the set");
        target.replica = Some(replica);
        let pending = target.host.pending().next().is_some();
        self.note(|| format!("node {} starts", node.0));
        self.input(node, Input::Start);
        if pending {
            self.input(node, Input::Work { pending });
        }
        if !first {
            for place in 0..self.nodes.len() {
                let peer = self.nodes[place].host.identity;
                let own = self.nodes[node.0].host.identity;
                if peer != own && self.nodes[place].replica.is_some() {
                    self.input(node, Input::Connected(peer));
                    self.input(NodeId(place), Input::Connected(own));
                }
            }
        }
    }
}
