//! The keys that the node itself uses. Those of the member's documents stay with the agent.

use crate::config::Keys;
use hansa_client::keystore::{KeyKind, Keystore, KeystoreError};
use hansa_primitives::{Signer, SigningKey};
use std::{path::PathBuf, sync::Arc};
use thiserror::Error;
use zeroize::Zeroizing;

/// Bytes of a passphrase file.
const PASSPHRASE_BYTES_MAX: usize = 4096;

/// The keys of one node; wiped when dropped.
pub(crate) struct NodeKeys {
    /// The seed of its identity towards peers.
    pub(crate) identity: Zeroizing<[u8; 32]>,
    /// What it votes with, if it is a validator.
    pub(crate) vote: Option<Arc<dyn Signer>>,
    /// What its member signs transactions with, if that key is here.
    pub(crate) actor: Option<Arc<dyn Signer>>,
}

/// Why keys cannot be had.
#[derive(Debug, Error)]
pub enum KeysError {
    /// The passphrase cannot be read.
    #[error("cannot read the passphrase file {path}: {source}; set `keys.passphrase_file`")]
    Passphrase {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The passphrase is empty or far too long.
    #[error("{0} holds no passphrase: a single line is expected")]
    NoPassphrase(PathBuf),
    /// A key does not open.
    #[error(transparent)]
    Keystore(#[from] KeystoreError),
}

/// Reads the passphrase of the keys.
///
/// # Errors
/// [`KeysError`] names the file.
pub fn read_passphrase(path: &std::path::Path) -> Result<Zeroizing<Vec<u8>>, KeysError> {
    let mut bytes = std::fs::read(path)
        .map(Zeroizing::new)
        .map_err(|source| KeysError::Passphrase { path: path.to_owned(), source })?;
    while matches!(bytes.last(), Some(b'\n' | b'\r')) {
        bytes.pop();
    }
    if bytes.is_empty() || bytes.len() > PASSPHRASE_BYTES_MAX || bytes.contains(&b'\n') {
        return Err(KeysError::NoPassphrase(path.to_owned()));
    }
    Ok(bytes)
}

impl NodeKeys {
    /// Opens the identity, the vote key of a validator, and the actor key if it is there.
    pub(crate) fn open(keys: &Keys, validator: bool) -> Result<Self, KeysError> {
        let passphrase = read_passphrase(&keys.passphrase_file)?;
        let open = |kind: KeyKind| {
            Keystore::open(&keys.directory.join(kind.file_name()), kind, &passphrase)
        };
        let signer = |seed: Zeroizing<[u8; 32]>| -> Arc<dyn Signer> {
            Arc::new(SigningKey::from_seed(&seed))
        };
        let vote = if validator { Some(signer(open(KeyKind::Vote)?)) } else { None };
        let actor = match open(KeyKind::Actor) {
            Ok(seed) => Some(signer(seed)),
            Err(KeystoreError::Missing(_)) => None,
            Err(error) => return Err(error.into()),
        };
        Ok(Self { identity: open(KeyKind::NodeIdentity)?, vote, actor })
    }
}
