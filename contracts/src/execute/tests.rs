#![allow(clippy::unwrap_used)]

use super::*;
use crate::{
    call::{CALLS_MAX, Call, Calls},
    document,
    event::Event,
    fixture::{Case, World, member, parties, ucr},
    key, registry,
    rule::Rule,
    shipment::{self, Movement},
    state::{StateView, read},
};
use hansa_documents::DocumentType;
use hansa_primitives::{
    ActorId, BlockTime, ChainId, Digest, Height, Transaction, TransactionBody, codec,
    merkle::rfc6962,
};
use proptest::prelude::*;
use std::{cell::Cell, collections::BTreeMap};

fn open() -> Call {
    shipment::Call::Open { ucr: ucr(), parties: Box::new(parties()) }.into()
}

fn movement() -> Movement {
    Movement {
        code: "LOAD".parse().unwrap(),
        classifier: "ACT".parse().unwrap(),
        occurred: BlockTime(1_540_022_000_000),
        location: "DEHAM".parse().unwrap(),
        container: Some("HLCU2045189".parse().unwrap()),
        vessel: Some(shipment::Vessel { imo: Some(9_074_729), voyage: "042E".into() }),
        remark: "x".repeat(200),
    }
}

fn report() -> Call {
    shipment::Call::ReportEvent { ucr: ucr(), event: Box::new(movement()) }.into()
}

fn resigned(
    name: &str,
    transaction: &Transaction,
    change: fn(&mut TransactionBody),
) -> Transaction {
    let mut body = transaction.body.clone();
    change(&mut body);
    Transaction::sign(body, &World::signing_key(name))
}

fn rule_of(receipt: &Receipt) -> Option<Rule> {
    match &receipt.outcome {
        Outcome::Applied => None,
        Outcome::Rejected { rule, .. } => Some(*rule),
    }
}

#[test]
fn an_envelope_that_breaks_a_rule_is_refused_by_admission_and_execution_alike() {
    let mut world = World::new();
    let good = world.sign("milchpulver", vec![open()]);
    let cases: [Case<TransactionBody>; 7] = [
        (|body| body.chain = ChainId::new("silk").unwrap(), Rule::WrongChain),
        (|body| body.valid_until = Height(0), Rule::Expired),
        (|body| body.valid_until = Height(1_000_000), Rule::WindowTooLong),
        (|body| body.actor = ActorId(Digest([9; 32])), Rule::UnknownActor),
        (|body| body.call.push(0), Rule::MalformedCall),
        (|body| body.call.clear(), Rule::MalformedCall),
        (|body| body.call = codec::encode(&Calls(vec![])), Rule::MalformedCall),
    ];
    let context = world.context();
    for (change, expected) in cases {
        let bad = resigned("milchpulver", &good, change);
        let refused = admit(&world.state, &context, &bad).unwrap_err();
        assert_eq!(refused.rule, expected);
        let candidate = Candidate { transaction: &bad, id: bad.id(), duplicate: false };
        let effects = execute_block(&world.state, &context, &[candidate]);
        assert_eq!(rule_of(&effects.receipts[0]), Some(expected));
        assert_eq!(effects.writes.len(), 1, "nothing but the root over the receipts");
    }
    assert_eq!(admit(&world.state, &context, &good).unwrap().member, member("milchpulver"));
}

#[test]
fn too_many_calls_are_refused() {
    let mut world = World::new();
    let receipt = world.run("milchpulver", vec![open(); CALLS_MAX + 1]);
    assert_eq!(rule_of(&receipt), Some(Rule::MalformedCall));
}

#[test]
fn what_the_ledger_knows_already_is_refused() {
    let mut world = World::new();
    let transaction = world.sign("milchpulver", vec![open()]);
    let candidate = Candidate { transaction: &transaction, id: transaction.id(), duplicate: true };
    let effects = execute_block(&world.state, &world.context(), &[candidate]);
    assert_eq!(rule_of(&effects.receipts[0]), Some(Rule::Duplicate));
}

