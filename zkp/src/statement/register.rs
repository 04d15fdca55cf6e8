//! One step of financing, for the eyes of every validator.
//!
//! The contract spends the nullifier, which must be new, and appends the new position. Since
//! positions come only from here, a later step cannot exist without the one before it; since face
//! value and currency travel in the position, no second upload of the invoice raises the cap.

use super::{
    PublicInputs, Refusal, Statement,
    opening::{DocumentWitness, Opened, open},
    precheck::{nullifier_var, session_var},
};
use crate::{
    asset::{self, Nullifier, OwnerSecret, Position},
    document::FieldSlot,
    field::{Currency, Domain, FieldBytes, Fr, MinorUnits, to_u64},
    gadget::{Cs, bind, equal, equal_if, linear, range, witness},
    poseidon::hash_var,
    tree::{Path, root_var},
};
use ark_ff::Field;
use ark_r1cs_std::fields::{FieldVar, fp::FpVar};
use ark_relations::gr1cs::SynthesisError;
use bincode::{Decode, Encode};
use hansa_primitives::codec::Canonical;

/// The statement "this step of financing follows from a committed invoice".
#[derive(Clone, Copy, Debug)]
pub struct Register;

/// What the validators know.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct RegisterPublic {
    /// Root of the document tree.
    pub document_root: FieldBytes,
    /// Root of the tree of positions; of no weight in a first step.
    pub position_root: FieldBytes,
    /// Spent by this step.
    pub nullifier: Nullifier,
    /// The position after this step, to be appended.
    pub new_position: FieldBytes,
    /// Commitment to the amount and its currency.
    pub claim: FieldBytes,
    /// The session of the pre-check that the bank accepted.
    pub session: FieldBytes,
    /// What the proof is bound to: the bank, the chain, the transaction.
    pub context: FieldBytes,
}

/// The step before.
#[derive(Clone)]
pub enum Previous {
    /// Nothing of the asset is financed yet.
    First,
    /// The position after the steps so far.
    Later {
        /// Steps so far, at least 1.
        step: u32,
        /// Sum financed so far.
        total: MinorUnits,
        /// Face value fixed by the first step.
        face: MinorUnits,
        /// Currency fixed by the first step.
        currency: Currency,
        /// The position's path in its tree.
        path: Box<Path>,
    },
}

/// What the validators do not know.
#[derive(Clone)]
pub struct RegisterWitness {
    /// The invoice's leaf.
    pub document: DocumentWitness,
    /// Its owner's key.
    pub secret: OwnerSecret,
    /// The step before.
    pub previous: Previous,
    /// The amount financed by this step.
    pub amount: MinorUnits,
    /// Context of the pre-check whose session is continued.
    pub session_context: FieldBytes,
    /// Blinding of that session.
    pub session_blinding: FieldBytes,
}

/// The numbers of one step, as elements.
struct Step {
    number: u32,
    total: Fr,
    face: Fr,
    currency: Fr,
}

impl RegisterWitness {
    /// The blinding of the claim. With it, the amount and the currency the bank checks the claim.
    pub fn claim_blinding(&self) -> FieldBytes {
        self.secret.claim_blinding(self.tag(), self.step().number).into()
    }

    fn tag(&self) -> Fr {
        self.document.opening.tag(&self.secret)
    }

    fn step(&self) -> Step {
        match &self.previous {
            Previous::First => Step {
                number: 0,
                total: Fr::from(0_u8),
                face: self.document.field(FieldSlot::PayableAmount),
                currency: self.document.field(FieldSlot::Currency),
            },
            Previous::Later { step, total, face, currency, .. } => Step {
                number: *step,
                total: total.element(),
                face: face.element(),
                currency: currency.element(),
            },
        }
    }

    fn old_position(&self) -> Fr {
        let (step, tag) = (self.step(), self.tag());
        Position {
            tag,
            step: Fr::from(step.number),
            total: step.total,
            face: step.face,
            currency: step.currency,
            blinding: self.secret.position_blinding(tag, step.number),
        }
        .commit()
    }

