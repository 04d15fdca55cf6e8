//! State and dispatch.

use super::{
    Config, ConfigError, Divergence, Effect, Input, Mutation, Recovery, Timer,
    effects::{Emit, Out},
    io::Now,
    pacer::Pacer,
    pre_prepare::Proposal,
    recovery::Committed,
    roots::Roots,
    status::Repair,
    tree::{Data, Tree},
    votes::Votes,
};
use crate::{
    evidence::Evidence,
    safety::{Rules, Safety},
    types::{Block, Certificate, Envelope, Executed, Message, PrePrepare, Rank, ViewChange},
    verify::Verified,
};
use hansa_primitives::{BlockHash, Height, Signature, Signer, ValidatorIndex, View};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// One validator's part in the protocol.
///
/// Call [`handle`](Self::handle) through [`step`](super::step) with every input; the crate's
/// documentation says what it does with them. [`status`](Self::status) tells what it waits for.
pub struct Replica {
    pub(super) config: Arc<Config>,
    pub(super) rules: Rules,
    pub(super) tree: Tree,
    pub(super) votes: Votes,
    pub(super) roots: Roots,
    pub(super) pacer: Pacer,
    pub(super) repair: Repair,
    /// Proposals by view and height, with the proposer's signature.
    pub(super) proposals: BTreeMap<Rank, Proposal>,
    /// Certificates of blocks that are not committed, by rank.
    pub(super) certified: BTreeMap<Rank, Certificate>,
    /// The highest commit certificate whose chain is not complete here.
    pub(super) decided: Option<Certificate>,
    /// The last request for a later view of each validator.
    pub(super) changes: BTreeMap<ValidatorIndex, (ViewChange, Signature)>,
    /// The highest block on the committed chain that orders something.
    pub(super) laden: Height,
    /// Whether the host holds batches that no committed block orders.
    pub(super) work: bool,
    /// Whether the host had nothing more for this parent.
    pub(super) exhausted: bool,
    /// The parent for which a payload was asked.
    pub(super) asked: Option<BlockHash>,
    /// Where others saw other proposals, and were told.
    pub(super) relayed: BTreeSet<(Rank, ValidatorIndex)>,
    accused: BTreeSet<(ValidatorIndex, &'static str)>,
    refused: BTreeSet<(Rank, BlockHash)>,
    pub(super) halted: Option<Divergence>,
}

/// Refused proposals that are remembered.
const REFUSED_MAX: usize = 1024;

impl Replica {
    /// Starts from what the host recovered.
    ///
    /// # Errors
    /// [`ConfigError`] if settings, key or record do not fit the validator set.
    pub fn new(
        config: Config,
        signer: Arc<dyn Signer>,
        recovery: Recovery,
    ) -> Result<Self, ConfigError> {
        config.check(signer.verifying_key())?;
        let config = Arc::new(config);
        let Recovery { safety, committed, headers, roots } = recovery;
        let epoch = config.set.epoch();
        let record = safety.unwrap_or_else(|| Safety::lost(epoch, &config.root));
        if record.epoch != epoch {
            return Err(ConfigError::WrongEpoch);
        }
        let laden = laden(&committed);
        let mut rules = Rules::new(record, Arc::clone(&config), signer);
        rules.observe(&committed.certificate);
        let mut replica = Self {
            rules,
            votes: Votes::new(config.window),
            roots: Roots::new(roots),
            pacer: Pacer::default(),
            repair: Repair::default(),
            tree: Tree::new(committed),
            proposals: BTreeMap::new(),
            certified: BTreeMap::new(),
            decided: None,
            changes: BTreeMap::new(),
            laden,
            work: false,
            exhausted: false,
            asked: None,
            relayed: BTreeSet::new(),
            accused: BTreeSet::new(),
            refused: BTreeSet::new(),
            halted: None,
            config,
        };
        replica.restore(headers);
        Ok(replica)
    }

