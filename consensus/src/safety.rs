//! The voting rules and the record behind them: the only file that signs.
//!
//! Each method that signs first changes the [`Safety`] record and says so by returning a signature;
//! the caller emits the record to be persisted with it. Nothing that is signed here may leave
//! before the record is durable.

use crate::{
    engine::{Config, Mutation},
    types::{Block, Certificate, Envelope, Message, NewView, Phase, Rank, ViewChange, Vote},
};
use bincode::{Decode, Encode};
use hansa_primitives::{
    BlockHash, Epoch, Height, Signature, Signer, View, codec::Canonical, invariant,
};
use std::sync::Arc;

/// All that must survive a crash for this validator to stay honest.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Safety {
    /// The epoch.
    pub epoch: Epoch,
    /// The view voted in, or changed to.
    pub view: View,
    /// Whether the view is left for `view`, which has not begun.
    pub changing: bool,
    /// Set after the record was lost: nothing is signed before a view later than this one begins.
    pub barred: Option<View>,
    /// The highest vote to prepare.
    pub prepared: Option<Vote>,
    /// The highest vote to commit.
    pub committed: Option<Vote>,
    /// The highest own proposal.
    pub proposed: Option<(View, Height, BlockHash)>,
    /// The highest certificate known.
    pub high: Certificate,
    /// The proof of the view, from the second view on.
    pub new_view: Option<NewView>,
}

impl Canonical for Safety {
    const BYTES_MAX: usize = 64 * 1024;
}

impl Safety {
    /// The record of a validator that has never signed anything on this chain.
    pub fn first(epoch: Epoch, genesis: BlockHash) -> Self {
        Self {
            epoch,
            view: View(0),
            changing: false,
            barred: None,
            prepared: None,
            committed: None,
            proposed: None,
            high: Certificate::genesis(genesis),
            new_view: None,
        }
    }

    /// The record of a validator that may have signed anything: it signs nothing until the others
    /// have begun a view without it.
    pub(crate) fn lost(epoch: Epoch, root: &Certificate) -> Self {
        Self { barred: Some(View(u64::MAX)), ..Self::first(epoch, root.vote.block) }
    }
}

/// The record with the key; every signature of this validator comes from here.
pub(crate) struct Rules {
    record: Safety,
    config: Arc<Config>,
    signer: Arc<dyn Signer>,
}

impl Rules {
    pub(crate) fn new(record: Safety, config: Arc<Config>, signer: Arc<dyn Signer>) -> Self {
        Self { record, config, signer }
    }

    pub(crate) fn record(&self) -> &Safety {
        &self.record
    }

    /// Whether votes may be cast in the current view.
    pub(crate) fn active(&self) -> bool {
        !self.record.changing && self.record.barred.is_none()
    }

    /// Height and block of the last vote to prepare in the current view.
    pub(crate) fn prepared_here(&self) -> Option<Vote> {
        self.record.prepared.filter(|vote| vote.view == self.record.view)
    }

    /// The last vote to commit in the current view.
    pub(crate) fn committed_here(&self) -> Option<Vote> {
        self.record.committed.filter(|vote| vote.view == self.record.view)
    }

    /// Votes to prepare the block: once for a view and height, in the current view only.
    pub(crate) fn prepare(&mut self, block: &Block) -> Option<(Vote, Signature)> {
        let vote = self.vote(Phase::Prepare, block.header().view, block.height(), block.hash());
        let twice = self.config.mutated(Mutation::PrepareTwice);
        let fresh = self
            .prepared_here()
            .is_none_or(|last| last.height < vote.height || (twice && last.block != vote.block));
        if !self.active() || vote.view != self.record.view || !fresh {
            return None;
        }
        self.record.prepared = Some(vote);
        Some((vote, self.sign(&Message::Vote(vote))))
    }

    /// Votes to commit the block of a certificate of the current view, which becomes the lock.
    pub(crate) fn commit(&mut self, certificate: &Certificate) -> Option<(Vote, Signature)> {
        let Vote { view, height, block, .. } = certificate.vote;
        let vote = self.vote(Phase::Commit, view, height, block);
        let here = self.active() && view == self.record.view
            || self.config.mutated(Mutation::VoteAfterViewChange);
        let fresh = self.record.committed.is_none_or(|last| last.rank() < vote.rank());
        if !here || !fresh || self.record.barred.is_some() {
            return None;
        }
        self.observe(certificate);
        invariant!(
            self.record.high.rank() >= vote.rank() || self.record.changing,
            "a vote to commit is covered by the certificate that later claims report"
        );
        self.record.committed = Some(vote);
        Some((vote, self.sign(&Message::Vote(vote))))
    }

