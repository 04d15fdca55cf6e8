//! Repair: telling where one stands, and sending what others lack.
//!
//! Origin: any validator, when a link comes up, when a resend is due, or when something is missing.
//! Signature: on the whole message; what is inside proves itself. Effect: whoever is ahead answers
//! with headers under one certificate; whoever is in a later view answers with its proof.

use super::{
    Effect, Record, Replica,
    config::millis,
    effects::{Emit, Out},
    io::Now,
    replica::in_view,
    tree::Data,
};
use crate::types::{Block, Certificate, Chain, Envelope, Header, Message, Phase, Rank, Status};
use hansa_primitives::{Height, ValidatorIndex, View, limits};
use std::{collections::BTreeMap, sync::Arc};

/// When whom was asked, told or served, so that repair costs no more than it must.
#[derive(Clone, Debug, Default)]
pub(super) struct Repair {
    pub(super) now: Now,
    missing: Option<Now>,
    told: BTreeMap<ValidatorIndex, Now>,
    served: BTreeMap<ValidatorIndex, (Height, Rank, Now)>,
    views: BTreeMap<ValidatorIndex, View>,
    turn: usize,
}

impl Repair {
    /// A resend is due: everyone may be asked, told and served again.
    pub(super) fn expire(&mut self, now: Now) {
        *self = Self { now, views: std::mem::take(&mut self.views), ..Self::default() };
    }
}

impl Replica {
    /// Where this validator stands.
    pub(super) fn own_status(&self) -> Envelope {
        let record = self.rules.record();
        self.rules.envelope(Message::Status(Status {
            epoch: record.epoch,
            view: record.view,
            changing: record.changing,
            committed: self.tree.committed().height,
            linked: self.linked(),
            high: record.high.clone(),
            new_view: record.new_view.clone(),
            asks: record.barred == Some(View(u64::MAX)),
        }))
    }

    /// The rank up to which the whole chain is here.
    fn linked(&self) -> Rank {
        let high = &self.rules.record().high;
        if self.tree.is_linked(&high.vote.block) {
            high.rank()
        } else {
            self.tree.committed().certificate.rank()
        }
    }

    pub(super) fn on_status(
        &mut self,
        now: Now,
        from: ValidatorIndex,
        status: &Status,
        out: &mut Out,
    ) {
        self.observe_certificate(&status.high);
        if let Some(new_view) = &status.new_view {
            self.consider_new_view(new_view, out);
        }
        self.learn_view(from, status.view, out);
        let committed = self.tree.committed().height;
        let linked = self.linked();
        if status.committed < committed || status.linked < linked {
            self.serve(now, from, status, linked, out);
        }
        let record = self.rules.record();
        let behind = status.view < record.view
            || (status.view == record.view && status.changing && !record.changing);
        let ahead = status.committed > committed || status.linked > linked;
        if behind || ahead || status.asks {
            self.tell_status(from, out);
        }
    }

    /// Sends one validator the own status, unless it was just told.
    pub(super) fn tell_status(&mut self, to: ValidatorIndex, out: &mut Out) {
        let now = self.repair.now;
        if self.is_due(self.repair.told.get(&to).copied(), now) {
            self.repair.told.insert(to, now);
            out.send_one(to, self.own_status());
        }
    }

    fn is_due(&self, last: Option<Now>, now: Now) -> bool {
        last.is_none_or(|last| now < last || now.since(last) >= millis(self.config.resend))
    }

    /// Sends what the sender of the status lacks: committed headers from the ledger, others from
    /// here.
    fn serve(
        &mut self,
        now: Now,
        to: ValidatorIndex,
        status: &Status,
        linked: Rank,
        out: &mut Out,
    ) {
        let last = self.repair.served.get(&to).copied();
        let same = last.filter(|(height, rank, _)| (*height, *rank) == (status.committed, linked));
        if !self.is_due(same.map(|(_, _, at)| at), now) {
            return;
        }
        self.repair.served.insert(to, (status.committed, linked, now));
        if status.committed < self.tree.committed().height {
            let headers_max = limits::CHAIN_HEADERS_MAX;
            out.push_back(Effect::Load { to, after: status.committed, headers_max });
            return;
        }
        let certificate = self.rules.record().high.clone();
        if certificate.rank() != linked {
            return;
        }
        let path = self.tree.path(&certificate.vote.block).unwrap_or_default();
        let missing = path.iter().filter(|block| block.height() > status.committed);
        let headers: Vec<_> = missing.map(|block| Arc::clone(block.header())).collect();
        self.on_loaded(to, headers, certificate, out);
    }

