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

/// Takes `count` points off the front. Each must be on its curve and in its subgroup: a point
/// outside would tell others the next author's factor modulo its small order.
pub(super) fn take<C: Curve>(bytes: &mut &[u8], count: usize) -> Option<Vec<Affine<C>>> {
    let size = Affine::<C>::default().uncompressed_size();
    let (these, rest) = bytes.split_at_checked(count.checked_mul(size)?)?;
    *bytes = rest;
    let read = |chunk: &[u8]| {
        let point = Affine::<C>::deserialize_uncompressed_unchecked(chunk).ok()?;
        point.is_on_curve().then_some(point)
    };
    let points: Vec<_> =
        these.par_chunks_exact(size).with_min_len(64).map(read).collect::<Option<_>>()?;
    all_in_subgroup(&points, these).then_some(points)
}

/// Whether all points are in the subgroup of prime order, with an error below 2^-128.
///
/// The curve of G2 has further prime orders, the least of them 10069. A point outside the subgroup
/// has a part of such an order, which a combination with random factors of 13 bits loses with
/// probability at most 2^-13; ten combinations leave it 2^-130. They cost a tenth of checking each
/// point.
fn all_in_subgroup<C: Curve>(points: &[Affine<C>], bytes: &[u8]) -> bool {
    const COMBINATIONS: usize = 10;
    if C::COFACTOR == [1] {
        return true;
    }
    if points.len() < 64 {
        return points.iter().all(Affine::is_in_correct_subgroup_assuming_on_curve);
    }
    let seed = hash::tagged_unbound("ceremony-subgroup", &[hash::sha256(&[bytes]).as_bytes()]);
    let mut rng = crate::field::ProofRng::from_seed(*seed.as_bytes());
    (0..COMBINATIONS).all(|_| {
        let factors: Vec<u16> = points.iter().map(|_| (rng.next_u32() & 0x1fff) as u16).collect();
        let sum: Projective<C> = Projective::<C>::msm_u16(points, &factors);
        Affine::from(sum).is_in_correct_subgroup_assuming_on_curve()
    })
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
