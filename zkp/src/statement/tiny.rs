//! A statement small enough to run whole ceremonies in a second: two factors of a public product.

use super::{PublicInputs, Refusal, Statement};
use crate::{
    field::{FieldBytes, Fr},
    gadget::{Cs, equal, witness},
    poseidon::{hash, hash_var},
};
use ark_r1cs_std::fields::fp::FpVar;
use ark_relations::gr1cs::SynthesisError;
use bincode::{Decode, Encode};
use hansa_primitives::codec::Canonical;

pub(crate) struct Tiny;

/// Power of two of the domain.
pub(crate) const TINY_POWER: u32 = 8;

#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub(crate) struct TinyPublic {
    pub(crate) product: FieldBytes,
    pub(crate) image: FieldBytes,
}

impl TinyPublic {
    pub(crate) fn of((x, y): &(Fr, Fr)) -> Self {
        Self { product: (*x * y).into(), image: hash(&[*x, *y]).into() }
    }
}

impl Canonical for TinyPublic {
    const BYTES_MAX: usize = 64;
}

impl PublicInputs for TinyPublic {
    type Elements = [Fr; 2];
    const COUNT: usize = 2;

    fn elements(&self) -> [Fr; 2] {
        [self.product.element(), self.image.element()]
    }
}

impl Statement for Tiny {
    const NAME: &'static str = "tiny";
    const CONSTRAINTS: usize = 247;
    const CIRCUIT: &'static str =
        "0fc8cd6e55e2be3c3e19b0e11a888616a0bed283990205c3f6282bbfaba84789";
    type Public = TinyPublic;
    type Witness = (Fr, Fr);

    fn check(public: &TinyPublic, witness: &(Fr, Fr)) -> Result<(), Refusal> {
        let holds = TinyPublic::of(witness) == *public;
        if holds { Ok(()) } else { Err(Refusal::OtherClaim) }
    }

    fn constrain(
        cs: &Cs,
        public: &[FpVar<Fr>],
        known: Option<&(Fr, Fr)>,
    ) -> Result<(), SynthesisError> {
        let x = witness(cs, known.map(|(x, _)| *x))?;
        let y = witness(cs, known.map(|(_, y)| *y))?;
        equal(&(&x * &y), &public[0])?;
        equal(&hash_var(cs, [&x, &y])?, &public[1])
    }
}