#[test]
fn block_time_alone_decides_on_a_certificate() {
    let mut world = World::new();
    let transaction = world.sign("milchpulver", vec![open()]);
    // The certificate is valid from 2018 to 2028.
    for (time, outcome) in [
        (BlockTime(1_500_000_000_000), Some(Rule::OutsideValidity)),
        (BlockTime(1_600_000_000_000), None),
        (BlockTime(1_900_000_000_000), Some(Rule::OutsideValidity)),
    ] {
        let context = BlockContext { time, ..world.context() };
        let refused = admit(&world.state, &context, &transaction).map_err(|error| error.rule);
        assert_eq!(refused.err(), outcome);
    }
}

#[test]
fn a_revocation_counts_for_the_rest_of_the_block() {
    let mut world = World::new();
    let list = world.authority.revoke(1, &[&[World::number("milchpulver") + 1]]);
    let before = world.sign("milchpulver", vec![open()]);
    let revoke = world
        .sign("german-customs", vec![registry::Call::SubmitRevocationList { der: list }.into()]);
    let after = world.sign("milchpulver", vec![open()]);
    let receipts = world.block(&[before, revoke, after.clone()]);
    assert_eq!(
        receipts.iter().map(rule_of).collect::<Vec<_>>(),
        [None, None, Some(Rule::ActorRevoked)]
    );
    assert_eq!(rule_of(&world.block(&[after])[0]), Some(Rule::ActorRevoked));
}

#[test]
fn calls_are_applied_all_or_none_and_see_each_other() {
    let mut world = World::new();
    let header = world.header("milchpulver", DocumentType::CommercialInvoice, 1);
    let register: Call = world.register_call(&header).into();
    let attach: Call =
        shipment::Call::Attach { ucr: ucr(), document: header.document, version: header.version }
            .into();
    let before = world.state.clone();
    let receipt = world.run("milchpulver", vec![register.clone(), attach.clone(), open()]);
    assert_eq!(rule_of(&receipt), Some(Rule::UnknownShipment));
    world.state.remove(&key::receipts_root(world.height));
    assert_eq!(world.state, before);

    let events = world.ok_all("milchpulver", vec![open(), register, attach]);
    let names: Vec<&str> = events.iter().map(Event::name).collect();
    assert_eq!(names, ["shipment-opened", "document-registered", "document-attached"]);
}

#[test]
fn the_state_commits_to_the_receipts_and_an_empty_block_changes_nothing() {
    let mut world = World::new();
    let good = world.sign("milchpulver", vec![open()]);
    let bad = world.sign("fangxin", vec![report()]);
    let receipts = world.block(&[good, bad]);
    let root: Digest = read(&world.state, &key::receipts_root(world.height)).unwrap();
    let leaves: Vec<Vec<u8>> = receipts.iter().map(codec::encode).collect();
    let proof = rfc6962::inclusion_proof(&leaves, 1).unwrap();
    assert!(proof.verify(&leaves[1], &root));
    for receipt in &receipts {
        assert_eq!(codec::decode::<Receipt>(&codec::encode(receipt)).unwrap(), *receipt);
        let json = serde_json::to_string(receipt).unwrap();
        assert_eq!(serde_json::from_str::<Receipt>(&json).unwrap(), *receipt);
    }
    let effects = execute_block(&world.state, &world.context(), &[]);
    assert!(effects.writes.is_empty() && effects.receipts.is_empty());
}

/// A view that counts how often it is asked.
struct Counting<'a> {
    base: &'a BTreeMap<Vec<u8>, Vec<u8>>,
    gets: Cell<usize>,
    scans: Cell<usize>,
}

impl StateView for Counting<'_> {
    fn get(&self, key: &[u8]) -> Option<Vec<u8>> {
        self.gets.set(self.gets.get() + 1);
        StateView::get(self.base, key)
    }

    fn scan(&self, prefix: &[u8], after: Option<&[u8]>, limit: usize) -> Vec<(Vec<u8>, Vec<u8>)> {
        self.scans.set(self.scans.get() + 1);
        self.base.scan(prefix, after, limit)
    }
}