    /// The position after this step: its commitment and the numbers that the owner needs for the
    /// next.
    fn new_position(&self) -> Fr {
        let (step, tag) = (self.step(), self.tag());
        Position {
            tag,
            step: Fr::from(step.number) + Fr::ONE,
            total: step.total + self.amount.element(),
            face: step.face,
            currency: step.currency,
            blinding: self.secret.position_blinding(tag, step.number.wrapping_add(1)),
        }
        .commit()
    }

    fn claim(&self) -> Fr {
        let currency = self.step().currency;
        asset::claim_element(self.amount.element(), currency, self.claim_blinding().element())
    }

    fn session(&self) -> Fr {
        let (context, blinding) = (self.session_context, self.session_blinding);
        let content = self.document.opening.content(&self.secret).element();
        asset::session(content, context.element(), blinding.element())
    }

    fn path(&self) -> Option<&Path> {
        match &self.previous {
            Previous::First => None,
            Previous::Later { path, .. } => Some(path),
        }
    }
}

impl RegisterPublic {
    /// The public side that belongs to a witness. A first step opens no position, so the root of
    /// positions is then the given one, any that the contract knows.
    pub fn derive(
        witness: &RegisterWitness,
        position_root: FieldBytes,
        context: FieldBytes,
    ) -> Self {
        let old_root = witness.path().map(|path| path.root(witness.old_position().into()));
        Self {
            document_root: witness.document.root(&witness.secret),
            position_root: old_root.unwrap_or(position_root),
            nullifier: asset::nullifier(witness.tag(), Fr::from(witness.step().number)),
            new_position: witness.new_position().into(),
            claim: witness.claim().into(),
            session: witness.session().into(),
            context,
        }
    }
}

impl Canonical for RegisterPublic {
    const BYTES_MAX: usize = 6 * 32 + 31;
}

impl PublicInputs for RegisterPublic {
    type Elements = [Fr; 7];
    const COUNT: usize = 7;

    fn elements(&self) -> [Fr; 7] {
        [
            self.document_root.element(),
            self.position_root.element(),
            self.nullifier.element(),
            self.new_position.element(),
            self.claim.element(),
            self.session.element(),
            self.context.element(),
        ]
    }
}

impl Statement for Register {
    const NAME: &'static str = "register";
    const CONSTRAINTS: usize = 14_640;
    const CIRCUIT: &'static str =
        "de62a0a8bfc6d5635ae23b694cee9122bb3c0daf9d4860fc9ab9ee222da76790";
    type Public = RegisterPublic;
    type Witness = RegisterWitness;

    fn check(public: &RegisterPublic, witness: &RegisterWitness) -> Result<(), Refusal> {
        witness.document.check(&witness.secret, public.document_root)?;
        let step = witness.step();
        match &witness.previous {
            Previous::First => {}
            Previous::Later { step: 0, .. } => return Err(Refusal::StepZero),
            Previous::Later { path, .. } => {
                if !path.is_inside() {
                    return Err(Refusal::OutsideTheTree);
                }
                if path.root(witness.old_position().into()) != public.position_root {
                    return Err(Refusal::PositionNotInTree);
                }
            }
        }
        if asset::nullifier(witness.tag(), Fr::from(step.number)) != public.nullifier {
            return Err(Refusal::OtherNullifier);
        }
        if witness.amount.0 == 0 {
            return Err(Refusal::NothingFinanced);
        }
        let (total, face) = (to_u64(&step.total), to_u64(&step.face));
        let (total, face) = total.zip(face).ok_or(Refusal::AmountNotANumber)?;
        if total.checked_add(witness.amount.0).is_none_or(|total| total > face) {
            return Err(Refusal::ExceedsFaceValue);
        }
        if FieldBytes::from(witness.new_position()) != public.new_position {
            return Err(Refusal::OtherPosition);
        }
        if FieldBytes::from(witness.claim()) != public.claim {
            return Err(Refusal::OtherClaim);
        }
        if FieldBytes::from(witness.session()) != public.session {
            return Err(Refusal::OtherSession);
        }
        Ok(())
    }

