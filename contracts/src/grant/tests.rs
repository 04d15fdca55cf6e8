#![allow(clippy::unwrap_used)]

use super::*;
use crate::{
    event::Event,
    fixture::{Case, Given, World, member, wrapped},
    rule::Rule,
};
use hansa_documents::{
    DocumentType,
    grant::{GrantTerms, Scope, WrapSuite},
    sealing::SectionName,
};
use hansa_primitives::{BlockTime, ChainId, Digest, DocumentId, GrantId, Version, limits};
use proptest::prelude::*;

const INVOICE: DocumentType = DocumentType::CommercialInvoice;

fn give(grant: Grant) -> Call {
    Call::Give { grants: vec![grant] }
}

fn sections(names: &[&str]) -> Scope {
    Scope::sections(names.iter().map(|name| SectionName::new(*name).unwrap())).unwrap()
}

fn reads(world: &World, name: &str, given: Given) -> bool {
    super::reads(&world.state, &member(name), &given.document, given.version, world.time)
}

#[test]
fn a_grant_is_found_from_reader_and_document() {
    let mut world = World::new();
    let given = world.register("milchpulver", INVOICE, 1);
    assert!(reads(&world, "milchpulver", given) && !reads(&world, "fangxin", given));
    let id = world.give("milchpulver", "fangxin", given, 2, None);
    assert!(reads(&world, "fangxin", given));
    let record = grant(&world.state, &id).unwrap();
    assert_eq!((record.owner.as_str(), record.revoked.is_none()), ("milchpulver", true));
    let fangxin = member("fangxin");
    let only = std::slice::from_ref(&record);
    assert_eq!(grants_to(&world.state, &fangxin), only);
    assert_eq!(grants_to_after(&world.state, &fangxin, None, 5), only);
    assert_eq!(grants_to_after(&world.state, &fangxin, Some(&record), 5), []);
    assert_eq!(grants_on(&world.state, &given.document), only);
    assert_eq!(grants_for(&world.state, &fangxin, &given.document, given.version), only);
}

#[test]
fn terms_that_break_a_rule_are_refused() {
    let mut world = World::new();
    let given = world.register("milchpulver", INVOICE, 1);
    let cases: [Case<GrantTerms>; 12] = [
        (|terms| terms.chain = ChainId::new("silk").unwrap(), Rule::BadTerms),
        (|terms| terms.passing_on_depth = limits::GRANT_DEPTH_MAX + 1, Rule::BadTerms),
        (|terms| terms.reader = member("milchpulver"), Rule::BadTerms),
        (|terms| terms.scope = sections(&["no_such_section"]), Rule::BadTerms),
        (|terms| terms.grantor = member("fangxin"), Rule::NotGrantor),
        (|terms| terms.expires = Some(BlockTime(1)), Rule::ExpiredAlready),
        (|terms| terms.reader = member("nobody"), Rule::UnknownMember),
        (|terms| terms.reader_key = Digest([1; 32]), Rule::WrongReaderKey),
        (|terms| terms.reader = member("suto"), Rule::WrongReaderKey),
        (|terms| terms.parent = Some(GrantId(Digest([1; 32]))), Rule::UnknownParent),
        (|terms| terms.document = DocumentId(Digest([1; 32])), Rule::UnknownDocument),
        (|terms| terms.version = Version(2), Rule::UnknownDocument),
    ];
    for (change, rule) in cases {
        let mut grant = world.grant("milchpulver", "fangxin", given, 0, None);
        change(&mut grant.terms);
        world.refused("milchpulver", give(grant), rule);
    }
    let mut short = world.grant("milchpulver", "fangxin", given, 0, None);
    short.wrapped.ciphertext.pop();
    world.refused("milchpulver", give(short), Rule::WrongReaderKey);
    let mut other = world.grant("milchpulver", "fangxin", given, 0, None);
    other.wrapped.suite = WrapSuite::XWing;
    world.refused("milchpulver", give(other), Rule::WrongReaderKey);
    let stranger = world.grant("mrt", "fangxin", given, 0, None);
    world.refused("mrt", give(stranger), Rule::MayNotPassOn);
    world.refused("milchpulver", Call::Give { grants: vec![] }, Rule::TooManyGrants);
    let twice = world.grant("milchpulver", "fangxin", given, 0, None);
    world.ok("milchpulver", give(twice.clone()));
    world.refused("milchpulver", give(twice), Rule::GrantKnown);
}

#[test]
fn a_revoked_member_is_given_nothing() {
    let mut world = World::new();
    let given = world.register("milchpulver", INVOICE, 1);
    let der = world.authority.revoke(1, &[&[World::number("mrt") + 1]]);
    world.ok("suto", crate::registry::Call::SubmitRevocationList { der });
    let grant = world.grant("milchpulver", "mrt", given, 0, None);
    world.refused("milchpulver", give(grant), Rule::MemberRevoked);
}

