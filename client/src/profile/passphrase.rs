//! Where a passphrase comes from: never from a flag, the environment or the profile itself.

use super::ProfileError;
use serde::{Deserialize, Serialize};
use std::{
    fs::File,
    io::Read,
    path::{Path, PathBuf},
};
use zeroize::Zeroizing;

const PASSPHRASE_BYTES_MAX: u64 = 1024;

/// A passphrase in memory; wiped when dropped.
pub type Passphrase = Zeroizing<Vec<u8>>;

/// A reference to a passphrase.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum PassphraseSource {
    /// The file's content without a line break at its end.
    File(PathBuf),
    /// An open file descriptor of this process, read to its end.
    Descriptor(u32),
    /// Ask the person at the terminal.
    Prompt(bool),
}

impl PassphraseSource {
    /// Reads the passphrase. `ask` is called with what to ask for, if a person must be asked.
    ///
    /// # Errors
    /// [`ProfileError::Passphrase`] if there is none, or it is too long.
    pub fn read(
        &self,
        ask: impl FnOnce(&str) -> std::io::Result<Passphrase>,
    ) -> Result<Passphrase, ProfileError> {
        let failed = |error: String| ProfileError::Passphrase(error);
        match self {
            Self::File(path) => read_file(path),
            Self::Descriptor(number) => read_file(Path::new(&format!("/dev/fd/{number}"))),
            Self::Prompt(true) => {
                ask("Passphrase of the keys").map_err(|error| failed(error.to_string()))
            }
            Self::Prompt(false) => {
                Err(failed("`prompt = false` names no source; give `file` or `descriptor`".into()))
            }
        }
    }

    pub(super) fn path_mut(&mut self) -> Option<&mut PathBuf> {
        match self {
            Self::File(path) => Some(path),
            Self::Descriptor(_) | Self::Prompt(_) => None,
        }
    }
}

fn read_file(path: &Path) -> Result<Passphrase, ProfileError> {
    let failed = |reason: &dyn std::fmt::Display| {
        ProfileError::Passphrase(format!("{}: {reason}", path.display()))
    };
    // Room for the whole text at once: a growing buffer would leave copies behind.
    let mut text = Zeroizing::new(Vec::with_capacity(PASSPHRASE_BYTES_MAX as usize + 2));
    let file = File::open(path).map_err(|error| failed(&error))?;
    file.take(PASSPHRASE_BYTES_MAX + 1).read_to_end(&mut text).map_err(|error| failed(&error))?;
    if text.len() as u64 > PASSPHRASE_BYTES_MAX {
        return Err(failed(&format!("longer than {PASSPHRASE_BYTES_MAX} bytes")));
    }
    if text.last() == Some(&b'\n') {
        text.pop();
    }
    if text.last() == Some(&b'\r') {
        text.pop();
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn never(_: &str) -> std::io::Result<Passphrase> {
        Err(std::io::Error::other("nobody is there"))
    }

    #[test]
    fn a_file_loses_one_line_break_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("passphrase");
        for (content, expected) in [
            ("milk\n", "milk"),
            ("milk\r\n", "milk"),
            (" milk ", " milk "),
            ("milk\n\n", "milk\n"),
            ("", ""),
        ] {
            std::fs::write(&path, content).unwrap();
            let read = PassphraseSource::File(path.clone()).read(never).unwrap();
            assert_eq!(*read, expected.as_bytes());
        }
        std::fs::write(&path, "x".repeat(2000)).unwrap();
        assert!(PassphraseSource::File(path).read(never).is_err());
    }

    #[test]
    fn a_person_is_asked_only_on_request() {
        let asked = PassphraseSource::Prompt(true).read(|_| Ok(Zeroizing::new(b"milk".to_vec())));
        assert_eq!(*asked.unwrap(), b"milk");
        assert!(PassphraseSource::Prompt(true).read(never).is_err());
        assert!(PassphraseSource::Prompt(false).read(never).is_err());
    }
}
