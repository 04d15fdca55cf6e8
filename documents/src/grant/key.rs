//! Readers' key pairs.

use crate::byte_code::{byte_code, decode_through};
use bincode::{Decode, Encode};
use hansa_primitives::{
    Digest,
    codec::{self, Canonical},
    hash,
};
use hpke::{
    Deserializable, Kem, Serializable,
    kem::{X25519HkdfSha256, XWing},
};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use thiserror::Error;
use zeroize::Zeroizing;

byte_code! {
    /// How a document's key is wrapped: KEM, KDF and AEAD of HPKE.
    WrapSuite;
    /// DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20Poly1305 (RFC 9180: 0x0020, 0x0001,
    /// 0x0003).
    X25519 = 1 "x25519",
    /// X-Wing (ML-KEM-768 with X25519, draft-connolly-cfrg-xwing-kem; 0x647a), HKDF-SHA256,
    /// ChaCha20Poly1305: holds against quantum computers as long as either half holds.
    XWing = 2 "x-wing",
}

impl WrapSuite {
    /// Bytes of a public key.
    pub const fn public_key_bytes(self) -> usize {
        match self {
            Self::X25519 => 32,
            Self::XWing => 1216,
        }
    }

    /// Bytes of an encapsulated key.
    pub const fn encapsulated_bytes(self) -> usize {
        match self {
            Self::X25519 => 32,
            Self::XWing => 1120,
        }
    }
}

/// Bytes or text that are no reader's key.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("not a key of the suite {suite}: {reason}")]
pub struct InvalidEncryptionKey {
    suite: String,
    reason: &'static str,
}

/// The public key that documents are wrapped for. Its text form is `<suite>:<hexadecimal digits>`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EncryptionKey {
    suite: WrapSuite,
    bytes: Vec<u8>,
}

#[derive(Decode)]
struct WireKey {
    suite: WrapSuite,
    bytes: Vec<u8>,
}

impl EncryptionKey {
    /// Checks the bytes of a key.
    ///
    /// # Errors
    /// [`InvalidEncryptionKey`] if they are no public key of the suite.
    pub fn parse(suite: WrapSuite, bytes: Vec<u8>) -> Result<Self, InvalidEncryptionKey> {
        let refused = |reason| InvalidEncryptionKey { suite: suite.to_string(), reason };
        if bytes.len() != suite.public_key_bytes() {
            return Err(refused("the length is wrong"));
        }
        let valid = match suite {
            WrapSuite::X25519 => <X25519HkdfSha256 as Kem>::PublicKey::from_bytes(&bytes).is_ok(),
            WrapSuite::XWing => <XWing as Kem>::PublicKey::from_bytes(&bytes).is_ok(),
        };
        if valid { Ok(Self { suite, bytes }) } else { Err(refused("the key is malformed")) }
    }

    /// How keys are wrapped for it.
    pub fn suite(&self) -> WrapSuite {
        self.suite
    }

    /// Its bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Its hash: what grants name it by.
    pub fn fingerprint(&self) -> Digest {
        hash::tagged_unbound("encryption-key", &[&codec::encode(self)])
    }
}

decode_through!(EncryptionKey, WireKey, |wire: WireKey| EncryptionKey::parse(
    wire.suite, wire.bytes
));

impl Canonical for EncryptionKey {
    const BYTES_MAX: usize = 2048;
}

impl fmt::Display for EncryptionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.suite, hex::encode(&self.bytes))
    }
}

impl fmt::Debug for EncryptionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}…", self.suite, hex::encode(&self.bytes[..6]))
    }
}

impl FromStr for EncryptionKey {
    type Err = InvalidEncryptionKey;

    fn from_str(text: &str) -> Result<Self, InvalidEncryptionKey> {
        let refused = |reason| InvalidEncryptionKey {
            suite: text.split(':').next().unwrap_or_default().chars().take(16).collect(),
            reason,
        };
        let (suite, digits) =
            text.split_once(':').ok_or_else(|| refused("`<suite>:<digits>` is expected"))?;
        let suite = WrapSuite::ALL
            .iter()
            .find(|known| known.name() == suite)
            .ok_or_else(|| refused("the suites are x25519 and x-wing"))?;
        let bytes = hex::decode(digits).map_err(|_| refused("hexadecimal digits are expected"))?;
        Self::parse(*suite, bytes)
    }
}

impl TryFrom<String> for EncryptionKey {
    type Error = InvalidEncryptionKey;
    fn try_from(text: String) -> Result<Self, InvalidEncryptionKey> {
        text.parse()
    }
}

impl From<EncryptionKey> for String {
    fn from(key: EncryptionKey) -> Self {
        key.to_string()
    }
}

/// A reader's key pair, grown from a seed of 32 bytes by the KEM's `DeriveKeyPair`. The seed is
/// wiped from memory when dropped.
#[derive(Clone)]
pub struct DocumentKeyPair {
    seed: Zeroizing<[u8; 32]>,
    public: EncryptionKey,
}

impl DocumentKeyPair {
    /// Grows the pair.
    pub fn from_seed(suite: WrapSuite, seed: [u8; 32]) -> Self {
        let seed = Zeroizing::new(seed);
        let bytes = match suite {
            WrapSuite::X25519 => X25519HkdfSha256::derive_keypair(&*seed).1.to_bytes().to_vec(),
            WrapSuite::XWing => XWing::derive_keypair(&*seed).1.to_bytes().to_vec(),
        };
        Self { seed, public: EncryptionKey { suite, bytes } }
    }

    /// The public half.
    pub fn encryption_key(&self) -> &EncryptionKey {
        &self.public
    }

    /// The seed, for the reader's keystore.
    pub fn expose_seed(&self) -> &[u8; 32] {
        &self.seed
    }

    /// The private half, grown anew: nothing but the seed is kept.
    pub(super) fn private<K: Kem>(&self) -> K::PrivateKey {
        K::derive_keypair(&*self.seed).0
    }
}

impl fmt::Debug for DocumentKeyPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DocumentKeyPair({:?}, secret)", self.public)
    }
}
