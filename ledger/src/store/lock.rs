//! One process at a time.

use std::{
    fs::{File, TryLockError},
    io,
    path::Path,
};

/// Held for as long as a data directory is in use; the operating system lets go of it when the
/// process ends, however it ends.
#[derive(Debug)]
pub(crate) struct DirectoryLock {
    _file: File,
}

/// The name of the file that is locked.
pub(crate) const NAME: &str = "lock";

impl DirectoryLock {
    /// Locks the directory, or gives nothing if another holds it.
    pub(crate) fn acquire(directory: &Path) -> io::Result<Option<Self>> {
        let file =
            File::options().create(true).truncate(false).write(true).open(directory.join(NAME))?;
        Self::hold(file)
    }

    /// Locks the file, or gives nothing if another holds it.
    pub(crate) fn hold(file: File) -> io::Result<Option<Self>> {
        match file.try_lock() {
            Ok(()) => Ok(Some(Self { _file: file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}
