//! SHA-256 (FIPS 180-4) with domain tags.
//!
//! Whatever is hashed to be signed or referred to carries the tag `hansa/<chain-id>/<kind>/v1`, so that
//! bytes of one kind or chain never stand for those of another.

use crate::{codec::Canonical, id::ChainId};
use bincode::{Decode, Encode};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest as _, Sha256};
use std::{fmt, str::FromStr};
use thiserror::Error;

/// A SHA-256 hash: 32 bytes, written as 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub struct Digest(pub [u8; 32]);

impl Digest {
    /// 32 zero bytes: the parent of the first block, the root of an empty state.
    pub const ZERO: Self = Self([0; 32]);

    /// The bytes of the hash.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl Canonical for Digest {
    const BYTES_MAX: usize = 32;
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(&self.0[..6]))
    }
}

/// Text that is not the 64 hexadecimal digits of a hash.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("`{0}` is not a hash: 64 hexadecimal digits are expected")]
pub struct NotADigest(pub String);

impl FromStr for Digest {
    type Err = NotADigest;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| NotADigest(text.to_owned()))?;
        Ok(Self(bytes))
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// Hashes the parts one after the other, without separators and without a tag.
pub fn sha256(parts: &[&[u8]]) -> Digest {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part);
    }
    Digest(hasher.finalize().into())
}

/// Hashes the parts under the tag `hansa/<chain>/<kind>/v1`.
///
/// The tag and each part are preceded by their length, so that no two lists of parts collide.
pub fn tagged(chain: &ChainId, kind: &str, parts: &[&[u8]]) -> Digest {
    Digest(framed(&tag(chain, kind), parts).finalize().into())
}

/// Hashes the parts under the tag `hansa/<kind>/v1`, for what is not bound to one chain.
pub fn tagged_unbound(kind: &str, parts: &[&[u8]]) -> Digest {
    Digest(framed(&format!("hansa/{kind}/v1"), parts).finalize().into())
}

/// The bytes that a signature of the given kind covers: the tag, then the message, each framed.
pub fn signing_bytes(chain: &ChainId, kind: &str, message: &[u8]) -> Vec<u8> {
    let tag = tag(chain, kind);
    let mut bytes = Vec::with_capacity(16 + tag.len() + message.len());
    for part in [tag.as_bytes(), message] {
        bytes.extend_from_slice(&(part.len() as u64).to_le_bytes());
        bytes.extend_from_slice(part);
    }
    bytes
}

fn tag(chain: &ChainId, kind: &str) -> String {
    format!("hansa/{chain}/{kind}/v1")
}

fn framed(tag: &str, parts: &[&[u8]]) -> Sha256 {
    let mut hasher = Sha256::new();
    for part in std::iter::once(&tag.as_bytes()).chain(parts) {
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    hasher
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_vector_of_fips_180_4_holds() {
        assert_eq!(
            sha256(&[b"a", b"bc"]).to_string(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }

    #[test]
    fn chain_kind_and_framing_separate_domains() {
        let (one, two) = (ChainId::new("one").unwrap(), ChainId::new("two").unwrap());
        let base = tagged(&one, "vote", &[b"ab", b"c"]);
        assert_ne!(base, tagged(&two, "vote", &[b"ab", b"c"]));
        assert_ne!(base, tagged(&one, "header", &[b"ab", b"c"]));
        assert_ne!(base, tagged(&one, "vote", &[b"a", b"bc"]));
        assert_ne!(base, tagged_unbound("vote", &[b"ab", b"c"]));
    }

    #[test]
    fn text_form_round_trips() {
        let digest = sha256(&[b"x"]);
        assert_eq!(digest.to_string().parse::<Digest>().unwrap(), digest);
        assert!("00".parse::<Digest>().is_err());
    }
}
