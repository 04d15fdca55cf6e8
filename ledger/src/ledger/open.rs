//! Creating, opening and repairing a data directory.
//!
//! ```text
//! <directory>/lock      held while a process uses the directory
//! <directory>/db/       RocksDB
//! <directory>/sealed/   ciphertext
//! ```

use super::{Ledger, Tip};
use crate::{
    batch::OpenBatches,
    execute,
    files::directory::{self, TornMiddle},
    record::{self, Execution},
    sealed::{SealedError, SealedStore},
    state::cache::NodeCache,
    store::{Family, Memory, Rocks, Source, StoreError, lock::DirectoryLock, rocks::Write},
};
use hansa_consensus::{Certificate, Executed, Header, ValidatorSet, ValidatorSetError};
use hansa_contracts::genesis::{Genesis, GenesisError};
use hansa_primitives::{BlockHash, ChainId, Digest, Epoch, Height};
use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, RwLock},
};
use thiserror::Error;

/// The folder of the store.
pub(crate) const DATABASE: &str = "db";
/// The folder of the sealed bytes.
pub(crate) const SEALED: &str = "sealed";

/// What "written" means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// On disk: a power failure takes back nothing that was said to be written.
    #[default]
    Fsync,
    /// With the operating system: a crash of the process takes back nothing, a power failure may.
    /// For measurements beside ledgers that do no better.
    Os,
}

/// How a ledger is opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// What "written" means.
    pub durability: Durability,
}