    fn constrain(
        cs: &Cs,
        public: &[FpVar<Fr>],
        witness: Option<&RegisterWitness>,
    ) -> Result<(), SynthesisError> {
        let [document_root, position_root, nullifier, new_position, claim, session, context] =
            public
        else {
            return Err(SynthesisError::Unsatisfiable);
        };
        let document =
            open(cs, witness.map(|witness| &witness.document), witness.map(|w| &w.secret))?;
        equal(&document.root, document_root)?;

        let before = before(cs, &document, position_root, witness)?;
        equal(&nullifier_var(cs, &document.tag, &before.step)?, nullifier)?;

        let amount = self::witness(cs, witness.map(|w| w.amount.element()))?;
        let claim_blinding = self::witness(cs, witness.map(|w| w.claim_blinding().element()))?;
        equal(&after(cs, &document, &before, &amount, witness)?, new_position)?;
        let domain = FpVar::Constant(Domain::Claim.element());
        equal(&hash_var(cs, [&domain, &amount, &before.currency, &claim_blinding])?, claim)?;

        let origin = self::witness(cs, witness.map(|w| w.session_context.element()))?;
        let blinding = self::witness(cs, witness.map(|w| w.session_blinding.element()))?;
        equal(&session_var(cs, &document.content, &origin, &blinding)?, session)?;
        bind(context);
        Ok(())
    }
}

/// The state of the asset before this step.
struct Before {
    step: FpVar<Fr>,
    total: FpVar<Fr>,
    face: FpVar<Fr>,
    currency: FpVar<Fr>,
}

/// Either step 0 with the document's own face value and nothing financed, or a position in the
/// tree.
fn before(
    cs: &Cs,
    document: &Opened,
    position_root: &FpVar<Fr>,
    witness: Option<&RegisterWitness>,
) -> Result<Before, SynthesisError> {
    let values = witness.map(RegisterWitness::step);
    let value = |pick: fn(&Step) -> Fr| values.as_ref().map(pick);
    let step = self::witness(cs, value(|step| Fr::from(step.number)))?;
    let total = self::witness(cs, value(|step| step.total))?;
    let face = self::witness(cs, value(|step| step.face))?;
    let currency = self::witness(cs, value(|step| step.currency))?;
    let first = FpVar::from(step.is_zero()?);
    equal_if(cs, &first, &total, &FpVar::zero())?;
    equal_if(cs, &first, &face, document.field(FieldSlot::PayableAmount))?;
    equal_if(cs, &first, &currency, document.field(FieldSlot::Currency))?;

    let blinding = witness.map(|w| w.secret.position_blinding(w.tag(), w.step().number));
    let blinding = self::witness(cs, blinding)?;
    let domain = FpVar::Constant(Domain::Position.element());
    let position =
        hash_var(cs, [&domain, &document.tag, &step, &total, &face, &currency, &blinding])?;
    // A first step has no position to open; any path will do, since its root is not compared.
    let path = witness.map(|w| w.path().unwrap_or(&w.document.path));
    let root = root_var(cs, position, path)?;
    let later = linear(cs, [(-Fr::ONE, &first)].into_iter(), Fr::ONE)?;
    equal_if(cs, &later, &root, position_root)?;
    Ok(Before { step, total, face, currency })
}

/// The position after this step. The face value has 64 bits, in a first step because the document's
/// amount has, later because it is carried. With `amount >= 1` and `face - total - amount` both of
/// 64 bits the total grows and stays within it.
fn after(
    cs: &Cs,
    document: &Opened,
    before: &Before,
    amount: &FpVar<Fr>,
    witness: Option<&RegisterWitness>,
) -> Result<FpVar<Fr>, SynthesisError> {
    let (zero, one) = (Fr::from(0_u8), Fr::ONE);
    range(cs, &linear(cs, [(one, amount)].into_iter(), -one)?, 64)?;
    let total = linear(cs, [(one, &before.total), (one, amount)].into_iter(), zero)?;
    let left = linear(cs, [(one, &before.face), (-one, &total)].into_iter(), zero)?;
    range(cs, &left, 64)?;
    let step = linear(cs, [(one, &before.step)].into_iter(), one)?;
    let blinding =
        witness.map(|w| w.secret.position_blinding(w.tag(), w.step().number.wrapping_add(1)));
    let blinding = self::witness(cs, blinding)?;
    let domain = FpVar::Constant(Domain::Position.element());
    let (face, currency) = (&before.face, &before.currency);
    hash_var(cs, [&domain, &document.tag, &step, &total, face, currency, &blinding])
}
