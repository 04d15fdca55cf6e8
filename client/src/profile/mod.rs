//! A member's profile: where its keys, certificates and nodes are. One TOML file; unknown keys are
//! errors.
//!
//! Secrets are never in it: the passphrase is named by a file, an open file descriptor or the wish
//! to be asked.
//!
//! ```toml
//! member = "milchpulver"
//! genesis = "../genesis.json"
//! keys = "keys"
//! proving_keys = "../proving"
//! passphrase = { file = "passphrase" }
//!
//! [tls]
//! certificate = "tls/certificate.pem"
//! key = "tls/key.pem"
//! authority = "../tls-anchor.pem"
//!
//! [[node]]
//! url = "https://127.0.0.1:7501"
//! member = "milchpulver"
//! ```
//!
//! Relative paths are relative to the file's own directory.

mod passphrase;

pub use passphrase::{Passphrase, PassphraseSource};

use crate::files;
use hansa_primitives::MemberId;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Nodes that one profile may name.
const NODES_MAX: usize = 16;

/// Why a profile cannot be used.
#[derive(Debug, Error)]
pub enum ProfileError {
    /// The file cannot be read.
    #[error("profile {path}: {source}; name the profile's file")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is not a profile. The reason names line and column.
    #[error("profile {path}: {reason}")]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong, where.
        reason: String,
    },
    /// The passphrase could not be had.
    #[error("passphrase: {0}")]
    Passphrase(String),
}

/// Where a member's things are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Whose profile this is.
    pub member: MemberId,
    /// The ledger's genesis, JSON: the root of all trust.
    pub genesis: PathBuf,
    /// The directory with `actor.key`, `document.key` and `owner.key`.
    pub keys: PathBuf,
    /// The directory with proving keys, for those who make proofs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proving_keys: Option<PathBuf>,
    /// Where the keys' passphrase comes from.
    pub passphrase: PassphraseSource,
    /// What the member connects with.
    pub tls: TlsFiles,
    /// The nodes to talk to, the preferred one first.
    #[serde(rename = "node")]
    pub nodes: Vec<NodeEndpoint>,
}

/// PEM files for connections.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsFiles {
    /// The member's certificate chain.
    pub certificate: PathBuf,
    /// Its private key, PKCS #8.
    pub key: PathBuf,
    /// The consortium's TLS authority.
    pub authority: PathBuf,
}

/// A node's gRPC address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NodeEndpoint {
    /// `https://host:port`.
    pub url: String,
    /// The member whose node must answer there; any node of the consortium if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member: Option<MemberId>,
}

impl Profile {
    /// Reads a profile.
    ///
    /// # Errors
    /// [`ProfileError`] names the file, and line and column of what is wrong.
    pub fn load(path: &Path) -> Result<Self, ProfileError> {
        let io = |source| ProfileError::Io { path: path.to_owned(), source };
        let malformed = |reason: String| ProfileError::Malformed { path: path.to_owned(), reason };
        let bytes = files::read_bounded(path, files::SMALL_BYTES_MAX).map_err(io)?;
        let text = String::from_utf8(bytes).map_err(|error| malformed(error.to_string()))?;
        let folder = path.parent().unwrap_or(Path::new(""));
        Self::from_toml(&text, folder).map_err(malformed)
    }

    /// Reads a profile from text; relative paths count from `folder`.
    ///
    /// # Errors
    /// What is wrong, with line and column where there is one.
    pub fn from_toml(text: &str, folder: &Path) -> Result<Self, String> {
        let mut profile: Self = toml::from_str(text).map_err(|error| error.to_string())?;
        if profile.nodes.is_empty() || profile.nodes.len() > NODES_MAX {
            return Err(format!("1 to {NODES_MAX} [[node]] tables are expected"));
        }
        if let Some(node) = profile.nodes.iter().find(|node| !node.url.starts_with("https://")) {
            return Err(format!("node url `{}` must start with https://", node.url));
        }
        let paths = [
            Some(&mut profile.genesis),
            Some(&mut profile.keys),
            profile.proving_keys.as_mut(),
            Some(&mut profile.tls.certificate),
            Some(&mut profile.tls.key),
            Some(&mut profile.tls.authority),
            profile.passphrase.path_mut(),
        ];
        for path in paths.into_iter().flatten() {
            *path = folder.join(&*path);
        }
        Ok(profile)
    }

    /// The profile as TOML, for tools that set members up.
    pub fn to_toml(&self) -> String {
        toml::to_string(self).expect("paths that came from text and short strings become TOML")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const TEXT: &str = r#"
        member = "milchpulver"
        genesis = "../genesis.json"
        keys = "keys"
        passphrase = { file = "passphrase" }
        [tls]
        certificate = "tls/certificate.pem"
        key = "/etc/hansa/key.pem"
        authority = "../tls-anchor.pem"
        [[node]]
        url = "https://127.0.0.1:7501"
        member = "milchpulver"
        [[node]]
        url = "https://localhost:7502"
    "#;

    #[test]
    fn paths_count_from_the_files_own_directory() {
        let profile = Profile::from_toml(TEXT, Path::new("/home/m")).unwrap();
        assert_eq!(profile.keys, Path::new("/home/m/keys"));
        assert_eq!(profile.tls.key, Path::new("/etc/hansa/key.pem"));
        assert_eq!(profile.passphrase, PassphraseSource::File(PathBuf::from("/home/m/passphrase")));
        assert_eq!(profile.nodes[0].member, Some(MemberId::new("milchpulver").unwrap()));
        assert_eq!(profile.nodes[1].member, None);
        assert_eq!(Profile::from_toml(&profile.to_toml(), Path::new("/x")).unwrap(), profile);
    }

    #[test]
    fn unknown_keys_and_secrets_in_the_file_are_errors() {
        for (from, to, names) in [
            ("keys = ", "kyes = ", "kyes"),
            ("{ file = \"passphrase\" }", "\"milk\"", "passphrase"),
            ("{ file = \"passphrase\" }", "{ text = \"milk\" }", "text"),
            ("milchpulver\"\n        gen", "Milch Pulver\"\n        gen", "member id"),
            ("https://localhost", "http://localhost", "https://"),
        ] {
            let error = Profile::from_toml(&TEXT.replacen(from, to, 1), Path::new("")).unwrap_err();
            assert!(error.contains(names), "{error}");
        }
        let without_nodes = TEXT.split("[[node]]").next().unwrap();
        assert!(Profile::from_toml(without_nodes, Path::new("")).is_err());
    }

    #[test]
    fn a_missing_file_is_named() {
        let error = Profile::load(Path::new("/nowhere/profile.toml")).unwrap_err();
        assert!(error.to_string().contains("/nowhere/profile.toml"));
    }
}
