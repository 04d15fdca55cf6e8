//! Ed25519 (RFC 8032) under one predicate everywhere: ZIP-215.
//!
//! RFC 8032 leaves edge cases open, and libraries whose single and batched verification disagree make
//! validators disagree. ZIP-215 fixes the edge cases so that both ways accept exactly the same
//! signatures; the torsion vectors in the tests hold them to it.

use crate::{codec::Canonical, hash};
use bincode::{Decode, Encode};
use ed25519_zebra::{VerificationKey, VerificationKeyBytes, batch};
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use thiserror::Error;

/// Signs with a key that never leaves it: a file keystore, an agent, a hardware module.
pub trait Signer: Send + Sync {
    /// The public half.
    fn verifying_key(&self) -> VerifyingKey;
    /// Signs the message. The same message gives the same bytes (RFC 8032 is deterministic), so that a
    /// vote that is sent again is the vote that was sent.
    fn sign(&self, message: &[u8]) -> Signature;
}

/// An Ed25519 private key in memory; wiped when dropped, never shown.
pub struct SigningKey(ed25519_zebra::SigningKey);

impl SigningKey {
    /// The key that RFC 8032 derives from a 32-byte seed.
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(ed25519_zebra::SigningKey::from(*seed))
    }

    /// The seed, to be put into a keystore.
    pub fn seed(&self) -> zeroize::Zeroizing<[u8; 32]> {
        zeroize::Zeroizing::new(self.0.to_bytes())
    }
}

impl Signer for SigningKey {
    fn verifying_key(&self) -> VerifyingKey {
        VerifyingKey(self.0.verification_key().into())
    }

    fn sign(&self, message: &[u8]) -> Signature {
        Signature(self.0.sign(message).to_bytes())
    }
}

impl Clone for SigningKey {
    fn clone(&self) -> Self {
        Self::from_seed(&self.seed())
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey([redacted])")
    }
}

macro_rules! hex_bytes {
    ($name:ident, $length:literal, $kind:literal) => {
        impl Canonical for $name {
            const BYTES_MAX: usize = $length;
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&hex::encode(self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&hex::encode(&self.0[..6]))
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let mut bytes = [0; $length];
                hex::decode_to_slice(String::deserialize(deserializer)?, &mut bytes)
                    .map_err(|_| serde::de::Error::custom(concat!("not a ", $kind, " in hex")))?;
                Ok(Self(bytes))
            }
        }
    };
}

/// An Ed25519 public key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub struct VerifyingKey(pub [u8; 32]);
hex_bytes!(VerifyingKey, 32, "public key");

/// An Ed25519 signature.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub struct Signature(pub [u8; 64]);
hex_bytes!(Signature, 64, "signature");

/// The signature does not hold for this key and message.
#[derive(Debug, Error, Clone, Copy, PartialEq, Eq)]
pub enum SignatureError {
    /// The key is no point of the curve.
    #[error("the public key is no point of the curve")]
    MalformedKey,
    /// ZIP-215 refuses the signature.
    #[error("the signature does not hold")]
    Refused,
}

impl VerifyingKey {
    /// Checks one signature.
    ///
    /// # Errors
    /// [`SignatureError`] if the key is malformed or ZIP-215 refuses the signature.
    pub fn verify(&self, message: &[u8], signature: &Signature) -> Result<(), SignatureError> {
        VerificationKey::try_from(self.0)
            .map_err(|_| SignatureError::MalformedKey)?
            .verify(&ed25519_zebra::Signature::from_bytes(&signature.0), message)
            .map_err(|_| SignatureError::Refused)
    }

    /// Whether the bytes decode to a point. Registration refuses keys that do not.
    pub fn is_well_formed(&self) -> bool {
        VerificationKey::try_from(self.0).is_ok()
    }

    /// Whether the key is one of the points of small order (or an encoding of one), for which anyone
    /// can make signatures. Registration refuses them.
    pub fn is_small_order(&self) -> bool {
        // y-coordinates of the eight torsion points, sign bit cleared, with their non-canonical
        // encodings that still fit 255 bits.
        const SMALL_ORDER: [&str; 7] = [
            "0000000000000000000000000000000000000000000000000000000000000000",
            "0100000000000000000000000000000000000000000000000000000000000000",
            "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
            "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
            "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        ];
        let mut bytes = self.0;
        bytes[31] &= 0x7f;
        SMALL_ORDER.contains(&hex::encode(bytes).as_str())
    }
}

/// A message with a signature that is still to be checked.
#[derive(Clone, Copy, Debug)]
pub struct SignedMessage<'a> {
    /// Who is said to have signed.
    pub key: VerifyingKey,
    /// The bytes that the signature covers.
    pub message: &'a [u8],
    /// The signature.
    pub signature: Signature,
}

