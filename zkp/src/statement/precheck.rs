//! "This invoice is not financed yet", for the eyes of one bank.
//!
//! The bank learns nothing that it could compare with anything else: no nullifier appears, and the
//! session is blinded. It must check that the roots are those of a recent final block and that the
//! context is its own.

use super::{
    PublicInputs, Refusal, Statement,
    opening::{DocumentWitness, open},
};
use crate::{
    asset::{self, Nullifier, OwnerSecret},
    document::{FieldSlot, Opening},
    field::{Currency, Domain, FieldBytes, Fr, MinorUnits},
    gadget::{Cs, bind, equal, linear, low_248, range, witness},
    poseidon::hash_var,
    tree::{LowLeaf, Path, root_var},
};
use ark_ff::Field;
use ark_r1cs_std::fields::{FieldVar, fp::FpVar};
use ark_relations::gr1cs::SynthesisError;
use bincode::{Decode, Encode};
use hansa_primitives::codec::Canonical;

/// The statement "not already financed".
#[derive(Clone, Copy, Debug)]
pub struct Precheck;

/// What the bank knows.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct PrecheckPublic {
    /// Root of the document tree.
    pub document_root: FieldBytes,
    /// Root of the registry of spent nullifiers.
    pub registry_root: FieldBytes,
    /// The amount asked for; the invoice is worth at least this.
    pub asked: MinorUnits,
    /// The invoice's currency.
    pub currency: Currency,
    /// What the proof is bound to: the bank, its nonce, the chain, the height.
    pub context: FieldBytes,
    /// Ties this proof to a later registration.
    pub session: FieldBytes,
}

/// What the bank does not know.
#[derive(Clone)]
pub struct PrecheckWitness {
    /// The invoice's leaf.
    pub document: DocumentWitness,
    /// Its owner's key.
    pub secret: OwnerSecret,
    /// The registry's leaf just below the first nullifier.
    pub low: LowLeaf,
    /// Path of that leaf.
    pub low_path: Path,
    /// Blinds the session; kept for the registration.
    pub session_blinding: FieldBytes,
}

/// The nullifier that the first financing of an invoice will spend. Asking a node for exactly this
/// one tells it which nullifier to watch: fetch a whole range.
pub fn first_nullifier(opening: &Opening, secret: &OwnerSecret) -> Nullifier {
    asset::nullifier(opening.tag(secret), Fr::from(0_u8))
}

impl PrecheckPublic {
    /// The public side that belongs to a witness.
    pub fn derive(witness: &PrecheckWitness, asked: MinorUnits, context: FieldBytes) -> Self {
        let currency = witness.document.field(FieldSlot::Currency);
        let [low, middle, high] = {
            let bytes = FieldBytes::from(currency).bytes();
            [bytes[0], bytes[1], bytes[2]]
        };
        Self {
            document_root: witness.document.root(&witness.secret),
            registry_root: witness.low_path.root(witness.low.hash()),
            asked,
            currency: Currency([high, middle, low]),
            context,
            session: witness.session(context),
        }
    }
}

impl PrecheckWitness {
    fn session(&self, context: FieldBytes) -> FieldBytes {
        let content = self.document.opening.content(&self.secret).element();
        asset::session(content, context.element(), self.session_blinding.element()).into()
    }
}

impl Canonical for PrecheckPublic {
    const BYTES_MAX: usize = 4 * 32 + 8 + 3;
}

impl PublicInputs for PrecheckPublic {
    type Elements = [Fr; 6];
    const COUNT: usize = 6;

    fn elements(&self) -> [Fr; 6] {
        [
            self.document_root.element(),
            self.registry_root.element(),
            self.asked.element(),
            self.currency.element(),
            self.context.element(),
            self.session.element(),
        ]
    }
}

impl Statement for Precheck {
    const NAME: &'static str = "precheck";
    const CONSTRAINTS: usize = 14_227;
    const CIRCUIT: &'static str =
        "791a1b405648a70a58ca17ee97402c8fdb6d598d0aa9a8d7bfefb369a18a1eee";
    type Public = PrecheckPublic;
    type Witness = PrecheckWitness;

