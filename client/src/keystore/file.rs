//! The bytes of a key file.

use super::{KdfParameters, KeyKind, KeystoreError};
use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use serde::{Deserialize, Serialize};
use std::{
    fs::{self, File, OpenOptions},
    io::{Read, Write},
    path::Path,
};
use zeroize::Zeroizing;

const FORMAT: &str = "hansa-keystore-1";
const KDF: &str = "argon2id";
const CIPHER: &str = "xchacha20-poly1305";
const FILE_BYTES_MAX: u64 = 8 * 1024;

/// The JSON of a key file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct KeystoreFile {
    format: String,
    kind: String,
    kdf: Kdf,
    cipher: Cipher,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kdf {
    function: String,
    parameters: KdfParameters,
    salt: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Cipher {
    function: String,
    nonce: String,
    sealed: String,
}

impl KeystoreFile {
    /// Seals the secret.
    pub(super) fn seal(
        kind: KeyKind,
        secret: &[u8],
        passphrase: &[u8],
        parameters: KdfParameters,
        salt: [u8; 32],
        nonce: [u8; 24],
    ) -> Result<Self, KeystoreError> {
        let key = parameters.derive(passphrase, &salt)?;
        let aad = associated_data(kind.name(), &parameters);
        let sealed =
            XChaCha20Poly1305::new(key.as_slice().try_into().expect("the key has 32 bytes"))
                .encrypt(&XNonce::from(nonce), Payload { msg: secret, aad: &aad })
                .expect("a secret of at most 512 bytes is within the cipher's limit");
        Ok(Self {
            format: FORMAT.to_owned(),
            kind: kind.name().to_owned(),
            kdf: Kdf { function: KDF.to_owned(), parameters, salt: hex::encode(salt) },
            cipher: Cipher {
                function: CIPHER.to_owned(),
                nonce: hex::encode(nonce),
                sealed: hex::encode(sealed),
            },
        })
    }

    /// Opens the secret with the passphrase.
    pub(super) fn open(
        &self,
        path: &Path,
        kind: KeyKind,
        passphrase: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, KeystoreError> {
        let malformed = |reason: &str| KeystoreError::Malformed {
            path: path.to_owned(),
            reason: reason.to_owned(),
        };
        if self.format != FORMAT || self.kdf.function != KDF || self.cipher.function != CIPHER {
            return Err(malformed("format, derivation or cipher is unknown"));
        }
        if self.kind != kind.name() {
            return Err(KeystoreError::WrongKind {
                path: path.to_owned(),
                found: self.kind.chars().take(32).collect(),
                expected: kind,
            });
        }
        let (mut salt, mut nonce) = ([0; 32], [0; 24]);
        hex::decode_to_slice(&self.kdf.salt, &mut salt).map_err(|_| malformed("bad salt"))?;
        hex::decode_to_slice(&self.cipher.nonce, &mut nonce).map_err(|_| malformed("bad nonce"))?;
        let sealed = hex::decode(&self.cipher.sealed).map_err(|_| malformed("bad ciphertext"))?;
        let key = self.kdf.parameters.derive(passphrase, &salt)?;
        let aad = associated_data(&self.kind, &self.kdf.parameters);
        XChaCha20Poly1305::new(key.as_slice().try_into().expect("the key has 32 bytes"))
            .decrypt(&XNonce::from(nonce), Payload { msg: &sealed, aad: &aad })
            .map(Zeroizing::new)
            .map_err(|_| KeystoreError::Refused(path.to_owned()))
    }

    /// Reads a file.
    pub(super) fn read(path: &Path) -> Result<Self, KeystoreError> {
        let io = |source: std::io::Error| match source.kind() {
            std::io::ErrorKind::NotFound => KeystoreError::Missing(path.to_owned()),
            _ => KeystoreError::Io { path: path.to_owned(), source },
        };
        let file = File::open(path).map_err(io)?;
        warn_if_readable_by_others(path, &file);
        let mut text = String::new();
        let malformed = |reason: String| KeystoreError::Malformed { path: path.to_owned(), reason };
        file.take(FILE_BYTES_MAX)
            .read_to_string(&mut text)
            .map_err(|error| malformed(error.to_string()))?;
        serde_json::from_str(&text).map_err(|error| malformed(error.to_string()))
    }

    /// Writes a file that must not be there yet. It appears whole or not at all.
    pub(super) fn write_new(&self, path: &Path) -> Result<(), KeystoreError> {
        let io = |source: std::io::Error| match source.kind() {
            std::io::ErrorKind::AlreadyExists => KeystoreError::Exists(path.to_owned()),
            _ => KeystoreError::Io { path: path.to_owned(), source },
        };
        let text = serde_json::to_string_pretty(self).expect("strings and numbers become JSON");
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new("."));
        fs::create_dir_all(folder).map_err(io)?;
        let unfinished = path.with_extension("key.unfinished");
        let mut file = create_private(&unfinished).map_err(io)?;
        file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(io)?;
        // A link fails where a rename would replace a key that someone else made meanwhile.
        let linked = fs::hard_link(&unfinished, path);
        fs::remove_file(&unfinished).map_err(io)?;
        linked.map_err(io)?;
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(io)
    }
}

/// Opens a file for writing that only its owner can read.
pub(crate) fn create_private(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options.open(path)
}

fn warn_if_readable_by_others(path: &Path, file: &File) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = file.metadata().map(|metadata| metadata.permissions().mode()).unwrap_or(0);
        if mode & 0o077 != 0 {
            tracing::warn!(path = %path.display(), "others may read this key file: chmod 600 it");
        }
    }
    #[cfg(not(unix))]
    let _ = (path, file);
}

/// What is authenticated besides the secret.
fn associated_data(kind: &str, parameters: &KdfParameters) -> Vec<u8> {
    let KdfParameters { memory_kib, passes, lanes } = parameters;
    format!("{FORMAT}/{kind}/{KDF}/{memory_kib}/{passes}/{lanes}/{CIPHER}").into_bytes()
}
