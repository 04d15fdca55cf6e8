//! The files of a store's directory, by what RocksDB uses them for.

use super::{Damage, log, table};
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// What a file is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// Sorted table (`*.sst`).
    Table,
    /// Write-ahead log (`*.log`).
    Log,
    /// The list of live tables (`MANIFEST-*`).
    Manifest,
    /// Names the manifest (`CURRENT`).
    Current,
    /// The store's own id (`IDENTITY`).
    Identity,
    /// Carries nothing of the ledger: the lock, remembered options.
    Other,
}

/// A file of the store.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct File {
    pub(crate) kind: Kind,
    pub(crate) name: String,
    pub(crate) path: PathBuf,
}

/// The files of a directory, sorted by kind and name.
pub(crate) fn list(directory: &Path) -> io::Result<Vec<File>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        if !entry.file_type()?.is_file() {
            continue;
        }
        let name = entry.file_name().to_string_lossy().into_owned();
        files.push(File { kind: kind(&name), name, path: entry.path() });
    }
    files.sort();
    Ok(files)
}

fn kind(name: &str) -> Kind {
    match name {
        "CURRENT" => Kind::Current,
        "IDENTITY" => Kind::Identity,
        _ if name.ends_with(".sst") => Kind::Table,
        _ if name.ends_with(".log") => Kind::Log,
        _ if name.starts_with("MANIFEST-") => Kind::Manifest,
        _ => Kind::Other,
    }
}

/// Checks one file to its last byte; gives its length.
pub(crate) fn check(file: &File) -> io::Result<(u64, Option<Damage>)> {
    if file.kind == Kind::Other {
        return Ok((0, None));
    }
    let bytes = fs::read(&file.path)?;
    let damage = match file.kind {
        Kind::Table => table::check(&bytes).err(),
        Kind::Log | Kind::Manifest => log::scan(&bytes).damage,
        Kind::Current => check_current(&bytes, file).err(),
        Kind::Identity | Kind::Other => None,
    };
    Ok((bytes.len() as u64, damage))
}

/// The file must be the name of a manifest that is there, and a line feed.
fn check_current(bytes: &[u8], file: &File) -> Result<(), Damage> {
    let name = std::str::from_utf8(bytes)
        .ok()
        .and_then(|text| text.strip_suffix('\n'))
        .filter(|name| kind(name) == Kind::Manifest)
        .ok_or(Damage::at(0, "the name of a manifest and a line feed"))?;
    if file.path.with_file_name(name).is_file() {
        Ok(())
    } else {
        Err(Damage::at(0, "the name of a manifest that is there"))
    }
}

/// A log that was changed, not just cut short: the file and where.
#[derive(Debug)]
pub(crate) struct TornMiddle {
    pub(crate) file: PathBuf,
    pub(crate) offset: u64,
}

/// Looks for damage in the write-ahead logs that a power failure cannot have left: one that records
/// follow which were written on top of what is lost. Logs are in the order they were written.
///
/// A log that was cut short, recovered, and not yet deleted when the next crash came is followed by
/// a log as well, but no sequence number is missing between the two.
pub(crate) fn find_torn_middle(directory: &Path) -> io::Result<Option<TornMiddle>> {
    let mut damaged: Option<TornMiddle> = None;
    let mut next_sequence = None;
    for file in list(directory)?.into_iter().filter(|file| file.kind == Kind::Log) {
        let scan = log::scan(&fs::read(&file.path)?);
        if let Some((first, next)) = scan.sequences {
            if damaged.is_some() && next_sequence.is_none_or(|expected| first > expected) {
                return Ok(damaged);
            }
            damaged = None;
            next_sequence = Some(next);
        }
        if let Some(damage) = scan.damage {
            let torn = TornMiddle { file: file.path, offset: damage.offset };
            if scan.continues {
                return Ok(Some(torn));
            }
            damaged = Some(torn);
        }
    }
    Ok(None)
}
