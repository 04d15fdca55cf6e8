//! What phase 2 starts from: the powers brought into the form of one circuit, with delta 1.
//!
//! Making it takes Fourier transforms over groups and sums over all entries of the circuit's
//! matrices. Checking it takes a few multi-scalar multiplications: for random factors `r` the
//! claimed points must satisfy `sum_i r_i Q_i = sum_k s_k tau^k` with `s` the coefficients of
//! `sum_i r_i q_i(X)`, where `q_i` is the polynomial of column `i`.

use super::{
    columns::{Columns, Rows, total_sums},
    lagrange::lagrange,
    points::{combine, factors, put, take, take_one},
    powers::Powers,
};
use crate::{field::Fr, statement::shape::Shape};
use ark_bn254::{G1Affine, G1Projective, G2Affine};
use ark_ec::CurveGroup;
use ark_ff::Field;
use ark_poly::{EvaluationDomain, Radix2EvaluationDomain};
use hansa_primitives::Digest;
use rayon::prelude::*;

/// The powers in the Lagrange basis: the same for every circuit of a domain.
pub(super) struct Lagrange {
    tau_g1: Vec<G1Affine>,
    tau_g2: Vec<G2Affine>,
    alpha_g1: Vec<G1Affine>,
    beta_g1: Vec<G1Affine>,
}

impl Lagrange {
    pub(super) fn of(powers: &Powers) -> Self {
        let size = powers.tau_g2.len();
        Self {
            tau_g1: lagrange(&powers.tau_g1[..size]),
            tau_g2: lagrange(&powers.tau_g2),
            alpha_g1: lagrange(&powers.alpha_g1),
            beta_g1: lagrange(&powers.beta_g1),
        }
    }
}

/// A circuit's key before anyone contributed to it: gamma and delta are 1.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Origin {
    pub(super) alpha_g1: G1Affine,
    pub(super) beta_g1: G1Affine,
    pub(super) beta_g2: G2Affine,
    pub(super) inputs: Vec<G1Affine>,
    pub(super) a: Vec<G1Affine>,
    pub(super) b_g1: Vec<G1Affine>,
    pub(super) b_g2: Vec<G2Affine>,
    pub(super) h: Vec<G1Affine>,
    pub(super) l: Vec<G1Affine>,
}

impl Origin {
    pub(super) fn make(powers: &Powers, basis: &Lagrange, shape: &Shape) -> Self {
        let [a, b, c] = matrices(shape).map(|rows| Columns::of(&rows, shape.variables()));
        let mut inputs =
            total_sums(&[(&a, &basis.beta_g1[..]), (&b, &basis.alpha_g1), (&c, &basis.tau_g1)]);
        let l = inputs.split_off(shape.inputs);
        Self {
            alpha_g1: powers.alpha_g1[0],
            beta_g1: powers.beta_g1[0],
            beta_g2: powers.beta_g2,
            inputs,
            a: a.sums(&basis.tau_g1),
            b_g1: b.sums(&basis.tau_g1),
            b_g2: b.sums(&basis.tau_g2),
            h: multiples_of_vanishing(powers),
            l,
        }
    }

    /// Checks that the key follows from the powers and the circuit. `checked` fixes its points.
    pub(super) fn check(
        &self,
        powers: &Powers,
        shape: &Shape,
        checked: &Digest,
    ) -> Result<(), &'static str> {
        let heads = (powers.alpha_g1[0], powers.beta_g1[0], powers.beta_g2);
        if (self.alpha_g1, self.beta_g1, self.beta_g2) != heads {
            return Err("alpha or beta is not that of the powers");
        }
        if self.h != multiples_of_vanishing(powers) {
            return Err("the multiples of the vanishing polynomial are not those of the powers");
        }
        let size = powers.tau_g2.len();
        let factors = factors("ceremony-origin", &[checked], shape.variables());
        let [a, b, c] = matrices(shape).map(|rows| polynomial(&rows, &factors, size));
        let tau = &powers.tau_g1[..size];
        if combine(&self.a, &factors) != combine(tau, &a) {
            return Err("the sums over A are not those of the circuit");
        }
        if combine(&self.b_g1, &factors) != combine(tau, &b) {
            return Err("the sums over B in G1 are not those of the circuit");
        }
        if combine(&self.b_g2, &factors) != combine(&powers.tau_g2, &b) {
            return Err("the sums over B in G2 are not those of the circuit");
        }
        let (for_inputs, for_l) = factors.split_at(shape.inputs);
        let mixed = combine(&powers.beta_g1, &a) + combine(&powers.alpha_g1, &b) + combine(tau, &c);
        if combine(&self.inputs, for_inputs) + combine(&self.l, for_l) != mixed {
            return Err("the mixed sums are not those of the circuit");
        }
        Ok(())
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        put(&mut bytes, &[self.alpha_g1, self.beta_g1]);
        put(&mut bytes, &[self.beta_g2]);
        put(&mut bytes, &self.inputs);
        put(&mut bytes, &self.a);
        put(&mut bytes, &self.b_g1);
        put(&mut bytes, &self.b_g2);
        put(&mut bytes, &self.h);
        put(&mut bytes, &self.l);
        bytes
    }

    pub(super) fn decode(mut bytes: &[u8], shape: &Shape) -> Option<Self> {
        let (variables, bytes) = (shape.variables(), &mut bytes);
        let origin = Self {
            alpha_g1: take_one(bytes)?,
            beta_g1: take_one(bytes)?,
            beta_g2: take_one(bytes)?,
            inputs: take(bytes, shape.inputs)?,
            a: take(bytes, variables)?,
            b_g1: take(bytes, variables)?,
            b_g2: take(bytes, variables)?,
            h: take(bytes, (1 << shape.domain_power()) - 1)?,
            l: take(bytes, shape.witnesses)?,
        };
        bytes.is_empty().then_some(origin)
    }
}

/// The circuit's matrices as Groth16 uses them: a row of A for each input makes the inputs
/// independent.
fn matrices(shape: &Shape) -> [Rows; 3] {
    let mut matrices = [0, 1, 2].map(|index| shape.matrices[index].clone());
    matrices[0].extend((0..shape.inputs).map(|input| vec![(Fr::ONE, input)]));
    matrices
}

/// Coefficients of the combination of all columns with the given factors.
fn polynomial(rows: &Rows, factors: &[Fr], size: usize) -> Vec<Fr> {
    let mut values: Vec<Fr> = rows
        .par_iter()
        .map(|row| row.iter().map(|(value, column)| *value * factors[*column]).sum())
        .collect();
    let domain =
        Radix2EvaluationDomain::<Fr>::new(size).expect("a domain of this size made the powers");
    domain.ifft_in_place(&mut values);
    values
}

/// `(tau^n - 1) tau^i` for `i < n - 1`.
fn multiples_of_vanishing(powers: &Powers) -> Vec<G1Affine> {
    let size = powers.tau_g2.len();
    let differences: Vec<G1Projective> = powers.tau_g1[size..]
        .iter()
        .zip(&powers.tau_g1)
        .map(|(high, low)| G1Projective::from(*high) - low)
        .collect();
    G1Projective::normalize_batch(&differences)
}
