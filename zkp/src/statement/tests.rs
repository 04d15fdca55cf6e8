#![allow(clippy::unwrap_used)]

use super::{
    Precheck, PrecheckPublic, PrecheckWitness, Previous, Refusal, Register, RegisterPublic,
    RegisterWitness, Statement,
    fixture::{self, FACE, Ledger, invoice},
    shape::{self, Shape},
    tiny::Tiny,
};
use crate::{
    asset::OwnerSecret,
    document::FieldSlot,
    field::{Currency, FieldBytes, Fr, MinorUnits, entity},
    tree::{DEPTH, Key, Path},
};
use ark_ff::Field;
use proptest::prelude::*;
use std::sync::OnceLock;

fn one() -> Fr {
    Fr::ONE
}

fn bump(bytes: &mut FieldBytes) {
    *bytes = (bytes.element() + one()).into();
}

/// Both forms of the statement, the checks first.
fn holds<S: Statement>(
    shape: &Shape,
    public: &S::Public,
    witness: &S::Witness,
) -> (Result<(), Refusal>, bool) {
    let circuit = shape::assignment::<S>(public, witness)
        .map(|assignment| shape.first_broken(&assignment).is_none())
        .unwrap_or(false);
    (S::check(public, witness), circuit)
}

fn precheck_shape() -> &'static Shape {
    static SHAPE: OnceLock<Shape> = OnceLock::new();
    SHAPE.get_or_init(|| Shape::of::<Precheck>().unwrap())
}

fn register_shape() -> &'static Shape {
    static SHAPE: OnceLock<Shape> = OnceLock::new();
    SHAPE.get_or_init(|| Shape::of::<Register>().unwrap())
}

fn precheck(public: &PrecheckPublic, witness: &PrecheckWitness) -> (Result<(), Refusal>, bool) {
    holds::<Precheck>(precheck_shape(), public, witness)
}

fn register(public: &RegisterPublic, witness: &RegisterWitness) -> (Result<(), Refusal>, bool) {
    holds::<Register>(register_shape(), public, witness)
}

fn found<S: Statement>() -> String {
    let shape = Shape::unpinned::<S>().unwrap();
    format!("{} {} {} 2^{}", S::NAME, shape.constraints(), shape.hash(), shape.domain_power())
}

fn pinned<S: Statement>(power: u32) -> String {
    format!("{} {} {} 2^{power}", S::NAME, S::CONSTRAINTS, S::CIRCUIT)
}

#[test]
fn circuits_are_the_pinned_ones() {
    let found = [found::<Precheck>(), found::<Register>(), found::<Tiny>()];
    let tiny = pinned::<Tiny>(super::tiny::TINY_POWER);
    assert_eq!(found, [pinned::<Precheck>(14), pinned::<Register>(14), tiny]);
}

#[test]
fn honest_claims_hold() {
    let (public, witness) = fixture::precheck();
    assert_eq!(precheck(&public, &witness), (Ok(()), true));
    for (public, witness) in [fixture::first_step(), fixture::second_step()] {
        assert_eq!(register(&public, &witness), (Ok(()), true));
    }
}

/// Changes one element of a path. The lowest two bits of the place on each level and every sibling.
fn change_path(path: &mut Path, pick: usize) {
    let (level, what) = (pick % DEPTH, pick / DEPTH % 5);
    match what {
        0 | 1 => path.index ^= 1 << (2 * level + what),
        sibling => bump(&mut path.siblings[level][sibling - 2]),
    }
}

fn change_document(witness: &mut super::DocumentWitness, pick: usize) {
    match pick % 4 {
        0 => bump(&mut witness.opening.salt),
        1 => bump(&mut witness.entity),
        2 => change_path(&mut witness.path, pick / 4),
        _ => {
            let slots = [
                FieldSlot::SellerEntity,
                FieldSlot::BuyerEntity,
                FieldSlot::Number,
                FieldSlot::IssueYear,
                FieldSlot::Currency,
                FieldSlot::PayableAmount,
                FieldSlot::DocumentType,
                FieldSlot::HsCode,
                FieldSlot::Vessel,
                FieldSlot::ProductionDay,
            ];
            let slot = slots[pick / 4 % slots.len()];
            let value = witness.opening.fields.get(slot) + one();
            witness.opening.fields.set(slot, value);
        }
    }
}

fn next_key(key: Key, up: bool) -> Key {
    let element = key.element();
    Key::low_bits_of(&if up { element + one() } else { element - one() })
}

fn change_precheck(public: &mut PrecheckPublic, witness: &mut PrecheckWitness, pick: usize) {
    match pick % 12 {
        0 => bump(&mut public.document_root),
        1 => bump(&mut public.registry_root),
        // The amount asked for may be lowered and the claim still holds; it must not be raised.
        2 => public.asked.0 += 1,
        3 => public.currency = Currency(*b"EUS"),
        4 => bump(&mut public.context),
        5 => bump(&mut public.session),
        6 => witness.secret = OwnerSecret::from_seed(&[99; 32]),
        7 => witness.low.value = next_key(witness.low.value, true),
        8 => witness.low.next = next_key(witness.low.next, false),
        9 => change_path(&mut witness.low_path, pick / 12),
        10 => bump(&mut witness.session_blinding),
        _ => change_document(&mut witness.document, pick / 12),
    }
}

