#![allow(clippy::unwrap_used)]

use super::*;
use crate::{
    event::Event,
    fixture::{Case, Given, World, member},
    grant,
    rule::Rule,
    tree::{self, Tree},
};
use hansa_documents::{DocumentType, sealing::DocumentHeader};
use hansa_primitives::{Digest, Signature, Version};
use hansa_zkp::{FieldBytes, document_leaf};

const INVOICE: DocumentType = DocumentType::CommercialInvoice;

fn countersign(world: &World, given: Given) -> Call {
    let record = version(&world.state, &given.document, given.version).unwrap();
    Call::Countersign { document: given.document, version: given.version, header: record.hash }
}

#[test]
fn a_registered_version_is_found_on_every_way() {
    let mut world = World::new();
    let header = world.header("milchpulver", INVOICE, 1);
    let events = world.ok("milchpulver", world.register_call(&header));
    let (document, owner) = (header.document, member("milchpulver"));
    assert_eq!(
        events,
        [Event::DocumentRegistered {
            document,
            version: Version(1),
            kind: 380,
            owner: owner.clone()
        }]
    );
    let record = latest(&world.state, &document).unwrap();
    assert_eq!((&record.header, record.hash), (&header, header.hash(&world.chain())));
    assert_eq!((record.kind(), record.version(), record.owner()), (INVOICE, Version(1), &owner));
    assert_eq!(record.document(), &document);
    assert_eq!(versions(&world.state, &document), [record]);
    assert_eq!(owned_by(&world.state, &owner, None, 10), [document]);
    assert_eq!(owned_by(&world.state, &owner, Some(&document), 10), []);
    assert_eq!(by_sealed(&world.state, &header.sealed), [(document, Version(1))]);
    assert_eq!(first_registered(&world.state, &document), Some(world.time));
}

#[test]
fn the_leaf_speaks_for_the_member_that_registered_it() {
    let mut world = World::new();
    world.register("ihk", DocumentType::CertificateOfOrigin, 9);
    let given = world.register("milchpulver", INVOICE, 1);
    let record = latest(&world.state, &given.document).unwrap();
    let content = FieldBytes::parse(record.header.proof_leaf.0).unwrap();
    let owner = World::owner_secret("milchpulver").owner();
    let leaf = document_leaf(hansa_zkp::entity("milchpulver"), owner, content);
    let path = tree::path(&world.state, Tree::Documents, record.leaf).unwrap();
    assert_eq!(record.leaf, 1);
    assert_eq!(path.root(leaf), tree::head(&world.state, Tree::Documents).root);
}

#[test]
fn headers_that_are_wrong_in_themselves_are_refused() {
    let mut world = World::new();
    let good = world.header("milchpulver", INVOICE, 1);
    let cases: [Case<DocumentHeader>; 6] = [
        (|header| header.owner = member("fangxin"), Rule::NotOwner),
        (|header| header.issued_by = member("fangxin"), Rule::NotIssuer),
        (|header| header.fields_root = Digest([1; 32]), Rule::BadHeader),
        (|header| header.sealed_length = 0, Rule::BadHeader),
        (|header| header.proof_leaf = Digest([0xff; 32]), Rule::BadHeader),
        (|header| drop(header.sections.pop()), Rule::BadHeader),
    ];
    for (change, rule) in cases {
        let mut header = good.clone();
        change(&mut header);
        world.refused("milchpulver", world.register_call(&header), rule);
    }
}

#[test]
fn some_documents_only_come_from_their_issuers() {
    let mut world = World::new();
    let refused = [
        ("milchpulver", DocumentType::CertificateOfOrigin),
        ("milchpulver", DocumentType::InsurancePolicy),
        ("milchpulver", DocumentType::Waybill),
        ("milchpulver", DocumentType::ExportDeclaration),
        ("ihk", DocumentType::ImportDeclaration),
        ("bank-of-china", DocumentType::ClearanceNotice),
    ];
    for (sender, kind) in refused {
        let header = world.header(sender, kind, 1);
        world.refused(sender, world.register_call(&header), Rule::IssuerRole);
    }
    world.register("ihk", DocumentType::CertificateOfOrigin, 2);
    world.register("insurer", DocumentType::InsurancePolicy, 3);
    world.register("mrt", DocumentType::Waybill, 4);
    world.register("carrier", DocumentType::Waybill, 5);
    world.register("suto", DocumentType::ImportDeclaration, 6);
    world.register("tianjin-customs", DocumentType::ClearanceNotice, 7);
}

