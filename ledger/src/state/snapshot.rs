//! The state at one height, undisturbed by later blocks.

use super::{commit, oldest_kept, tree, view::View};
use crate::{
    error::LedgerError,
    record::{self, Execution},
    store::{Family, RocksSnapshot, Source, source::Entry},
};
use hansa_contracts::state::StateView;
use hansa_primitives::{
    BlockTime, Digest, Height,
    merkle::sparse::{self, StateProof},
};

/// The state at the latest executed height of the moment it was taken.
pub struct StateSnapshot<'a> {
    source: RocksSnapshot<'a>,
    height: Height,
    execution: Execution,
}

impl<'a> StateSnapshot<'a> {
    pub(crate) fn new(source: RocksSnapshot<'a>) -> Result<Self, LedgerError> {
        let height = source.need(Family::Meta, record::EXECUTED)?;
        let execution = source.need(Family::Executions, &record::height_key(height))?;
        Ok(Self { source, height, execution })
    }

    pub(crate) fn source(&self) -> &RocksSnapshot<'a> {
        &self.source
    }

    /// The height that the state is at.
    pub fn height(&self) -> Height {
        self.height
    }

    /// The root that commits to it.
    pub fn root(&self) -> Digest {
        self.execution.state_root
    }

    /// The time of the block that led to it.
    pub fn time(&self) -> BlockTime {
        self.execution.time
    }

    /// The value that a key had at a recent height, with the proof under that height's root.
    ///
    /// # Errors
    /// [`LedgerError::NotKept`] if the height is not among the last
    /// [`RECENT_HEIGHTS`](super::RECENT_HEIGHTS), or a failure of the store.
    pub fn prove(
        &self,
        key: &[u8],
        at: Height,
    ) -> Result<(Option<Vec<u8>>, StateProof), LedgerError> {
        if at > self.height || at < oldest_kept(self.height) {
            let (oldest, latest) = (oldest_kept(self.height), self.height);
            return Err(LedgerError::NotKept { height: at, oldest, latest });
        }
        let execution: Execution = self.source.need(Family::Executions, &record::height_key(at))?;
        let value = commit::value_at(&self.source, key, at)?;
        let proof = tree::prove(&self.source, execution.top, &sparse::key_hash(key))?;
        Ok((value, proof))
    }
}

impl StateView for StateSnapshot<'_> {
    fn get(&self, key: &[u8]) -> Option<Vec<u8>> {
        View(&self.source).get(key)
    }

    fn scan(&self, prefix: &[u8], after: Option<&[u8]>, limit: usize) -> Vec<Entry> {
        View(&self.source).scan(prefix, after, limit)
    }
}