fn change_previous(previous: &mut Previous, pick: usize) {
    if let Previous::Later { step, total, face, currency, path } = previous {
        match pick % 5 {
            0 => *step += 1,
            1 => total.0 -= 1,
            2 => face.0 += 1,
            3 => *currency = Currency(*b"EUS"),
            _ => change_path(path, pick / 5),
        }
    }
}

fn change_register(public: &mut RegisterPublic, witness: &mut RegisterWitness, pick: usize) {
    match pick % 12 {
        0 => bump(&mut public.document_root),
        1 => bump(&mut public.position_root),
        2 => public.nullifier = next_key(public.nullifier, true),
        3 => bump(&mut public.new_position),
        4 => bump(&mut public.claim),
        5 => bump(&mut public.session),
        6 => witness.secret = OwnerSecret::from_seed(&[99; 32]),
        7 => witness.amount.0 -= 1,
        8 => bump(&mut witness.session_context),
        9 => bump(&mut witness.session_blinding),
        10 => change_previous(&mut witness.previous, pick / 12),
        _ => change_document(&mut witness.document, pick / 12),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(120))]
    #[test]
    fn a_changed_precheck_is_refused_twice(pick in 0_usize..12 * 4 * 5 * DEPTH) {
        let (mut public, mut witness) = fixture::precheck();
        change_precheck(&mut public, &mut witness, pick);
        let (checks, circuit) = precheck(&public, &witness);
        prop_assert!(checks.is_err() && !circuit, "{pick}: {checks:?} {circuit}");
    }

    #[test]
    fn a_changed_registration_is_refused_twice(pick in 0_usize..12 * 5 * 5 * DEPTH) {
        let (mut public, mut witness) = fixture::second_step();
        change_register(&mut public, &mut witness, pick);
        let (checks, circuit) = register(&public, &witness);
        prop_assert!(checks.is_err() && !circuit, "{pick}: {checks:?} {circuit}");
    }
}

/// The context of a registration enters no check: it is bound by the proof alone, so the circuit
/// accepts another one and only a proof for this one exists (see the test of the whole ceremony).
#[test]
fn the_context_is_an_input_of_the_circuit() {
    let (public, witness) = fixture::first_step();
    let index = 7;
    let column = |matrix: &[Vec<(Fr, usize)>]| {
        matrix.iter().flatten().filter(|(_, column)| *column == index).count()
    };
    assert_eq!(register_shape().matrices.iter().map(|m| column(m)).sum::<usize>(), 2);
    let mut other = public.clone();
    bump(&mut other.context);
    assert_eq!(register(&other, &witness), (Ok(()), true));
}

#[test]
fn a_precheck_at_each_boundary() {
    let cases = [
        (Fr::from(FACE), FACE, None),
        (Fr::from(FACE), FACE + 1, Some(Refusal::WorthTooLittle)),
        (Fr::from(FACE), u64::MAX, Some(Refusal::WorthTooLittle)),
        (Fr::from(u64::MAX), u64::MAX, None),
        (Fr::from(1_u128 << 64), 1, Some(Refusal::AmountNotANumber)),
        (-one(), 1, Some(Refusal::AmountNotANumber)),
        (Fr::from(FACE), 0, None),
    ];
    for (amount, asked, refusal) in cases {
        let mut ledger = Ledger::new();
        let mut opening = invoice("INV-42", FACE);
        opening.fields.set(FieldSlot::PayableAmount, amount);
        let document = ledger.upload(opening);
        let witness = ledger.precheck(document);
        let context = FieldBytes::ZERO;
        let public = PrecheckPublic::derive(&witness, MinorUnits(asked), context);
        let expected = (refusal.map_or(Ok(()), Err), refusal.is_none());
        assert_eq!(precheck(&public, &witness), expected, "{amount} {asked}");
    }
}

#[test]
fn a_stranger_proves_nothing() {
    let mut ledger = Ledger::new();
    let mut document = ledger.upload(invoice("INV-42", FACE));
    document.entity = entity("mrt");
    let index = ledger.add_document(document.opening.leaf(&fixture::secret(), document.entity));
    document.path = ledger.document_path(index);
    let witness = ledger.precheck(document);
    let public = PrecheckPublic::derive(&witness, MinorUnits(1), FieldBytes::ZERO);
    assert_eq!(precheck(&public, &witness), (Err(Refusal::NotAParty), false));
}

