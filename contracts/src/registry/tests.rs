#![allow(clippy::unwrap_used)]

use super::*;
use crate::{
    event::Event,
    execute::{Outcome, admit},
    fixture::{Authority, Subject, World, member},
    rule::Rule,
};
use hansa_primitives::{Height, Signer, SigningKey, certificate::Role};
use hansa_zkp::OwnerSecret;

fn subject<'a>(name: &'a str, role: Role, seed: u8, serial: u8) -> Subject<'a> {
    Subject {
        member: name,
        role,
        country: "DE",
        seed: [seed; 32],
        serial: vec![serial],
        years: (2018, 2028),
    }
}

fn admission(world: &World, name: &str, seed: u8) -> Admission {
    Admission {
        certificate: world.authority.issue(&subject(name, Role::Insurer, seed, seed)),
        encryption_key: World::document_key(name).encryption_key().clone(),
        owner: OwnerSecret::from_seed(&[seed; 32]).owner(),
        node: None,
    }
}

fn consented(world: &World, admission: &Admission, seed: u8) -> Call {
    let consent = SigningKey::from_seed(&[seed; 32]).sign(&admission.signing_bytes(&world.chain()));
    Call::Admit { admission: Box::new(admission.clone()), consent }
}

fn renew(der: Vec<u8>) -> Call {
    Call::RegisterCertificate { der }
}

fn list(der: Vec<u8>) -> Call {
    Call::SubmitRevocationList { der }
}

#[test]
fn the_genesis_registers_members_actors_and_validators() {
    let world = World::new();
    let view = &world.state;
    assert_eq!(members(view).len(), 11);
    let bank = super::member(view, &member("bank-of-china")).unwrap();
    assert_eq!((bank.role, bank.status), (Role::Bank, Status::Active));
    let acting = actor(view, &bank.actor).unwrap();
    assert_eq!(
        (acting.member, acting.key),
        (bank.id, World::signing_key("bank-of-china").verifying_key())
    );
    let set = validators(view).unwrap();
    assert_eq!((set.len(), set.quorum()), (4, 3));
    assert!(is_validator(view, &member("second-bank")) && !is_validator(view, &member("mrt")));
    assert_eq!(anchors(view).len(), 1);
    assert_ne!(entity(&member("mrt")), entity(&member("suto")));
}

#[test]
fn a_revocation_list_counts_once_in_order_and_only_from_an_anchor() {
    let mut world = World::new();
    let number = World::number("mrt") + 1;
    let stranger = Authority::new("Milk Consortium", [201; 32]);
    let other = Authority::new("Someone", [202; 32]);
    world.refused("suto", list(vec![1, 2, 3]), Rule::BadRevocationList);
    world.refused("suto", list(stranger.revoke(1, &[&[number]])), Rule::UntrustedIssuer);
    world.refused("suto", list(other.revoke(1, &[&[number]])), Rule::UntrustedIssuer);

    let actor_id = super::member(&world.state, &member("mrt")).unwrap().actor;
    let events = world.ok("suto", list(world.authority.revoke(2, &[&[number], &[99]])));
    assert_eq!(events, [Event::ActorRevoked { member: member("mrt"), actor: actor_id }]);
    let status = Status::Revoked { since: Height(4) };
    assert_eq!(actor(&world.state, &actor_id).unwrap().status, status);
    assert_eq!(super::member(&world.state, &member("mrt")).unwrap().status, status);
    assert_eq!(require_member(&world.state, &member("mrt")).unwrap_err().rule, Rule::MemberRevoked);
    for stale in [1, 2] {
        world.refused("suto", list(world.authority.revoke(stale, &[])), Rule::StaleRevocationList);
    }
    assert_eq!(world.ok("suto", list(world.authority.revoke(3, &[&[number]]))), []);

    let transaction = world.sign("mrt", vec![list(vec![]).into()]);
    let refused = admit(&world.state, &world.context(), &transaction).unwrap_err();
    assert_eq!(refused.rule, Rule::ActorRevoked);
}

#[test]
fn a_further_certificate_replaces_the_current_one() {
    let mut world = World::new();
    let first = super::member(&world.state, &member("mrt")).unwrap().actor;
    let der = world.authority.issue(&subject("mrt", Role::FreightForwarder, 60, 60));
    let events = world.ok("suto", renew(der.clone()));
    let record = super::member(&world.state, &member("mrt")).unwrap();
    assert_eq!(
        events,
        [Event::CertificateRegistered { member: member("mrt"), actor: record.actor }]
    );
    assert_ne!(record.actor, first);
    // The former certificate stays valid until it is revoked; revoking it leaves the member active.
    world.ok("suto", list(world.authority.revoke(1, &[&[World::number("mrt") + 1]])));
    assert_eq!(super::member(&world.state, &member("mrt")).unwrap().status, Status::Active);
    assert_ne!(actor(&world.state, &first).unwrap().status, Status::Active);
    world.refused("suto", renew(der), Rule::ActorKnown);
}

