//! Phase 2: delta, and what is divided by it.

use super::{
    multiply::multiply_all,
    origin::Origin,
    points::{combine, factors, put, take, take_one},
    powers::same_ratio,
};
use crate::{field::Fr, statement::shape::Shape};
use ark_bn254::{Bn254, G1Affine, G2Affine};
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::Field;
use hansa_primitives::Digest;

/// The part of a key that contributions change.
#[derive(Clone)]
pub(super) struct Key {
    pub(super) delta_g1: G1Affine,
    pub(super) delta_g2: G2Affine,
    h: Vec<G1Affine>,
    l: Vec<G1Affine>,
}

impl Key {
    /// The key with delta 1.
    pub(super) fn of(origin: &Origin) -> Self {
        Self {
            delta_g1: G1Affine::generator(),
            delta_g2: G2Affine::generator(),
            h: origin.h.clone(),
            l: origin.l.clone(),
        }
    }

    /// Multiplies delta by a new factor, which is not 0.
    pub(super) fn multiplied(&self, factor: &Fr) -> Self {
        let inverse = factor.inverse().expect("the caller draws a factor other than 0");
        Self {
            delta_g1: (self.delta_g1 * factor).into_affine(),
            delta_g2: (self.delta_g2 * factor).into_affine(),
            h: multiply_all(&self.h, &inverse),
            l: multiply_all(&self.l, &inverse),
        }
    }

    /// Checks that everything is the origin's divided by delta. `checked` fixes the points.
    pub(super) fn check(&self, origin: &Origin, checked: &Digest) -> Result<(), &'static str> {
        let (one, two) = (G1Affine::generator(), G2Affine::generator());
        if self.delta_g1.is_zero() || !same_ratio((one, self.delta_g1), (two, self.delta_g2)) {
            return Err("delta differs between the groups");
        }
        let factors = factors("ceremony-key", &[checked], self.h.len() + self.l.len());
        let (for_h, for_l) = factors.split_at(self.h.len());
        let here = (combine(&self.h, for_h) + combine(&self.l, for_l)).into_affine();
        let there = (combine(&origin.h, for_h) + combine(&origin.l, for_l)).into_affine();
        if !same_ratio((here, there), (two, self.delta_g2)) {
            return Err("points were not divided by delta");
        }
        Ok(())
    }

    /// The whole key in the prover's form.
    pub(super) fn assemble(self, origin: Origin) -> ark_groth16::ProvingKey<Bn254> {
        ark_groth16::ProvingKey {
            vk: ark_groth16::VerifyingKey {
                alpha_g1: origin.alpha_g1,
                beta_g2: origin.beta_g2,
                gamma_g2: G2Affine::generator(),
                delta_g2: self.delta_g2,
                gamma_abc_g1: origin.inputs,
            },
            beta_g1: origin.beta_g1,
            delta_g1: self.delta_g1,
            a_query: origin.a,
            b_g1_query: origin.b_g1,
            b_g2_query: origin.b_g2,
            h_query: self.h,
            l_query: self.l,
        }
    }

    #[cfg(test)]
    pub(super) fn change_h(&mut self, place: usize, point: G1Affine) {
        self.h[place] = point;
    }

    #[cfg(test)]
    pub(super) fn change_l(&mut self, place: usize, point: G1Affine) {
        self.l[place] = point;
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        put(&mut bytes, &[self.delta_g1]);
        put(&mut bytes, &[self.delta_g2]);
        put(&mut bytes, &self.h);
        put(&mut bytes, &self.l);
        bytes
    }

    pub(super) fn decode(mut bytes: &[u8], shape: &Shape) -> Option<Self> {
        let bytes = &mut bytes;
        let key = Self {
            delta_g1: take_one(bytes)?,
            delta_g2: take_one(bytes)?,
            h: take(bytes, (1 << shape.domain_power()) - 1)?,
            l: take(bytes, shape.witnesses)?,
        };
        bytes.is_empty().then_some(key)
    }
}
