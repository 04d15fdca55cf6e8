//! Wrapping keys for a reader, and unwrapping them.

use super::{
    key::{DocumentKeyPair, EncryptionKey, WrapSuite},
    scope::Scope,
    terms::GrantTerms,
};
use crate::{
    context::DocumentContext,
    sealing::{DocumentKey, GrantedKeys, SectionKey},
};
use bincode::{Decode, Encode};
use hansa_primitives::{
    codec::{self, Canonical},
    hash,
};
use hpke::{
    Deserializable, HpkeError, Kem, OpModeR, OpModeS, Serializable,
    aead::ChaCha20Poly1305,
    kdf::HkdfSha256,
    kem::{X25519HkdfSha256, XWing},
    single_shot_open, single_shot_seal_with_rng,
};
use rand::CryptoRng;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use thiserror::Error;
use zeroize::Zeroizing;

const KEY_BYTES: usize = 32;

/// A document's key, or keys of the sections in a grant's scope, encrypted for the reader.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WrappedKey {
    /// How it is wrapped.
    pub suite: WrapSuite,
    /// The encapsulated key.
    #[serde(serialize_with = "to_hex", deserialize_with = "from_hex")]
    pub enc: Vec<u8>,
    /// The encrypted keys.
    #[serde(serialize_with = "to_hex", deserialize_with = "from_hex")]
    pub ciphertext: Vec<u8>,
}

impl Canonical for WrappedKey {
    const BYTES_MAX: usize = 4096;
}

fn to_hex<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&hex::encode(bytes))
}

fn from_hex<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    hex::decode(String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
}

/// Why keys cannot be wrapped.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum WrapError {
    /// The grantor does not hold what the grant covers.
    #[error("the grant covers sections whose keys the grantor does not hold")]
    NotHeld,
    /// The terms name another key of the reader.
    #[error("the terms are for another key of the reader: look its present key up")]
    OtherKey,
    /// The reader's key is one that HPKE refuses.
    #[error("the reader's key is unusable")]
    UnusableKey,
}

/// Why a wrapped key does not open.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum UnwrapError {
    /// The grant is for another key.
    #[error("the grant is for another key than this one")]
    OtherKey,
    /// Key, terms and wrapped key do not belong together.
    #[error("the wrapped key does not open under these terms")]
    Unauthentic,
    /// It opens to something that is no key of the scope.
    #[error("the wrapped key does not hold the keys of its scope")]
    Malformed,
}

impl WrappedKey {
    /// Whether the lengths are those of the suite and scope: what a validator can check without the
    /// key.
    pub fn fits(&self, scope: &Scope) -> bool {
        let keys = match scope {
            Scope::Whole => 1,
            Scope::Sections(names) => names.len(),
        };
        self.enc.len() == self.suite.encapsulated_bytes()
            && self.ciphertext.len() == keys * KEY_BYTES + 16
    }
}

/// Wraps what the terms cover for the reader's key.
///
/// # Errors
/// [`WrapError`] if the grantor lacks a key, or the reader's key does not fit.
pub fn wrap(
    terms: &GrantTerms,
    held: &GrantedKeys,
    reader: &EncryptionKey,
    rng: &mut impl CryptoRng,
) -> Result<WrappedKey, WrapError> {
    if terms.reader_key != reader.fingerprint() {
        return Err(WrapError::OtherKey);
    }
    let context = DocumentContext::new(terms.chain.clone(), terms.document, terms.version);
    let mut keys = Zeroizing::new(Vec::new());
    match (&terms.scope, held) {
        (Scope::Whole, GrantedKeys::Whole(key)) => keys.extend_from_slice(key.expose()),
        (Scope::Whole, GrantedKeys::Sections(_)) => return Err(WrapError::NotHeld),
        (Scope::Sections(names), held) => {
            keys.reserve_exact(names.len() * KEY_BYTES);
            for name in names {
                let key = held.section_key(&context, name).ok_or(WrapError::NotHeld)?;
                keys.extend_from_slice(key.expose());
            }
        }
    }
    let suite = reader.suite();
    let (info, aad) = (info(terms, suite), additional_data(terms));
    let sealed = match suite {
        WrapSuite::X25519 => seal_with::<X25519HkdfSha256>(reader.bytes(), &info, &keys, &aad, rng),
        WrapSuite::XWing => seal_with::<XWing>(reader.bytes(), &info, &keys, &aad, rng),
    };
    let (enc, ciphertext) = sealed.map_err(|_| WrapError::UnusableKey)?;
    Ok(WrappedKey { suite, enc, ciphertext })
}