#[test]
fn a_version_follows_the_one_before() {
    let mut world = World::new();
    let given = world.register("milchpulver", INVOICE, 1);
    let good = world.next_header(given, 2);
    assert_eq!(good.version, Version(2));
    let mut again = world.header("milchpulver", INVOICE, 1);
    again.sealed = Digest([5; 32]);
    world.refused("milchpulver", world.register_call(&again), Rule::VersionGap);
    let mut gap = DocumentHeader { version: Version(3), ..good.clone() };
    world.reroot(&mut gap);
    world.refused("milchpulver", world.register_call(&gap), Rule::VersionGap);
    let forked = DocumentHeader { previous: Some(Digest([1; 32])), ..good.clone() };
    world.refused("milchpulver", world.register_call(&forked), Rule::VersionGap);
    let mut other_kind = world.header("milchpulver", DocumentType::PackingList, 3);
    other_kind.document = good.document;
    other_kind.version = good.version;
    other_kind.previous = good.previous;
    world.reroot(&mut other_kind);
    world.refused("milchpulver", world.register_call(&other_kind), Rule::KindChanged);
    let mut stolen = good.clone();
    (stolen.owner, stolen.issued_by) = (member("fangxin"), member("fangxin"));
    world.refused("fangxin", world.register_call(&stolen), Rule::NotOwner);
    let mut beginning = world.header("milchpulver", INVOICE, 4);
    beginning.version = Version(2);
    beginning.previous = Some(Digest([1; 32]));
    world.reroot(&mut beginning);
    world.refused("milchpulver", world.register_call(&beginning), Rule::VersionGap);

    world.ok("milchpulver", world.register_call(&good));
    assert_eq!(latest_version(&world.state, &given.document), Some(Version(2)));
    assert_eq!(versions(&world.state, &given.document).len(), 2);
}

#[test]
fn nobody_registers_the_sealed_bytes_of_anothers_document() {
    let mut world = World::new();
    let policy = world.header("milchpulver", INVOICE, 1);
    world.ok("milchpulver", world.register_call(&policy));
    let mut copy = world.header("mrt", INVOICE, 2);
    (copy.sealed, copy.sealed_length) = (policy.sealed, policy.sealed_length);
    world.refused("mrt", world.register_call(&copy), Rule::BadAvailability);
    let mut again = world.header("milchpulver", INVOICE, 3);
    (again.sealed, again.sealed_length) = (policy.sealed, policy.sealed_length);
    world.ok("milchpulver", world.register_call(&again));
    assert_eq!(by_sealed(&world.state, &policy.sealed).len(), 2);
}

#[test]
fn enough_validators_must_have_signed_for_exactly_these_bytes() {
    let mut world = World::new();
    let header = world.header("milchpulver", INVOICE, 1);
    let good = world.availability(&header);
    let cases: [Case<Availability>; 7] = [
        (|certificate| certificate.digest = Digest([1; 32]), Rule::BadAvailability),
        (|certificate| certificate.length += 1, Rule::BadAvailability),
        (|certificate| drop(certificate.signatures.pop()), Rule::NotAvailable),
        (
            |certificate| {
                let first = certificate.signatures[0].clone();
                certificate.signatures = vec![first; 5];
            },
            Rule::NotAvailable,
        ),
        (
            |certificate| certificate.signatures[1] = certificate.signatures[0].clone(),
            Rule::BadAvailability,
        ),
        (|certificate| certificate.signatures[2].0 = member("mrt"), Rule::BadAvailability),
        (|certificate| certificate.signatures[0].1 = Signature([7; 64]), Rule::BadAvailability),
    ];
    for (change, rule) in cases {
        let mut availability = good.clone();
        change(&mut availability);
        let call = Call::Register { header: Box::new(header.clone()), availability };
        world.refused("milchpulver", call, rule);
    }
    let call = Call::Register { header: Box::new(header.clone()), availability: good };
    world.ok("milchpulver", call);
}

#[test]
fn readers_countersign_what_they_have_checked_once() {
    let mut world = World::new();
    let given = world.register("milchpulver", DocumentType::TradeContract, 1);
    let call = countersign(&world, given);
    world.refused("fangxin", call.clone(), Rule::NoAccess);
    world.give("milchpulver", "fangxin", given, 0, None);
    let wrong = Call::Countersign {
        document: given.document,
        version: given.version,
        header: Digest([3; 32]),
    };
    world.refused("fangxin", wrong, Rule::HeaderMismatch);
    let events = world.ok("fangxin", call.clone());
    assert_eq!(events[0].name(), "document-countersigned");
    world.refused("fangxin", call.clone(), Rule::CountersignedTwice);
    world.ok("milchpulver", call);
    let signers: Vec<String> = countersignatures(&world.state, &given.document, given.version)
        .iter()
        .map(|signature| signature.member.to_string())
        .collect();
    assert_eq!(signers, ["fangxin", "milchpulver"]);
    let unknown =
        Call::Countersign { document: given.document, version: Version(9), header: Digest::ZERO };
    world.refused("fangxin", unknown, Rule::UnknownDocument);
}

#[test]
fn a_later_version_starts_without_countersignatures_and_ends_signing_the_former() {
    let mut world = World::new();
    let given = world.register("milchpulver", DocumentType::TradeContract, 1);
    world.give("milchpulver", "fangxin", given, 0, None);
    let call = countersign(&world, given);
    world.ok("fangxin", call);
    let header = world.next_header(given, 2);
    world.ok("milchpulver", world.register_call(&header));
    let (first, second) = (given.version, header.version);
    assert_eq!(countersignatures(&world.state, &given.document, first).len(), 1);
    assert_eq!(countersignatures(&world.state, &given.document, second).len(), 0);
    let late = countersign(&world, given);
    world.refused("milchpulver", late, Rule::Superseded);
    // The grant of the first version gives nothing of the second.
    let fangxin = member("fangxin");
    assert!(grant::reads(&world.state, &fangxin, &given.document, first, world.time));
    assert!(!grant::reads(&world.state, &fangxin, &given.document, second, world.time));
}
