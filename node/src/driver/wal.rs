//! The file that the safety journal lives in.
//!
//! It is preallocated, so that a sync writes data and no metadata. A sync that fails leaves the
//! content of the disk unknown: the process ends there and then, before anything is sent that
//! depends on it.

use hansa_consensus::{Journal, JournalError, Record, Recovered, Safety};
use hansa_primitives::Height;
use std::{
    fs::{File, OpenOptions},
    io::{self, Read},
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
};
use thiserror::Error;

/// Why the journal cannot be used.
#[derive(Debug, Error)]
pub enum WalError {
    /// The file cannot be read or made.
    #[error("the consensus journal {path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Its content does not hold.
    #[error("{path}: {error}")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        error: JournalError,
    },
}

/// The journal with its file.
pub(crate) struct Wal {
    file: File,
    path: PathBuf,
    journal: Journal,
}

impl Wal {
    /// Opens the journal. If there is none it is made: with `first` as its safety record on the
    /// very first start, empty if the record was lost, so that the validator does not vote before
    /// it is safe.
    pub(crate) fn open(path: &Path, first: Option<Safety>) -> Result<(Self, Recovered), WalError> {
        let io = |source| WalError::Io { path: path.to_owned(), source };
        let new = !path.exists();
        if new {
            make(path).map_err(io)?;
        }
        let mut file = OpenOptions::new().read(true).write(true).open(path).map_err(io)?;
        let mut bytes = Vec::with_capacity(Journal::FILE_BYTES);
        file.read_to_end(&mut bytes).map_err(io)?;
        let (journal, mut recovered) = Journal::open(&bytes)
            .map_err(|error| WalError::Damaged { path: path.to_owned(), error })?;
        let mut wal = Self { file, path: path.to_owned(), journal };
        if let Some(first) = first.filter(|_| new) {
            wal.persist(&[Record::Safety(Box::new(first.clone()))]);
            recovered.safety = Some(first);
        }
        Ok((wal, recovered))
    }

    /// Makes records durable before it returns, or ends the process.
    pub(crate) fn persist(&mut self, records: &[Record]) {
        let written = self
            .journal
            .append(records)
            .iter()
            .try_for_each(|write| self.file.write_all_at(&write.bytes, write.offset))
            .and_then(|()| self.file.sync_data());
        if let Err(error) = written {
            tracing::error!(path = %self.path.display(), %error,
                "the consensus journal cannot be written; the process ends before it says \
                 anything that it could forget");
            std::process::abort();
        }
    }

    /// Lets go of headers that the ledger holds durably.
    pub(crate) fn forget(&mut self, height: Height) {
        self.journal.forget(height);
    }
}

/// Makes a file of zeros that are really on the disk. It appears whole or not at all.
fn make(path: &Path) -> io::Result<()> {
    let unfinished = path.with_extension("unfinished");
    let file = File::create(&unfinished)?;
    file.write_all_at(&vec![0; Journal::FILE_BYTES], 0)?;
    file.sync_all()?;
    std::fs::rename(&unfinished, path)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use hansa_primitives::{BlockHash, Digest, Epoch};

    #[test]
    fn the_first_record_is_there_after_every_restart() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("consensus.journal");
        let first = Safety::first(Epoch(0), BlockHash(Digest([1; 32])));
        for _ in 0..3 {
            let (_, recovered) = Wal::open(&path, Some(first.clone())).unwrap();
            assert_eq!(recovered.safety.as_ref(), Some(&first));
        }
        assert_eq!(std::fs::metadata(&path).unwrap().len(), Journal::FILE_BYTES as u64);
    }

    #[test]
    fn a_lost_journal_is_made_anew_without_a_record() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("consensus.journal");
        assert_eq!(Wal::open(&path, None).unwrap().1.safety, None);
        assert_eq!(Wal::open(&path, None).unwrap().1.safety, None);
    }

    #[test]
    fn a_cut_file_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("consensus.journal");
        std::fs::write(&path, [0; 100]).unwrap();
        let error = Wal::open(&path, None).err().unwrap().to_string();
        assert!(error.contains("consensus.journal") && error.contains("100 bytes"), "{error}");
    }
}