    pub(super) fn on_loaded(
        &mut self,
        to: ValidatorIndex,
        headers: Vec<Arc<Header>>,
        certificate: Certificate,
        out: &mut Out,
    ) {
        if !headers.is_empty() {
            let committed = self.tree.committed().height;
            let chain = Chain { headers, certificate, committed };
            out.send_one(to, self.rules.envelope(Message::Chain(chain)));
        }
    }

    pub(super) fn on_chain(
        &mut self,
        from: ValidatorIndex,
        chain: &Chain,
        blocks: Vec<Block>,
        out: &mut Out,
    ) {
        let before = self.tree.committed().height;
        let known = blocks.first().is_some_and(|first| {
            first.height() <= before || self.tree.is_linked(&first.header().parent)
        });
        if !known {
            return;
        }
        for block in blocks.iter().filter(|block| block.height() > before) {
            self.tree.insert(block, Data::Unasked);
        }
        self.observe_certificate(&chain.certificate);
        let vote = &chain.certificate.vote;
        let decides = vote.phase == Phase::Commit && vote.height > before;
        if decides && self.tree.is_linked(&vote.block) {
            self.deliver(chain.certificate.clone(), out);
        }
        let after = self.tree.committed().height;
        if before < after && after < chain.committed {
            out.send_one(from, self.own_status());
        }
    }

    /// Asks one of those who must have it for the chain below a certificate, if any of it is
    /// missing.
    pub(super) fn ask_for_missing(&mut self, now: Now, out: &mut Out) {
        let record = self.rules.record();
        let lacks = |certificate: &&Certificate| {
            certificate.vote.height > self.tree.committed().height
                && !self.tree.is_linked(&certificate.vote.block)
        };
        let missing = self.decided.iter().chain([&record.high]).find(lacks);
        let Some(certificate) = missing else { return };
        if !self.is_due(self.repair.missing, now) {
            return;
        }
        let signers: Vec<_> =
            certificate.signers().filter(|signer| *signer != self.config.index).collect();
        if signers.is_empty() {
            return;
        }
        let to = signers[self.repair.turn % signers.len()];
        self.repair.turn = self.repair.turn.wrapping_add(1);
        self.repair.missing = Some(now);
        out.send_one(to, self.own_status());
    }

    /// Sends everything again that others may wait for; the bytes are the same as before.
    pub(super) fn send_again(&mut self, out: &mut Out) {
        let record = self.rules.record();
        let committed = self.tree.committed().height;
        for (_, proposal) in self.proposals.range(in_view(record.view)) {
            let header = proposal.block.header();
            if header.proposer == self.config.index && header.height > committed {
                out.send_all(proposal.envelope());
            }
        }
        for (vote, signature) in self.votes.of(self.config.index) {
            out.send_all(self.signed(Message::Vote(*vote), *signature));
        }
        if let Some((change, signature)) = self.rules.claim() {
            // The certificate in it may have grown since it was recorded.
            out.persist(Record::Safety(Box::new(record.clone())));
            out.send_all(self.signed(Message::ViewChange(change.clone()), signature));
            self.changes.insert(self.config.index, (change, signature));
        }
        out.extend(self.tree.waiting().cloned().map(Effect::Check));
    }

    /// Without a safety record, learns from a quorum which views it may have voted in.
    fn learn_view(&mut self, from: ValidatorIndex, view: View, out: &mut Out) {
        if self.rules.record().barred != Some(View(u64::MAX)) {
            return;
        }
        self.repair.views.insert(from, view);
        if self.repair.views.len() < self.config.quorum() {
            return;
        }
        if let Some(view) = self.repair.views.values().max() {
            self.rules.bar(*view);
            out.persist(Record::Safety(Box::new(self.rules.record().clone())));
        }
    }
}
