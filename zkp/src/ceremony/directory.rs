//! A transcript as files in a directory, so that each contribution can be made by a process of its
//! own.

use super::{CeremonyError, Contributor, Outcome, Roster, Transcript};
use crate::statement::Statement;
use ark_std::rand::{CryptoRng, RngCore};
use std::{
    collections::BTreeMap,
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

/// A directory that holds a transcript and nothing else with the ending `.bin`.
pub struct Directory {
    path: PathBuf,
    label: String,
}

impl Directory {
    /// Opens a directory, and makes it if it is not there. The label is the chain's id.
    ///
    /// # Errors
    /// [`CeremonyError::File`] if the directory cannot be made.
    pub fn open(path: impl Into<PathBuf>, label: &str) -> Result<Self, CeremonyError> {
        let path = path.into();
        fs::create_dir_all(&path).map_err(|source| failed(&path, source))?;
        Ok(Self { path, label: label.to_owned() })
    }

    /// Reads all files.
    ///
    /// # Errors
    /// [`CeremonyError::File`] if a file cannot be read.
    pub fn load(&self) -> Result<Transcript, CeremonyError> {
        let mut files = BTreeMap::new();
        let entries = fs::read_dir(&self.path).map_err(|source| failed(&self.path, source))?;
        for entry in entries {
            let path = entry.map_err(|source| failed(&self.path, source))?.path();
            if path.extension().is_some_and(|ending| ending == "bin") {
                let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
                let bytes = fs::read(&path).map_err(|source| failed(&path, source))?;
                files.insert(name.unwrap_or_default(), bytes);
            }
        }
        Ok(Transcript::with_files(&self.label, files))
    }

    /// Contributes to phase 1 and writes the next file.
    ///
    /// # Errors
    /// [`CeremonyError`] if the file before does not read or the new one cannot be written.
    pub fn contribute_powers(
        &self,
        contributor: &Contributor<'_>,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<PathBuf, CeremonyError> {
        let mut transcript = self.load()?;
        let name = transcript.contribute_powers(contributor, rng)?;
        self.write(&transcript, &name)
    }

    /// Ends phase 1 and writes the files that phase 2 starts from.
    ///
    /// # Errors
    /// [`CeremonyError`] if the powers do not read or a file cannot be written.
    pub fn prepare(&self) -> Result<Vec<PathBuf>, CeremonyError> {
        let mut transcript = self.load()?;
        let names = transcript.prepare()?;
        names.iter().map(|name| self.write(&transcript, name)).collect()
    }

    /// Contributes to the key of a statement and writes the next file.
    ///
    /// # Errors
    /// [`CeremonyError`] if phase 1 has not ended or the new file cannot be written.
    pub fn contribute<S: Statement>(
        &self,
        contributor: &Contributor<'_>,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<PathBuf, CeremonyError> {
        let mut transcript = self.load()?;
        let name = transcript.contribute::<S>(contributor, rng)?;
        self.write(&transcript, &name)
    }

    /// Replays every file.
    ///
    /// # Errors
    /// [`CeremonyError`] names the first file that does not hold and why.
    pub fn verify(&self, roster: &Roster) -> Result<Outcome, CeremonyError> {
        self.load()?.verify(roster)
    }

    /// Writes a new file under another name first, so that nobody reads half of it; a file that is
    /// there is never replaced.
    fn write(&self, transcript: &Transcript, name: &str) -> Result<PathBuf, CeremonyError> {
        let bytes = transcript.files().get(name);
        let bytes = bytes.ok_or_else(|| CeremonyError::Missing(name.to_owned()))?;
        let (path, partial) = (self.path.join(name), self.path.join(format!("{name}.partial")));
        write_new(&path, &partial, bytes).map_err(|source| failed(&path, source))?;
        Ok(path)
    }
}

fn write_new(path: &Path, partial: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = fs::File::create(partial)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    // A hard link fails if the name is taken, a rename would replace the file.
    let linked = fs::hard_link(partial, path);
    fs::remove_file(partial)?;
    linked
}

fn failed(path: &Path, source: io::Error) -> CeremonyError {
    CeremonyError::File { path: path.to_owned(), source }
}