/// Checks that all signatures hold, in about half the time of checking them one by one.
///
/// The coefficients of the random linear combination come from a hash of all the input, so that the
/// result is the same on every machine.
///
/// # Errors
/// [`SignatureError::Refused`] if any does not hold; [`verify_each`] finds out which.
pub fn verify_batch(items: &[SignedMessage<'_>]) -> Result<(), SignatureError> {
    match items {
        [] => return Ok(()),
        [one] => return one.key.verify(one.message, &one.signature),
        _ => {}
    }
    let mut verifier = batch::Verifier::new();
    let mut transcript = Vec::with_capacity(items.len() * 128);
    for item in items {
        transcript.extend_from_slice(&item.key.0);
        transcript.extend_from_slice(&item.signature.0);
        transcript.extend_from_slice(&hash::sha256(&[item.message]).0);
        let signature = ed25519_zebra::Signature::from_bytes(&item.signature.0);
        verifier.queue((VerificationKeyBytes::from(item.key.0), signature, item.message));
    }
    let seed = hash::tagged_unbound("batch-verification", &[&transcript]);
    verifier.verify(ChaCha20Rng::from_seed(seed.0)).map_err(|_| SignatureError::Refused)
}

/// Checks all signatures and says of each whether it holds; a bad one costs its neighbours a bisection.
pub fn verify_each(items: &[SignedMessage<'_>]) -> Vec<bool> {
    if verify_batch(items).is_ok() {
        return vec![true; items.len()];
    }
    if items.len() == 1 {
        return vec![false];
    }
    let (left, right) = items.split_at(items.len() / 2);
    let mut verdicts = verify_each(left);
    verdicts.extend(verify_each(right));
    verdicts
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn key(number: u8) -> SigningKey {
        SigningKey::from_seed(&[number; 32])
    }

    #[test]
    fn the_first_vector_of_rfc_8032_holds() {
        let seed: [u8; 32] =
            hex::decode("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
                .unwrap()
                .try_into()
                .unwrap();
        let key = SigningKey::from_seed(&seed);
        assert_eq!(
            key.verifying_key().to_string(),
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
        );
        assert_eq!(
            key.sign(b"").to_string(),
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e3970\
             1cf9b46bd25bf5f0595bbe24655141438e7a100b"
        );
    }

    #[test]
    fn a_batch_names_exactly_the_bad_ones() {
        let messages: Vec<Vec<u8>> = (0..17_u8).map(|n| vec![n; 40]).collect();
        let mut signatures: Vec<Signature> =
            messages.iter().enumerate().map(|(n, m)| key(n as u8).sign(m)).collect();
        signatures[3].0[5] ^= 1;
        signatures[16].0[40] ^= 1;
        let items: Vec<_> = messages
            .iter()
            .zip(&signatures)
            .enumerate()
            .map(|(n, (message, signature))| SignedMessage {
                key: key(n as u8).verifying_key(),
                message,
                signature: *signature,
            })
            .collect();
        assert!(verify_batch(&items).is_err());
        let bad: Vec<usize> = verify_each(&items)
            .iter()
            .enumerate()
            .filter(|(_, ok)| !**ok)
            .map(|(n, _)| n)
            .collect();
        assert_eq!(bad, [3, 16]);
    }

    /// All pairs of small-order keys and small-order R with s = 0: ZIP-215 accepts every one of them,
    /// because its equation is multiplied by the cofactor (ZIP 215, "Rationale").
    #[test]
    fn single_and_batched_verification_agree_on_torsion_points() {
        let points = [
            "0000000000000000000000000000000000000000000000000000000000000000",
            "0000000000000000000000000000000000000000000000000000000000000080",
            "0100000000000000000000000000000000000000000000000000000000000000",
            "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
            "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
            "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
            "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
            // non-canonical encodings of the same points
            "0100000000000000000000000000000000000000000000000000000000000080",
            "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
            "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
            "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        ]
        .map(|text| <[u8; 32]>::try_from(hex::decode(text).unwrap()).unwrap());
        let honest = key(1);
        let honest_item = (honest.verifying_key(), honest.sign(b"Zcash"));
        for a in points {
            assert!(VerifyingKey(a).is_small_order(), "{}", hex::encode(a));
            for r in points {
                let mut signature = [0; 64];
                signature[..32].copy_from_slice(&r);
                let (key, signature) = (VerifyingKey(a), Signature(signature));
                assert_eq!(key.verify(b"Zcash", &signature), Ok(()));
                let item = SignedMessage { key, message: b"Zcash", signature };
                let other = SignedMessage {
                    key: honest_item.0,
                    message: b"Zcash",
                    signature: honest_item.1,
                };
                assert_eq!(verify_batch(&[item, other]), Ok(()));
            }
        }
        assert!(!honest.verifying_key().is_small_order());
    }

    #[test]
    fn an_s_that_is_not_reduced_is_refused_both_ways() {
        // s + L is the same scalar in another encoding; accepting it would make signatures malleable.
        let honest = key(2);
        let mut signature = honest.sign(b"m");
        let order: [u8; 32] =
            hex::decode("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010")
                .unwrap()
                .try_into()
                .unwrap();
        let mut carry = 0_u16;
        for (byte, add) in signature.0[32..].iter_mut().zip(order) {
            let sum = u16::from(*byte) + u16::from(add) + carry;
            *byte = (sum & 0xff) as u8;
            carry = sum >> 8;
        }
        let key = honest.verifying_key();
        assert!(key.verify(b"m", &signature).is_err());
        let item = SignedMessage { key, message: b"m", signature };
        assert_eq!(verify_each(&[item, item]), [false, false]);
    }

    #[test]
    fn a_private_key_is_never_shown() {
        assert_eq!(format!("{:?}", key(3)), "SigningKey([redacted])");
    }
}
