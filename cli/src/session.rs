//! What commands share: the output and the member's opened profile.

use crate::{error::CliError, output::Output};
use hansa_client::{
    Member,
    profile::{Passphrase, Profile},
};
use hansa_primitives::Height;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// One call of the program.
pub(crate) struct Session {
    profile: Option<PathBuf>,
    at_least: Height,
    output: Output,
}

impl Session {
    pub(crate) fn new(profile: Option<PathBuf>, at_least: Height, output: Output) -> Self {
        Self { profile, at_least, output }
    }

    /// How results are shown.
    pub(crate) fn output(&self) -> Output {
        self.output
    }

    /// The profile, read.
    pub(crate) fn profile(&self) -> Result<Profile, CliError> {
        let path = self.profile.as_ref().ok_or_else(|| {
            CliError::usage("no profile is named")
                .hint("give --profile FILE or set HANSA_PROFILE to the member's profile.toml")
        })?;
        Ok(Profile::load(path).map_err(hansa_client::Error::from)?)
    }

    /// The passphrase of the profile's keys.
    pub(crate) fn passphrase(&self, profile: &Profile) -> Result<Passphrase, CliError> {
        Ok(profile.passphrase.read(ask).map_err(hansa_client::Error::from)?)
    }

    /// The SDK, opened with the member's keys and connected to its node.
    pub(crate) async fn member(&self) -> Result<Member, CliError> {
        let profile = self.profile()?;
        let passphrase = self.passphrase(&profile)?;
        let member = Member::open(&profile, &passphrase).await?;
        member.show_at_least(self.at_least);
        Ok(member)
    }
}

/// Asks the person at the terminal, without showing what is typed.
pub(crate) fn ask(what: &str) -> std::io::Result<Passphrase> {
    rpassword::prompt_password(format!("{what}: ")).map(|text| Zeroizing::new(text.into_bytes()))
}

/// Reads a file, `-` for standard input, and refuses more bytes than a command may take.
pub(crate) fn read_input(path: &Path, bytes_max: usize) -> Result<Vec<u8>, CliError> {
    use std::io::Read;
    let mut bytes = Vec::new();
    let limit = bytes_max as u64 + 1;
    let read = if path == Path::new("-") {
        std::io::stdin().lock().take(limit).read_to_end(&mut bytes)
    } else {
        std::fs::File::open(path).and_then(|file| file.take(limit).read_to_end(&mut bytes))
    };
    read.map_err(|error| CliError::file(path, &error))?;
    if bytes.len() > bytes_max {
        let message = format!("{} is larger than {bytes_max} bytes", path.display());
        return Err(CliError::usage(message));
    }
    Ok(bytes)
}
