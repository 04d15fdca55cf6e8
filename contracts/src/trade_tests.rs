//! The milk-powder trade from the first document to the refused second financing, as the public
//! half sees it, and the check that every rule has a test.

#![allow(clippy::unwrap_used)]

use crate::{
    call::Call,
    clearance::{self, Decision, Lane},
    declaration::{self, Kind, Status, status},
    document, financing,
    fixture::{Given, TestKey, World, attach, checked, departed, draft, member, parties, ucr},
    grant, proof,
    rule::Rule,
    shipment,
    tree::{self, Tree},
};
use hansa_documents::DocumentType;
use hansa_primitives::{Digest, GrantId};
use hansa_zkp::{FieldBytes, Fr, Key, Register};
use std::{collections::BTreeSet, fs, path::Path};

/// Registers, attaches and grants a document in one transaction, as clients do.
fn upload(
    world: &mut World,
    owner: &str,
    kind: DocumentType,
    nonce: u8,
    readers: &[(&str, u8)],
) -> (Given, Vec<GrantId>) {
    let header = world.header(owner, kind, nonce);
    let given = Given { document: header.document, version: header.version };
    let grants: Vec<grant::Grant> = readers
        .iter()
        .map(|(reader, depth)| world.grant(owner, reader, given, *depth, None))
        .collect();
    let ids = grants.iter().map(|grant| grant.terms.id()).collect();
    let mut calls: Vec<Call> = vec![world.register_call(&header).into(), attach(given)];
    if !grants.is_empty() {
        calls.push(grant::Call::Give { grants }.into());
    }
    world.ok_all(owner, calls);
    (given, ids)
}

fn submit(kind: Kind) -> declaration::Call {
    declaration::Call::Submit { kind, ucr: ucr() }
}

fn decide(kind: Kind, decision: Decision, notice: Option<Given>) -> clearance::Call {
    let certificate = notice.map(|given| (given.document, given.version));
    clearance::Call::Decide { kind, ucr: ucr(), decision, certificate }
}

/// The papers of the trade, each with the grant that its holder passes on.
struct Trade {
    world: World,
    papers: Vec<(Given, Option<GrantId>)>,
}

/// Steps 1 to 8: everything uploaded, everything granted.
fn bought() -> Trade {
    let mut world = World::new();
    let open = shipment::Call::Open { ucr: ucr(), parties: Box::new(parties()) };
    world.ok("milchpulver", open);
    let (contract, _) =
        upload(&mut world, "milchpulver", DocumentType::TradeContract, 1, &[("fangxin", 3)]);
    let record = document::latest(&world.state, &contract.document).unwrap();
    let countersign = document::Call::Countersign {
        document: contract.document,
        version: contract.version,
        header: record.hash,
    };
    world.ok("fangxin", countersign);
    let to_seller = |world: &mut World, owner: &str, kind, nonce| {
        let (given, ids) = upload(world, owner, kind, nonce, &[("milchpulver", 4)]);
        (given, Some(ids[0]))
    };
    let origin = to_seller(&mut world, "ihk", DocumentType::CertificateOfOrigin, 2);
    let order = to_seller(&mut world, "fangxin", DocumentType::PurchaseOrder, 3);
    let (invoice, _) =
        upload(&mut world, "milchpulver", DocumentType::CommercialInvoice, 4, &[("mrt", 1)]);
    let (packing, _) =
        upload(&mut world, "milchpulver", DocumentType::PackingList, 5, &[("mrt", 1)]);
    world.give("milchpulver", "mrt", origin.0, 1, origin.1);
    let waybill = to_seller(&mut world, "mrt", DocumentType::Waybill, 6);
    let policy = to_seller(&mut world, "insurer", DocumentType::InsurancePolicy, 7);
    let papers =
        vec![(contract, None), origin, order, (invoice, None), (packing, None), waybill, policy];
    Trade { world, papers }
}

impl Trade {
    /// Passes every paper on from one member to others, under the grants that the first holds.
    fn pass_on(&mut self, from: &str, to: &[&str], depth: u8) {
        let papers = self.papers.clone();
        for (given, held) in papers {
            let record = document::latest(&self.world.state, &given.document).unwrap();
            let own = record.owner().as_str() == from;
            let parent = if own { None } else { Some(self.held_by(from, given, held)) };
            for reader in to {
                if record.owner().as_str() != *reader {
                    self.world.give(from, reader, given, depth, parent);
                }
            }
        }
    }

    fn held_by(&self, reader: &str, given: Given, seller_s: Option<GrantId>) -> GrantId {
        let held =
            grant::grants_for(&self.world.state, &member(reader), &given.document, given.version);
        let deepest = held.iter().max_by_key(|grant| grant.terms.passing_on_depth);
        deepest.map(|grant| grant.id).or(seller_s).unwrap()
    }
}

