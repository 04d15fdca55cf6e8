#![allow(clippy::unwrap_used)]

use super::*;
use crate::{
    fixture::{Case, TestKey, World, member},
    proof,
    rule::Rule,
    tree::{self, Tree},
};
use hansa_documents::DocumentType;
use hansa_primitives::{Digest, MemberId};
use hansa_zkp::{FieldBytes, Fr, Key, Proof, Register};

/// A ledger with a document and a registration key in force.
fn ready() -> (World, TestKey<Register>) {
    let mut world = World::new();
    let key = TestKey::<Register>::new(7);
    let propose = proof::Call::ProposeKey {
        statement: proof::Statement::Register,
        verifying_key: key.bytes(),
        transcript: Digest([1; 32]),
        contributors: vec![member("mrt")],
    };
    world.ok("bank-of-china", propose);
    for name in ["second-bank", "german-customs"] {
        world.ok(name, proof::Call::ApproveKey { key: key.id() });
    }
    world.register("milchpulver", DocumentType::CommercialInvoice, 1);
    (world, key)
}

fn number(n: u64) -> FieldBytes {
    FieldBytes::from(Fr::from(n))
}

fn inputs(world: &World) -> Inputs {
    Inputs {
        document_root: tree::head(&world.state, Tree::Documents).root,
        position_root: tree::head(&world.state, Tree::Positions).root,
        nullifier: Key::from_bytes([5; 31]),
        new_position: number(21),
        claim: number(22),
        session: number(23),
    }
}

fn proven(world: &World, key: &TestKey<Register>, bank: &MemberId, inputs: Inputs) -> Call {
    let context = register_context(&world.chain(), bank, &inputs.session);
    let proof = key.simulate(&inputs.public(context));
    Call::Register { key: key.id(), inputs: Box::new(inputs), proof }
}

#[test]
fn a_financing_goes_from_registered_to_settled() {
    let (mut world, key) = ready();
    let bank = member("bank-of-china");
    let inputs = inputs(&world);
    let spent_before = tree::head(&world.state, Tree::Nullifiers).count;
    assert!(tree::low_leaf(&world.state, &inputs.nullifier).is_some());
    let events = world.ok("bank-of-china", proven(&world, &key, &bank, inputs));
    assert_eq!(events[0].concerns(), std::slice::from_ref(&bank));
    let record = registration(&world.state, &inputs.nullifier).unwrap();
    assert_eq!((&record.bank, record.stage, record.position), (&bank, Stage::Registered, 0));
    assert_eq!(claims_of(&world.state, &bank, None, 10), [inputs.claim]);
    assert_eq!(claims_of(&world.state, &bank, Some(&inputs.claim), 10), []);
    assert_eq!(tree::low_leaf(&world.state, &inputs.nullifier), None);
    assert_eq!(tree::head(&world.state, Tree::Nullifiers).count, spent_before + 1);
    let path = tree::path(&world.state, Tree::Positions, 0).unwrap();
    assert_eq!(path.root(inputs.new_position), tree::head(&world.state, Tree::Positions).root);

    let (disburse, settle) =
        (Call::Disburse { claim: inputs.claim }, Call::Settle { claim: inputs.claim });
    world.refused("bank-of-china", settle.clone(), Rule::WrongStage);
    world.refused("second-bank", disburse.clone(), Rule::OtherBank);
    let unknown = Call::Disburse { claim: number(99) };
    world.refused("bank-of-china", unknown, Rule::UnknownClaim);
    world.ok("bank-of-china", disburse.clone());
    world.refused("bank-of-china", disburse, Rule::WrongStage);
    world.ok("bank-of-china", settle);
    assert_eq!(claim(&world.state, &inputs.claim).unwrap().stage, Stage::Settled);
}

#[test]
fn the_same_trade_is_financed_once_whoever_asks() {
    let (mut world, key) = ready();
    let (first, second) = (member("bank-of-china"), member("second-bank"));
    let inputs = inputs(&world);
    let theirs = proven(&world, &key, &second, Inputs { claim: number(40), ..inputs });
    // Both in one block: the order decides.
    let call = proven(&world, &key, &first, inputs);
    let transactions = [
        world.sign("bank-of-china", vec![call.into()]),
        world.sign("second-bank", vec![theirs.clone().into()]),
    ];
    let receipts = world.block(&transactions);
    assert_eq!(receipts[0].outcome, crate::Outcome::Applied);
    assert!(matches!(
        receipts[1].outcome,
        crate::Outcome::Rejected { rule: Rule::AlreadyFinanced, .. }
    ));
    world.refused("second-bank", theirs, Rule::AlreadyFinanced);
    // Without any proof at all, the answer is the same.
    let forced = Call::Register {
        key: key.id(),
        inputs: Box::new(Inputs { claim: number(41), ..inputs }),
        proof: Proof([0; 128]),
    };
    world.refused("second-bank", forced, Rule::AlreadyFinanced);
    // A former position root stays good for the next step, the claim has to be another one.
    let next = Inputs { nullifier: Key::from_bytes([6; 31]), ..inputs };
    world.refused("bank-of-china", proven(&world, &key, &first, next), Rule::ClaimKnown);
    let next = Inputs { claim: number(42), ..next };
    world.ok("bank-of-china", proven(&world, &key, &first, next));
}