    /// Takes one input in and appends what follows from it.
    pub fn handle(&mut self, now: Now, input: Input, out: &mut Out) {
        if self.halted.is_some() {
            return;
        }
        self.repair.now = now;
        match input {
            Input::Start => self.on_start(out),
            Input::Message(verified) => self.on_message(now, verified, out),
            Input::Timer(timer) => self.on_timer(now, timer, out),
            Input::Connected(peer) => out.send_one(peer, self.own_status()),
            Input::Work { pending } => {
                self.work = pending;
                self.exhausted &= !pending;
            }
            Input::Payload { parent, batches, transactions_root } => {
                self.on_payload(now, parent, batches, transactions_root, out);
            }
            Input::Available(block) => self.tree.set_data(&block, Data::Available),
            Input::Invalid(block) => self.tree.set_data(&block, Data::Invalid),
            Input::Executed(executed) => self.on_executed(executed, out),
            Input::Loaded { to, headers, certificate } => {
                self.on_loaded(to, headers, certificate, out);
            }
        }
        self.progress(now, out);
    }

    /// The record behind the votes.
    pub fn safety(&self) -> &Safety {
        self.rules.record()
    }

    /// The settings.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The last height committed.
    pub fn committed(&self) -> &Committed {
        self.tree.committed()
    }

    fn on_message(&mut self, now: Now, verified: Verified, out: &mut Out) {
        let Verified { envelope, blocks } = verified;
        if envelope.from == self.config.index {
            return;
        }
        let Envelope { from, ref message, signature } = *envelope;
        match message {
            Message::PrePrepare(message) => {
                if let Some(block) = blocks.into_iter().next() {
                    let message = message.clone();
                    self.on_pre_prepare(now, block, message, signature, out);
                }
            }
            Message::Vote(vote) => self.on_vote(from, *vote, signature, out),
            Message::ViewChange(change) => {
                self.on_view_change(from, change.clone(), signature, out);
            }
            Message::NewView(new_view) => self.consider_new_view(new_view, out),
            Message::Status(status) => self.on_status(now, from, status, out),
            Message::Chain(chain) => self.on_chain(from, chain, blocks, out),
        }
    }

    fn on_start(&mut self, out: &mut Out) {
        out.send_all(self.own_status());
        self.send_again(out);
    }

    fn on_timer(&mut self, now: Now, timer: Timer, out: &mut Out) {
        self.pacer.fired(timer);
        if !self.outstanding() {
            return;
        }
        match timer {
            Timer::Progress => self.on_progress_timeout(out),
            Timer::Resend => {
                self.repair.expire(now);
                out.send_all(self.own_status());
                self.send_again(out);
            }
        }
    }

    fn on_executed(&mut self, executed: Executed, out: &mut Out) {
        if let Some(divergence) = self.roots.executed(executed) {
            self.halt(divergence, out);
        }
    }

    pub(super) fn halt(&mut self, divergence: Divergence, out: &mut Out) {
        self.halted = Some(divergence);
        out.push_back(Effect::Halt(divergence));
    }

    /// Tries every rule until none applies. Each success raises a view, a height or a vote.
    fn progress(&mut self, now: Now, out: &mut Out) {
        while self.halted.is_none() {
            let moved = self.try_decide(out)
                || self.try_join(out)
                || self.try_new_view(out)
                || self.try_prepare(now, out)
                || self.try_commit(out)
                || self.try_propose(now, out);
            if !moved {
                break;
            }
        }
        if self.halted.is_none() {
            self.ask_for_missing(now, out);
        }
        let outstanding = self.outstanding() && self.halted.is_none();
        self.pacer.update(&self.config, outstanding, out);
    }

    /// Whether there is anything to wait for. If not, no timer runs.
    pub(super) fn outstanding(&self) -> bool {
        let committed = self.tree.committed().height;
        let record = self.rules.record();
        let mut here = self.proposals.range(in_view(record.view));
        record.changing
            || record.barred == Some(View(u64::MAX))
            || self.work
            || self.decided.is_some()
            || record.high.vote.height > committed
            || self.rules.prepared_here().is_some_and(|vote| vote.height > committed)
            || here.any(|(rank, _)| rank.height > committed)
            || self.unproven()
    }

