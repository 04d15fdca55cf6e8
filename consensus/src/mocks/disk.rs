//! A disk that loses what was not synced.

use crate::{
    engine::Record,
    journal::{Journal, JournalError, Recovered, Write},
};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

/// Where in a step a crash happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CrashPoint {
    /// Before the sync: any part of what was written may be on the disk.
    BeforeSync,
    /// After the sync and before anything is sent.
    AfterSync,
}

/// The safety journal's file.
#[derive(Clone)]
pub struct Disk {
    file: Vec<u8>,
    journal: Journal,
}

impl Disk {
    /// A new file.
    pub fn new() -> Self {
        let file = vec![0; Journal::FILE_BYTES];
        let (journal, _) = Journal::open(&file).expect("zeros are a new journal");
        Self { file, journal }
    }

    /// Writes and syncs.
    pub fn persist(&mut self, records: &[Record]) {
        for write in self.journal.append(records) {
            self.write(&write);
        }
    }

    /// Writes, but crashes before the sync: of each 4 KiB some reach the disk.
    pub fn tear(&mut self, records: &[Record], rng: &mut ChaCha8Rng) {
        for write in self.journal.append(records) {
            for (place, block) in write.bytes.chunks(4096).enumerate() {
                if rng.random_range(0..3) == 0 {
                    let offset = write.offset + (place * 4096) as u64;
                    self.write(&Write { offset, bytes: block.to_vec() });
                }
            }
        }
    }

    /// Reads the file after a restart.
    ///
    /// # Errors
    /// [`JournalError`] if what was synced is not there.
    pub fn reopen(&mut self) -> Result<Recovered, JournalError> {
        let (journal, recovered) = Journal::open(&self.file)?;
        self.journal = journal;
        Ok(recovered)
    }

    /// The journal.
    pub fn journal_mut(&mut self) -> &mut Journal {
        &mut self.journal
    }

    /// The bytes of the file.
    pub fn file_mut(&mut self) -> &mut Vec<u8> {
        &mut self.file
    }

    fn write(&mut self, write: &Write) {
        let start = write.offset as usize;
        self.file[start..start + write.bytes.len()].copy_from_slice(&write.bytes);
    }
}

impl Default for Disk {
    fn default() -> Self {
        Self::new()
    }
}