impl DocumentKeyPair {
    /// Unwraps the keys that a grant gives.
    ///
    /// That they are the document's is checked when a section is opened, or with
    /// [`GrantedKeys::match_header`] before.
    ///
    /// # Errors
    /// [`UnwrapError`] if the grant is for someone else, or anything was altered.
    pub fn unwrap(
        &self,
        terms: &GrantTerms,
        wrapped: &WrappedKey,
    ) -> Result<GrantedKeys, UnwrapError> {
        let own = self.encryption_key();
        if wrapped.suite != own.suite() || terms.reader_key != own.fingerprint() {
            return Err(UnwrapError::OtherKey);
        }
        let opened = self.open(
            &wrapped.enc,
            &info(terms, wrapped.suite),
            &wrapped.ciphertext,
            &additional_data(terms),
        );
        let keys = Zeroizing::new(opened.map_err(|_| UnwrapError::Unauthentic)?);
        let (keys, rest) = keys.as_chunks::<KEY_BYTES>();
        match &terms.scope {
            _ if !rest.is_empty() => Err(UnwrapError::Malformed),
            Scope::Whole => match keys {
                [key] => Ok(GrantedKeys::Whole(DocumentKey::from_bytes(*key))),
                _ => Err(UnwrapError::Malformed),
            },
            Scope::Sections(names) if names.len() == keys.len() => {
                let keys = keys.iter().map(|key| SectionKey::from_bytes(*key));
                Ok(GrantedKeys::Sections(names.iter().cloned().zip(keys).collect()))
            }
            Scope::Sections(_) => Err(UnwrapError::Malformed),
        }
    }

    /// Opens one HPKE message in base mode.
    pub(super) fn open(
        &self,
        enc: &[u8],
        info: &[u8],
        ciphertext: &[u8],
        aad: &[u8],
    ) -> Result<Vec<u8>, HpkeError> {
        match self.encryption_key().suite() {
            WrapSuite::X25519 => open_with::<X25519HkdfSha256>(
                &self.private::<X25519HkdfSha256>(),
                enc,
                info,
                ciphertext,
                aad,
            ),
            WrapSuite::XWing => {
                open_with::<XWing>(&self.private::<XWing>(), enc, info, ciphertext, aad)
            }
        }
    }
}

/// What a wrapped key is bound to by the key schedule.
fn info(terms: &GrantTerms, suite: WrapSuite) -> Vec<u8> {
    hash::signing_bytes(&terms.chain, "grant-key", &[suite.number()])
}

/// What a wrapped key is bound to by its tag: the grant's id and every term.
fn additional_data(terms: &GrantTerms) -> Vec<u8> {
    let mut aad = terms.id().as_bytes().to_vec();
    aad.extend_from_slice(&codec::encode(terms));
    aad
}

pub(super) fn seal_with<K: Kem>(
    reader: &[u8],
    info: &[u8],
    plaintext: &[u8],
    aad: &[u8],
    rng: &mut impl CryptoRng,
) -> Result<(Vec<u8>, Vec<u8>), HpkeError> {
    let reader = K::PublicKey::from_bytes(reader)?;
    let mode = OpModeS::<K>::Base;
    let (enc, ciphertext) = single_shot_seal_with_rng::<ChaCha20Poly1305, HkdfSha256, K>(
        &mode, &reader, info, plaintext, aad, rng,
    )?;
    Ok((enc.to_bytes().to_vec(), ciphertext))
}

fn open_with<K: Kem>(
    private: &K::PrivateKey,
    enc: &[u8],
    info: &[u8],
    ciphertext: &[u8],
    aad: &[u8],
) -> Result<Vec<u8>, HpkeError> {
    let enc = K::EncappedKey::from_bytes(enc)?;
    let mode = OpModeR::<K>::Base;
    single_shot_open::<ChaCha20Poly1305, HkdfSha256, K>(&mode, private, &enc, info, ciphertext, aad)
}