#[test]
fn only_who_may_passes_on_and_no_more_than_it_holds() {
    let mut world = World::new();
    let given = world.register("milchpulver", INVOICE, 1);
    let mut first = world.grant("milchpulver", "fangxin", given, 1, None);
    first.terms.scope = sections(&["lines", "number"]);
    first.terms.expires = Some(world.time.plus_millis(100_000));
    first.wrapped = wrapped(&first.terms.scope);
    let parent = first.terms.id();
    world.ok("milchpulver", give(first.clone()));
    let child = |world: &mut World, change: fn(&mut GrantTerms)| {
        let mut child = world.grant("fangxin", "suto", given, 0, Some(parent));
        child.terms.scope = sections(&["number"]);
        child.terms.expires = Some(BlockTime(1_540_022_450_000));
        change(&mut child.terms);
        child.wrapped = wrapped(&child.terms.scope);
        child
    };
    let cases: [fn(&mut GrantTerms); 5] = [
        |terms| terms.scope = Scope::Whole,
        |terms| terms.scope = sections(&["lines", "number", "seller"]),
        |terms| terms.expires = None,
        |terms| terms.expires = Some(BlockTime(2_000_000_000_000)),
        |terms| terms.passing_on_depth = 1,
    ];
    for change in cases {
        let wider = child(&mut world, change);
        world.refused("fangxin", give(wider), Rule::NotNarrower);
    }
    let narrow = child(&mut world, |_| ());
    let last = narrow.terms.id();
    world.ok("fangxin", give(narrow));
    // A section lets its reader see, but not read the whole.
    assert!(reads(&world, "suto", given));
    let suto = member("suto");
    assert!(!reads_whole(&world.state, &suto, &given.document, given.version, world.time));

    let further = world.grant("suto", "tianjin-customs", given, 0, Some(last));
    world.refused("suto", give(further), Rule::MayNotPassOn);
    let borrowed = world.grant("mrt", "suto", given, 0, Some(parent));
    world.refused("mrt", give(borrowed), Rule::ParentNotYours);
    let other = world.register("milchpulver", INVOICE, 2);
    let moved = world.grant("fangxin", "suto", other, 0, Some(parent));
    world.refused("fangxin", give(moved), Rule::ParentNotYours);
}

#[test]
fn revoking_cuts_off_all_that_came_of_a_grant() {
    let mut world = World::new();
    let given = world.register("milchpulver", INVOICE, 1);
    let first = world.give("milchpulver", "fangxin", given, 2, None);
    let second = world.give("fangxin", "suto", given, 1, Some(first));
    world.give("suto", "tianjin-customs", given, 0, Some(second));
    assert!(reads(&world, "tianjin-customs", given));

    world.refused("suto", Call::Revoke { grant: first }, Rule::NotRevoker);
    let unknown = Call::Revoke { grant: GrantId(Digest([1; 32])) };
    world.refused("suto", unknown, Rule::UnknownGrant);
    let events = world.ok("fangxin", Call::Revoke { grant: second });
    assert!(matches!(&events[..], [Event::GrantRevoked { grant, .. }] if *grant == second));
    assert!(!reads(&world, "suto", given) && !reads(&world, "tianjin-customs", given));
    assert!(reads(&world, "fangxin", given));
    world.refused("milchpulver", Call::Revoke { grant: second }, Rule::RevokedAlready);
    let late = world.grant("suto", "bank-of-china", given, 0, Some(second));
    world.refused("suto", give(late), Rule::ParentNotInForce);
    // The owner may cut anywhere, and a grant can be given again on terms of its own.
    world.ok("milchpulver", Call::Revoke { grant: first });
    assert!(!reads(&world, "fangxin", given));
    world.give("milchpulver", "suto", given, 0, None);
    assert!(reads(&world, "suto", given));
}

#[test]
fn a_grant_ends_with_its_time_and_with_its_parent_s() {
    let mut world = World::new();
    let given = world.register("milchpulver", INVOICE, 1);
    let mut first = world.grant("milchpulver", "fangxin", given, 1, None);
    let end = world.time.plus_millis(10_000);
    first.terms.expires = Some(end);
    world.ok("milchpulver", give(first.clone()));
    let record = grant(&world.state, &first.terms.id()).unwrap();
    assert!(is_effective(&world.state, &record, BlockTime(end.0 - 1)));
    assert!(!is_effective(&world.state, &record, end));
    let mut child = world.grant("fangxin", "suto", given, 0, Some(record.id));
    child.terms.expires = Some(end);
    assert!(is_in_force(&world.state, &child.terms, BlockTime(end.0 - 1)));
    assert!(!is_in_force(&world.state, &child.terms, end));
    world.time = end;
    world.refused("fangxin", give(child), Rule::ExpiredAlready);
    let mut longer = world.grant("fangxin", "suto", given, 0, Some(record.id));
    longer.terms.expires = Some(end.plus_millis(100_000));
    world.refused("fangxin", give(longer), Rule::ParentNotInForce);
}