#[test]
fn reporting_a_movement_stays_cheap() {
    let mut world = World::new();
    world.ok("milchpulver", open());
    for _ in 0..5 {
        world.ok("carrier", report());
    }
    let transaction = world.sign("carrier", vec![report()]);
    assert!(codec::encode(&transaction).len() <= 640);
    let view = Counting { base: &world.state, gets: Cell::new(0), scans: Cell::new(0) };
    let candidate = Candidate { transaction: &transaction, id: transaction.id(), duplicate: false };
    let effects = execute_block(&view, &world.context(), &[candidate]);
    assert_eq!(rule_of(&effects.receipts[0]), None);
    // The parameters once a block, the actor, the shipment, the counter.
    assert_eq!((view.gets.get(), view.scans.get()), (4, 0));
    // The movement, the counter, the root over the receipts.
    assert_eq!(effects.writes.len(), 3);
}

/// The bytes that signatures and hashes depend on.
#[test]
fn receipts_and_calls_are_pinned() {
    let mut world = World::new();
    let header = world.header("milchpulver", DocumentType::CommercialInvoice, 1);
    let register = document::Call::Register {
        header: Box::new(header.clone()),
        availability: world.availability(&header),
    };
    let pinned = |name: &str, bytes: &[u8]| {
        format!("{name} {} bytes {}", bytes.len(), hansa_primitives::hash::sha256(&[bytes]))
    };
    let mut lines = vec![
        pinned("calls open", &codec::encode(&Calls(vec![open()]))),
        pinned("calls report", &codec::encode(&Calls(vec![report()]))),
        pinned("calls register", &codec::encode(&Calls(vec![register.into()]))),
        pinned("calls two", &codec::encode(&Calls(vec![open(), report()]))),
    ];
    let applied = world.run("milchpulver", vec![open()]);
    let refused = world.run("fangxin", vec![report()]);
    lines.push(pinned("receipt applied", &codec::encode(&applied)));
    lines.push(pinned("receipt refused", &codec::encode(&refused)));
    lines.push(hex::encode(codec::encode(&refused)));
    insta::assert_snapshot!(lines.join("\n"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn random_bytes_never_panic_and_write_nothing(
        bytes in prop::collection::vec(any::<u8>(), 0..400),
        domain in 0_u8..10,
        variant in 0_u8..5,
    ) {
        let mut world = World::shared();
        // A list of one call of a domain, so that decoding gets far.
        let mut call = vec![1, 0, 0, 0, 0, 0, 0, 0, domain, 0, 0, 0, variant, 0, 0, 0];
        call.extend_from_slice(&bytes);
        for call in [bytes, call] {
            let before = world.state.clone();
            let transaction = world.sign_bytes("german-customs", call);
            let receipt = world.block(&[transaction]).remove(0);
            if receipt.outcome != Outcome::Applied {
                world.state.remove(&key::receipts_root(world.height));
                prop_assert_eq!(&world.state, &before);
            }
        }
    }

    #[test]
    fn altered_calls_never_panic_and_refusals_write_nothing(
        place in any::<prop::sample::Index>(),
        flip in 1_u8..=255,
        which in 0_usize..3,
    ) {
        let mut world = World::shared();
        let header = world.header("milchpulver", DocumentType::CommercialInvoice, 1);
        let calls = [
            ("milchpulver", open()),
            ("milchpulver", world.register_call(&header).into()),
            ("carrier", report()),
        ];
        let (sender, call) = calls[which].clone();
        let mut bytes = codec::encode(&Calls(vec![call]));
        let place = place.index(bytes.len());
        bytes[place] ^= flip;
        let before = world.state.clone();
        let transaction = world.sign_bytes(sender, bytes);
        let receipt = world.block(&[transaction]).remove(0);
        if receipt.outcome != Outcome::Applied {
            world.state.remove(&key::receipts_root(world.height));
            prop_assert_eq!(&world.state, &before);
        }
    }
}
