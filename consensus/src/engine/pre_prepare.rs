//! Proposals: what is accepted, and the vote to prepare.
//!
//! Origin: the leader of the view and height. Signature: on the hash of the header. Effect: one
//! vote to prepare, once the block's data is here and everything in the header is right.

use super::{
    Effect, Mutation, Record, Refusal, Replica,
    config::millis,
    effects::{Emit, Out},
    io::Now,
    replica::in_view,
    tree::{Data, Parent},
};
use crate::{
    evidence::Evidence,
    types::{Block, Envelope, Message, Phase, PrePrepare, Rank},
};
use hansa_primitives::{Height, Signature, ValidatorIndex};
use std::sync::Arc;

/// A proposal with its signature, to be voted on, sent again, or shown as evidence.
#[derive(Clone, Debug)]
pub(super) struct Proposal {
    pub(super) block: Block,
    pub(super) message: PrePrepare,
    pub(super) signature: Signature,
}

impl Proposal {
    pub(super) fn envelope(&self) -> Envelope {
        Envelope {
            from: self.block.header().proposer,
            message: Message::PrePrepare(self.message.clone()),
            signature: self.signature,
        }
    }
}

/// What becomes of a proposal now.
enum Verdict {
    Prepare,
    Wait,
    Refuse(Refusal),
}

impl Replica {
    pub(super) fn on_pre_prepare(
        &mut self,
        now: Now,
        block: Block,
        message: PrePrepare,
        signature: Signature,
        out: &mut Out,
    ) {
        let header = Arc::clone(block.header());
        let rank = Rank { view: header.view, height: header.height };
        if header.proposer != self.config.leader(header.view, header.height) {
            return self.refuse(&block, Refusal::NotTheLeader, out);
        }
        // What is attached proves itself, whatever becomes of the proposal.
        if let Some(new_view) = &message.new_view {
            self.consider_new_view(new_view, out);
        }
        if let Some(parent) = &message.parent {
            self.observe_certificate(parent);
        }
        if let Some(known) = self.proposals.get(&rank) {
            if known.block.hash() != block.hash() {
                self.accuse_of_double_proposal(rank, &block, signature, out);
            }
            if self.config.mutated(Mutation::PrepareTwice) {
                self.store_proposal(block, message, signature);
            }
            return;
        }
        if header.protocol != self.config.protocol {
            return self.refuse(&block, Refusal::WrongProtocol, out);
        }
        let bound = millis(self.config.clock_bound);
        if now.since(header.time) > bound && !self.is_certified(&block) {
            return self.refuse(&block, Refusal::TimeTooEarly, out);
        }
        if self.has_room_for(&block) {
            self.store_proposal(block, message, signature);
            self.relay_conflicts(rank, out);
        }
    }

    /// Keeps a proposal and its header.
    pub(super) fn store_proposal(
        &mut self,
        block: Block,
        message: PrePrepare,
        signature: Signature,
    ) {
        let rank = Rank { view: block.header().view, height: block.height() };
        self.tree.insert(&block, Data::Unasked);
        self.proposals.insert(rank, Proposal { block, message, signature });
    }

    /// Votes for the first proposal of the current view that can be voted for now.
    pub(super) fn try_prepare(&mut self, now: Now, out: &mut Out) -> bool {
        if !self.rules.active() {
            return false;
        }
        let again = self.config.mutated(Mutation::PrepareTwice);
        let last = self.rules.prepared_here();
        let committed = self.tree.committed().height;
        let candidates: Vec<Block> = self
            .proposals
            .range(in_view(self.rules.record().view))
            .map(|(_, proposal)| &proposal.block)
            .filter(|block| block.height() > committed)
            .filter(|block| {
                last.is_none_or(|vote| {
                    let second = again && block.height() == vote.height;
                    block.height() > vote.height || (second && block.hash() != vote.block)
                })
            })
            .cloned()
            .collect();
        for block in candidates {
            self.ask_for_data(&block, out);
            match self.judge(now, &block) {
                Verdict::Wait => {}
                Verdict::Refuse(refusal) => self.refuse(&block, refusal, out),
                Verdict::Prepare => {
                    if let Some((vote, signature)) = self.rules.prepare(&block) {
                        out.keep(block.header());
                        self.tree.set_voted(&block.hash());
                        self.cast(vote, signature, out);
                        return true;
                    }
                }
            }
        }
        false
    }

    /// Asks the host once for what the block orders.
    fn ask_for_data(&mut self, block: &Block, out: &mut Out) {
        if self.tree.data(&block.hash()) == Data::Unasked && block.height() <= self.limit() {
            self.tree.set_data(&block.hash(), Data::Asked);
            out.push_back(Effect::Check(block.clone()));
        }
    }

