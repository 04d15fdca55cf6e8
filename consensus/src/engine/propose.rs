//! What a leader extends, and when it proposes.
//!
//! It extends the highest block that a quorum prepared in the view, or its own last proposal; in a
//! view without either, the root of the view. Taking over from another leader inside a view
//! therefore waits for one certificate, which goes along with the proposal.

use super::{
    Effect, Replica,
    effects::{Emit, Out},
    io::Now,
    tree::Parent,
};
use crate::types::{
    BatchRef, Block, Certificate, Envelope, Executed, Header, Message, NewView, PrePrepare,
};
use hansa_primitives::{BlockHash, Digest, Height, invariant};
use std::sync::Arc;

/// What the next proposal extends.
struct Base {
    block: BlockHash,
    parent: Parent,
    certificate: Option<Certificate>,
    new_view: Option<NewView>,
    /// Whether it is the root of the view.
    root: bool,
}

impl Replica {
    /// Proposes, or asks the host what to propose, if this validator leads and there is room.
    pub(super) fn try_propose(&mut self, now: Now, out: &mut Out) -> bool {
        let Some(base) = self.base() else { return false };
        let committed = self.tree.committed().height;
        if base.root && base.parent.height > committed {
            // Blocks of an earlier view are prepared: one block of this view decides them all.
            self.propose(now, base, Vec::new(), self.config.empty_root, out);
            return true;
        }
        if self.asked == Some(base.block) {
            return false;
        }
        let height = base.parent.height.next();
        let window = Height(committed.0.saturating_add(self.config.window));
        let executed = self.roots.last().map_or(committed, |last| last.height);
        let lag = committed.0.saturating_sub(executed.0);
        let ready = lag <= self.config.window.saturating_mul(4);
        if self.work && !self.exhausted && ready && height <= window {
            self.ask_for_payload(&base, out);
            return false;
        }
        if self.unproven() && base.parent.height == committed {
            self.propose(now, base, Vec::new(), self.config.empty_root, out);
            return true;
        }
        false
    }

    pub(super) fn on_payload(
        &mut self,
        now: Now,
        parent: BlockHash,
        batches: Vec<BatchRef>,
        transactions_root: Digest,
        out: &mut Out,
    ) {
        if self.asked != Some(parent) {
            return;
        }
        self.asked = None;
        if batches.is_empty() {
            self.exhausted = true;
            return;
        }
        invariant!(
            batches.len() <= self.config.batches_max,
            "the host orders no more batches than it was asked for"
        );
        let committed = self.tree.committed().height;
        let window = Height(committed.0.saturating_add(self.config.window));
        if let Some(base) = self.base()
            && base.block == parent
            && base.parent.height < window
        {
            self.propose(now, base, batches, transactions_root, out);
        }
    }

    fn ask_for_payload(&mut self, base: &Base, out: &mut Out) {
        let Some(undecided) = self.tree.path(&base.block) else { return };
        self.asked = Some(base.block);
        out.push_back(Effect::NeedPayload {
            parent: base.block,
            height: base.parent.height.next(),
            batches_max: self.config.batches_max,
            undecided,
        });
    }

    /// What this validator may extend now; none if it does not lead, or has to wait.
    fn base(&self) -> Option<Base> {
        if !self.rules.active() || self.halted.is_some() {
            return None;
        }
        let base = self.highest()?;
        let (view, height) = (self.rules.record().view, base.parent.height.next());
        let allowed = self.config.leader(view, height) == self.config.index
            && height <= self.limit()
            && self.rules.may_propose(height)
            && self.tree.is_linked(&base.block);
        allowed.then_some(base)
    }

    fn highest(&self) -> Option<Base> {
        let record = self.rules.record();
        let leads = |height| self.config.leader(record.view, height) == self.config.index;
        let root = &self.view_root().vote;
        let prepared = self.rules.prepared_here();
        let high = &record.high.vote;
        let above = prepared.map_or(root.height, |vote| vote.height);
        if high.view == record.view && high.height > root.height && high.height >= above {
            let own = prepared.is_some_and(|vote| vote.block == high.block) && leads(high.height);
            return Some(Base {
                block: high.block,
                parent: self.tree.parent(&high.block)?,
                certificate: (!own).then(|| record.high.clone()),
                new_view: None,
                root: false,
            });
        }
        if let Some(vote) = prepared {
            return leads(vote.height).then_some(Base {
                block: vote.block,
                parent: self.tree.parent(&vote.block)?,
                certificate: None,
                new_view: None,
                root: false,
            });
        }
        Some(Base {
            block: root.block,
            parent: self.tree.parent(&root.block)?,
            certificate: None,
            new_view: record.new_view.clone(),
            root: true,
        })
    }

    fn propose(
        &mut self,
        now: Now,
        base: Base,
        batches: Vec<BatchRef>,
        transactions_root: Digest,
        out: &mut Out,
    ) {
        let header = Arc::new(Header {
            epoch: self.config.set.epoch(),
            view: self.rules.record().view,
            height: base.parent.height.next(),
            parent: base.block,
            proposer: self.config.index,
            time: now.max(base.parent.time.plus_millis(1)),
            batches,
            transactions_root,
            executed: self.report_executed(&base.parent),
            validators: self.config.set.digest(&self.config.chain),
            protocol: self.config.protocol,
        });
        let block = Block::new(&self.config.chain, Arc::clone(&header));
        let Some(signature) = self.rules.propose(&block) else { return };
        let Some((vote, own)) = self.rules.prepare(&block) else { return };
        invariant!(vote.block == block.hash(), "a leader prepares what it proposes");
        out.keep(&header);
        let Base { certificate: parent, new_view, .. } = base;
        let message = PrePrepare { header, parent, new_view };
        self.store_proposal(block.clone(), message.clone(), signature);
        self.tree.set_data(&block.hash(), super::tree::Data::Available);
        self.tree.set_voted(&block.hash());
        let from = self.config.index;
        out.send_all(Envelope { from, message: Message::PrePrepare(message), signature });
        self.cast(vote, own, out);
    }

    /// The last state computed here, but never one before the parent's report.
    fn report_executed(&self, parent: &Parent) -> Executed {
        let last = self.roots.last().filter(|last| last.height <= parent.height);
        last.filter(|last| last.height > parent.executed.height).unwrap_or(parent.executed)
    }
}