#[test]
fn unfit_certificates_are_refused_by_name() {
    let mut world = World::new();
    let stranger = Authority::new("Milk Consortium", [201; 32]);
    let good = || subject("mrt", Role::FreightForwarder, 60, 60);
    world.ok("suto", list(world.authority.revoke(1, &[&[77]])));
    let expired = Subject { years: (2016, 2018), ..good() };
    let cases = [
        (vec![0x30, 0], Rule::BadCertificate),
        (stranger.issue(&good()), Rule::UntrustedIssuer),
        (world.authority.issue(&expired), Rule::OutsideValidity),
        (world.authority.issue(&Subject { serial: vec![77], ..good() }), Rule::CertificateRevoked),
        (world.authority.issue(&Subject { serial: vec![1; 21], ..good() }), Rule::BadCertificate),
        (world.authority.issue(&Subject { member: "nobody", ..good() }), Rule::UnknownMember),
        (world.authority.issue(&Subject { role: Role::Bank, ..good() }), Rule::RoleChanged),
        (world.authority.issue(&Subject { serial: vec![1], ..good() }), Rule::ActorKnown),
        // Another member's signing key, and another member's vote key.
        (world.authority.issue(&Subject { seed: [1; 32], ..good() }), Rule::KeyInUse),
        (world.authority.issue(&Subject { seed: [108; 32], ..good() }), Rule::KeyInUse),
    ];
    for (der, rule) in cases {
        world.refused("suto", renew(der), rule);
    }
}

#[test]
fn a_new_member_comes_in_through_a_validator_and_with_its_consent() {
    let mut world = World::new();
    let admission = admission(&world, "reef", 70);
    let call = consented(&world, &admission, 70);
    world.refused("mrt", call.clone(), Rule::NotValidator);
    world.refused("german-customs", consented(&world, &admission, 71), Rule::NoConsent);
    let events = world.ok("german-customs", call.clone());
    assert_eq!(events, [Event::MemberAdmitted { member: member("reef"), role: Role::Insurer }]);
    let record = require_member(&world.state, &member("reef")).unwrap();
    assert_eq!((record.owner, record.vote_key), (admission.owner, None));
    world.refused("german-customs", call, Rule::MemberKnown);
}

#[test]
fn a_node_moves_to_addresses_that_can_be_dialled() {
    let mut world = World::new();
    let good = NodeAddress {
        peer_id: "12D3KooWmrt".into(),
        p2p: "/ip4/10.0.0.1/tcp/1".into(),
        grpc: "https://mrt.example:7500".into(),
    };
    let bad = [
        NodeAddress { peer_id: String::new(), ..good.clone() },
        NodeAddress { peer_id: "a b".into(), ..good.clone() },
        NodeAddress { p2p: "10.0.0.1:1".into(), ..good.clone() },
        NodeAddress { grpc: "http://mrt.example".into(), ..good.clone() },
        NodeAddress { grpc: format!("https://{}", "x".repeat(300)), ..good.clone() },
    ];
    for node in bad {
        world.refused("mrt", Call::MoveNode { node: Some(node) }, Rule::BadAddress);
    }
    world.ok("mrt", Call::MoveNode { node: Some(good.clone()) });
    assert_eq!(super::member(&world.state, &member("mrt")).unwrap().node, Some(good.clone()));
    let stolen = Call::MoveNode { node: Some(good.clone()) };
    world.refused("second-bank", stolen, Rule::KeyInUse);
    let validator = super::member(&world.state, &member("german-customs")).unwrap().node.unwrap();
    let stolen = NodeAddress { peer_id: validator.peer_id, ..good };
    world.refused("mrt", Call::MoveNode { node: Some(stolen) }, Rule::KeyInUse);
    world.ok("mrt", Call::MoveNode { node: None });
    world.refused("german-customs", Call::MoveNode { node: None }, Rule::BadAddress);
}

#[test]
fn a_member_that_is_not_there_is_named() {
    let mut world = World::new();
    let refused = require_member(&world.state, &member("nobody")).unwrap_err();
    assert_eq!(refused.rule, Rule::UnknownMember);
    assert!(refused.message.contains("nobody"));
    let receipt = world.run("mrt", vec![renew(vec![]).into()]);
    assert!(matches!(receipt.outcome, Outcome::Rejected { rule: Rule::BadCertificate, .. }));
}
