//! Ciphertext beside the ledger: files named by the SHA-256 hash of their content.
//!
//! ```text
//! sealed/incoming/<number>          being written; removed at the next start if left behind
//! sealed/<2 digits>/<64 digits>     whole, synced, named by its hash
//! ```
//! A validator signs that it stores a document's bytes, so they are on disk before that is said:
//! the file is synced, renamed, and its directory synced. What is read is hashed again first.

mod reader;
mod writer;

#[cfg(test)]
mod tests;

pub use reader::SealedReader;
pub use writer::SealedWriter;

use hansa_primitives::{Digest, limits};
use sha2::{Digest as _, Sha256};
use std::{
    fs::{self, File},
    io::{self, Read as _},
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};
use thiserror::Error;

/// Why sealed bytes cannot be kept or given.
#[derive(Debug, Error)]
pub enum SealedError {
    /// More bytes than one sealed document may have.
    #[error("the sealed bytes exceed {max} bytes", max = limits::SEALED_BYTES_MAX)]
    TooLong,
    /// Nothing was written.
    #[error("sealed bytes are never empty")]
    Empty,
    /// The bytes are not those that were announced.
    #[error("the bytes hash to {found}, {expected} was announced; send them again")]
    OtherBytes {
        /// What was announced.
        expected: Digest,
        /// What came.
        found: Digest,
    },
    /// The file has changed since it was written.
    #[error(
        "the sealed bytes {expected} are damaged on this disk (they hash to {found}); remove the \
         file {path}, the node fetches it again from another member"
    )]
    Damaged {
        /// The hash they were stored under.
        expected: Digest,
        /// The hash they have.
        found: Digest,
        /// The file.
        path: PathBuf,
    },
    /// The disk failed.
    #[error("the sealed bytes cannot be {what} ({path}): {error}")]
    Io {
        /// What was tried.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// What came of it.
        error: io::Error,
    },
}

fn io_error<'a>(what: &'static str, path: &'a Path) -> impl FnOnce(io::Error) -> SealedError + 'a {
    move |error| SealedError::Io { what, path: path.to_owned(), error }
}

/// Sealed bytes that are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SealedObject {
    /// Their SHA-256 hash.
    pub digest: Digest,
    /// How many they are.
    pub length: u64,
}

/// The sealed bytes that this node stores.
#[derive(Debug)]
pub struct SealedStore {
    directory: PathBuf,
    synced: bool,
    next: AtomicU64,
}

const INCOMING: &str = "incoming";

impl SealedStore {
    /// Opens the store, creates it if need be, and removes what was never finished.
    pub(crate) fn open(directory: PathBuf, synced: bool) -> Result<Self, SealedError> {
        let incoming = directory.join(INCOMING);
        if incoming.exists() {
            fs::remove_dir_all(&incoming).map_err(io_error("tidied", &incoming))?;
        }
        fs::create_dir_all(&incoming).map_err(io_error("stored", &incoming))?;
        Ok(Self { directory, synced, next: AtomicU64::new(0) })
    }

    /// Stores bytes; they are on disk when this returns.
    ///
    /// # Errors
    /// [`SealedError`] if there are none or too many, or the disk fails.
    pub fn put(&self, bytes: &[u8]) -> Result<Digest, SealedError> {
        let mut writer = self.writer()?;
        writer.write(bytes)?;
        Ok(writer.finish(None)?.digest)
    }

