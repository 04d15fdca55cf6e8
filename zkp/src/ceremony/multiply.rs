//! Many scalar multiplications at once, for either group.
//!
//! Scalars are split in two halves by the curve's endomorphism (Gallant, Lambert, Vanstone, CRYPTO
//! 2001), halves are recoded to signed digits of width 5 (wNAF), and tables of odd multiples are
//! brought to affine form together. Running times depend on scalars: contributions are made on the
//! author's own machine, where nobody times them.

use crate::field::Fr;
use ark_bn254::{g1, g2};
use ark_ec::{
    AdditiveGroup, CurveGroup,
    scalar_mul::glv::GLVConfig,
    short_weierstrass::{Affine, Projective},
};
use ark_ff::PrimeField;
use rayon::prelude::*;
use zeroize::{Zeroize, ZeroizeOnDrop};

const WIDTH: u32 = 5;
/// Odd multiples 1, 3, … 15.
pub(super) const ENTRIES: usize = 1 << (WIDTH - 2);
/// Points that one task brings to affine form together.
const CHUNK: usize = 256;

/// Either of the two groups.
pub(super) trait Curve: GLVConfig<ScalarField = Fr> {}
impl Curve for g1::Config {}
impl Curve for g2::Config {}

/// A scalar as signed odd digits of its two halves, least significant first.
#[derive(Zeroize, ZeroizeOnDrop)]
pub(super) struct Digits {
    first: Vec<i8>,
    second: Vec<i8>,
}

impl Digits {
    pub(super) fn of<C: Curve>(scalar: &Fr) -> Self {
        let ((first_positive, first), (second_positive, second)) = C::scalar_decomposition(*scalar);
        Self { first: recode(first_positive, first), second: recode(second_positive, second) }
    }

    pub(super) fn len(&self) -> usize {
        self.first.len().max(self.second.len())
    }

    /// Adds the multiples that one digit of each half stands for.
    #[inline]
    pub(super) fn add_digit<C: Curve>(
        &self,
        place: usize,
        table: &[Affine<C>],
        sum: &mut Projective<C>,
    ) {
        if let Some(&digit) = self.first.get(place)
            && digit != 0
        {
            *sum += signed(table, digit);
        }
        if let Some(&digit) = self.second.get(place)
            && digit != 0
        {
            *sum += C::endomorphism_affine(&signed(table, digit));
        }
    }

    fn walk<C: Curve>(&self, table: &[Affine<C>]) -> Projective<C> {
        let mut sum = Projective::<C>::ZERO;
        for place in (0..self.len()).rev() {
            sum.double_in_place();
            self.add_digit(place, table, &mut sum);
        }
        sum
    }
}

#[inline]
fn signed<C: Curve>(table: &[Affine<C>], digit: i8) -> Affine<C> {
    let entry = table[usize::from(digit.unsigned_abs() >> 1)];
    if digit < 0 { -entry } else { entry }
}

fn recode(positive: bool, half: Fr) -> Vec<i8> {
    let limbs = half.into_bigint().0;
    assert!(limbs[2] == 0 && limbs[3] == 0 && limbs[1] >> 63 == 0, "halves have at most 127 bits");
    let mut rest = u128::from(limbs[0]) | u128::from(limbs[1]) << 64;
    let mut digits = Vec::with_capacity(129);
    while rest != 0 {
        let mut digit = 0_i8;
        if rest & 1 == 1 {
            digit = (rest & ((1 << WIDTH) - 1)) as i8;
            if digit >= 1 << (WIDTH - 1) {
                digit -= 1 << WIDTH;
                rest += u128::from(digit.unsigned_abs());
            } else {
                rest -= digit as u128;
            }
        }
        digits.push(if positive { digit } else { -digit });
        rest >>= 1;
    }
    digits
}

/// Tables of odd multiples, [`ENTRIES`] for each point, in affine form.
pub(super) fn tables<C: Curve>(points: &[Affine<C>]) -> Vec<Affine<C>> {
    points.par_chunks(CHUNK).flat_map_iter(tables_of).collect()
}

