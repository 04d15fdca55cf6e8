//! What the engine asks for, and who does it.

use super::Wal;
use crate::{
    core::Core,
    evidence,
    executor::Commit,
    inbound::REQUESTS_MAX,
    lanes::{Intake, Verdict},
    p2p::Class,
    sync::Request,
};
use hansa_consensus::{Effect, Host, Input, Record, Timer, To};
use hansa_primitives::{ValidatorIndex, codec};
use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

/// The engine's host: journal, timers, and ways to the rest of the node.
pub(super) struct Desk {
    pub(super) core: Arc<Core>,
    pub(super) wal: Wal,
    index: ValidatorIndex,
    timers: BTreeMap<Timer, Instant>,
    /// Answers known at once; the engine gets them in its next step.
    answers: Vec<Input>,
    #[cfg(feature = "mocks")]
    misbehaving: Option<hansa_consensus::mocks::Misbehaving>,
}

impl Desk {
    pub(super) fn new(core: Arc<Core>, index: ValidatorIndex, wal: Wal) -> Self {
        Self {
            #[cfg(feature = "mocks")]
            misbehaving: misbehaving(&core, index),
            core,
            wal,
            index,
            timers: BTreeMap::new(),
            answers: Vec::new(),
        }
    }

    pub(super) fn has_answers(&self) -> bool {
        !self.answers.is_empty()
    }

    pub(super) fn take_answers(&mut self) -> Vec<Input> {
        std::mem::take(&mut self.answers)
    }

    pub(super) fn next_timer(&self) -> Option<Instant> {
        self.timers.values().min().copied()
    }

    /// The timers that have run out.
    pub(super) fn take_expired(&mut self) -> Vec<Input> {
        let now = Instant::now();
        let expired: Vec<Timer> =
            self.timers.iter().filter(|(_, at)| **at <= now).map(|(timer, _)| *timer).collect();
        for timer in &expired {
            self.timers.remove(timer);
        }
        expired.into_iter().map(Input::Timer).collect()
    }

    fn perform_really(&mut self, effect: Effect) {
        match effect {
            Effect::Persist(_) => unreachable!("the engine's step persists records itself"),
            Effect::Send { to, envelope } => self.send(to, &codec::encode(&envelope).into()),
            Effect::Arm(timer, after) => self.arm(timer, after),
            Effect::Disarm(timer) => {
                self.timers.remove(&timer);
            }
            Effect::NeedPayload { parent, batches_max, undecided, .. } => {
                let (batches, transactions_root) = self.core.pool.payload(&undecided, batches_max);
                self.answers.push(Input::Payload { parent, batches, transactions_root });
            }
            Effect::Check(block) => match self.core.pool.judge(&block) {
                Verdict::Available => self.answers.push(Input::Available(block.hash())),
                Verdict::Invalid => self.answers.push(Input::Invalid(block.hash())),
                Verdict::Unknown(_) => self.core.intake.push(Intake::Check(block)),
            },
            Effect::Commit { blocks, certificate } => {
                let headers: Vec<_> =
                    blocks.iter().map(|block| Arc::clone(block.header())).collect();
                self.core.pool.remove(headers.iter().flat_map(|header| &header.batches));
                self.answers.push(Input::Work { pending: !self.core.pool.is_empty() });
                self.core.executor.push(Commit { headers, certificate });
            }
            Effect::Load { to, after, headers_max } => {
                // Whoever is behind says so again.
                let load = Request::Load { to, after, headers_max };
                let _ = self.core.server.try_push(load, REQUESTS_MAX);
            }
            Effect::Accuse(found) => evidence::report(&self.core, &found),
            Effect::Refused { block, height, proposer, refusal } => {
                tracing::warn!(%height, %block, proposer = proposer.0, %refusal,
                    "a proposal is refused");
            }
            Effect::Halt(divergence) => self.core.halt(divergence.to_string()),
        }
    }

    fn send(&self, to: To, frame: &bytes::Bytes) {
        match to {
            To::All => self
                .core
                .network
                .broadcast(Class::Consensus, frame, |peer| peer.at.validator.is_some()),
            To::One(index) if index == self.index => {}
            To::One(index) => {
                if let Some(peer) = self.core.network.validator(index)
                    && let Err(reason) = peer.send(Class::Consensus, frame.clone())
                {
                    tracing::trace!(%peer, %reason, "consensus message not sent");
                }
            }
        }
    }

    fn arm(&mut self, timer: Timer, after: Duration) {
        self.timers.insert(timer, Instant::now() + after);
    }
}

impl Host for Desk {
    fn persist(&mut self, records: Vec<Record>) {
        self.wal.persist(&records);
    }

    #[cfg(feature = "mocks")]
    fn perform(&mut self, effect: Effect) {
        match &mut self.misbehaving {
            None => self.perform_really(effect),
            Some(misbehaving) => {
                for effect in misbehaving.apply(effect) {
                    self.perform_really(effect);
                }
            }
        }
    }

    #[cfg(not(feature = "mocks"))]
    fn perform(&mut self, effect: Effect) {
        self.perform_really(effect);
    }
}

#[cfg(feature = "mocks")]
fn misbehaving(core: &Core, index: ValidatorIndex) -> Option<hansa_consensus::mocks::Misbehaving> {
    let name = core.config.misbehave.as_deref()?;
    let behaviour = name.parse().ok()?;
    tracing::warn!(name, "this validator misbehaves on purpose");
    let signer = core.keys.vote.clone()?;
    let (chain, set) = (core.chain.clone(), Arc::clone(&core.set));
    let root = hansa_consensus::Certificate::genesis(core.ledger.genesis_hash());
    Some(hansa_consensus::mocks::Misbehaving::new(behaviour, chain, set, index, root, signer))
}