    /// Whether results are computed that no committed header reports yet.
    pub(super) fn unproven(&self) -> bool {
        let reported = self.tree.committed().executed.height;
        let computed = self.roots.last().is_some_and(|last| last.height >= self.laden);
        reported < self.laden && computed
    }

    /// The highest height that may be proposed or prepared now.
    pub(super) fn limit(&self) -> Height {
        let committed = self.tree.committed().height;
        let base = if self.config.mutated(Mutation::WindowFromCommitted) {
            committed
        } else {
            committed.max(self.view_root().vote.height)
        };
        Height(base.0.saturating_add(self.config.window))
    }

    /// What the first block of the current view extends.
    pub(super) fn view_root(&self) -> &Certificate {
        self.rules.record().new_view.as_ref().map_or(&self.config.root, |proof| &proof.high)
    }

    pub(super) fn accuse(&mut self, evidence: Evidence, out: &mut Out) {
        let another = evidence.who() != self.config.index;
        if another && self.accused.insert((evidence.who(), evidence.kind())) {
            out.push_back(Effect::Accuse(evidence));
        }
    }

    pub(super) fn refuse(&mut self, block: &Block, refusal: super::Refusal, out: &mut Out) {
        let rank = Rank { view: block.header().view, height: block.height() };
        // It only keeps reports from being repeated: what a liar fills it with may be forgotten.
        if self.refused.len() >= REFUSED_MAX {
            self.refused.clear();
        }
        if self.refused.insert((rank, block.hash())) {
            out.push_back(Effect::Refused {
                block: block.hash(),
                height: block.height(),
                proposer: block.header().proposer,
                refusal,
            });
        }
    }

    /// Lets go of what the committed height makes useless. Proposals stay a little longer, so that
    /// a second one for the same place is still noticed.
    pub(super) fn forget(&mut self) {
        let committed = self.tree.committed().height;
        let kept = Height(committed.0.saturating_sub(2 * self.config.window));
        self.votes.prune(committed);
        self.certified.retain(|rank, _| rank.height >= committed);
        self.proposals.retain(|rank, _| rank.height > kept);
        self.relayed.retain(|(rank, _)| rank.height > kept);
        self.refused.retain(|(rank, _)| rank.height > committed);
    }

    /// Rebuilds from the journal's headers: they are available, own proposals can be sent again,
    /// and own votes are counted again.
    fn restore(&mut self, headers: Vec<Arc<crate::types::Header>>) {
        for header in headers {
            let block = Block::new(&self.config.chain, header);
            self.tree.insert(&block, Data::Available);
            self.tree.set_voted(&block.hash());
            let record = self.rules.record();
            let own = block.header().proposer == self.config.index;
            let here = block.header().view == record.view && !record.changing;
            let proposed = record.proposed.is_some_and(|(view, height, _)| {
                view == block.header().view && height >= block.height()
            });
            if own && here && proposed && block.height() > self.tree.committed().height {
                let signature = self.rules.sign_proposal(&block);
                let new_view = record
                    .new_view
                    .clone()
                    .filter(|new_view| new_view.high.vote.block == block.header().parent);
                let header = Arc::clone(block.header());
                let message = PrePrepare { header, parent: None, new_view };
                self.store_proposal(block, message, signature);
            }
        }
        let votes: Vec<_> = self.rules.last_votes().collect();
        for (vote, signature) in votes {
            if vote.height > self.tree.committed().height {
                self.votes.add(self.config.index, vote, signature);
            }
        }
        if let Some((change, signature)) = self.rules.claim() {
            self.changes.insert(self.config.index, (change, signature));
        }
        let high = self.rules.record().high.clone();
        self.note_certificate(&high);
    }
}

/// All places of one view.
pub(super) fn in_view(view: View) -> std::ops::RangeInclusive<Rank> {
    Rank { view, height: Height(0) }..=Rank { view, height: Height(u64::MAX) }
}

/// The last height known to order something. After a restart an empty block may hide its parent's
/// content; taking the parent for laden costs at most one more empty block.
fn laden(committed: &Committed) -> Height {
    if !committed.empty {
        return committed.height;
    }
    if committed.executed.height.next() < committed.height {
        return Height(committed.height.0 - 1);
    }
    Height(0)
}
