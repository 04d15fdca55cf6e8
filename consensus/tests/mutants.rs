//! Each rule of the protocol, switched off: the checkers must notice, by what members would see.

use hansa_consensus::mocks::{Behaviour, Faults, Mutation, Plan, Violation, World};

/// Seeds within which a broken rule must be noticed.
const SEEDS: u64 = 150;

/// Runs seeds until the broken rule shows; the same seed with the rule in force must be fine.
fn first_violation(plan: impl Fn(u64) -> Plan, break_rule: impl Fn(&mut Plan)) -> Violation {
    for seed in 0..SEEDS {
        let mut broken = plan(seed);
        broken.outcomes_only = true;
        break_rule(&mut broken);
        let Some(violation) = World::new(broken).run().violation else { continue };
        let whole = World::new(plan(seed)).run();
        assert_eq!(whole.violation, None, "seed {seed} fails with the rule in force, too");
        return violation;
    }
    panic!("the broken rule went unnoticed for {SEEDS} seeds");
}

fn mutant(plan: impl Fn(u64) -> Plan, mutation: Mutation) -> Violation {
    first_violation(plan, |plan| plan.mutation = Some(mutation))
}

#[test]
fn voting_in_a_view_that_was_left_is_noticed() {
    let plan = |seed| Plan::random(seed, Faults::Sharp).with_twins();
    let violation = mutant(plan, Mutation::VoteAfterViewChange);
    assert!(matches!(violation, Violation::HonestAccused { .. } | Violation::Fork { .. }));
}

#[test]
fn a_new_view_that_leaves_out_the_greatest_rank_forks() {
    let plan = |seed| Plan::random(seed, Faults::Sharp).with_liars(Behaviour::Forget);
    let violation = mutant(plan, Mutation::IgnoreHigh);
    assert!(matches!(violation, Violation::Fork { .. }), "{violation}");
}

#[test]
fn a_simple_majority_forks() {
    let plan = |seed| Plan::random(seed * 4 + 1, Faults::Loss).with_twins();
    let violation = mutant(plan, Mutation::MajorityQuorum);
    assert!(matches!(violation, Violation::Fork { .. } | Violation::Stuck(_)), "{violation}");
}

#[test]
fn a_window_counted_from_the_committed_height_gets_stuck() {
    let plan = |seed| Plan::random(seed, Faults::Sharp);
    let violation = mutant(plan, Mutation::WindowFromCommitted);
    assert!(matches!(violation, Violation::Stuck(_)), "{violation}");
}

#[test]
fn preparing_two_blocks_at_one_place_is_noticed() {
    let plan = |seed| Plan::random(seed, Faults::Loss).with_liars(Behaviour::Split);
    let violation = mutant(plan, Mutation::PrepareTwice);
    assert!(matches!(violation, Violation::HonestAccused { .. } | Violation::Fork { .. }));
}

#[test]
fn jumping_onto_a_parent_without_certificate_is_noticed() {
    let plan = |seed| Plan::random(seed, Faults::Sharp).with_twins();
    let violation = mutant(plan, Mutation::UncertifiedJump);
    assert!(matches!(violation, Violation::Fork { .. } | Violation::Stuck(_)), "{violation}");
}

#[test]
fn losing_the_safety_record_at_a_restart_is_noticed() {
    let plan = |seed| {
        let mut plan = Plan::random(seed, Faults::Crashes);
        let sharp = Plan::random(seed, Faults::Sharp);
        plan.net.slices.extend(sharp.net.slices);
        plan
    };
    let violation = first_violation(plan, |plan| plan.forgets_safety = true);
    assert!(!matches!(violation, Violation::Order { .. }), "{violation}");
}
