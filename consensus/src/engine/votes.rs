//! Who voted for what. Bounded for each validator, so that nobody fills it for others.

use crate::types::{Certificate, Phase, Rank, Vote};
use hansa_primitives::{BlockHash, Height, Signature, ValidatorIndex};
use std::collections::BTreeMap;

/// What came of a vote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Added {
    /// Counted; so many have voted for the same by now.
    Counted(usize),
    /// Already known, or of a place that is of no use any more.
    Useless,
    /// The validator voted for something else before, which stays.
    Contradicts(Vote, Signature),
}

type Slot = (Rank, Phase);

/// All votes above the committed height.
#[derive(Clone, Debug)]
pub(super) struct Votes {
    slots_max: usize,
    by_validator: BTreeMap<ValidatorIndex, BTreeMap<Slot, (Vote, Signature)>>,
    tally: BTreeMap<Vote, BTreeMap<ValidatorIndex, Signature>>,
}

impl Votes {
    pub(super) fn new(window: u64) -> Self {
        let slots_max = 64 + 8 * window as usize;
        Self { slots_max, by_validator: BTreeMap::new(), tally: BTreeMap::new() }
    }

    pub(super) fn add(&mut self, from: ValidatorIndex, vote: Vote, signature: Signature) -> Added {
        let slot = (vote.rank(), vote.phase);
        let slots = self.by_validator.entry(from).or_default();
        match slots.get(&slot) {
            Some((known, _)) if known.block == vote.block => return Added::Useless,
            Some((known, signature)) => return Added::Contradicts(*known, *signature),
            None => {}
        }
        slots.insert(slot, (vote, signature));
        let full = slots.len() > self.slots_max;
        let dropped = if full { slots.pop_first() } else { None };
        self.tally.entry(vote).or_default().insert(from, signature);
        if let Some((_, (old, _))) = dropped {
            self.untally(from, &old);
            if old == vote {
                return Added::Useless;
            }
        }
        Added::Counted(self.tally.get(&vote).map_or(0, BTreeMap::len))
    }

    /// The certificate that the votes counted make; signers ascending.
    pub(super) fn certificate(&self, vote: &Vote) -> Certificate {
        let signatures = self.tally.get(vote).into_iter().flatten();
        Certificate {
            vote: *vote,
            signatures: signatures.map(|(who, signature)| (*who, *signature)).collect(),
        }
    }

    /// The votes of one validator, ascending.
    pub(super) fn of(&self, who: ValidatorIndex) -> impl Iterator<Item = &(Vote, Signature)> {
        self.by_validator.get(&who).into_iter().flat_map(BTreeMap::values)
    }

    /// Who voted for a block in a phase.
    pub(super) fn voters(
        &self,
        phase: Phase,
        rank: Rank,
        block: BlockHash,
    ) -> impl Iterator<Item = ValidatorIndex> {
        let is = move |slots: &BTreeMap<Slot, (Vote, Signature)>| {
            slots.get(&(rank, phase)).is_some_and(|(vote, _)| vote.block == block)
        };
        self.by_validator.iter().filter(move |(_, slots)| is(slots)).map(|(who, _)| *who)
    }

    /// Who voted in a phase and place for another block than this.
    pub(super) fn dissenters(
        &self,
        phase: Phase,
        rank: Rank,
        block: BlockHash,
    ) -> impl Iterator<Item = ValidatorIndex> {
        let differs = move |slots: &BTreeMap<Slot, (Vote, Signature)>| {
            slots.get(&(rank, phase)).is_some_and(|(vote, _)| vote.block != block)
        };
        self.by_validator.iter().filter(move |(_, slots)| differs(slots)).map(|(who, _)| *who)
    }

    /// Lets go of votes at or below the height.
    pub(super) fn prune(&mut self, committed: Height) {
        for slots in self.by_validator.values_mut() {
            slots.retain(|(rank, _), _| rank.height > committed);
        }
        self.tally.retain(|vote, _| vote.height > committed);
    }

    fn untally(&mut self, from: ValidatorIndex, vote: &Vote) {
        if let Some(signatures) = self.tally.get_mut(vote) {
            signatures.remove(&from);
            if signatures.is_empty() {
                self.tally.remove(vote);
            }
        }
    }
}
