//! Offline verification: is this directory the ledger that the quorum agreed on, to the last byte?
//!
//! 1. **Files.** Every checksum of every table and log is recomputed, and every byte must be
//!    covered by one (see [`crate::files`]).
//! 2. **Chain.** Genesis, hash links, certificates under the validators' keys, batches under the
//!    transactions roots.
//! 3. **Replay.** Every block is executed again from the genesis, in memory, signatures included;
//!    the roots that headers carry must come out, and the receipts that are stored.
//! 4. **Families.** What replay derived must be what is stored: state, tree, recent history,
//!    indexes.
//! 5. **Sealed bytes.** Each file must hash to its name.
//!
//! Files that carry nothing of the ledger are left out: `lock`, and of RocksDB's `LOCK` and
//! `OPTIONS-*` (remembered settings; the software sets its own at each start). Nothing in the
//! directory is changed. Memory grows with the state and with the number of transactions (about 100
//! bytes each).

mod compare;
mod fault;
mod replay;
mod summary;
#[cfg(test)]
mod tests;

pub use fault::{Fault, FaultKind};
pub use summary::Summary;

use crate::{
    files::directory::{self, Kind},
    ledger::{DATABASE, SEALED, schema},
    record,
    sealed::{self, path_in},
    store::{
        Family, Rocks, Source,
        lock::{self, DirectoryLock},
    },
};
use hansa_contracts::genesis::Genesis;
use hansa_primitives::{Digest, Height};
use replay::Replay;
use std::{collections::BTreeSet, fs::File, io::ErrorKind, path::Path};

/// Verifies the ledger in a directory that no process uses. Nothing in the directory is changed.
///
/// # Errors
/// [`Fault`] names the first thing that is wrong.
pub fn verify_data_directory(directory: &Path) -> Result<Summary, Fault> {
    let database = directory.join(DATABASE);
    if !database.join("CURRENT").is_file() {
        let place = directory.display().to_string();
        return Err(Fault::new(FaultKind::Directory, place, "a ledger", "none"));
    }
    let _lock = keep_others_out(directory)?;
    let mut summary = Summary::default();
    check_files(&database, &mut summary)?;
    let store = Rocks::open_to_verify(&database)
        .map_err(|error| Fault::unreadable(database.display().to_string(), error))?;
    check_identity(&database, &store)?;
    let genesis = read_genesis(&store)?;
    let sealed = replay_all(&store, &genesis, &mut summary)?;
    check_sealed(&directory.join(SEALED), &sealed, &mut summary)?;
    Ok(summary)
}

/// Locks the directory without creating anything in it: it may be a copy on a disk that cannot be
/// written to.
fn keep_others_out(directory: &Path) -> Result<Option<DirectoryLock>, Fault> {
    let path = directory.join(lock::NAME);
    let place = path.display().to_string();
    let file = match File::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Fault::unreadable(place, error)),
    };
    match DirectoryLock::hold(file).map_err(|error| Fault::unreadable(place.clone(), error))? {
        Some(lock) => Ok(Some(lock)),
        None => {
            let expected = "a directory that no process uses";
            Err(Fault::new(FaultKind::InUse, place, expected, "a running node"))
        }
    }
}

fn check_files(database: &Path, summary: &mut Summary) -> Result<(), Fault> {
    let unreadable = |error| Fault::unreadable(database.display().to_string(), error);
    for file in directory::list(database).map_err(unreadable)? {
        let (length, damage) = directory::check(&file)
            .map_err(|error| Fault::unreadable(file.path.display().to_string(), error))?;
        if let Some(damage) = damage {
            let place = format!("{}, byte {}", file.path.display(), damage.offset);
            let mut fault = Fault::new(FaultKind::File, place, damage.what, "other bytes");
            if file.kind == Kind::Log {
                fault.hint = "if the node was not stopped in order (power failure), start it once: \
                              it cuts an unfinished end and fetches it again; otherwise run \
                              `hansa node repair`";
            }
            return Err(fault);
        }
        if file.kind != Kind::Other {
            summary.files += 1;
            summary.file_bytes += length;
        }
    }
    Ok(())
}

/// The id in the file must be the one that the manifest, which has checksums, carries.
fn check_identity(database: &Path, store: &Rocks) -> Result<(), Fault> {
    let path = database.join("IDENTITY");
    let place = path.display().to_string();
    let found = match std::fs::read(&path) {
        Ok(found) => found,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(Fault::unreadable(place, error)),
    };
    let expected = store.identity().map_err(|error| Fault::unreadable(place.clone(), error))?;
    if found.trim_ascii_end() == expected.trim_ascii_end() {
        return Ok(());
    }
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Err(Fault::new(FaultKind::File, place, text(&expected), text(&found)))
}

fn read_genesis(store: &Rocks) -> Result<Genesis, Fault> {
    let found = schema(store)?;
    if found != record::SCHEMA {
        let expected = format!("layout {}", record::SCHEMA);
        return Err(Fault::new(FaultKind::Genesis, "meta", expected, format!("layout {found}")));
    }
    Ok(store.need(Family::Meta, record::GENESIS)?)
}

/// Replays the chain and compares what it leads to; gives the sealed bytes that documents refer to.
fn replay_all(
    store: &Rocks,
    genesis: &Genesis,
    summary: &mut Summary,
) -> Result<BTreeSet<Digest>, Fault> {
    let committed: Height = store.need(Family::Meta, record::COMMITTED)?;
    let executed: Height = store.need(Family::Meta, record::EXECUTED)?;
    if executed > committed {
        let expected = format!("at most {committed}");
        return Err(Fault::new(
            FaultKind::Index,
            "executed height",
            expected,
            executed.to_string(),
        ));
    }
    let mut replay = Replay::begin(store, genesis, executed, summary)?;
    for height in 1..=committed.0 {
        replay.block(Height(height))?;
    }
    replay.end()
}

fn check_sealed(
    directory: &Path,
    registered: &BTreeSet<Digest>,
    summary: &mut Summary,
) -> Result<(), Fault> {
    let mut missing = registered.clone();
    let unreadable = |error| Fault::unreadable(directory.display().to_string(), error);
    let objects = match directory.is_dir() {
        true => sealed::list(directory).map_err(unreadable)?,
        false => Vec::new(),
    };
    for object in objects {
        let path = path_in(directory, &object.digest);
        let place = path.display().to_string();
        let found = File::open(&path)
            .and_then(|mut file| sealed::hash_file(&mut file))
            .map_err(|error| Fault::unreadable(place.clone(), error))?;
        if found != object.digest {
            let expected = object.digest.to_string();
            return Err(Fault::new(FaultKind::Sealed, place, expected, found.to_string()));
        }
        missing.remove(&object.digest);
        summary.sealed_blobs += 1;
        summary.sealed_bytes += object.length;
    }
    summary.sealed_missing = missing.len() as u64;
    Ok(())
}
