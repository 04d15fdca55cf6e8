//! Powers of tau in the Lagrange basis of the domain: an inverse Fourier transform over a group.
//!
//! `L_j = 1/n * sum_i w^(-ij) P_i`, by decimation in time. The factor `1/n` is taken along with the
//! twiddles of the first block of each level instead of scaling every point: it costs a dozen
//! multiplications instead of `n`.

use super::multiply::{Curve, Digits, multiply_all, multiply_picked};
use crate::field::Fr;
use ark_ec::{
    CurveGroup,
    short_weierstrass::{Affine, Projective},
};
use ark_ff::Field;
use ark_poly::{EvaluationDomain, Radix2EvaluationDomain};
use rayon::prelude::*;

/// The Lagrange form of a vector whose length is a power of two.
pub(super) fn lagrange<C: Curve>(points: &[Affine<C>]) -> Vec<Affine<C>> {
    let size = points.len();
    let domain = Radix2EvaluationDomain::<Fr>::new(size).filter(|domain| domain.size() == size);
    let domain = domain.expect("the number of powers is a power of two below 2^28");
    let scale = domain.size_inv;
    let mut values: Vec<Projective<C>> = reversed(points);
    values[0] = multiply_all(&points[..1], &scale)[0].into();
    let mut twiddle = Fr::ONE;
    let mut twiddles = Vec::with_capacity(size / 2);
    for _ in 0..size / 2 {
        twiddles.push(twiddle);
        twiddle *= domain.group_gen_inv;
    }
    let plain: Vec<Digits> = twiddles.par_iter().map(Digits::of::<C>).collect();

    let mut half = 1;
    while half < size {
        let stride = size / (2 * half);
        let scaled: Vec<Digits> = (0..half)
            .into_par_iter()
            .map(|place| Digits::of::<C>(&(twiddles[place * stride] * scale)))
            .collect();
        let odd: Vec<_> =
            values.chunks_exact(2 * half).flat_map(|block| block[half..].iter().copied()).collect();
        let products = multiply_picked(&odd, |index| match (index / half, index % half) {
            (0, place) => Some(&scaled[place]),
            (_, 0) => None,
            (_, place) => Some(&plain[place * stride]),
        });
        values
            .par_chunks_mut(2 * half)
            .zip(products.par_chunks(half))
            .for_each(|(block, products)| butterflies(block, products));
        half *= 2;
    }
    values.par_chunks(1024).flat_map_iter(Projective::<C>::normalize_batch).collect()
}

fn butterflies<C: Curve>(block: &mut [Projective<C>], products: &[Projective<C>]) {
    let (even, odd) = block.split_at_mut(products.len());
    even.par_iter_mut()
        .zip(odd.par_iter_mut())
        .zip(products.par_iter())
        .with_min_len(256)
        .for_each(|((even, odd), product)| {
            *odd = *even - product;
            *even += product;
        });
}

fn reversed<C: Curve>(points: &[Affine<C>]) -> Vec<Projective<C>> {
    let bits = points.len().trailing_zeros();
    if bits == 0 {
        return points.iter().map(|point| (*point).into()).collect();
    }
    (0..points.len())
        .map(|index| points[index.reverse_bits() >> (usize::BITS - bits)].into())
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use ark_bn254::g1;
    use ark_ec::AffineRepr;

    #[test]
    fn the_transform_evaluates_lagrange_polynomials_at_tau() {
        for size in [1_usize, 2, 32] {
            let tau = Fr::from(987_654_321_u64);
            let generator = Affine::<g1::Config>::generator();
            let powers: Vec<_> =
                (0..size as u64).map(|i| (generator * tau.pow([i])).into_affine()).collect();
            let domain = Radix2EvaluationDomain::<Fr>::new(size).unwrap();
            let expected: Vec<_> = domain
                .evaluate_all_lagrange_coefficients(tau)
                .into_iter()
                .map(|value| (generator * value).into_affine())
                .collect();
            assert_eq!(lagrange(&powers), expected, "{size}");
        }
    }
}
