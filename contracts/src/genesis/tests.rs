#![allow(clippy::unwrap_used)]

use super::*;
use crate::{
    fixture::{Authority, Subject, World},
    rule::Rule,
};
use hansa_primitives::{certificate::Role, codec};

type Change = fn(&mut Genesis);

#[test]
fn the_hash_and_the_state_are_pinned() {
    let genesis = World::new().genesis;
    let writes = genesis.writes().unwrap();
    assert_eq!(writes, genesis.writes().unwrap());
    let mut bytes = Vec::new();
    for (key, value) in &writes {
        bytes.extend_from_slice(key);
        bytes.extend_from_slice(value.as_ref().unwrap());
    }
    let digest = hansa_primitives::hash::sha256(&[&bytes]);
    insta::assert_snapshot!(format!("{}\n{} entries {digest}", genesis.hash(), writes.len()));
}

#[test]
fn json_and_bytes_lead_back() {
    let genesis = World::new().genesis;
    assert_eq!(Genesis::from_json(&genesis.to_json()).unwrap(), genesis);
    assert_eq!(codec::decode::<Genesis>(&codec::encode(&genesis)).unwrap(), genesis);
    let unknown = genesis.to_json().replace("\"protocol\"", "\"protokoll\"");
    assert!(matches!(Genesis::from_json(&unknown), Err(GenesisError::Malformed(_))));
}

#[test]
fn any_change_changes_the_hash() {
    let genesis = World::new().genesis;
    let changes: [Change; 4] = [
        |genesis| genesis.protocol += 1,
        |genesis| genesis.members.swap(0, 1),
        |genesis| genesis.parameters.window += 1,
        |genesis| genesis.time = genesis.time.plus_millis(1),
    ];
    for change in changes {
        let mut other = genesis.clone();
        change(&mut other);
        assert_ne!(other.hash(), genesis.hash());
    }
}

#[test]
fn validators_are_the_members_with_a_vote_key_in_order() {
    let genesis = World::new().genesis;
    let names: Vec<String> =
        genesis.validators().iter().map(|(member, _)| member.to_string()).collect();
    assert_eq!(names, ["german-customs", "tianjin-customs", "bank-of-china", "second-bank"]);
    let view = World::new().state;
    assert_eq!(identity(&view).unwrap().genesis, genesis.hash());
    assert_eq!(parameters(&view).unwrap(), genesis.parameters);
}

#[test]
fn an_unfit_genesis_is_refused_with_the_part_named() {
    let genesis = World::new().genesis;
    let refused = |change: &dyn Fn(&mut Genesis)| {
        let mut other = genesis.clone();
        change(&mut other);
        other.writes().unwrap_err()
    };
    assert!(matches!(refused(&|g| g.anchors.clear()), GenesisError::Count { found: 0, .. }));
    assert!(matches!(refused(&|g| g.members.clear()), GenesisError::Count { found: 0, .. }));
    assert!(matches!(refused(&|g| g.anchors[0].truncate(9)), GenesisError::Anchor(0, _)));
    let twice = refused(&|g| g.anchors.push(g.anchors[0].clone()));
    assert_eq!(twice, GenesisError::AnchorTwice(1));
    let same = refused(&|g| g.members[1].owner = g.members[0].owner);
    assert_eq!(same, GenesisError::OwnerTwice(1));
    assert_eq!(refused(&|g| g.members[8].node = None), GenesisError::ValidatorWithoutNode(8));
    let none = refused(&|g| g.members.iter_mut().for_each(|member| member.vote_key = None));
    assert!(matches!(none, GenesisError::Validators(_)));
    assert_eq!(refused(&|g| g.parameters.window = 0), GenesisError::Parameter("window"));
    let short = refused(&|g| g.parameters.timeout_max_ms = 1);
    assert_eq!(short, GenesisError::Parameter("timeout_max_ms"));
}

#[test]
fn an_unfit_member_is_refused_under_the_rules_of_the_registry() {
    let genesis = World::new().genesis;
    let rule = |change: &dyn Fn(&mut Genesis)| {
        let mut other = genesis.clone();
        change(&mut other);
        match other.writes().unwrap_err() {
            GenesisError::Member(_, rejection) => rejection.rule,
            other => panic!("{other}"),
        }
    };
    let stranger = Authority::new("Milk Consortium", [201; 32]);
    let subject = Subject {
        member: "mrt",
        role: Role::FreightForwarder,
        country: "DE",
        seed: [60; 32],
        serial: vec![60],
        years: (2018, 2028),
    };
    let foreign = stranger.issue(&subject);
    assert_eq!(rule(&|g| g.members[3].certificate = foreign.clone()), Rule::UntrustedIssuer);
    assert_eq!(
        rule(&|g| {
            g.members[3].certificate = g.members[2].certificate.clone();
        }),
        Rule::MemberKnown
    );
    assert_eq!(rule(&|g| g.members[3].certificate.truncate(9)), Rule::BadCertificate);
    assert_eq!(rule(&|g| g.time = hansa_primitives::BlockTime(1)), Rule::OutsideValidity);
    assert_eq!(rule(&|g| g.members[8].vote_key = g.members[7].vote_key), Rule::KeyInUse);
}
