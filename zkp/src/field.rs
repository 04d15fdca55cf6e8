//! How the world's values become elements of the scalar field of BN254, and their wire form.
//!
//! Every value has one encoding: text is hashed outside circuits and cut to 248 bits, money is a
//! `u64` of minor units, a day is a `u32`. On the wire an element is 32 bytes, little-endian, below
//! the modulus; anything else is refused and nothing is ever reduced.

use ark_ff::{BigInteger, PrimeField, UniformRand};
use ark_std::rand::{CryptoRng, RngCore, SeedableRng};
use bincode::{
    BorrowDecode, Decode, Encode,
    de::{BorrowDecoder, Decoder},
    error::DecodeError,
};
use hansa_primitives::{Digest, codec::Canonical, hash};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::{cmp::Ordering, fmt, str::FromStr};
use thiserror::Error;

pub use ark_bn254::Fr;

/// The generator that proving and ceremonies draw from: ChaCha12, seeded by the caller.
pub type ProofRng = ark_std::rand::rngs::StdRng;

/// First argument of every hash, so that a hash made for one purpose never serves another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Domain {
    /// `owner = H(Key, sk)`
    Key = 1,
    /// `asset = H(Asset, seller, number, year)`
    Asset = 2,
    /// `tag = H(Tag, sk, asset)`
    Tag = 3,
    /// `content = H(Content, fields, tag, salt)`
    Content = 4,
    /// `leaf = H(Document, entity, owner, content)`
    Document = 5,
    /// `nullifier = low248(H(Nullifier, tag, step))`
    Nullifier = 6,
    /// `H(Low, value, next)`: a leaf of the indexed tree
    Low = 7,
    /// `H(Position, tag, step, total, face, currency, blinding)`
    Position = 8,
    /// `H(Claim, amount, currency, blinding)`
    Claim = 9,
    /// `H(Session, tag, context, blinding)`
    Session = 10,
    /// `H(PositionBlinding, sk, tag, step)`
    PositionBlinding = 11,
    /// `H(ClaimBlinding, sk, tag, step)`
    ClaimBlinding = 12,
}

impl Domain {
    /// The domain as a field element.
    pub fn element(self) -> Fr {
        Fr::from(self as u8)
    }
}

/// Bytes or text that stand for no field element.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum NotAFieldElement {
    /// The number is not below the modulus, so that it would be a second name of another element.
    #[error("the 32 bytes are not below the order of BN254's scalar field")]
    TooLarge,
    /// The text is not 64 hexadecimal digits.
    #[error("`{0}` is not a field element: 64 hexadecimal digits are expected")]
    NotHex(String),
}

/// A field element on the wire: 32 bytes, little-endian, always below the modulus.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash, Encode)]
pub struct FieldBytes([u8; 32]);

impl FieldBytes {
    /// The element 0.
    pub const ZERO: Self = Self([0; 32]);

    /// Checks that the bytes are the encoding of an element.
    ///
    /// # Errors
    /// [`NotAFieldElement::TooLarge`] if the number is not below the modulus.
    pub fn parse(bytes: [u8; 32]) -> Result<Self, NotAFieldElement> {
        from_canonical(&bytes).map(|_| Self(bytes)).ok_or(NotAFieldElement::TooLarge)
    }

    /// The 32 bytes, little-endian.
    pub fn bytes(&self) -> [u8; 32] {
        self.0
    }

    /// The element to compute with.
    pub fn element(&self) -> Fr {
        from_canonical(&self.0).expect("every constructor checks that the bytes are canonical")
    }
}

fn from_canonical(bytes: &[u8; 32]) -> Option<Fr> {
    let mut limbs = [0_u64; 4];
    for (limb, chunk) in limbs.iter_mut().zip(bytes.chunks_exact(8)) {
        let mut word = [0; 8];
        word.copy_from_slice(chunk);
        *limb = u64::from_le_bytes(word);
    }
    Fr::from_bigint(ark_ff::BigInt::new(limbs))
}

impl From<Fr> for FieldBytes {
    fn from(element: Fr) -> Self {
        let mut bytes = [0; 32];
        for (chunk, limb) in bytes.chunks_exact_mut(8).zip(element.into_bigint().0) {
            chunk.copy_from_slice(&limb.to_le_bytes());
        }
        Self(bytes)
    }
}

impl From<FieldBytes> for Fr {
    fn from(bytes: FieldBytes) -> Self {
        bytes.element()
    }
}

/// Numeric order, so that ordered maps and the tree agree on what comes next.
impl Ord for FieldBytes {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.iter().rev().cmp(other.0.iter().rev())
    }
}

impl PartialOrd for FieldBytes {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<Context> Decode<Context> for FieldBytes {
    fn decode<D: Decoder<Context = Context>>(decoder: &mut D) -> Result<Self, DecodeError> {
        let bytes = <[u8; 32]>::decode(decoder)?;
        Self::parse(bytes).map_err(|error| DecodeError::OtherString(error.to_string()))
    }
}

impl<'de, Context> BorrowDecode<'de, Context> for FieldBytes {
    fn borrow_decode<D: BorrowDecoder<'de, Context = Context>>(
        decoder: &mut D,
    ) -> Result<Self, DecodeError> {
        Self::decode(decoder)
    }
}

impl Canonical for FieldBytes {
    const BYTES_MAX: usize = 32;
}

impl fmt::Display for FieldBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for FieldBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(&self.0[..6]))
    }
}

impl FromStr for FieldBytes {
    type Err = NotAFieldElement;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes)
            .map_err(|_| NotAFieldElement::NotHex(text.chars().take(80).collect()))?;
        Self::parse(bytes)
    }
}

