//! The ledger of one node.
//!
//! | file | does |
//! |---|---|
//! | [`open`] | creates, opens and repairs a data directory |
//! | [`batches`] | keeps batches, and judges the payload of proposed blocks |
//! | [`commit`] | takes certified blocks and executes them |
//! | [`query`] | blocks, transactions, receipts, events |
//! | [`prove`] | proofs of state entries and transactions |

mod batches;
mod commit;
mod open;
mod prove;
mod query;
#[cfg(test)]
mod tests;

pub(crate) use commit::check_header;
pub(crate) use open::{DATABASE, SEALED, schema};

pub use batches::PayloadCheck;
pub use commit::CertifiedBlocks;
pub use open::{Durability, OpenError, Options, Repaired};
pub use query::{BlockRecord, LoadedHeaders, TransactionRecord};

use crate::{
    batch::OpenBatches,
    error::LedgerError,
    record::{self, Execution},
    sealed::SealedStore,
    state::{RECENT_HEIGHTS, StateSnapshot, cache::NodeCache},
    store::{Family, Rocks, Source, StoreError, lock::DirectoryLock},
};
use hansa_consensus::{Block, Certificate, Committed, Executed, Header, ValidatorSet};
use hansa_contracts::genesis::Genesis;
use hansa_primitives::{BlockHash, BlockTime, ChainId, Height};
use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock},
};

/// The ledger of one node: its chain, its state, and the sealed bytes beside them.
///
/// One thread at a time writes; readers see a consistent state and never wait for it.
pub struct Ledger {
    directory: PathBuf,
    genesis: Genesis,
    genesis_hash: BlockHash,
    validators: Arc<ValidatorSet>,
    store: Rocks,
    sealed: SealedStore,
    open_batches: OpenBatches,
    writer: Mutex<NodeCache>,
    tip: RwLock<Tip>,
    _lock: DirectoryLock,
}

/// How far the ledger has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Tip {
    height: Height,
    block: BlockHash,
    time: BlockTime,
    executed: Executed,
}

impl Ledger {
    /// The directory that holds everything.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The ledger's name.
    pub fn chain(&self) -> &ChainId {
        &self.genesis.chain
    }

    /// What the ledger began with.
    pub fn genesis(&self) -> &Genesis {
        &self.genesis
    }

    /// The hash that names the beginning: the parent of block 1.
    pub fn genesis_hash(&self) -> BlockHash {
        self.genesis_hash
    }

    /// The validators.
    pub fn validators(&self) -> &Arc<ValidatorSet> {
        &self.validators
    }

    /// The sealed bytes stored beside the ledger.
    pub fn sealed(&self) -> &SealedStore {
        &self.sealed
    }

    fn tip(&self) -> Tip {
        *self.tip.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn set_tip(&self, tip: Tip) {
        *self.tip.write().unwrap_or_else(PoisonError::into_inner) = tip;
    }

    fn lock_writer(&self) -> MutexGuard<'_, NodeCache> {
        self.writer.lock().expect("a thread that panics while it writes ends the process")
    }

    /// The last committed height.
    pub fn committed_height(&self) -> Height {
        self.tip().height
    }

    /// The last executed height with its state root. It is below the last committed height where
    /// execution is still to be done.
    pub fn executed(&self) -> Executed {
        self.tip().executed
    }

    /// The last committed block with its certificate, for the consensus engine to start from.
    ///
    /// # Errors
    /// [`LedgerError::Store`] if the store fails.
    pub fn committed(&self) -> Result<Committed, LedgerError> {
        let tip = self.tip();
        if tip.height == Height(0) {
            let key = record::height_key(Height(0));
            let execution: Execution = self.store.need(Family::Executions, &key)?;
            return Ok(Committed::genesis(tip.block, tip.time, execution.state_root));
        }
        let key = record::height_key(tip.height);
        let header: Header = self.store.need(Family::Headers, &key)?;
        let certificate: Certificate = self.store.need(Family::Certificates, &key)?;
        Ok(Committed::of(&Block::new(self.chain(), Arc::new(header)), certificate))
    }

    /// The state roots of the latest executed heights, ascending, for the consensus engine.
    ///
    /// # Errors
    /// [`LedgerError::Store`] if the store fails.
    pub fn roots(&self) -> Result<Vec<Executed>, LedgerError> {
        let latest = self.tip().executed.height.0;
        (latest.saturating_sub(RECENT_HEIGHTS - 1)..=latest)
            .map(|height| {
                let key = record::height_key(Height(height));
                let execution: Execution = self.store.need(Family::Executions, &key)?;
                Ok(Executed { height: Height(height), state_root: execution.state_root })
            })
            .collect()
    }

    /// The state at the last executed height, undisturbed by later blocks for as long as it is
    /// held.
    ///
    /// # Errors
    /// [`LedgerError::Store`] if the store fails.
    pub fn view(&self) -> Result<StateSnapshot<'_>, LedgerError> {
        StateSnapshot::new(self.store.snapshot())
    }

    /// Copies the ledger, as it is now, to a directory that does not exist yet; large files are
    /// linked where the file system allows. The copy opens and verifies like the original.
    ///
    /// # Errors
    /// [`LedgerError`] if the disk fails or the directory exists.
    pub fn checkpoint(&self, target: &Path) -> Result<(), LedgerError> {
        let io = |error| LedgerError::Io { what: "the copy cannot be made", error };
        std::fs::create_dir(target).map_err(io)?;
        self.store.checkpoint(&target.join(open::DATABASE))?;
        let sealed = target.join(open::SEALED);
        std::fs::create_dir(&sealed).map_err(io)?;
        self.sealed.copy_to(&sealed).map_err(|error| {
            StoreError::Failed(format!("the sealed bytes cannot be copied: {error}")).into()
        })
    }
}

impl std::fmt::Debug for Ledger {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ledger")
            .field("directory", &self.directory)
            .field("tip", &self.tip())
            .finish()
    }
}