#[test]
fn a_grant_that_is_handed_over_off_the_ledger_keeps_the_same_rules() {
    let mut world = World::new();
    let given = world.register("milchpulver", INVOICE, 1);
    let may = world.give("milchpulver", "fangxin", given, 1, None);
    let handed = world.grant("fangxin", "bank-of-china", given, 0, Some(may));
    assert_eq!(check_grant(&world.state, &handed.terms, world.time), Ok(()));
    let forged = world.grant("fangxin", "bank-of-china", given, 0, None);
    let refused = check_grant(&world.state, &forged.terms, world.time).unwrap_err();
    assert_eq!(refused.rule, Rule::MayNotPassOn);
    world.ok("milchpulver", Call::Revoke { grant: may });
    let refused = check_grant(&world.state, &handed.terms, world.time).unwrap_err();
    assert_eq!(refused.rule, Rule::ParentNotInForce);
}

#[test]
fn one_reader_takes_only_so_many_grants_of_a_version() {
    let mut world = World::new();
    let given = world.register("milchpulver", INVOICE, 1);
    let grants: Vec<Grant> = (0..GRANTS_PER_READER_MAX)
        .map(|_| world.grant("milchpulver", "fangxin", given, 0, None))
        .collect();
    world.ok("milchpulver", Call::Give { grants });
    let more = world.grant("milchpulver", "fangxin", given, 0, None);
    world.refused("milchpulver", give(more), Rule::TooManyGrants);
}

#[test]
fn those_who_pass_on_cannot_use_up_what_is_left_to_the_owner() {
    let mut world = World::new();
    let given = world.register("milchpulver", INVOICE, 1);
    let may = world.grant("milchpulver", "mrt", given, 1, None);
    let parent = Some(may.terms.id());
    world.ok("milchpulver", give(may));
    let passed: Vec<Grant> = (0..GRANTS_PER_READER_MAX - GRANTS_LEFT_TO_OWNER)
        .map(|_| world.grant("mrt", "german-customs", given, 0, parent))
        .collect();
    world.ok("mrt", Call::Give { grants: passed });
    let more = world.grant("mrt", "german-customs", given, 0, parent);
    world.refused("mrt", give(more), Rule::TooManyGrants);
    let own = world.grant("milchpulver", "german-customs", given, 0, None);
    world.ok("milchpulver", give(own));
}

fn scopes() -> impl Strategy<Value = Scope> {
    let names = prop::sample::subsequence(vec!["buyer", "lines", "number", "seller"], 1..=4);
    prop_oneof![1 => Just(Scope::Whole), 3 => names.prop_map(|names| sections(&names))]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// However grants are passed on along a chain of readers, what is accepted never goes beyond
    /// what was held, and a cut at any link cuts off exactly those behind it.
    #[test]
    fn a_chain_of_grants_only_narrows(
        links in prop::collection::vec((scopes(), 0_u8..6, prop::option::of(1_u64..9)), 1..6),
        cut in any::<prop::sample::Index>(),
    ) {
        const CHAIN: [&str; 7] =
            ["milchpulver", "fangxin", "suto", "mrt", "ihk", "carrier", "bank-of-china"];
        let mut world = World::shared();
        let begin = world.time;
        let given = world.register("milchpulver", INVOICE, 1);
        let mut accepted: Vec<GrantRecord> = Vec::new();
        for ((scope, depth, days), pair) in links.into_iter().zip(CHAIN.windows(2)) {
            let parent = accepted.last();
            let mut grant =
                world.grant(pair[0], pair[1], given, depth, parent.map(|parent| parent.id));
            grant.terms.scope = scope;
            grant.terms.expires = days.map(|days| begin.plus_millis(days * 86_400_000));
            grant.wrapped = wrapped(&grant.terms.scope);
            let id = grant.terms.id();
            world.run(pair[0], vec![give(grant.clone()).into()]);
            let Some(record) = super::grant(&world.state, &id) else { break };
            if let Some(parent) = parent {
                prop_assert!(record.terms.scope.is_within(&parent.terms.scope));
                prop_assert!(record.terms.passing_on_depth < parent.terms.passing_on_depth);
                let end = |terms: &GrantTerms| terms.expires.unwrap_or(BlockTime(u64::MAX));
                prop_assert!(end(&record.terms) <= end(&parent.terms));
            }
            accepted.push(record);
        }
        prop_assume!(!accepted.is_empty());
        let cut = cut.index(accepted.len());
        world.ok(CHAIN[cut], Call::Revoke { grant: accepted[cut].id });
        for (place, record) in accepted.iter().enumerate() {
            let record = super::grant(&world.state, &record.id).unwrap();
            prop_assert_eq!(is_effective(&world.state, &record, world.time), place < cut);
        }
    }
}
