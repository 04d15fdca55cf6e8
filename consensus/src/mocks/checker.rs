//! The rules once more, in other words than the engine's.

use super::NodeId;
use crate::{
    evidence::Evidence,
    types::{Block, Certificate, Envelope, Message, Phase, Vote},
};
use hansa_primitives::{BlockHash, Height, ValidatorIndex, View};
use std::collections::{BTreeMap, BTreeSet};
use thiserror::Error;

/// What must never happen.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Violation {
    /// Two honest validators committed different blocks at one height.
    #[error("fork at height {height}: {first:?} and {second:?} (node {node:?})")]
    Fork {
        /// Where.
        height: Height,
        /// What was committed first.
        first: BlockHash,
        /// What was committed then.
        second: BlockHash,
        /// By whom.
        node: NodeId,
    },
    /// A block was delivered twice, out of order, or not as a child of the one before.
    #[error("node {node:?} was given height {got} where {expected} was due")]
    Order {
        /// Whose host.
        node: NodeId,
        /// The height that was due.
        expected: Height,
        /// The height that came.
        got: Height,
    },
    /// A certificate that fewer than a quorum, or someone twice, has signed.
    #[error("node {node:?} committed height {height} under a certificate of {signers} signers")]
    Certificate {
        /// Who accepted it.
        node: NodeId,
        /// The height.
        height: Height,
        /// Distinct signers.
        signers: usize,
    },
    /// An honest validator voted for two blocks at one place.
    #[error("honest validator {who} voted twice: {first:?} and {second:?}")]
    TwoVotes {
        /// Who.
        who: ValidatorIndex,
        /// First vote.
        first: Vote,
        /// Second vote.
        second: Vote,
    },
    /// An honest leader proposed two blocks at one place.
    #[error("honest validator {who} proposed twice at view {view}, height {height}")]
    TwoProposals {
        /// Who.
        who: ValidatorIndex,
        /// Where.
        view: View,
        /// Where.
        height: Height,
    },
    /// An honest validator voted in a view that it had left.
    #[error("honest validator {who} voted in view {voted} after leaving for view {left}")]
    VoteInOldView {
        /// Who.
        who: ValidatorIndex,
        /// The view of the vote.
        voted: View,
        /// The view it had asked for.
        left: View,
    },
    /// An honest validator was accused.
    #[error("honest validator {who} is accused of {kind}")]
    HonestAccused {
        /// Who.
        who: ValidatorIndex,
        /// Of what.
        kind: &'static str,
    },
    /// An honest validator stopped for a divergence that is not its own.
    #[error("node {0:?} halted although it computes what the others do")]
    Halted(NodeId),
    /// Nothing is decided although everything works again.
    #[error("stuck: {0}")]
    Stuck(String),
}

/// Watches honest nodes from outside: what they send, and what their hosts are given.
#[derive(Debug, Default)]
pub struct Checker {
    faults_max: usize,
    validators: usize,
    liars: BTreeSet<ValidatorIndex>,
    chain: BTreeMap<Height, BlockHash>,
    votes: BTreeMap<(ValidatorIndex, Phase, View, Height), Vote>,
    proposals: BTreeMap<(ValidatorIndex, View, Height), BlockHash>,
    left: BTreeMap<ValidatorIndex, View>,
    /// Whether to judge only what members see: forks, order, stalls, false accusations.
    pub outcomes_only: bool,
    /// What went wrong first.
    pub violation: Option<Violation>,
    /// Accusations of liars.
    pub accused: BTreeSet<(ValidatorIndex, &'static str)>,
    /// Everything that honest nodes accused somebody with.
    pub evidence: Vec<Evidence>,
}

impl Checker {
    /// Watches a committee of `validators` in which `liars` lie.
    pub fn new(validators: usize, liars: BTreeSet<ValidatorIndex>) -> Self {
        Self { validators, faults_max: (validators - 1) / 3, liars, ..Self::default() }
    }

    /// A block was given to an honest node's host, on top of `parent`.
    pub fn delivered(
        &mut self,
        node: NodeId,
        parent: (Height, BlockHash),
        block: &Block,
        certificate: &Certificate,
    ) {
        let (height, hash) = (block.height(), block.hash());
        let expected = Height(parent.0.0 + 1);
        if height != expected || block.header().parent != parent.1 {
            self.found(Violation::Order { node, expected, got: height });
        }
        let first = *self.chain.entry(height).or_insert(hash);
        if first != hash {
            self.found(Violation::Fork { height, first, second: hash, node });
        }
        let signers: BTreeSet<_> = certificate.signatures.iter().map(|(who, _)| *who).collect();
        // Any two certificates must share more validators than may lie.
        let enough = 2 * signers.len() > self.validators + self.faults_max;
        let distinct = signers.len() == certificate.signatures.len();
        let commits = certificate.vote.phase == Phase::Commit && certificate.vote.height >= height;
        let proven = enough && distinct && commits;
        if !(proven || self.outcomes_only) {
            self.found(Violation::Certificate { node, height, signers: signers.len() });
        }
    }

    /// An honest node sent a message of its own.
    pub fn sent(&mut self, envelope: &Envelope, block: Option<BlockHash>) {
        let who = envelope.from;
        match (&envelope.message, block) {
            (Message::Vote(vote), _) => self.voted(who, *vote),
            (Message::ViewChange(change), _) => {
                let left = self.left.entry(who).or_default();
                *left = change.view.max(*left);
            }
            (Message::PrePrepare(proposal), Some(block)) => {
                let (view, height) = (proposal.header.view, proposal.header.height);
                let first = *self.proposals.entry((who, view, height)).or_insert(block);
                if first != block && !self.outcomes_only {
                    self.found(Violation::TwoProposals { who, view, height });
                }
            }
            _ => {}
        }
    }

    fn voted(&mut self, who: ValidatorIndex, vote: Vote) {
        let place = (who, vote.phase, vote.view, vote.height);
        let known = self.votes.insert(place, vote);
        if self.outcomes_only {
            return;
        }
        if let Some(first) = known.filter(|first| first.block != vote.block) {
            self.found(Violation::TwoVotes { who, first, second: vote });
        }
        let left = self.left.get(&who).copied().unwrap_or_default();
        if known.is_none() && vote.view < left {
            self.found(Violation::VoteInOldView { who, voted: vote.view, left });
        }
    }

    /// An honest node accused somebody.
    pub fn accused(&mut self, evidence: Evidence) {
        let (who, kind) = (evidence.who(), evidence.kind());
        if self.liars.contains(&who) {
            self.accused.insert((who, kind));
        } else {
            self.found(Violation::HonestAccused { who, kind });
        }
        self.evidence.push(evidence);
    }

    /// Notes a violation; the first one counts.
    pub fn found(&mut self, violation: Violation) {
        self.violation.get_or_insert(violation);
    }

    /// How many heights some honest node has committed.
    pub fn height(&self) -> Height {
        self.chain.last_key_value().map_or(Height(0), |(height, _)| *height)
    }
}
