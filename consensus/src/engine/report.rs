//! Why nothing happens, for operators.

use super::{Divergence, Replica};
use crate::types::{Executed, Phase, Rank};
use hansa_primitives::{BlockHash, Height, ValidatorIndex, View};
use std::fmt;

/// Where a replica stands and what it waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// This validator.
    pub index: ValidatorIndex,
    /// Its view.
    pub view: View,
    /// Whether it is still changing to that view.
    pub changing: bool,
    /// View changes since the last progress.
    pub attempts: u32,
    /// The last height committed.
    pub committed: Height,
    /// The block at that height.
    pub block: BlockHash,
    /// The highest certificate.
    pub high: Rank,
    /// Who leads at the next height.
    pub leader: ValidatorIndex,
    /// The proposal at the next height, if one is here.
    pub proposal: Option<BlockHash>,
    /// Who voted to prepare it.
    pub prepared_by: Vec<ValidatorIndex>,
    /// Who voted to commit it.
    pub committed_by: Vec<ValidatorIndex>,
    /// Who asks for which later view.
    pub asking: Vec<(ValidatorIndex, View)>,
    /// Votes that decide.
    pub quorum: usize,
    /// Blocks whose data is not here.
    pub data_missing: Vec<(Height, BlockHash)>,
    /// The last state computed here.
    pub executed: Option<Executed>,
    /// The last height whose state a committed header reports.
    pub proven: Height,
    /// What it waits for.
    pub waiting: Waiting,
}

/// What a replica waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Waiting {
    /// For work: everything is decided and proven.
    Nothing,
    /// For the operator.
    Halted(Divergence),
    /// For a view that begins without it, because its safety record was lost.
    Barred,
    /// For headers below a certificate that is already known.
    Repair(Height),
    /// For others to ask for the view too.
    ViewChange {
        /// How many have asked.
        have: usize,
        /// How many are needed.
        need: usize,
    },
    /// For the proof of the view.
    NewView,
    /// For the leader.
    Proposal {
        /// The leader.
        leader: ValidatorIndex,
        /// The height to be proposed.
        height: Height,
    },
    /// For batches.
    Data {
        /// The height that orders them.
        height: Height,
    },
    /// For votes.
    Votes {
        /// Of this phase.
        phase: Phase,
        /// At this height.
        height: Height,
        /// Of whom none came.
        missing: Vec<ValidatorIndex>,
    },
}

impl fmt::Display for Waiting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => f.write_str("for work"),
            Self::Halted(divergence) => write!(f, "for the operator: {divergence}"),
            Self::Barred => f.write_str(
                "for the next view, because its safety record was lost; until then it follows \
                 without voting",
            ),
            Self::Repair(height) => write!(f, "for headers up to height {height}"),
            Self::ViewChange { have, need } => {
                write!(f, "for {need} validators to ask for the next view; {have} do")
            }
            Self::NewView => f.write_str("for the leader of the next view to begin it"),
            Self::Proposal { leader, height } => {
                write!(f, "for validator {leader} to propose height {height}")
            }
            Self::Data { height } => write!(f, "for batches that height {height} orders"),
            Self::Votes { phase, height, missing } => {
                let missing: Vec<_> = missing.iter().map(ToString::to_string).collect();
                let phase = if *phase == Phase::Prepare { "prepare" } else { "commit" };
                let missing = missing.join(", ");
                write!(f, "for votes to {phase} height {height}; none came from {missing}")
            }
        }
    }
}

impl Replica {
    /// Where this validator stands and what it waits for.
    pub fn status(&self) -> Report {
        let record = self.rules.record();
        let committed = self.tree.committed();
        let rank = Rank { view: record.view, height: committed.height.next() };
        let proposal = self.proposals.get(&rank).map(|proposal| proposal.block.hash());
        let voters = |phase| -> Vec<ValidatorIndex> {
            let voters = proposal.map(|block| self.votes.voters(phase, rank, block));
            voters.into_iter().flatten().collect()
        };
        let (prepared_by, committed_by) = (voters(Phase::Prepare), voters(Phase::Commit));
        Report {
            index: self.config.index,
            view: record.view,
            changing: record.changing,
            attempts: self.pacer.attempts(),
            committed: committed.height,
            block: committed.block,
            high: record.high.rank(),
            leader: self.config.leader(record.view, rank.height),
            waiting: self.waiting(rank, proposal, &prepared_by, &committed_by),
            proposal,
            prepared_by,
            committed_by,
            asking: self.changes.iter().map(|(who, (change, _))| (*who, change.view)).collect(),
            quorum: self.config.quorum(),
            data_missing: self.tree.waiting().map(|b| (b.height(), b.hash())).collect(),
            executed: self.roots.last(),
            proven: committed.executed.height,
        }
    }

    fn waiting(
        &self,
        rank: Rank,
        proposal: Option<BlockHash>,
        prepared_by: &[ValidatorIndex],
        committed_by: &[ValidatorIndex],
    ) -> Waiting {
        let record = self.rules.record();
        let (height, need) = (rank.height, self.config.quorum());
        if let Some(divergence) = self.halted {
            return Waiting::Halted(divergence);
        }
        if record.barred.is_some() {
            return Waiting::Barred;
        }
        if let Some(certificate) = &self.decided {
            return Waiting::Repair(certificate.vote.height);
        }
        if record.changing {
            let have = self.asking_for(record.view);
            return if have < need { Waiting::ViewChange { have, need } } else { Waiting::NewView };
        }
        if !self.outstanding() {
            return Waiting::Nothing;
        }
        if proposal.is_none() {
            return Waiting::Proposal { leader: self.config.leader(rank.view, height), height };
        }
        if self.tree.waiting().any(|block| Some(block.hash()) == proposal) {
            return Waiting::Data { height };
        }
        let prepared = prepared_by.len() >= need;
        let (phase, voters) =
            if prepared { (Phase::Commit, committed_by) } else { (Phase::Prepare, prepared_by) };
        let missing = self.config.set.indexes().filter(|who| !voters.contains(who)).collect();
        Waiting::Votes { phase, height, missing }
    }
}
