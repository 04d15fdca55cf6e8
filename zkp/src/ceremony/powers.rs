//! Phase 1: powers of tau in both groups, and those times alpha and beta in G1.

use super::{
    multiply::multiply_each,
    points::{combine, factors, put, take, take_one},
};
use crate::field::Fr;
use ark_bn254::{Bn254, G1Affine, G1Projective, G2Affine, G2Projective};
use ark_ec::{AffineRepr, CurveGroup, pairing::Pairing, scalar_mul::ScalarMul};
use ark_ff::{Field, UniformRand};
use ark_std::rand::{CryptoRng, RngCore};
use hansa_primitives::Digest;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// The three secrets of one contribution.
#[derive(Zeroize, ZeroizeOnDrop)]
pub(super) struct Secrets {
    pub(super) tau: Fr,
    pub(super) alpha: Fr,
    pub(super) beta: Fr,
}

impl Secrets {
    pub(super) fn draw(rng: &mut (impl RngCore + CryptoRng)) -> Self {
        Self { tau: nonzero(rng), alpha: nonzero(rng), beta: nonzero(rng) }
    }
}

/// A uniform element other than 0.
pub(super) fn nonzero(rng: &mut (impl RngCore + CryptoRng)) -> Fr {
    loop {
        let element = Fr::rand(rng);
        if element != Fr::from(0_u8) {
            return element;
        }
    }
}

/// The accumulated points for a domain of `n = 2^power`.
#[derive(Clone)]
pub(super) struct Powers {
    pub(super) power: u32,
    /// `tau^i` for `i < 2n - 1`
    pub(super) tau_g1: Vec<G1Affine>,
    /// `tau^i` for `i < n`
    pub(super) tau_g2: Vec<G2Affine>,
    /// `alpha tau^i` for `i < n`
    pub(super) alpha_g1: Vec<G1Affine>,
    /// `beta tau^i` for `i < n`
    pub(super) beta_g1: Vec<G1Affine>,
    pub(super) beta_g2: G2Affine,
}

impl Powers {
    /// What the first contribution starts from: every secret is 1.
    pub(super) fn initial(power: u32) -> Self {
        let size = 1 << power;
        Self {
            power,
            tau_g1: vec![G1Affine::generator(); 2 * size - 1],
            tau_g2: vec![G2Affine::generator(); size],
            alpha_g1: vec![G1Affine::generator(); size],
            beta_g1: vec![G1Affine::generator(); size],
            beta_g2: G2Affine::generator(),
        }
    }

    /// Multiplies every secret by a new factor.
    pub(super) fn multiplied(&self, secrets: &Secrets) -> Self {
        let taus = powers_of(&secrets.tau, self.tau_g1.len());
        let size = self.tau_g2.len();
        let scaled = |factor: &Fr| -> Zeroizing<Vec<Fr>> {
            Zeroizing::new(taus[..size].iter().map(|tau| *tau * factor).collect())
        };
        // Before the first contribution all points are one: multiples of it come cheaper from a
        // table.
        let g1 = |points: &[G1Affine], scalars: &[Fr]| match all_equal(points) {
            true => G1Projective::from(points[0]).batch_mul(scalars),
            false => multiply_each(points, scalars),
        };
        Self {
            power: self.power,
            tau_g1: g1(&self.tau_g1, &taus),
            tau_g2: match all_equal(&self.tau_g2) {
                true => G2Projective::from(self.tau_g2[0]).batch_mul(&taus[..size]),
                false => multiply_each(&self.tau_g2, &taus[..size]),
            },
            alpha_g1: g1(&self.alpha_g1, &scaled(&secrets.alpha)),
            beta_g1: g1(&self.beta_g1, &scaled(&secrets.beta)),
            beta_g2: (self.beta_g2 * secrets.beta).into_affine(),
        }
    }

    /// The points that stand for tau, alpha and beta: what a proof of knowledge is about.
    pub(super) fn heads(&self) -> [G1Affine; 3] {
        [self.tau_g1[1], self.alpha_g1[0], self.beta_g1[0]]
    }

    /// Checks that all points are powers of one tau, alpha and beta. `checked` fixes the points.
    pub(super) fn check(&self, checked: &Digest) -> Result<(), &'static str> {
        let (one, two) = (G1Affine::generator(), G2Affine::generator());
        if self.tau_g1[0] != one || self.tau_g2[0] != two {
            return Err("the powers do not start with the generators");
        }
        if self.heads().iter().any(AffineRepr::is_zero) || self.beta_g2.is_zero() {
            return Err("a secret is zero");
        }
        let long = self.tau_g1.len() - 1;
        let short = self.tau_g2.len() - 1;
        let factors = factors("ceremony-powers", &[checked], long + 3 * short);
        let (for_tau, rest) = factors.split_at(long);
        let (for_alpha, rest) = rest.split_at(short);
        let (for_beta, for_g2) = rest.split_at(short);
        let in_g1 = |from: usize| -> G1Affine {
            let sum = combine(&self.tau_g1[from..][..long], for_tau)
                + combine(&self.alpha_g1[from..][..short], for_alpha)
                + combine(&self.beta_g1[from..][..short], for_beta);
            sum.into_affine()
        };
        if !same_ratio((in_g1(0), in_g1(1)), (two, self.tau_g2[1])) {
            return Err("the points in G1 are no powers of tau");
        }
        let in_g2 = |from: usize| combine(&self.tau_g2[from..][..short], for_g2).into_affine();
        if !same_ratio((one, self.tau_g1[1]), (in_g2(0), in_g2(1))) {
            return Err("the points in G2 are no powers of tau");
        }
        if !same_ratio((one, self.beta_g1[0]), (two, self.beta_g2)) {
            return Err("beta differs between the groups");
        }
        Ok(())
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        put(&mut bytes, &self.tau_g1);
        put(&mut bytes, &self.tau_g2);
        put(&mut bytes, &self.alpha_g1);
        put(&mut bytes, &self.beta_g1);
        put(&mut bytes, &[self.beta_g2]);
        bytes
    }

    pub(super) fn decode(mut bytes: &[u8], power: u32) -> Option<Self> {
        let (size, bytes) = (1_usize << power, &mut bytes);
        let powers = Self {
            power,
            tau_g1: take(bytes, 2 * size - 1)?,
            tau_g2: take(bytes, size)?,
            alpha_g1: take(bytes, size)?,
            beta_g1: take(bytes, size)?,
            beta_g2: take_one(bytes)?,
        };
        bytes.is_empty().then_some(powers)
    }
}

fn all_equal<P: PartialEq>(points: &[P]) -> bool {
    points.windows(2).all(|pair| pair[0] == pair[1])
}

fn powers_of(base: &Fr, count: usize) -> Zeroizing<Vec<Fr>> {
    let mut power = Zeroizing::new(Fr::ONE);
    let mut powers = Zeroizing::new(Vec::with_capacity(count));
    for _ in 0..count {
        powers.push(*power);
        *power *= base;
    }
    powers
}

/// Whether the second point of each pair is the same multiple of the first.
pub(super) fn same_ratio(g1: (G1Affine, G1Affine), g2: (G2Affine, G2Affine)) -> bool {
    Bn254::multi_pairing([g1.0, -g1.1], [g2.1, g2.0]).0
        == <Bn254 as Pairing>::TargetField::from(1_u8)
}