    /// Signs an own proposal: once for a view and height, also after a restart.
    pub(crate) fn propose(&mut self, block: &Block) -> Option<Signature> {
        let rank = Rank { view: block.header().view, height: block.height() };
        let last = self.record.proposed.map(|(view, height, _)| Rank { view, height });
        if !self.active() || rank.view != self.record.view || last >= Some(rank) {
            return None;
        }
        self.record.proposed = Some((rank.view, rank.height, block.hash()));
        Some(self.sign_proposal(block))
    }

    /// Signs an own proposal again after a restart; the same bytes give the same signature. The
    /// block must be an ancestor of the highest own proposal, or that proposal.
    pub(crate) fn sign_proposal(&self, block: &Block) -> Signature {
        self.signer.sign(&block.proposal_bytes(&self.config.chain))
    }

    /// Whether this view and height may still be proposed for.
    pub(crate) fn may_propose(&self, height: Height) -> bool {
        let rank = Rank { view: self.record.view, height };
        let last = self.record.proposed.map(|(view, height, _)| Rank { view, height });
        self.active() && last < Some(rank)
    }

    /// Keeps the certificate if it is the highest; of equal rank, a commitment says more.
    pub(crate) fn observe(&mut self, certificate: &Certificate) {
        let key = |certificate: &Certificate| (certificate.rank(), certificate.vote.phase);
        if key(certificate) > key(&self.record.high) {
            self.record.high = certificate.clone();
        }
    }

    /// Leaves for a later view: from here on no vote in any earlier one.
    pub(crate) fn leave(&mut self, view: View) {
        invariant!(view > self.record.view, "views only grow");
        self.record.view = view;
        self.record.changing = true;
        self.record.new_view = None;
    }

    /// The request for the view that is changed to.
    pub(crate) fn claim(&self) -> Option<(ViewChange, Signature)> {
        if !self.record.changing || self.record.barred.is_some() {
            return None;
        }
        let Safety { epoch, view, high, .. } = &self.record;
        let change = ViewChange { epoch: *epoch, view: *view, high: high.clone() };
        let signature = self.sign(&Message::ViewChange(change.clone()));
        Some((change, signature))
    }

    /// Enters a view that has been proven to begin: the first proof of a view counts, and only
    /// that.
    pub(crate) fn enter(&mut self, new_view: &NewView) -> bool {
        let current = self.record.view;
        if new_view.view < current || (new_view.view == current && !self.record.changing) {
            return false;
        }
        self.record.view = new_view.view;
        self.record.changing = false;
        self.record.new_view = Some(new_view.clone());
        if self.record.barred.is_some_and(|barred| new_view.view > barred) {
            self.record.barred = None;
        }
        self.observe(&new_view.high);
        true
    }

    /// Lowers the bar of a validator that lost its record, once a quorum told their views.
    pub(crate) fn bar(&mut self, view: View) {
        invariant!(self.record.barred.is_some(), "only a validator that lost its record is barred");
        self.record.barred = Some(view.max(self.record.view));
    }

    /// Signs a message that decides nothing.
    pub(crate) fn envelope(&self, message: Message) -> Envelope {
        let decides =
            matches!(message, Message::PrePrepare(_) | Message::Vote(_) | Message::ViewChange(_));
        invariant!(!decides, "what binds this validator is signed by a rule of its own");
        let signature = self.sign(&message);
        Envelope { from: self.config.index, message, signature }
    }

    /// Signs the last votes again, for peers that missed them.
    pub(crate) fn last_votes(&self) -> impl Iterator<Item = (Vote, Signature)> {
        let votes = [self.record.prepared, self.record.committed];
        let barred = self.record.barred.is_some();
        votes
            .into_iter()
            .flatten()
            .filter(move |_| !barred)
            .map(|vote| (vote, self.sign(&Message::Vote(vote))))
    }

    fn vote(&self, phase: Phase, view: View, height: Height, block: BlockHash) -> Vote {
        Vote { epoch: self.record.epoch, phase, view, height, block }
    }

    fn sign(&self, message: &Message) -> Signature {
        self.signer.sign(&message.signing_bytes(&self.config.chain))
    }
}
