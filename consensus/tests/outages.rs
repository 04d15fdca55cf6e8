//! Whole runs: outages, idleness, liars, divergence.

use hansa_consensus::mocks::{
    Behaviour, Faults, Net, NodeId, Plan, Signatures, Slice, Violation, World,
};
use hansa_primitives::{Height, ValidatorIndex};
use std::collections::{BTreeMap, BTreeSet};

#[test]
fn one_liar_cannot_move_the_view() {
    let mut plan = Plan::calm(3, 4).with_liars(Behaviour::PushViews);
    plan.term = 3;
    let outcome = World::new(plan).run();
    assert_eq!(outcome.violation, None);
    assert_eq!(outcome.view, 0);
    let exposed = outcome.accused.iter().any(|(_, kind)| *kind == "amnesia");
    assert!(exposed, "it voted to commit and claims to know no certificate");
}

#[test]
fn a_dead_leader_costs_one_timeout_and_rotation_none() {
    let mut plan = Plan::calm(0, 4);
    plan.term = 3;
    let outcome = World::new(plan.clone()).run();
    assert_eq!((outcome.violation, outcome.view), (None, 0));
    plan.liars = BTreeMap::from([(ValidatorIndex(0), Behaviour::Silent)]);
    let outcome = World::new(plan).run();
    assert_eq!(outcome.violation, None);
    assert!(outcome.view >= 1);
}

#[test]
fn idle_hour_no_view_change() {
    let mut world = World::new(Plan::calm(1, 4));
    let outcome = world.run();
    assert_eq!(outcome.violation, None);
    assert!(world.run_until_quiet(1_000), "no timer runs when all is decided and proven");
    let sent = world.outcome().sent;
    world.run_for(3_600_000);
    let idle = world.outcome();
    assert_eq!(idle.sent, sent, "not one message in an hour");
    assert_eq!(idle.view, 0);
    world.seal(10_000);
    world.run_for(200);
    assert!(world.outcome().height > idle.height, "and the next batch goes at once");
}

#[test]
fn recovery_after_a_three_hour_outage_takes_a_few_caps() {
    const HOURS_3: u64 = 3 * 3_600_000;
    let mut plan = Plan::calm(5, 4);
    plan.heal = HOURS_3;
    plan.net = Net {
        slices: vec![Slice { during: 100..HOURS_3, lost_anywhere: 100, ..Slice::default() }],
    };
    let outcome = World::new(plan).run();
    assert_eq!(outcome.violation, None);
    // The cap of the simulation's timeouts is 4 s.
    assert!(outcome.recovered_in <= 3 * 4_000, "{} ms", outcome.recovered_in);
    assert!(outcome.view < 20, "without a quorum nobody runs ahead: view {}", outcome.view);
}

#[test]
fn long_away_validator_catches_up_in_bounded_ranges() {
    let mut plan = Plan::calm(9, 4);
    plan.batches = (0..400).map(|n| n * 20).collect();
    plan.heal = 9_000;
    plan.net = Net {
        slices: vec![Slice {
            during: 50..9_000,
            groups: vec![0, 0, 0, 1],
            delay: 1..3,
            ..Slice::default()
        }],
    };
    let mut world = World::new(plan);
    let outcome = world.run();
    assert_eq!(outcome.violation, None);
    assert!(outcome.height > Height(200), "{}", outcome.height);
    assert!(outcome.recovered_in < 2_000, "{} ms", outcome.recovered_in);
    let votes = world.replica(NodeId(3)).map(|replica| replica.committed().height);
    assert_eq!(votes, Some(outcome.height));
}

#[test]
fn divergence_halts_and_keeps_data() {
    let mut plan = Plan::calm(2, 4);
    plan.diverges = Some((NodeId(2), Height(5)));
    let mut world = World::new(plan);
    let outcome = world.run();
    assert_eq!(outcome.violation, None, "the others go on");
    assert_eq!(outcome.halted, BTreeSet::from([NodeId(2)]));
    assert!(world.host_mut(NodeId(2)).ledger.len() >= 5);
    let report = world.replica(NodeId(2)).map(|replica| replica.status().waiting.to_string());
    assert!(report.is_some_and(|text| text.contains("after height 5")), "it says where");
}

#[test]
fn equivocation_costs_no_view_and_is_proven_to_anyone() {
    let mut plan = Plan::calm(0, 4);
    plan.liars = BTreeMap::from([(ValidatorIndex(0), Behaviour::Equivocate)]);
    plan.signatures = Signatures::Real;
    let mut world = World::new(plan);
    let outcome = world.run();
    assert_eq!((outcome.violation, outcome.view), (None, 0), "the trade goes on");
    assert!(outcome.accused.contains(&(ValidatorIndex(0), "double-proposal")));
    let committee = world.committee();
    for evidence in &world.checker().evidence {
        assert_eq!(evidence.verify(&committee.chain, &committee.set), Ok(()));
    }
}

#[test]
fn every_plan_with_a_canary_fails() {
    // A liar that computes wrong results is found; if the same node counts as sane, that is
    // reported.
    let mut plan = Plan::random(0, Faults::None);
    plan.diverges = None;
    let mut world = World::new(plan);
    world.host_mut(NodeId(1)).wrong_from = Some(Height(2));
    let outcome = world.run();
    assert_eq!(outcome.violation, Some(Violation::Halted(NodeId(1))));
}
