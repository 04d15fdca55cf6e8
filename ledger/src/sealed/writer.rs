//! Storing bytes that come in chunks.

use super::{SealedError, SealedObject, SealedStore, io_error};
use hansa_primitives::{Digest, limits};
use sha2::{Digest as _, Sha256};
use std::{
    fs::{self, File},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

/// Takes bytes in chunks. Dropped before [`SealedWriter::finish`], it leaves nothing behind.
pub struct SealedWriter<'a> {
    store: &'a SealedStore,
    file: File,
    path: PathBuf,
    hasher: Sha256,
    length: u64,
}

impl<'a> SealedWriter<'a> {
    pub(super) fn create(store: &'a SealedStore, path: PathBuf) -> Result<Self, SealedError> {
        let file = File::create_new(&path).map_err(io_error("stored", &path))?;
        Ok(Self { store, file, path, hasher: Sha256::new(), length: 0 })
    }

    /// Takes a chunk.
    ///
    /// # Errors
    /// [`SealedError::TooLong`] beyond the limit, [`SealedError::Io`] if the disk fails.
    pub fn write(&mut self, chunk: &[u8]) -> Result<(), SealedError> {
        let length = self.length + chunk.len() as u64;
        if length > limits::SEALED_BYTES_MAX as u64 {
            return Err(SealedError::TooLong);
        }
        self.file.write_all(chunk).map_err(io_error("stored", &self.path))?;
        self.hasher.update(chunk);
        self.length = length;
        Ok(())
    }

    /// How many bytes were taken.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Puts the bytes on disk under their hash, which must be the announced one if there is one.
    ///
    /// # Errors
    /// [`SealedError::OtherBytes`] if the bytes are not those announced; then nothing is kept.
    pub fn finish(self, expected: Option<&Digest>) -> Result<SealedObject, SealedError> {
        if self.length == 0 {
            return Err(SealedError::Empty);
        }
        let digest = Digest(self.hasher.clone().finalize().into());
        if let Some(expected) = expected.filter(|expected| **expected != digest) {
            return Err(SealedError::OtherBytes { expected: *expected, found: digest });
        }
        let target = self.store.path_of(&digest);
        self.persist(&target).map_err(io_error("stored", &target))?;
        Ok(SealedObject { digest, length: self.length })
    }

    /// A file under that name already is replaced: it may have been damaged since.
    fn persist(&self, target: &Path) -> io::Result<()> {
        let folder = target.parent().unwrap_or(&self.store.directory);
        if !folder.is_dir() {
            fs::create_dir_all(folder)?;
            self.sync_directory(&self.store.directory)?;
        }
        if self.store.synced {
            self.file.sync_all()?;
        }
        fs::rename(&self.path, target)?;
        self.sync_directory(folder)
    }

    fn sync_directory(&self, directory: &Path) -> io::Result<()> {
        if self.store.synced { File::open(directory)?.sync_all() } else { Ok(()) }
    }
}

impl Drop for SealedWriter<'_> {
    fn drop(&mut self) {
        // After `finish` the file has its final name, and there is nothing left to remove.
        let _ = fs::remove_file(&self.path);
    }
}
