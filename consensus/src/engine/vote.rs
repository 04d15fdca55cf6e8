//! Votes and certificates: the second vote, and the decision.
//!
//! Origin: any validator. Signature: on the vote. Effect: a quorum of votes to prepare makes this
//! validator vote to commit; a quorum of those decides the block and every block before it.

use super::{Effect, Replica, effects::Out, recovery::Committed, replica::in_view, votes::Added};
use crate::{
    evidence::Evidence,
    types::{Block, Certificate, Phase, Vote},
};
use hansa_primitives::{Signature, ValidatorIndex, invariant};

impl Replica {
    pub(super) fn on_vote(
        &mut self,
        from: ValidatorIndex,
        vote: Vote,
        signature: Signature,
        out: &mut Out,
    ) {
        let other = self.proposals.get(&vote.rank()).map(|proposal| proposal.block.hash());
        if vote.phase == Phase::Prepare && other.is_some_and(|block| block != vote.block) {
            self.relay(vote.rank(), from, out);
        }
        if vote.height > self.tree.committed().height {
            self.count(from, vote, signature, out);
        }
        self.check_memory(from, out);
    }

    /// Counts a vote, own or other.
    pub(super) fn count(
        &mut self,
        from: ValidatorIndex,
        vote: Vote,
        signature: Signature,
        out: &mut Out,
    ) {
        match self.votes.add(from, vote, signature) {
            Added::Useless => {}
            Added::Contradicts(known, other) => {
                let (first, second) = ((known, other), (vote, signature));
                self.accuse(Evidence::DoubleVote { who: from, first, second }, out);
            }
            Added::Counted(votes) if votes == self.config.quorum() => {
                let certificate = self.votes.certificate(&vote);
                self.observe_certificate(&certificate);
            }
            Added::Counted(_) => {}
        }
    }

    /// Takes a certificate in, however it came: late ones and those of views left behind count.
    pub(super) fn observe_certificate(&mut self, certificate: &Certificate) {
        self.rules.observe(certificate);
        self.note_certificate(certificate);
    }

    /// Keeps a certificate where the rules look for it.
    pub(super) fn note_certificate(&mut self, certificate: &Certificate) {
        let vote = &certificate.vote;
        let committed = self.tree.committed().height;
        if vote.height < committed {
            return;
        }
        let rank = vote.rank();
        let known = self.certified.get(&rank).map(|known| known.vote.phase);
        if known.is_none_or(|phase| phase < vote.phase) {
            self.certified.insert(rank, certificate.clone());
        }
        // While headers are missing, certificates pile up; the highest are the useful ones.
        while self.certified.len() > 64 + 16 * self.config.window as usize {
            self.certified.pop_first();
        }
        let higher = self.decided.as_ref().is_none_or(|known| known.vote.height < vote.height);
        if vote.phase == Phase::Commit && vote.height > committed && higher {
            self.decided = Some(certificate.clone());
        }
    }

    /// Votes to commit the lowest certified block of the view that it has not voted on yet.
    pub(super) fn try_commit(&mut self, out: &mut Out) -> bool {
        let stale = self.config.mutated(super::Mutation::VoteAfterViewChange);
        if !self.rules.active() && !stale {
            return false;
        }
        let committed = self.tree.committed().height;
        let last = self.rules.committed_here().map_or(committed, |v| v.height.max(committed));
        let here = in_view(self.rules.record().view);
        let next = self
            .certified
            .iter()
            .filter(|(rank, _)| (here.contains(rank) && rank.height > last) || stale)
            .find(|(_, certificate)| {
                let vote = &certificate.vote;
                let fresh = self.rules.record().committed.is_none_or(|v| v.rank() < vote.rank());
                vote.height > committed && fresh && self.tree.is_linked(&vote.block)
            })
            .map(|(_, certificate)| certificate.clone());
        let Some(certificate) = next else { return false };
        let Some((vote, signature)) = self.rules.commit(&certificate) else { return false };
        self.cast(vote, signature, out);
        true
    }

    /// Delivers the highest decided chain that is complete here.
    pub(super) fn try_decide(&mut self, out: &mut Out) -> bool {
        let committed = self.tree.committed().height;
        let complete = |certificate: &&Certificate| {
            let vote = &certificate.vote;
            vote.phase == Phase::Commit
                && vote.height > committed
                && self.tree.is_linked(&vote.block)
        };
        let highest = self
            .certified
            .values()
            .chain(&self.decided)
            .filter(complete)
            .max_by_key(|certificate| certificate.vote.height)
            .cloned();
        match highest {
            Some(certificate) => self.deliver(certificate, out),
            None => false,
        }
    }

    pub(super) fn deliver(&mut self, certificate: Certificate, out: &mut Out) -> bool {
        let Some(blocks) = self.tree.path(&certificate.vote.block) else { return false };
        let Some(last) = blocks.last() else { return false };
        let mut height = self.tree.committed().height;
        for block in &blocks {
            invariant!(block.height() == height.next(), "heights of a chain count up by one");
            height = block.height();
        }
        invariant!(height == certificate.vote.height, "the certificate is for the last block");
        for block in &blocks {
            self.note_committed(block, out);
        }
        self.tree.commit(Committed::of(last, certificate.clone()));
        if self.decided.as_ref().is_some_and(|known| known.vote.height <= height) {
            self.decided = None;
        }
        self.forget();
        self.exhausted = false;
        self.pacer.restart(true);
        out.push_back(Effect::Commit { blocks, certificate });
        true
    }

    fn note_committed(&mut self, block: &Block, out: &mut Out) {
        if !block.header().is_empty() {
            self.laden = block.height();
        }
        if let Some(divergence) = self.roots.report(block.header()) {
            self.halt(divergence, out);
        }
    }

    /// A commit vote above the certificate that the same validator claimed as its highest
    /// afterwards.
    pub(super) fn check_memory(&mut self, who: ValidatorIndex, out: &mut Out) {
        let Some((change, signature)) = self.changes.get(&who) else { return };
        let claim = change.claim();
        let forgotten = self.votes.of(who).find(|(vote, _)| {
            vote.phase == Phase::Commit && vote.view < claim.view && vote.rank() > claim.high
        });
        if let Some(commit) = forgotten.copied() {
            let change = (claim, *signature);
            self.accuse(Evidence::Amnesia { who, commit, change }, out);
        }
    }
}