/// Why a data directory cannot be used.
#[derive(Debug, Error)]
pub enum OpenError {
    /// Another process uses the directory.
    #[error("another process uses {}; stop it first, or take another directory", .0.display())]
    InUse(PathBuf),
    /// There is no ledger.
    #[error("there is no ledger in {}", .0.display())]
    NoLedger(PathBuf),
    /// The ledger has another name.
    #[error(
        "{} holds the ledger `{found}`, the genesis is that of `{expected}`; take another \
         directory, or the genesis that this one was made with",
        directory.display()
    )]
    AnotherChain {
        /// The directory.
        directory: PathBuf,
        /// The ledger that is there.
        found: ChainId,
        /// The ledger that is asked for.
        expected: ChainId,
    },
    /// The ledger has the right name and another beginning.
    #[error(
        "{} was begun with genesis {found}, the one given is {expected}; compare the genesis file \
         with the other members'",
        directory.display()
    )]
    AnotherGenesis {
        /// The directory.
        directory: PathBuf,
        /// The genesis that is there.
        found: Digest,
        /// The genesis that is asked for.
        expected: Digest,
    },
    /// The data was written by another release.
    #[error("{} has layout {found}, this release reads layout {known}", directory.display())]
    Schema {
        /// The directory.
        directory: PathBuf,
        /// The layout that is there.
        found: u32,
        /// The layout of this release.
        known: u32,
    },
    /// A log has changed before its end: whole records follow the damage, so no crash did it.
    #[error(
        "{} is damaged at byte {offset}, and more was written after it; run `hansa node repair` \
         to cut the log there and fetch what is lost from other members",
        file.display()
    )]
    TornMiddle {
        /// The log.
        file: PathBuf,
        /// Where the damage begins.
        offset: u64,
    },
    /// The store does not open, or does not hold what it must.
    #[error(
        "the ledger in {} does not open: {error}; run `hansa node repair`, and if that does not \
         help, move the directory away and start again: the node fetches the ledger from other \
         members",
        directory.display()
    )]
    Damaged {
        /// The directory.
        directory: PathBuf,
        /// What does not hold.
        error: StoreError,
    },
    /// No ledger can begin with this genesis.
    #[error(transparent)]
    Genesis(#[from] GenesisError),
    /// The validators of the genesis make no set.
    #[error("the validators of the genesis: {0}")]
    Validators(#[from] ValidatorSetError),
    /// The sealed bytes cannot be opened.
    #[error(transparent)]
    Sealed(#[from] SealedError),
    /// The directory cannot be read or made.
    #[error("{}: {error}", directory.display())]
    Io {
        /// The directory.
        directory: PathBuf,
        /// What came of it.
        error: io::Error,
    },
}

/// What a repair left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Repaired {
    /// The last committed height.
    pub committed: Height,
    /// The last executed height.
    pub executed: Height,
}

impl Ledger {
    /// Opens the ledger in a directory; begins one there if there is none.
    ///
    /// # Errors
    /// [`OpenError`] says why the directory cannot be used, and what to do.
    pub fn open(directory: &Path, genesis: &Genesis, options: Options) -> Result<Self, OpenError> {
        let io = |error| OpenError::Io { directory: directory.to_owned(), error };
        fs::create_dir_all(directory).map_err(io)?;
        let lock = lock(directory)?;
        let writes = genesis.writes()?;
        let store = open_store(directory, options)?;
        let damaged = |error| OpenError::Damaged { directory: directory.to_owned(), error };
        if store.get(Family::Meta, record::SCHEMA_KEY).map_err(damaged)?.is_none() {
            let beginning =
                execute::begin(&Memory::default(), genesis, &writes).map_err(damaged)?;
            store.write(&beginning.delta, Write::Synced).map_err(damaged)?;
        }
        let found = stored_genesis(directory, &store)?;
        if found.chain != genesis.chain {
            return Err(OpenError::AnotherChain {
                directory: directory.to_owned(),
                found: found.chain,
                expected: genesis.chain.clone(),
            });
        }
        if found.hash() != genesis.hash() {
            return Err(OpenError::AnotherGenesis {
                directory: directory.to_owned(),
                found: found.hash(),
                expected: genesis.hash(),
            });
        }
        assemble(directory, found, store, lock, options)
    }

    /// Opens the ledger in a directory, whatever its genesis.
    ///
    /// # Errors
    /// [`OpenError`] says why the directory cannot be used, and what to do.
    pub fn open_existing(directory: &Path, options: Options) -> Result<Self, OpenError> {
        if !directory.join(DATABASE).join("CURRENT").is_file() {
            return Err(OpenError::NoLedger(directory.to_owned()));
        }
        let lock = lock(directory)?;
        let store = open_store(directory, options)?;
        let genesis = stored_genesis(directory, &store)?;
        assemble(directory, genesis, store, lock, options)
    }

    /// Cuts damaged logs at the damage. What was written after it is lost here; the node fetches it
    /// from other members when it is started again.
    ///
    /// # Errors
    /// [`OpenError::Damaged`] if the damage is not in the logs: the directory has to be begun anew.
    pub fn repair(directory: &Path) -> Result<Repaired, OpenError> {
        if !directory.join(DATABASE).join("CURRENT").is_file() {
            return Err(OpenError::NoLedger(directory.to_owned()));
        }
        let lock = lock(directory)?;
        let options = Options::default();
        // The store itself drops whatever follows the first record that does not hold.
        let store = Rocks::open(&directory.join(DATABASE), true)
            .map_err(|error| OpenError::Damaged { directory: directory.to_owned(), error })?;
        let genesis = stored_genesis(directory, &store)?;
        let ledger = assemble(directory, genesis, store, lock, options)?;
        Ok(Repaired { committed: ledger.committed_height(), executed: ledger.executed().height })
    }
}

fn lock(directory: &Path) -> Result<DirectoryLock, OpenError> {
    DirectoryLock::acquire(directory)
        .map_err(|error| OpenError::Io { directory: directory.to_owned(), error })?
        .ok_or_else(|| OpenError::InUse(directory.to_owned()))
}

fn open_store(directory: &Path, options: Options) -> Result<Rocks, OpenError> {
    let database = directory.join(DATABASE);
    let io = |error| OpenError::Io { directory: directory.to_owned(), error };
    if database.is_dir()
        && let Some(TornMiddle { file, offset }) =
            directory::find_torn_middle(&database).map_err(io)?
    {
        return Err(OpenError::TornMiddle { file, offset });
    }
    Rocks::open(&database, options.durability == Durability::Fsync)
        .map_err(|error| OpenError::Damaged { directory: directory.to_owned(), error })
}

/// The genesis that the store was begun with.
fn stored_genesis(directory: &Path, store: &Rocks) -> Result<Genesis, OpenError> {
    let damaged = |error| OpenError::Damaged { directory: directory.to_owned(), error };
    let found: u32 = schema(store).map_err(damaged)?;
    if found != record::SCHEMA {
        let (directory, known) = (directory.to_owned(), record::SCHEMA);
        return Err(OpenError::Schema { directory, found, known });
    }
    store.need(Family::Meta, record::GENESIS).map_err(damaged)
}

pub(crate) fn schema<S: Source>(source: &S) -> Result<u32, StoreError> {
    let bytes = source.get(Family::Meta, record::SCHEMA_KEY)?;
    bytes
        .and_then(|bytes| Some(u32::from_le_bytes(*bytes.first_chunk::<4>()?)))
        .ok_or_else(|| StoreError::damaged(Family::Meta, record::SCHEMA_KEY, "it is missing"))
}

fn assemble(
    directory: &Path,
    genesis: Genesis,
    store: Rocks,
    lock: DirectoryLock,
    options: Options,
) -> Result<Ledger, OpenError> {
    let genesis_hash = BlockHash(genesis.hash());
    let tip = read_tip(&store, &genesis, genesis_hash)
        .map_err(|error| OpenError::Damaged { directory: directory.to_owned(), error })?;
    let validators = Arc::new(ValidatorSet::new(Epoch(0), genesis.validators())?);
    let synced = options.durability == Durability::Fsync;
    Ok(Ledger {
        directory: directory.to_owned(),
        genesis,
        genesis_hash,
        validators,
        store,
        sealed: SealedStore::open(directory.join(SEALED), synced)?,
        open_batches: OpenBatches::default(),
        writer: Mutex::new(NodeCache::default()),
        tip: RwLock::new(tip),
        _lock: lock,
    })
}

/// Reads how far the ledger has come, and that what a start needs is there.
fn read_tip(store: &Rocks, genesis: &Genesis, block: BlockHash) -> Result<Tip, StoreError> {
    let committed: Height = store.need(Family::Meta, record::COMMITTED)?;
    let height: Height = store.need(Family::Meta, record::EXECUTED)?;
    if height > committed {
        let what = "more heights are executed than committed";
        return Err(StoreError::damaged(Family::Meta, record::EXECUTED, what));
    }
    let execution: Execution = store.need(Family::Executions, &record::height_key(height))?;
    let executed = Executed { height, state_root: execution.state_root };
    if committed == Height(0) {
        return Ok(Tip { height: committed, block, time: genesis.time, executed });
    }
    let key = record::height_key(committed);
    let header: Header = store.need(Family::Headers, &key)?;
    let certificate: Certificate = store.need(Family::Certificates, &key)?;
    let block = header.hash(&genesis.chain);
    if certificate.vote.block != block {
        let what = "the certificate is not that of the header";
        return Err(StoreError::damaged(Family::Certificates, &key, what));
    }
    Ok(Tip { height: committed, block, time: header.time, executed })
}
