//! Points in files: uncompressed, in counts that the reader knows.

use super::multiply::Curve;
use crate::field::Fr;
use ark_ec::{
    VariableBaseMSM,
    short_weierstrass::{Affine, Projective},
};
use ark_serialize::{CanonicalDeserialize, CanonicalSerialize};
use ark_std::rand::{RngCore, SeedableRng};
use hansa_primitives::{Digest, hash};
use rayon::prelude::*;

/// Appends points.
pub(super) fn put<C: Curve>(bytes: &mut Vec<u8>, points: &[Affine<C>]) {
    for point in points {
        point.serialize_uncompressed(&mut *bytes).expect("writing to memory does not fail");
    }
}

/// Takes `count` points off the front. Each must be on its curve and in its subgroup: a point outside
/// would tell others the author's factor modulo its small order.
pub(super) fn take<C: Curve>(bytes: &mut &[u8], count: usize) -> Option<Vec<Affine<C>>> {
    let size = Affine::<C>::default().uncompressed_size();
    let (these, rest) = bytes.split_at_checked(count.checked_mul(size)?)?;
    *bytes = rest;
    these
        .par_chunks_exact(size)
        .with_min_len(64)
        .map(|chunk| Affine::<C>::deserialize_uncompressed(chunk).ok())
        .collect()
}

/// Takes one point off the front.
pub(super) fn take_one<C: Curve>(bytes: &mut &[u8]) -> Option<Affine<C>> {
    take(bytes, 1)?.pop()
}

/// Factors of 128 bits that are fixed by what they are to check.
pub(super) fn factors(kind: &str, checked: &[&Digest], count: usize) -> Vec<Fr> {
    let parts: Vec<&[u8]> = checked.iter().map(|digest| &digest.as_bytes()[..]).collect();
    let seed = hash::tagged_unbound(kind, &parts);
    let mut rng = crate::field::ProofRng::from_seed(*seed.as_bytes());
    let mut half = [0; 16];
    (0..count)
        .map(|_| {
            rng.fill_bytes(&mut half);
            Fr::from(u128::from_le_bytes(half))
        })
        .collect()
}

/// A linear combination of points.
pub(super) fn combine<C: Curve>(points: &[Affine<C>], scalars: &[Fr]) -> Projective<C> {
    assert_eq!(points.len(), scalars.len(), "one factor for each point");
    Projective::<C>::msm_unchecked(points, scalars)
}