    /// Begins to store bytes that come in chunks.
    ///
    /// # Errors
    /// [`SealedError::Io`] if the disk fails.
    pub fn writer(&self) -> Result<SealedWriter<'_>, SealedError> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let path = self.directory.join(INCOMING).join(number.to_string());
        SealedWriter::create(self, path)
    }

    /// Whether bytes with this hash are stored.
    pub fn contains(&self, digest: &Digest) -> bool {
        self.path_of(digest).is_file()
    }

    /// How many bytes with this hash are stored.
    ///
    /// # Errors
    /// [`SealedError::Io`] if the disk fails.
    pub fn length(&self, digest: &Digest) -> Result<Option<u64>, SealedError> {
        let path = self.path_of(digest);
        match fs::metadata(&path) {
            Ok(metadata) => Ok(Some(metadata.len())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(io_error("read", &path)(error)),
        }
    }

    /// The bytes with this hash, hashed again before they are given.
    ///
    /// # Errors
    /// [`SealedError::Damaged`] if they have changed, [`SealedError::Io`] if the disk fails.
    pub fn get(&self, digest: &Digest) -> Result<Option<Vec<u8>>, SealedError> {
        let Some(mut reader) = self.reader(digest)? else { return Ok(None) };
        let mut bytes = Vec::with_capacity(reader.length() as usize);
        while let Some(chunk) = reader.next_chunk()? {
            bytes.extend_from_slice(&chunk);
        }
        Ok(Some(bytes))
    }

    /// The bytes with this hash in chunks, all of them hashed again before the first is given.
    ///
    /// # Errors
    /// [`SealedError::Damaged`] if they have changed, [`SealedError::Io`] if the disk fails.
    pub fn reader(&self, digest: &Digest) -> Result<Option<SealedReader>, SealedError> {
        SealedReader::open(self.path_of(digest), digest)
    }

    /// What is stored, in the order of the hashes.
    ///
    /// # Errors
    /// [`SealedError::Io`] if the disk fails.
    pub fn list(&self) -> Result<Vec<SealedObject>, SealedError> {
        list(&self.directory)
    }

    /// Removes bytes; whether there were any.
    ///
    /// # Errors
    /// [`SealedError::Io`] if the disk fails.
    pub fn remove(&self, digest: &Digest) -> Result<bool, SealedError> {
        let path = self.path_of(digest);
        match fs::remove_file(&path) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(io_error("removed", &path)(error)),
        }
    }

    /// Links or copies everything into another directory.
    pub(crate) fn copy_to(&self, target: &Path) -> Result<(), SealedError> {
        for object in self.list()? {
            let (from, to) = (self.path_of(&object.digest), path_in(target, &object.digest));
            if let Some(parent) = to.parent() {
                fs::create_dir_all(parent).map_err(io_error("copied", &to))?;
            }
            if fs::hard_link(&from, &to).is_err() {
                fs::copy(&from, &to).map_err(io_error("copied", &to))?;
            }
        }
        Ok(())
    }

    fn path_of(&self, digest: &Digest) -> PathBuf {
        path_in(&self.directory, digest)
    }
}

/// Where the bytes with this hash are in a store.
pub(crate) fn path_in(directory: &Path, digest: &Digest) -> PathBuf {
    let name = digest.to_string();
    directory.join(&name[..2]).join(name)
}

/// What the store in a directory holds. A file whose name is no hash is none of it.
pub(crate) fn list(directory: &Path) -> Result<Vec<SealedObject>, SealedError> {
    let mut objects = Vec::new();
    for folder in fs::read_dir(directory).map_err(io_error("listed", directory))? {
        let folder = folder.map_err(io_error("listed", directory))?.path();
        if !folder.is_dir() || folder.ends_with(INCOMING) {
            continue;
        }
        for file in fs::read_dir(&folder).map_err(io_error("listed", &folder))? {
            let file = file.map_err(io_error("listed", &folder))?;
            let length = file.metadata().map_err(io_error("listed", &folder))?.len();
            if let Ok(digest) = file.file_name().to_string_lossy().parse() {
                objects.push(SealedObject { digest, length });
            }
        }
    }
    objects.sort_unstable();
    Ok(objects)
}

/// The hash of a file, read from where it stands to its end.
pub(crate) fn hash_file(file: &mut File) -> io::Result<Digest> {
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; limits::CHUNK_BYTES_MAX];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(Digest(hasher.finalize().into())),
            read => hasher.update(&buffer[..read]),
        }
    }
}
