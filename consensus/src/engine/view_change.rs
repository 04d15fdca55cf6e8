//! Leaving a view and entering the next: view changes and new views.
//!
//! Origin: any validator. Signature: on the claim; a new view proves itself by a quorum of them.
//! Effect: f + 1 requests for later views make this validator join; a quorum of them starts the
//! view that its leader proves.

use super::{
    Mutation, Record, Replica,
    effects::{Emit, Out},
};
use crate::types::{Certificate, Envelope, Message, NewView, RankClaim, ViewChange};
use hansa_primitives::{Signature, ValidatorIndex, View};

impl Replica {
    pub(super) fn on_view_change(
        &mut self,
        from: ValidatorIndex,
        change: ViewChange,
        signature: Signature,
        out: &mut Out,
    ) {
        self.observe_certificate(&change.high);
        let key = |change: &ViewChange| (change.view, change.high.rank());
        let newer = self.changes.get(&from).is_none_or(|(known, _)| key(known) < key(&change));
        let (view, record) = (change.view, self.rules.record());
        let late = view < record.view || (view == record.view && !record.changing);
        if newer {
            self.changes.insert(from, (change, signature));
            self.check_memory(from, out);
        }
        if late {
            // The sender is behind: the proof of this view tells it.
            self.tell_status(from, out);
        }
    }

    /// The view has failed, or the change to it has.
    pub(super) fn on_progress_timeout(&mut self, out: &mut Out) {
        let record = self.rules.record();
        let behind = self.decided.is_some();
        let enough = self.asking_for(record.view) >= self.config.quorum();
        if behind || (record.changing && !enough) {
            // Not the view's fault: others go on without this validator, or did not leave yet.
            out.send_all(self.own_status());
            self.send_again(out);
        } else {
            self.start_view_change(record.view.next(), out);
        }
    }

    /// How many have asked for this view or a later one.
    pub(super) fn asking_for(&self, view: View) -> usize {
        self.changes.values().filter(|(change, _)| change.view >= view).count()
    }

    fn start_view_change(&mut self, view: View, out: &mut Out) {
        if view <= self.rules.record().view || self.rules.record().barred.is_some() {
            return;
        }
        self.rules.leave(view);
        self.pacer.back_off();
        self.asked = None;
        if let Some((change, signature)) = self.rules.claim() {
            out.persist(Record::Safety(Box::new(self.rules.record().clone())));
            self.changes.insert(self.config.index, (change.clone(), signature));
            out.send_all(self.signed(Message::ViewChange(change), signature));
        }
    }

    /// Joins a view change that at least one honest validator wants: the highest view that f + 1
    /// have asked for or passed. One liar, or f of them, move nobody.
    pub(super) fn try_join(&mut self, out: &mut Out) -> bool {
        let record = self.rules.record();
        if record.barred.is_some() {
            return false;
        }
        let mut later: Vec<View> = self
            .changes
            .iter()
            .filter(|(who, (change, _))| **who != self.config.index && change.view > record.view)
            .map(|(_, (change, _))| change.view)
            .collect();
        later.sort_unstable_by(|a, b| b.cmp(a));
        match later.get(self.config.set.faults_max()) {
            Some(view) => {
                self.start_view_change(*view, out);
                true
            }
            None => false,
        }
    }

    /// Proves the view that this validator leads, from a quorum of requests for it.
    pub(super) fn try_new_view(&mut self, out: &mut Out) -> bool {
        let record = self.rules.record();
        if !record.changing || record.barred.is_some() {
            return false;
        }
        let view = record.view;
        let changes: Vec<(ValidatorIndex, &ViewChange, Signature)> = self
            .changes
            .iter()
            .filter(|(_, (change, _))| change.view == view)
            .map(|(who, (change, signature))| (*who, change, *signature))
            .collect();
        if changes.len() < self.config.quorum() {
            return false;
        }
        let Some(high) = self.greatest(&changes) else { return false };
        if self.config.leader(view, high.vote.height.next()) != self.config.index {
            return false;
        }
        let ranks = changes.iter().map(|(validator, change, signature)| RankClaim {
            validator: *validator,
            high: change.high.rank(),
            signature: *signature,
        });
        let new_view =
            NewView { epoch: record.epoch, view, ranks: ranks.collect(), high: high.clone() };
        self.consider_new_view(&new_view, out);
        out.send_all(self.rules.envelope(Message::NewView(new_view)));
        true
    }

    fn greatest<'a>(
        &self,
        changes: &[(ValidatorIndex, &'a ViewChange, Signature)],
    ) -> Option<&'a Certificate> {
        let highs = changes.iter().map(|(_, change, _)| &change.high);
        let key = |high: &&Certificate| (high.rank(), high.vote.phase);
        if self.config.mutated(Mutation::IgnoreHigh) {
            return highs.min_by_key(key);
        }
        highs.max_by_key(key)
    }

    /// Enters a view that is proven to have begun. The first proof of a view counts.
    pub(super) fn consider_new_view(&mut self, new_view: &NewView, out: &mut Out) {
        self.observe_certificate(&new_view.high);
        if !self.rules.enter(new_view) {
            return;
        }
        out.persist(Record::Safety(Box::new(self.rules.record().clone())));
        self.pacer.restart(false);
        self.asked = None;
        self.exhausted = false;
        self.prune_views();
    }

    /// Lets go of proposals of views left behind that no certificate stands for, and of what only
    /// they descend from.
    fn prune_views(&mut self) {
        let record = self.rules.record();
        let (view, committed) = (record.view, self.tree.committed().height);
        self.certified.retain(|rank, certificate| {
            rank.view >= view
                || certificate.rank() == record.high.rank()
                || certificate.vote.phase == crate::types::Phase::Commit
        });
        let certified = self.certified.values().map(|certificate| certificate.vote.block);
        let proposed = self
            .proposals
            .values()
            .filter(|proposal| proposal.block.header().view >= view)
            .map(|proposal| proposal.block.hash());
        let roots = [record.high.vote.block, self.view_root().vote.block];
        let decided = self.decided.iter().map(|certificate| certificate.vote.block);
        let keep: Vec<_> = certified.chain(proposed).chain(roots).chain(decided).collect();
        self.tree.prune(keep.into_iter());
        self.changes.retain(|_, (change, _)| change.view > view);
        self.proposals.retain(|rank, _| rank.view.next() >= view || rank.height > committed);
    }

    /// Puts an own message with its signature into an envelope.
    pub(super) fn signed(&self, message: Message, signature: Signature) -> Envelope {
        Envelope { from: self.config.index, message, signature }
    }
}