fn tables_of<C: Curve>(points: &[Affine<C>]) -> Vec<Affine<C>> {
    let mut multiples = Vec::with_capacity(points.len() * ENTRIES);
    for point in points {
        let mut multiple = Projective::<C>::from(*point);
        let double = multiple.double();
        for _ in 0..ENTRIES {
            multiples.push(multiple);
            multiple += &double;
        }
    }
    Projective::<C>::normalize_batch(&multiples)
}

/// Multiplies each point by the scalar at its place.
pub(super) fn multiply_each<C: Curve>(points: &[Affine<C>], scalars: &[Fr]) -> Vec<Affine<C>> {
    assert_eq!(points.len(), scalars.len(), "one scalar for each point");
    let chunks = points.par_chunks(CHUNK).zip(scalars.par_chunks(CHUNK));
    chunks
        .flat_map_iter(|(points, scalars)| {
            let tables = tables_of(points);
            let products: Vec<_> = tables
                .chunks_exact(ENTRIES)
                .zip(scalars)
                .map(|(table, scalar)| Digits::of::<C>(scalar).walk(table))
                .collect();
            Projective::<C>::normalize_batch(&products)
        })
        .collect()
}

/// Multiplies all points by one scalar.
pub(super) fn multiply_all<C: Curve>(points: &[Affine<C>], scalar: &Fr) -> Vec<Affine<C>> {
    let digits = Digits::of::<C>(scalar);
    points
        .par_chunks(CHUNK)
        .flat_map_iter(|points| {
            let products: Vec<_> =
                tables_of(points).chunks_exact(ENTRIES).map(|table| digits.walk(table)).collect();
            Projective::<C>::normalize_batch(&products)
        })
        .collect()
}

/// Multiplies each point by the digits that `pick` names for its place; `None` leaves it as it is.
pub(super) fn multiply_picked<'a, C: Curve>(
    points: &[Projective<C>],
    pick: impl Fn(usize) -> Option<&'a Digits> + Sync,
) -> Vec<Projective<C>> {
    let chunks = points.par_chunks(CHUNK).enumerate();
    chunks
        .flat_map_iter(|(chunk, points)| {
            let tables = tables_of(&Projective::<C>::normalize_batch(points));
            let first = chunk * CHUNK;
            let products: Vec<_> = tables
                .chunks_exact(ENTRIES)
                .zip(points)
                .enumerate()
                .map(|(offset, (table, point))| match pick(first + offset) {
                    Some(digits) => digits.walk(table),
                    None => *point,
                })
                .collect();
            products
        })
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use ark_ec::AffineRepr;
    use ark_ff::{Field, UniformRand};

    fn agrees<C: Curve>() {
        let mut rng = crate::field::rng_from_seed([3; 32]);
        let mut scalars: Vec<Fr> = (0..40).map(|_| Fr::rand(&mut rng)).collect();
        scalars.extend([Fr::from(0_u8), Fr::ONE, -Fr::ONE, Fr::from(16_u8), Fr::from(1_u8 << 4)]);
        let mut points: Vec<Affine<C>> =
            scalars.iter().map(|_| Projective::<C>::rand(&mut rng).into_affine()).collect();
        points[3] = Affine::zero();
        let expected: Vec<Affine<C>> =
            points.iter().zip(&scalars).map(|(p, s)| (*p * s).into_affine()).collect();
        assert_eq!(multiply_each(&points, &scalars), expected);
        let expected: Vec<Affine<C>> =
            points.iter().map(|p| (*p * scalars[0]).into_affine()).collect();
        assert_eq!(multiply_all(&points, &scalars[0]), expected);
    }

    #[test]
    fn products_agree_with_the_librarys_in_both_groups() {
        agrees::<g1::Config>();
        agrees::<g2::Config>();
    }
}