#[test]
fn a_proof_holds_for_its_bank_session_and_inputs_only() {
    let (mut world, key) = ready();
    let (bank, other) = (member("bank-of-china"), member("second-bank"));
    let inputs = inputs(&world);
    world.refused("second-bank", proven(&world, &key, &bank, inputs), Rule::ProofRefused);
    world.refused("bank-of-china", proven(&world, &key, &other, inputs), Rule::ProofRefused);
    let Call::Register { proof, .. } = proven(&world, &key, &bank, inputs) else { panic!() };
    let altered: [fn(&mut Inputs); 4] = [
        |inputs| inputs.session = FieldBytes::ZERO,
        |inputs| inputs.claim = FieldBytes::ZERO,
        |inputs| inputs.new_position = FieldBytes::ZERO,
        |inputs| inputs.nullifier = Key::from_bytes([4; 31]),
    ];
    for change in altered {
        let mut inputs = inputs;
        change(&mut inputs);
        let call = Call::Register { key: key.id(), inputs: Box::new(inputs), proof };
        world.refused("bank-of-china", call, Rule::ProofRefused);
    }
    let garbage =
        Call::Register { key: key.id(), inputs: Box::new(inputs), proof: Proof([0xff; 128]) };
    world.refused("bank-of-china", garbage, Rule::ProofRefused);
    world.refused("milchpulver", proven(&world, &key, &bank, inputs), Rule::NotBank);
}

#[test]
fn roots_keys_and_nullifiers_must_be_this_ledger_s() {
    let (mut world, key) = ready();
    let bank = member("bank-of-china");
    let good = inputs(&world);
    let stranger = TestKey::<Register>::new(8);
    world.refused("bank-of-china", proven(&world, &stranger, &bank, good), Rule::NoActiveKey);
    let cases: [Case<Inputs>; 4] = [
        (|inputs| inputs.document_root = FieldBytes::ZERO, Rule::UnknownRoot),
        (|inputs| inputs.position_root = inputs.document_root, Rule::UnknownRoot),
        (|inputs| inputs.nullifier = Key::LOWEST, Rule::BadNullifier),
        (|inputs| inputs.nullifier = Key::HIGHEST, Rule::BadNullifier),
    ];
    for (change, rule) in cases {
        let mut inputs = good;
        change(&mut inputs);
        world.refused("bank-of-china", proven(&world, &key, &bank, inputs), rule);
    }
    // A root from before the last document stays good.
    world.register("milchpulver", DocumentType::CommercialInvoice, 2);
    assert_ne!(tree::head(&world.state, Tree::Documents).root, good.document_root);
    world.ok("bank-of-china", proven(&world, &key, &bank, good));
}

#[test]
fn a_full_tree_is_named_instead_of_overwritten() {
    let (mut world, key) = ready();
    let bank = member("bank-of-china");
    let inputs = inputs(&world);
    let full = tree::Head { count: 1 << 32, ..tree::head(&world.state, Tree::Positions) };
    let place = crate::key::tree_head(Tree::Positions.name());
    world.state.insert(place, hansa_primitives::codec::encode(&full));
    world.refused("bank-of-china", proven(&world, &key, &bank, inputs), Rule::TreeFull);
}

#[test]
fn contexts_separate_banks_ledgers_sessions_and_statements() {
    let world = World::new();
    let (chain, bank) = (world.chain(), member("bank-of-china"));
    let base = register_context(&chain, &bank, &number(1));
    let other_chain = hansa_primitives::ChainId::new("silk").unwrap();
    let others = [
        register_context(&chain, &bank, &number(2)),
        register_context(&chain, &member("second-bank"), &number(1)),
        register_context(&other_chain, &bank, &number(1)),
        precheck_context(&chain, &bank, &number(1).bytes()),
    ];
    assert!(others.iter().all(|other| *other != base));
}