    fn judge(&self, now: Now, block: &Block) -> Verdict {
        let header = block.header();
        match self.tree.data(&block.hash()) {
            Data::Unasked | Data::Asked => return Verdict::Wait,
            Data::Invalid => return Verdict::Refuse(Refusal::PayloadInvalid),
            Data::Available => {}
        }
        let Some(parent) = self.tree.parent(&header.parent) else {
            return Verdict::Wait;
        };
        let window = Height(self.tree.committed().height.0.saturating_add(self.config.window));
        let outside =
            header.height > self.limit() || (header.height > window && !header.is_empty());
        let early = header.time > now.plus_millis(millis(self.config.clock_bound));
        if outside || early || parent.height.next() != header.height || !self.extends(block) {
            return Verdict::Wait;
        }
        if header.time <= parent.time {
            return Verdict::Refuse(Refusal::TimeNotAfterParent);
        }
        self.judge_executed(block, &parent)
    }

    /// Whether the block extends what this validator prepared last in the view, the root of the
    /// view if it prepared nothing, or a block that a quorum prepared in the view.
    fn extends(&self, block: &Block) -> bool {
        let header = block.header();
        let follows = match self.rules.prepared_here() {
            Some(last) => last.block == header.parent && last.height.next() == header.height,
            None => {
                let root = &self.view_root().vote;
                root.block == header.parent && root.height.next() == header.height
            }
        };
        follows
            || self.certificate_here(header.height, &header.parent)
            || self.config.mutated(Mutation::UncertifiedJump)
            || self.config.mutated(Mutation::PrepareTwice)
    }

    /// Whether a quorum prepared the parent in the current view.
    fn certificate_here(&self, height: Height, parent: &hansa_primitives::BlockHash) -> bool {
        let view = self.rules.record().view;
        let rank = Rank { view, height: Height(height.0.saturating_sub(1)) };
        self.certified.get(&rank).is_some_and(|certificate| certificate.vote.block == *parent)
    }

    /// A vote confirms the reported state, so it has to be known here. Waiting for it keeps a state
    /// that only liars and laggards confirmed from ever being certified.
    fn judge_executed(&self, block: &Block, parent: &Parent) -> Verdict {
        let reported = block.header().executed;
        if reported == parent.executed {
            return Verdict::Prepare;
        }
        if reported.height <= parent.executed.height {
            return Verdict::Refuse(Refusal::ExecutedGoesBack);
        }
        match self.roots.get(reported.height) {
            Some(root) if root == reported.state_root => Verdict::Prepare,
            Some(_) => Verdict::Refuse(Refusal::StateDiffers),
            None if self.roots.last().is_none_or(|last| last.height < reported.height) => {
                Verdict::Wait
            }
            None => Verdict::Refuse(Refusal::StateTooOld),
        }
    }

    fn is_certified(&self, block: &Block) -> bool {
        let rank = Rank { view: block.header().view, height: block.height() };
        self.certified.get(&rank).is_some_and(|known| known.vote.block == block.hash())
    }

    /// Bounds what one leader can make others keep: the current view up to the window, and a
    /// window's worth of proposals of later views.
    fn has_room_for(&self, block: &Block) -> bool {
        let header = block.header();
        let (view, window) = (self.rules.record().view, self.config.window);
        let committed = self.tree.committed().height;
        let limit = Height(self.limit().0.saturating_add(window));
        if header.height <= committed || header.view < view {
            return false;
        }
        if header.view == view {
            return header.height <= limit;
        }
        let later = self.proposals.values().filter(|proposal| {
            let other = proposal.block.header();
            other.view > view && other.proposer == header.proposer
        });
        later.count() < window as usize
    }

    fn accuse_of_double_proposal(
        &mut self,
        rank: Rank,
        block: &Block,
        signature: Signature,
        out: &mut Out,
    ) {
        if let Some(known) = self.proposals.get(&rank) {
            let evidence = Evidence::DoubleProposal {
                who: block.header().proposer,
                first: (Arc::clone(known.block.header()), known.signature),
                second: (Arc::clone(block.header()), signature),
            };
            self.accuse(evidence, out);
        }
    }

    /// Shows the proposal to whoever voted for another one at its place: both can then accuse the
    /// leader, and whoever follows the wrong one learns of the other.
    pub(super) fn relay_conflicts(&mut self, rank: Rank, out: &mut Out) {
        let Some(known) = self.proposals.get(&rank) else { return };
        let hash = known.block.hash();
        let others: Vec<ValidatorIndex> = self
            .votes
            .dissenters(Phase::Prepare, rank, hash)
            .filter(|who| *who != self.config.index)
            .collect();
        for who in others {
            self.relay(rank, who, out);
        }
    }

    /// Shows one validator the proposal for a place, once.
    pub(super) fn relay(&mut self, rank: Rank, to: ValidatorIndex, out: &mut Out) {
        if let Some(known) = self.proposals.get(&rank)
            && known.block.header().proposer != to
            && self.relayed.insert((rank, to))
        {
            out.send_one(to, known.envelope());
        }
    }

    /// Records a vote of its own, sends it and counts it.
    pub(super) fn cast(&mut self, vote: crate::types::Vote, signature: Signature, out: &mut Out) {
        out.persist(Record::Safety(Box::new(self.rules.record().clone())));
        let from = self.config.index;
        out.send_all(Envelope { from, message: Message::Vote(vote), signature });
        self.count(from, vote, signature, out);
    }
}