#[test]
fn a_financed_invoice_has_no_precheck_from_any_leaf() {
    let mut ledger = Ledger::new();
    let document = ledger.upload(invoice("INV-42", FACE));
    let (public, witness) = ledger.register(document.clone(), Previous::First, 5);
    ledger.settle(&public, &witness);
    // The same invoice once more: other spelling, other salt, other amount.
    let mut again = invoice("inv 0042", 2 * FACE);
    bump(&mut again.salt);
    let again = ledger.upload(again);
    let spent = public.nullifier;
    assert_eq!(super::first_nullifier(&again.opening, &fixture::secret()), spent);
    let own = ledger.low_of(next_key(spent, true));
    assert_eq!(own.value, spent, "the leaf whose value is the nullifier");
    let below = ledger.low_of(spent);
    assert_eq!(below.next, spent, "the leaf whose successor is the nullifier");
    for low in [own, below] {
        let mut witness = ledger.precheck(again.clone());
        witness.low = low;
        witness.low_path = ledger.registry_path(low.index);
        let public = PrecheckPublic::derive(&witness, MinorUnits(1), FieldBytes::ZERO);
        assert_eq!(precheck(&public, &witness), (Err(Refusal::AlreadyFinanced), false));
    }
    assert!(ledger.spend(spent).is_err(), "and the registry refuses a forced registration");
}

#[test]
fn a_first_step_at_each_boundary() {
    let cases = [
        (FACE, None),
        (1, None),
        (0, Some(Refusal::NothingFinanced)),
        (FACE + 1, Some(Refusal::ExceedsFaceValue)),
        (u64::MAX, Some(Refusal::ExceedsFaceValue)),
    ];
    for (amount, refusal) in cases {
        let mut ledger = Ledger::new();
        let document = ledger.upload(invoice("INV-42", FACE));
        let (public, witness) = ledger.register(document, Previous::First, amount);
        let expected = (refusal.map_or(Ok(()), Err), refusal.is_none());
        assert_eq!(register(&public, &witness), expected, "{amount}");
    }
}

#[test]
fn a_later_step_keeps_the_first_steps_face_value() {
    let mut ledger = Ledger::new();
    let document = ledger.upload(invoice("INV-42", FACE));
    let (public, witness) = ledger.register(document, Previous::First, FACE - 10);
    let previous = ledger.settle(&public, &witness);
    let larger = ledger.upload(invoice("INV-42", 10 * FACE));
    for (amount, refusal) in [(10, None), (11, Some(Refusal::ExceedsFaceValue))] {
        let (public, witness) = ledger.register(larger.clone(), previous.clone(), amount);
        let expected = (refusal.map_or(Ok(()), Err), refusal.is_none());
        assert_eq!(register(&public, &witness), expected, "{amount}");
    }
}

#[test]
fn sums_do_not_wrap() {
    let mut ledger = Ledger::new();
    let document = ledger.upload(invoice("INV-42", u64::MAX));
    let (public, witness) = ledger.register(document.clone(), Previous::First, u64::MAX - 1);
    assert_eq!(register(&public, &witness), (Ok(()), true));
    let previous = match ledger.settle(&public, &witness) {
        Previous::Later { step, total, currency, path, .. } => {
            Previous::Later { step, total, face: MinorUnits(u64::MAX), currency, path }
        }
        Previous::First => unreachable!("a settled step is followed by a later one"),
    };
    for (amount, refusal) in [
        (1, None),
        (2, Some(Refusal::ExceedsFaceValue)),
        (5, Some(Refusal::ExceedsFaceValue)),
        (u64::MAX, Some(Refusal::ExceedsFaceValue)),
    ] {
        let (public, witness) = ledger.register(document.clone(), previous.clone(), amount);
        let expected = (refusal.map_or(Ok(()), Err), refusal.is_none());
        assert_eq!(register(&public, &witness), expected, "{amount}");
    }
}

#[test]
fn step_zero_cannot_pretend_to_be_a_later_one() {
    let (_, mut witness) = fixture::second_step();
    if let Previous::Later { step, .. } = &mut witness.previous {
        *step = 0;
    }
    let public = RegisterPublic::derive(&witness, FieldBytes::ZERO, FieldBytes::ZERO);
    assert_eq!(register(&public, &witness), (Err(Refusal::StepZero), false));
}

/// Variables whose value can change alone without breaking a constraint.
fn free_variables(shape: &Shape, assignment: &[Fr]) -> usize {
    let mut rows_of = vec![Vec::new(); assignment.len()];
    for matrix in &shape.matrices {
        for (row, entries) in matrix.iter().enumerate() {
            for (_, column) in entries {
                rows_of[*column].push(row);
            }
        }
    }
    let mut values = assignment.to_vec();
    let free = (shape.inputs..values.len()).filter(|&variable| {
        values[variable] += one();
        let free = rows_of[variable].iter().all(|&row| shape.row_holds(row, &values));
        values[variable] -= one();
        free
    });
    free.count()
}

#[test]
fn no_variable_is_free() {
    let (public, witness) = fixture::precheck();
    let values = shape::assignment::<Precheck>(&public, &witness).unwrap();
    assert_eq!(free_variables(precheck_shape(), &values), 0);
    let (public, witness) = fixture::second_step();
    let values = shape::assignment::<Register>(&public, &witness).unwrap();
    assert_eq!(free_variables(register_shape(), &values), 0);
    // In a first step the inverse of the step's number does not exist, and its stand-in may be
    // anything.
    let (public, witness) = fixture::first_step();
    let values = shape::assignment::<Register>(&public, &witness).unwrap();
    assert_eq!(free_variables(register_shape(), &values), 1);
}
