//! Keys at rest: one file a key, sealed under a passphrase.
//!
//! The file is a JSON header in the manner of EIP-2335 with the secret under XChaCha20-Poly1305
//! (draft-irtf-cfrg-xchacha); the sealing key comes from the passphrase by argon2id (RFC 9106). The
//! kind and the derivation's parameters are associated data, so a file that was renamed to another
//! kind or whose parameters were altered does not open.

mod file;
mod kdf;

pub use kdf::KdfParameters;

use file::KeystoreFile;
pub(crate) use file::create_private;
use std::{
    fmt,
    path::{Path, PathBuf},
};
use thiserror::Error;
use zeroize::Zeroizing;

/// Bytes of the longest secret that a file holds: a PKCS #8 key.
const SECRET_BYTES_MAX: usize = 512;

/// What a key is for. Keys of different kinds are never the same key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyKind {
    /// Signs consensus messages (Ed25519 seed).
    Vote,
    /// Identifies the node to its peers (Ed25519 seed of libp2p).
    NodeIdentity,
    /// Signs transactions and grants (Ed25519 seed).
    Actor,
    /// Opens keys of documents that were wrapped for the member (seed of the HPKE key pair).
    Document,
    /// Marks the member's documents as its own in proofs (seed of the owner secret).
    Owner,
    /// Signs members' certificates and revocation lists (Ed25519 seed of the consortium's
    /// authority).
    Authority,
    /// Signs TLS certificates (ECDSA P-256 in PKCS #8).
    TlsAuthority,
}

impl KeyKind {
    /// The five kinds that a member has.
    pub const MEMBER: [Self; 5] =
        [Self::Vote, Self::NodeIdentity, Self::Actor, Self::Document, Self::Owner];

    /// The name inside the file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Vote => "vote",
            Self::NodeIdentity => "node-identity",
            Self::Actor => "actor",
            Self::Document => "document",
            Self::Owner => "owner",
            Self::Authority => "authority",
            Self::TlsAuthority => "tls-authority",
        }
    }

    /// The name of the file in a directory of keys.
    pub fn file_name(self) -> &'static str {
        match self {
            Self::Vote => "vote.key",
            Self::NodeIdentity => "node.key",
            Self::Actor => "actor.key",
            Self::Document => "document.key",
            Self::Owner => "owner.key",
            Self::Authority => "authority.key",
            Self::TlsAuthority => "tls-authority.key",
        }
    }
}

impl fmt::Display for KeyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Why a key file could not be made or opened.
#[derive(Debug, Error)]
pub enum KeystoreError {
    /// The file is there already; a key is never overwritten.
    #[error("{0} exists already; move it away first if you really want a new key")]
    Exists(PathBuf),
    /// There is no such file.
    #[error("no key file at {0}; check the keys directory, or create the keys first")]
    Missing(PathBuf),
    /// Reading or writing failed.
    #[error("key file {path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Not a keystore file, or of another format version.
    #[error("{path} is no keystore file: {reason}; restore it from a backup")]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The file holds a key for another purpose.
    #[error("{path} holds a key of kind `{found}`, but `{expected}` is needed")]
    WrongKind {
        /// The file.
        path: PathBuf,
        /// The kind in the file.
        found: String,
        /// The kind asked for.
        expected: KeyKind,
    },
    /// The passphrase is wrong, or the file was altered: the cipher cannot tell which.
    #[error("{0} does not open: the passphrase is wrong, or the file was altered")]
    Refused(PathBuf),
    /// The derivation's parameters lie outside what is sensible.
    #[error("key derivation: {0}")]
    Parameters(&'static str),
    /// The system gave no randomness.
    #[error("the system's random number generator failed: {0}")]
    Randomness(String),
}

/// The sealed key files.
pub struct Keystore;

impl Keystore {
    /// Seals a 32-byte secret into a new file of mode 0600; it is durable when this returns.
    ///
    /// # Errors
    /// [`KeystoreError::Exists`] if the file is there; otherwise what the system said.
    pub fn create(
        path: &Path,
        kind: KeyKind,
        secret: &[u8; 32],
        passphrase: &[u8],
        parameters: KdfParameters,
    ) -> Result<(), KeystoreError> {
        create_secret(path, kind, secret, passphrase, parameters)
    }

    /// Makes a fresh random secret and seals it into a new file.
    ///
    /// # Errors
    /// As [`Keystore::create`], and if the system has no randomness.
    pub fn generate(
        path: &Path,
        kind: KeyKind,
        passphrase: &[u8],
        parameters: KdfParameters,
    ) -> Result<Zeroizing<[u8; 32]>, KeystoreError> {
        let mut secret = Zeroizing::new([0; 32]);
        fill_random(secret.as_mut_slice())?;
        create_secret(path, kind, secret.as_slice(), passphrase, parameters)?;
        Ok(secret)
    }

    /// Opens a file of the given kind.
    ///
    /// # Errors
    /// [`KeystoreError::Refused`] on a wrong passphrase or an altered file; others name the file
    /// too.
    pub fn open(
        path: &Path,
        kind: KeyKind,
        passphrase: &[u8],
    ) -> Result<Zeroizing<[u8; 32]>, KeystoreError> {
        let opened = open_secret(path, kind, passphrase)?;
        let mut secret = Zeroizing::new([0; 32]);
        if opened.len() != secret.len() {
            let reason = format!("it holds {} bytes where 32 are expected", opened.len());
            return Err(KeystoreError::Malformed { path: path.to_owned(), reason });
        }
        secret.copy_from_slice(&opened);
        Ok(secret)
    }
}

/// Seals a secret of any length up to a PKCS #8 key's.
pub(crate) fn create_secret(
    path: &Path,
    kind: KeyKind,
    secret: &[u8],
    passphrase: &[u8],
    parameters: KdfParameters,
) -> Result<(), KeystoreError> {
    assert!(secret.len() <= SECRET_BYTES_MAX, "the callers seal seeds and PKCS #8 keys only");
    if path.exists() {
        return Err(KeystoreError::Exists(path.to_owned()));
    }
    let mut salt = [0; 32];
    let mut nonce = [0; 24];
    fill_random(&mut salt)?;
    fill_random(&mut nonce)?;
    let sealed = KeystoreFile::seal(kind, secret, passphrase, parameters, salt, nonce)?;
    sealed.write_new(path)
}

/// Opens a secret of any length.
pub(crate) fn open_secret(
    path: &Path,
    kind: KeyKind,
    passphrase: &[u8],
) -> Result<Zeroizing<Vec<u8>>, KeystoreError> {
    KeystoreFile::read(path)?.open(path, kind, passphrase)
}

pub(crate) fn fill_random(bytes: &mut [u8]) -> Result<(), KeystoreError> {
    getrandom::fill(bytes).map_err(|error| KeystoreError::Randomness(error.to_string()))
}

#[cfg(test)]
mod tests;
