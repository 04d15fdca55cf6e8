//! Keys of the indexed tree.

use crate::field::Fr;
use ark_ff::{BigInteger, PrimeField};
use bincode::{Decode, Encode};
use hansa_primitives::codec::Canonical;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::{fmt, str::FromStr};
use thiserror::Error;

/// Text that is no key.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("`{0}` is not a key: 62 hexadecimal digits are expected")]
pub struct NotAKey(String);

/// A number of 248 bits, big-endian, so that the order of bytes is the order of numbers.
/// Differences of such numbers cannot wrap around the modulus.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub struct Key([u8; 31]);

impl Key {
    /// The lower sentinel, 0.
    pub const LOWEST: Self = Self([0; 31]);
    /// The upper sentinel, 2^248 - 1.
    pub const HIGHEST: Self = Self([0xff; 31]);

    /// The key with these big-endian bytes.
    pub const fn from_bytes(bytes: [u8; 31]) -> Self {
        Self(bytes)
    }

    /// The big-endian bytes.
    pub fn as_bytes(&self) -> &[u8; 31] {
        &self.0
    }

    /// The low 248 bits of an element.
    pub fn low_bits_of(element: &Fr) -> Self {
        let mut bytes = [0; 31];
        let all = element.into_bigint().to_bytes_be();
        bytes.copy_from_slice(&all[1..]);
        Self(bytes)
    }

    /// The key as a field element.
    pub fn element(&self) -> Fr {
        Fr::from_be_bytes_mod_order(&self.0)
    }
}

impl Canonical for Key {
    const BYTES_MAX: usize = 31;
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(&self.0[..6]))
    }
}

impl FromStr for Key {
    type Err = NotAKey;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut bytes = [0; 31];
        hex::decode_to_slice(text, &mut bytes)
            .map_err(|_| NotAKey(text.chars().take(80).collect()))?;
        Ok(Self(bytes))
    }
}

impl Serialize for Key {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}