    fn check(public: &PrecheckPublic, witness: &PrecheckWitness) -> Result<(), Refusal> {
        let amount = witness.document.check(&witness.secret, public.document_root)?;
        if amount < public.asked.0 {
            return Err(Refusal::WorthTooLittle);
        }
        if witness.document.field(FieldSlot::Currency) != public.currency.element() {
            return Err(Refusal::OtherCurrency);
        }
        if !witness.low_path.is_inside() {
            return Err(Refusal::OutsideTheTree);
        }
        if witness.low_path.root(witness.low.hash()) != public.registry_root {
            return Err(Refusal::LowLeafNotInRegistry);
        }
        if !witness.low.excludes(&first_nullifier(&witness.document.opening, &witness.secret)) {
            return Err(Refusal::AlreadyFinanced);
        }
        if witness.session(public.context) != public.session {
            return Err(Refusal::OtherSession);
        }
        Ok(())
    }

    fn constrain(
        cs: &Cs,
        public: &[FpVar<Fr>],
        witness: Option<&PrecheckWitness>,
    ) -> Result<(), SynthesisError> {
        let [document_root, registry_root, asked, currency, context, session] = public else {
            return Err(SynthesisError::Unsatisfiable);
        };
        let zero = Fr::from(0_u8);
        let document =
            open(cs, witness.map(|witness| &witness.document), witness.map(|w| &w.secret))?;
        equal(&document.root, document_root)?;
        let amount = document.field(FieldSlot::PayableAmount);
        // `asked` is a `u64` by its type, so a difference of 64 bits means amount >= asked.
        let left = linear(cs, [(Fr::ONE, amount), (-Fr::ONE, asked)].into_iter(), zero)?;
        range(cs, &left, 64)?;
        equal(document.field(FieldSlot::Currency), currency)?;

        let nullifier = nullifier_var(cs, &document.tag, &FpVar::zero())?;
        absent(cs, &nullifier, registry_root, witness)?;

        let blinding = self::witness(cs, witness.map(|w| w.session_blinding.element()))?;
        equal(&session_var(cs, &document.content, context, &blinding)?, session)?;
        bind(context);
        Ok(())
    }
}

/// `low < nullifier < next` for a leaf of the registry. Values in the registry have 248 bits
/// because the contract puts no others in, and so has the nullifier, so neither difference can
/// wrap.
fn absent(
    cs: &Cs,
    nullifier: &FpVar<Fr>,
    registry_root: &FpVar<Fr>,
    witness: Option<&PrecheckWitness>,
) -> Result<(), SynthesisError> {
    let low = self::witness(cs, witness.map(|w| w.low.value.element()))?;
    let next = self::witness(cs, witness.map(|w| w.low.next.element()))?;
    let leaf = hash_var(cs, [&FpVar::Constant(Domain::Low.element()), &low, &next])?;
    let root = root_var(cs, leaf, witness.map(|w| &w.low_path))?;
    equal(&root, registry_root)?;
    for (above, below) in [(nullifier, &low), (&next, nullifier)] {
        let gap = linear(cs, [(Fr::ONE, above), (-Fr::ONE, below)].into_iter(), -Fr::ONE)?;
        range(cs, &gap, 248)?;
    }
    Ok(())
}

/// The nullifier of a step inside a circuit.
pub(super) fn nullifier_var(
    cs: &Cs,
    tag: &FpVar<Fr>,
    step: &FpVar<Fr>,
) -> Result<FpVar<Fr>, SynthesisError> {
    low_248(cs, &hash_var(cs, [&FpVar::Constant(Domain::Nullifier.element()), tag, step])?)
}

/// The session of a leaf inside a circuit.
pub(super) fn session_var(
    cs: &Cs,
    content: &FpVar<Fr>,
    context: &FpVar<Fr>,
    blinding: &FpVar<Fr>,
) -> Result<FpVar<Fr>, SynthesisError> {
    hash_var(cs, [&FpVar::Constant(Domain::Session.element()), content, context, blinding])
}
