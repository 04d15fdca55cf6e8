//! Reading stored bytes in chunks.

use super::{SealedError, hash_file, io_error};
use hansa_primitives::{Digest, limits};
use std::{
    fs::File,
    io::{self, Read as _, Seek as _},
    path::PathBuf,
};

/// Gives bytes in chunks of at most [`limits::CHUNK_BYTES_MAX`].
#[derive(Debug)]
pub struct SealedReader {
    file: File,
    path: PathBuf,
    length: u64,
}

impl SealedReader {
    pub(super) fn open(path: PathBuf, digest: &Digest) -> Result<Option<Self>, SealedError> {
        let mut file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(io_error("read", &path)(error)),
        };
        let found = hash_file(&mut file).map_err(io_error("read", &path))?;
        if found != *digest {
            return Err(SealedError::Damaged { expected: *digest, found, path });
        }
        let length = file.stream_position().map_err(io_error("read", &path))?;
        file.rewind().map_err(io_error("read", &path))?;
        Ok(Some(Self { file, path, length }))
    }

    /// How many bytes there are in all.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// The next chunk; nothing at the end.
    ///
    /// # Errors
    /// [`SealedError::Io`] if the disk fails.
    pub fn next_chunk(&mut self) -> Result<Option<Vec<u8>>, SealedError> {
        let mut chunk = Vec::with_capacity(limits::CHUNK_BYTES_MAX);
        let read = self
            .file
            .by_ref()
            .take(limits::CHUNK_BYTES_MAX as u64)
            .read_to_end(&mut chunk)
            .map_err(io_error("read", &self.path))?;
        Ok((read > 0).then_some(chunk))
    }
}
