//! Proof of knowledge of a factor: Schnorr's identification made non-interactive (Fiat, Shamir).
//!
//! The challenge covers the contribution's whole intent (ceremony, stage, place, parent, circuit,
//! author, points), so that a proof made for one place is worth nothing in another.

use crate::field::{Fr, cut};
use ark_bn254::{G1Affine, G1Projective};
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::UniformRand;
use ark_serialize::{CanonicalDeserialize, CanonicalSerialize};
use ark_std::rand::{CryptoRng, RngCore};
use bincode::{Decode, Encode};
use hansa_primitives::{Digest, hash};
use zeroize::Zeroizing;

/// Knowledge of `x` in `image = x * base`: a commitment in G1 and a response.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub(super) struct Knowledge {
    commitment: [u8; 32],
    response: crate::field::FieldBytes,
}

impl Knowledge {
    pub(super) fn prove(
        intent: &Digest,
        base: &G1Affine,
        factor: &Fr,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Self {
        let nonce = Zeroizing::new(Fr::rand(rng));
        let commitment = compress(&(*base * *nonce).into_affine());
        let image = (*base * *factor).into_affine();
        let challenge = challenge(intent, base, &image, &commitment);
        Self { commitment, response: (*nonce + challenge * factor).into() }
    }

    /// Whether the author of `intent` knew the factor between base and image, which must not be 0.
    pub(super) fn verify(&self, intent: &Digest, base: &G1Affine, image: &G1Affine) -> bool {
        let Ok(commitment) = G1Affine::deserialize_compressed(&self.commitment[..]) else {
            return false;
        };
        let challenge = challenge(intent, base, image, &self.commitment);
        let expected: G1Projective = *image * challenge + commitment;
        !base.is_zero() && !image.is_zero() && *base * self.response.element() == expected
    }
}

fn challenge(intent: &Digest, base: &G1Affine, image: &G1Affine, commitment: &[u8; 32]) -> Fr {
    let (base, image) = (compress(base), compress(image));
    let parts: [&[u8]; 4] = [intent.as_bytes(), &base, &image, commitment];
    cut(&hash::tagged_unbound("ceremony-knowledge", &parts))
}

fn compress(point: &G1Affine) -> [u8; 32] {
    let mut bytes = [0; 32];
    point.serialize_compressed(&mut bytes[..]).expect("a compressed point of G1 has 32 bytes");
    bytes
}
