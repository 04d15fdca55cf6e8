//! A ledger in memory with one financed asset, for tests.

#![allow(clippy::unwrap_used)]

use super::{
    DocumentWitness, PrecheckPublic, PrecheckWitness, Previous, RegisterPublic, RegisterWitness,
    first_nullifier,
};
use crate::{
    asset::OwnerSecret,
    document::{FieldSlot, Fields, Opening},
    field::{Currency, FieldBytes, Fr, MinorUnits, context, entity},
    tree::{Key, LowLeaf, MemoryNodes, append, indexed},
};
use std::collections::BTreeMap;

/// The face value of [`invoice`].
pub(crate) const FACE: u64 = 1_921_500;

pub(crate) fn eur() -> Currency {
    Currency::parse("EUR").unwrap()
}

pub(crate) fn secret() -> OwnerSecret {
    OwnerSecret::from_seed(&[7; 32])
}

pub(crate) fn invoice(number: &str, face: u64) -> Opening {
    let mut fields = Fields::new();
    fields
        .set_entity(FieldSlot::SellerEntity, "milchpulver")
        .set_entity(FieldSlot::BuyerEntity, "fangxin")
        .set_number(FieldSlot::Number, number)
        .set_integer(FieldSlot::IssueYear, 2018)
        .set_currency(eur())
        .set_amount(FieldSlot::PayableAmount, MinorUnits(face))
        .set_text(FieldSlot::OriginCountry, "DE")
        .set_text(FieldSlot::HsCode, "040221")
        .set_integer(FieldSlot::GrossMass, 960_000);
    Opening { fields, salt: Fr::from(0x5a17_u64).into() }
}

/// The three trees and the ordered list, as a contract keeps them.
pub(crate) struct Ledger {
    documents: (MemoryNodes, u64),
    positions: (MemoryNodes, u64),
    registry: MemoryNodes,
    list: BTreeMap<Key, (u64, Key)>,
}

impl Ledger {
    /// A ledger with some strangers' leaves and nullifiers.
    pub(crate) fn new() -> Self {
        let mut registry = MemoryNodes::default();
        indexed::genesis(&mut registry);
        let list = indexed::sentinels().map(|low| (low.value, (low.index, low.next)));
        let mut ledger = Self {
            documents: Default::default(),
            positions: Default::default(),
            registry,
            list: list.into_iter().collect(),
        };
        for stranger in 1_u64..6 {
            let noise = crate::poseidon::hash(&[Fr::from(stranger)]);
            ledger.add_document(noise.into());
            ledger.add_position(noise.into());
            ledger.spend(Key::low_bits_of(&noise)).unwrap();
        }
        ledger
    }

    pub(crate) fn add_document(&mut self, leaf: FieldBytes) -> u64 {
        Self::push(&mut self.documents, leaf)
    }

    pub(crate) fn add_position(&mut self, position: FieldBytes) -> u64 {
        Self::push(&mut self.positions, position)
    }

    fn push((nodes, count): &mut (MemoryNodes, u64), leaf: FieldBytes) -> u64 {
        append::append(nodes, *count, leaf).unwrap();
        *count += 1;
        *count - 1
    }

    pub(crate) fn low_of(&self, value: Key) -> LowLeaf {
        let (value, (index, next)) = self.list.range(..value).next_back().unwrap();
        LowLeaf { index: *index, value: *value, next: *next }
    }

    pub(crate) fn spend(&mut self, value: Key) -> Result<(), crate::tree::TreeError> {
        let (low, count) = (self.low_of(value), self.list.len() as u64);
        let done = indexed::insert(&mut self.registry, count, value, &low)?;
        for leaf in [done.low, done.leaf] {
            self.list.insert(leaf.value, (leaf.index, leaf.next));
        }
        Ok(())
    }

    pub(crate) fn document_path(&self, index: u64) -> crate::tree::Path {
        append::path(&self.documents.0, index)
    }

    pub(crate) fn registry_path(&self, index: u64) -> crate::tree::Path {
        append::path(&self.registry, index)
    }

    /// Uploads an invoice as its buyer and opens it.
    pub(crate) fn upload(&mut self, opening: Opening) -> DocumentWitness {
        let entity = entity("fangxin");
        let index = self.add_document(opening.leaf(&secret(), entity));
        DocumentWitness { opening, entity, path: append::path(&self.documents.0, index) }
    }

    pub(crate) fn precheck(&self, document: DocumentWitness) -> PrecheckWitness {
        let low = self.low_of(first_nullifier(&document.opening, &secret()));
        let low_path = append::path(&self.registry, low.index);
        let session_blinding = Fr::from(0xb11d_u64).into();
        PrecheckWitness { document, secret: secret(), low, low_path, session_blinding }
    }

    pub(crate) fn register(
        &self,
        document: DocumentWitness,
        previous: Previous,
        amount: u64,
    ) -> (RegisterPublic, RegisterWitness) {
        let witness = RegisterWitness {
            document,
            secret: secret(),
            previous,
            amount: MinorUnits(amount),
            session_context: context(&[b"bank", b"nonce"]),
            session_blinding: Fr::from(0xb11d_u64).into(),
        };
        let root = append::root(&self.positions.0);
        (RegisterPublic::derive(&witness, root, context(&[b"bank", b"transaction"])), witness)
    }

    /// What the contract does with a valid registration; the result is the way to the next step.
    pub(crate) fn settle(
        &mut self,
        public: &RegisterPublic,
        witness: &RegisterWitness,
    ) -> Previous {
        self.spend(public.nullifier).unwrap();
        let index = self.add_position(public.new_position);
        let (step, total, face) = match &witness.previous {
            Previous::First => (0, 0, FACE),
            Previous::Later { step, total, face, .. } => (*step, total.0, face.0),
        };
        Previous::Later {
            step: step + 1,
            total: MinorUnits(total + witness.amount.0),
            face: MinorUnits(face),
            currency: eur(),
            path: Box::new(append::path(&self.positions.0, index)),
        }
    }
}

/// A pre-check that holds.
pub(crate) fn precheck() -> (PrecheckPublic, PrecheckWitness) {
    let mut ledger = Ledger::new();
    let document = ledger.upload(invoice("INV-42", FACE));
    let witness = ledger.precheck(document);
    let bank = context(&[b"bank", b"nonce"]);
    (PrecheckPublic::derive(&witness, MinorUnits(FACE), bank), witness)
}

/// A first registration that holds.
pub(crate) fn first_step() -> (RegisterPublic, RegisterWitness) {
    let mut ledger = Ledger::new();
    let document = ledger.upload(invoice("INV-42", FACE));
    ledger.register(document, Previous::First, 1_000_000)
}

/// A second registration that holds.
pub(crate) fn second_step() -> (RegisterPublic, RegisterWitness) {
    let mut ledger = Ledger::new();
    let document = ledger.upload(invoice("INV-42", FACE));
    let (public, witness) = ledger.register(document.clone(), Previous::First, 1_000_000);
    let previous = ledger.settle(&public, &witness);
    ledger.register(document, previous, FACE - 1_000_000)
}
