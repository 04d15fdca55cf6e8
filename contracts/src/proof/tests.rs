#![allow(clippy::unwrap_used)]

use super::*;
use crate::{
    event::Event,
    fixture::{TestKey, World, member},
    rule::Rule,
};
use hansa_primitives::{Digest, Height, MemberId};
use hansa_zkp::{Precheck, Register};

fn propose(key: &TestKey<Register>) -> Call {
    Call::ProposeKey {
        statement: Statement::Register,
        verifying_key: key.bytes(),
        transcript: Digest([1; 32]),
        contributors: vec![member("mrt"), member("suto")],
    }
}

#[test]
fn a_key_is_in_force_with_a_quorum_of_approvals() {
    let mut world = World::new();
    let key = TestKey::<Register>::new(1);
    let events = world.ok("bank-of-china", propose(&key));
    let names: Vec<&str> = events.iter().map(Event::name).collect();
    assert_eq!(names, ["key-proposed", "key-approved"]);
    assert_eq!(active_key(&world.state, Statement::Register), None);
    let approve = Call::ApproveKey { key: key.id() };
    world.refused("bank-of-china", approve.clone(), Rule::ApprovedTwice);
    world.refused("mrt", approve.clone(), Rule::NotValidator);
    world.ok("second-bank", approve.clone());
    let events = world.ok("german-customs", approve.clone());
    assert_eq!(events[1], Event::KeyActivated { statement: Statement::Register, key: key.id() });
    let active = active_key(&world.state, Statement::Register).unwrap();
    assert_eq!((active.id, active.approvals.len()), (key.id(), 3));
    assert_eq!(active.bytes, key.bytes());
    assert_eq!(active_key(&world.state, Statement::Precheck), None);
    // A late approval is kept, and changes nothing.
    assert_eq!(world.ok("tianjin-customs", approve).len(), 1);
}

#[test]
fn a_new_key_retires_the_former() {
    let mut world = World::new();
    let (first, second) = (TestKey::<Register>::new(1), TestKey::<Register>::new(2));
    for key in [&first, &second] {
        world.ok("bank-of-china", propose(key));
        for name in ["second-bank", "german-customs"] {
            world.ok(name, Call::ApproveKey { key: key.id() });
        }
    }
    assert_eq!(active_key(&world.state, Statement::Register).unwrap().id, second.id());
    let former = super::key(&world.state, &first.id()).unwrap();
    assert_eq!(former.status, KeyStatus::Retired { since: Height(6) });
    assert_eq!(keys(&world.state).len(), 2);
    assert_ne!(first.id(), second.id());
}

fn altered(
    key: &TestKey<Register>,
    change: impl Fn(&mut Statement, &mut Vec<u8>, &mut Vec<MemberId>),
) -> Call {
    let mut call = propose(key);
    let Call::ProposeKey { statement, verifying_key, contributors, .. } = &mut call else {
        panic!("a proposal");
    };
    change(statement, verifying_key, contributors);
    call
}

#[test]
fn keys_that_no_ceremony_makes_are_refused() {
    let mut world = World::new();
    let key = TestKey::<Register>::new(1);
    let other = TestKey::<Precheck>::new(1).bytes();
    let cases = [
        (altered(&key, |_, bytes, _| bytes.clear()), Rule::BadKey),
        (altered(&key, |_, bytes, _| bytes.truncate(200)), Rule::BadKey),
        (altered(&key, |_, bytes, _| bytes[120] ^= 1), Rule::BadKey),
        (altered(&key, |_, bytes, _| *bytes = other.clone()), Rule::BadKey),
        (altered(&key, |statement, _, _| *statement = Statement::Precheck), Rule::BadKey),
        (altered(&key, |_, _, names| names.clear()), Rule::TooFewContributors),
        (altered(&key, |_, _, names| names.push(member("mrt"))), Rule::TooFewContributors),
        (altered(&key, |_, _, names| names.push(member("nobody"))), Rule::UnknownMember),
    ];
    for (call, rule) in cases {
        world.refused("bank-of-china", call, rule);
    }
    world.refused("mrt", propose(&key), Rule::NotValidator);
    let unknown = Call::ApproveKey { key: Digest([9; 32]) };
    world.refused("bank-of-china", unknown, Rule::UnknownKey);
    world.ok("bank-of-china", propose(&key));
    world.refused("second-bank", propose(&key), Rule::KeyKnown);
}

#[test]
fn both_statements_have_keys_of_their_own() {
    let mut world = World::new();
    let key = TestKey::<Precheck>::new(1);
    let call = Call::ProposeKey {
        statement: Statement::Precheck,
        verifying_key: key.bytes(),
        transcript: Digest([1; 32]),
        contributors: vec![member("mrt")],
    };
    world.ok("bank-of-china", call);
    assert_eq!(super::key(&world.state, &key.id()).unwrap().statement, Statement::Precheck);
    let names = Statement::ALL.map(Statement::name);
    assert_eq!(names, ["precheck", "register"]);
}