impl Serialize for FieldBytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for FieldBytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// An amount of money in the minor unit of its currency.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Encode,
    Decode,
    Serialize,
    Deserialize,
)]
#[serde(transparent)]
pub struct MinorUnits(pub u64);

impl MinorUnits {
    /// The amount as a field element.
    pub fn element(self) -> Fr {
        Fr::from(self.0)
    }
}

/// A day, counted from 1970-01-01.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub struct Day(pub u32);

impl Day {
    /// The day as a field element.
    pub fn element(self) -> Fr {
        Fr::from(self.0)
    }
}

/// Text that is no currency code.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("`{0}` is not a currency: three upper-case letters are expected (ISO 4217)")]
pub struct NotACurrency(String);

/// A currency by its alphabetic code (ISO 4217); as an element, the three bytes read big-endian.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub struct Currency(pub [u8; 3]);

impl Currency {
    /// Reads three upper-case letters.
    ///
    /// # Errors
    /// [`NotACurrency`] for anything else.
    pub fn parse(code: &str) -> Result<Self, NotACurrency> {
        match <[u8; 3]>::try_from(code.as_bytes()) {
            Ok(bytes) if bytes.iter().all(u8::is_ascii_uppercase) => Ok(Self(bytes)),
            _ => Err(NotACurrency(code.chars().take(16).collect())),
        }
    }

    /// The currency as a field element, below 2^24.
    pub fn element(self) -> Fr {
        let [a, b, c] = self.0;
        Fr::from(u32::from_be_bytes([0, a, b, c]))
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.0))
    }
}

/// Text as a field element.
pub fn text(text: &str) -> Fr {
    cut(&hash::tagged_unbound("zkp-text", &[text.as_bytes()]))
}

/// A legal entity as a field element. The member registry and the parties of a document name an
/// entity by the same text.
pub fn entity(legal_id: &str) -> FieldBytes {
    cut(&hash::tagged_unbound("zkp-entity", &[legal_id.as_bytes()])).into()
}

/// What a proof is bound to, so that nobody can use it elsewhere: bank, chain, transaction, nonce.
pub fn context(parts: &[&[u8]]) -> FieldBytes {
    cut(&hash::tagged_unbound("zkp-context", parts)).into()
}

/// A uniformly random element: a salt or a blinding.
pub fn fresh(rng: &mut (impl RngCore + CryptoRng)) -> FieldBytes {
    Fr::rand(rng).into()
}

/// A generator from 32 bytes of entropy.
pub fn rng_from_seed(seed: [u8; 32]) -> ProofRng {
    ProofRng::from_seed(seed)
}

/// The first 248 bits of a hash, which fit below the modulus whatever they are.
pub(crate) fn cut(digest: &Digest) -> Fr {
    Fr::from_be_bytes_mod_order(&digest.as_bytes()[..31])
}

/// A uniform element from a seed: 512 bits of hash, reduced.
pub(crate) fn wide(kind: &str, parts: &[&[u8]]) -> Fr {
    let mut bytes = zeroize::Zeroizing::new([0_u8; 64]);
    for (half, chunk) in bytes.chunks_exact_mut(32).enumerate() {
        let counter = [half as u8];
        let mut all = vec![&counter[..]];
        all.extend_from_slice(parts);
        chunk.copy_from_slice(hash::tagged_unbound(kind, &all).as_bytes());
    }
    Fr::from_le_bytes_mod_order(&*bytes)
}

/// The number that an element stands for, if it is a `u64`.
pub(crate) fn to_u64(element: &Fr) -> Option<u64> {
    let number = element.into_bigint();
    (number.num_bits() <= 64).then(|| number.0[0])
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use ark_ff::Field;
    use hansa_primitives::codec;
    use proptest::prelude::*;

    #[test]
    fn the_modulus_and_above_are_refused() {
        let mut modulus = FieldBytes::from(-Fr::ONE).bytes();
        assert!(FieldBytes::parse(modulus).is_ok());
        modulus[0] += 1;
        assert_eq!(FieldBytes::parse(modulus), Err(NotAFieldElement::TooLarge));
        assert_eq!(FieldBytes::parse([0xff; 32]), Err(NotAFieldElement::TooLarge));
        assert!(codec::decode::<FieldBytes>(&modulus).is_err());
        assert!(hex::encode(modulus).parse::<FieldBytes>().is_err());
    }

    #[test]
    fn encodings_of_different_kinds_differ() {
        assert_ne!(text("a"), entity("a").element());
        assert_ne!(context(&[b"ab", b"c"]), context(&[b"a", b"bc"]));
        assert_eq!(Currency::parse("EUR").unwrap().element(), Fr::from(0x45_55_52_u32));
        assert!(Currency::parse("EURO").is_err());
        assert!(Currency::parse("eur").is_err());
    }

    proptest! {
        #[test]
        fn the_wire_form_is_a_bijection(limbs in any::<[u8; 64]>()) {
            let element = Fr::from_le_bytes_mod_order(&limbs);
            let wire = FieldBytes::from(element);
            prop_assert_eq!(wire.element(), element);
            prop_assert_eq!(codec::decode::<FieldBytes>(&codec::encode(&wire)).unwrap(), wire);
            prop_assert_eq!(wire.to_string().parse::<FieldBytes>().unwrap(), wire);
        }

        #[test]
        fn order_is_numeric(a in any::<u64>(), b in any::<u64>()) {
            let (x, y) = (FieldBytes::from(Fr::from(a)), FieldBytes::from(Fr::from(b)));
            prop_assert_eq!(x.cmp(&y), a.cmp(&b));
        }
    }
}
