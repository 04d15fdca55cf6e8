//! Opening a leaf of the document tree: what every statement about an invoice starts with.

use super::Refusal;
use crate::{
    asset::OwnerSecret,
    document::{FieldSlot, GROUP, Opening},
    field::{Domain, FieldBytes, Fr, to_u64},
    gadget::{Cs, linear, range, witness},
    poseidon::hash_var,
    tree::{Path, root_var},
};
use ark_ff::Field;
use ark_r1cs_std::fields::{FieldVar, fp::FpVar};
use ark_relations::gr1cs::SynthesisError;

/// A leaf with all that opens it.
#[derive(Clone)]
pub struct DocumentWitness {
    /// Fields and salt.
    pub opening: Opening,
    /// The uploader's legal entity, as the ledger's registry has it.
    pub entity: FieldBytes,
    /// The leaf's path in the document tree.
    pub path: Path,
}

impl DocumentWitness {
    pub(super) fn root(&self, secret: &OwnerSecret) -> FieldBytes {
        self.path.root(self.opening.leaf(secret, self.entity))
    }

    pub(super) fn field(&self, slot: FieldSlot) -> Fr {
        self.opening.fields.get(slot)
    }

    /// The checks that [`open`] makes, and the payable amount.
    pub(super) fn check(&self, secret: &OwnerSecret, root: FieldBytes) -> Result<u64, Refusal> {
        if !self.path.is_inside() {
            return Err(Refusal::OutsideTheTree);
        }
        if self.root(secret) != root {
            return Err(Refusal::DocumentNotInTree);
        }
        let entity = self.entity.element();
        let parties = [FieldSlot::SellerEntity, FieldSlot::BuyerEntity];
        if !parties.iter().any(|slot| self.field(*slot) == entity) {
            return Err(Refusal::NotAParty);
        }
        to_u64(&self.field(FieldSlot::PayableAmount)).ok_or(Refusal::AmountNotANumber)
    }
}

/// An opened leaf inside a circuit.
pub(super) struct Opened {
    fields: Vec<FpVar<Fr>>,
    /// The owner's tag of the asset.
    pub(super) tag: FpVar<Fr>,
    /// What the leaf hides: fields, tag and salt.
    pub(super) content: FpVar<Fr>,
    /// The root that the leaf is under.
    pub(super) root: FpVar<Fr>,
}

impl Opened {
    pub(super) fn field(&self, slot: FieldSlot) -> &FpVar<Fr> {
        &self.fields[slot as usize]
    }
}

/// Opens a leaf: its fields, its owner's key, the tag from both, a party as uploader, an amount of
/// 64 bits. The caller compares the root.
pub(super) fn open(
    cs: &Cs,
    document: Option<&DocumentWitness>,
    secret: Option<&OwnerSecret>,
) -> Result<Opened, SynthesisError> {
    let domain = |domain: Domain| FpVar::Constant(domain.element());
    let first = document.map(|document| document.opening.fields.first_group());
    let mut fields = Vec::with_capacity(GROUP);
    for index in 0..GROUP {
        fields.push(witness(cs, first.map(|group| group[index]))?);
    }
    let first_group = hash_var::<GROUP>(cs, std::array::from_fn(|index| &fields[index]))?;
    let groups = document.map(|document| document.opening.fields.groups());
    let mut others = Vec::with_capacity(3);
    for index in 1..4 {
        others.push(witness(cs, groups.map(|groups| groups[index]))?);
    }
    let committed = hash_var(cs, [&first_group, &others[0], &others[1], &others[2]])?;

    let sk = witness(cs, secret.map(OwnerSecret::element))?;
    let owner = hash_var(cs, [&domain(Domain::Key), &sk])?;
    let field = |slot: FieldSlot| &fields[slot as usize];
    let (seller, buyer) = (field(FieldSlot::SellerEntity), field(FieldSlot::BuyerEntity));
    let (number, year) = (field(FieldSlot::Number), field(FieldSlot::IssueYear));
    let asset = hash_var(cs, [&domain(Domain::Asset), seller, number, year])?;
    let tag = hash_var(cs, [&domain(Domain::Tag), &sk, &asset])?;

    let salt = witness(cs, document.map(|document| document.opening.salt.element()))?;
    let content = hash_var(cs, [&domain(Domain::Content), &committed, &tag, &salt])?;
    let entity = witness(cs, document.map(|document| document.entity.element()))?;
    let leaf = hash_var(cs, [&domain(Domain::Document), &entity, &owner, &content])?;
    let root = root_var(cs, leaf, document.map(|document| &document.path))?;

    let apart = |party| {
        let terms = [(Fr::ONE, &entity), (-Fr::ONE, party)];
        linear(cs, terms.into_iter(), Fr::from(0_u8))
    };
    apart(seller)?.mul_equals(&apart(buyer)?, &FpVar::zero())?;
    range(cs, field(FieldSlot::PayableAmount), 64)?;
    Ok(Opened { fields, tag, content, root })
}