/// Steps 9 to 13: declared, shipped, cleared.
fn shipped(trade: &mut Trade) {
    trade.pass_on("milchpulver", &["fangxin"], 3);
    trade.pass_on("fangxin", &["tianjin-customs", "suto"], 1);
    let world = &mut trade.world;
    assert_eq!(status(&world.state, &ucr(), Kind::Export), Some(Status::Due));
    let export = world.register("mrt", DocumentType::ExportDeclaration, 20);
    world.ok("mrt", draft(world, Kind::Export, export));
    world.give("mrt", "german-customs", export, 0, None);
    world.refused("mrt", submit(Kind::Export), Rule::CustomsCannotRead);
    // mrt holds invoice, packing list and certificate of origin with depth 1, and owns the waybill.
    for (given, _) in trade.papers.clone() {
        let record = document::latest(&trade.world.state, &given.document).unwrap();
        if !Kind::Export.required().contains(&record.kind()) {
            continue;
        }
        let own = record.owner().as_str() == "mrt";
        let parent = if own { None } else { Some(trade.held_by("mrt", given, None)) };
        trade.world.give("mrt", "german-customs", given, 0, parent);
    }
    let world = &mut trade.world;
    world.ok("mrt", submit(Kind::Export));
    world.ok("german-customs", checked(Kind::Export, Lane::Green, 0));
    world.ok("german-customs", decide(Kind::Export, Decision::Release, None));
    assert_eq!(status(&world.state, &ucr(), Kind::Export), Some(Status::Released));

    assert_eq!(status(&world.state, &ucr(), Kind::Import), None);
    let events = world.ok("carrier", departed());
    assert!(events.iter().any(|event| event.name() == "declaration-due"));
    let import = world.register("suto", DocumentType::ImportDeclaration, 21);
    world.ok("suto", draft(world, Kind::Import, import));
    world.give("suto", "tianjin-customs", import, 0, None);
    world.ok("suto", submit(Kind::Import));
    world.ok("tianjin-customs", checked(Kind::Import, Lane::Green, 0));
    let notice = world.register("tianjin-customs", DocumentType::ClearanceNotice, 22);
    world.ok("tianjin-customs", decide(Kind::Import, Decision::Clear, Some(notice)));
    world.give("tianjin-customs", "fangxin", notice, 1, None);
    assert_eq!(status(&world.state, &ucr(), Kind::Import), Some(Status::Cleared));
}

#[test]
fn the_trade_goes_from_the_contract_to_the_refused_second_financing() {
    let mut trade = bought();
    // Nobody granted the policy to the forwarder, and it may not grant what it does not hold.
    let (policy, _) = trade.papers[6];
    let mrt = member("mrt");
    let view = &trade.world.state;
    assert!(!grant::reads(view, &mrt, &policy.document, policy.version, trade.world.time));
    let forged = trade.world.grant("mrt", "carrier", policy, 0, None);
    trade.world.refused("mrt", grant::Call::Give { grants: vec![forged] }, Rule::MayNotPassOn);
    shipped(&mut trade);

    let key = TestKey::<Register>::new(3);
    let world = &mut trade.world;
    let propose = proof::Call::ProposeKey {
        statement: proof::Statement::Register,
        verifying_key: key.bytes(),
        transcript: Digest([1; 32]),
        contributors: ["milchpulver", "bank-of-china"].map(member).to_vec(),
    };
    world.ok("bank-of-china", propose);
    for name in ["second-bank", "german-customs"] {
        world.ok(name, proof::Call::ApproveKey { key: key.id() });
    }
    let number = |n: u64| FieldBytes::from(Fr::from(n));
    let register = |world: &World, bank: &str, n: u64| {
        let inputs = financing::Inputs {
            document_root: tree::head(&world.state, Tree::Documents).root,
            position_root: tree::head(&world.state, Tree::Positions).root,
            nullifier: Key::from_bytes([9; 31]),
            new_position: number(n),
            claim: number(n + 1),
            session: number(n + 2),
        };
        let context = financing::register_context(&world.chain(), &member(bank), &inputs.session);
        let proof = key.simulate(&inputs.public(context));
        financing::Call::Register { key: key.id(), inputs: Box::new(inputs), proof }
    };
    let first = register(world, "bank-of-china", 30);
    world.ok("bank-of-china", first);
    world.ok("bank-of-china", financing::Call::Disburse { claim: number(31) });
    let second = register(world, "second-bank", 50);
    world.refused("second-bank", second, Rule::AlreadyFinanced);
}

/// A rule without a test that breaks it may as well not be there.
#[test]
fn every_rule_is_broken_by_a_test() {
    let mut tested = BTreeSet::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut tested);
    let untested: Vec<_> =
        Rule::ALL.iter().filter(|rule| !tested.contains(&format!("{rule:?}"))).collect();
    assert_eq!(untested, Vec::<&Rule>::new());
}

fn collect(folder: &Path, tested: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        // The confidential half has rules of its own, which refuse nothing.
        if path.is_dir() && !path.ends_with("confidential") {
            collect(&path, tested);
        } else if path.file_name().is_some_and(|name| name == "tests.rs") {
            let text = fs::read_to_string(&path).unwrap();
            for part in text.split("Rule::").skip(1) {
                let name = part.split(|c: char| !c.is_alphanumeric()).next().unwrap();
                tested.insert(name.to_owned());
            }
        }
    }
}
