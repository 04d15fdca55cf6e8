//! Seeds: random faults that heal, honest validators that must agree and go on.
//!
//! A failing seed prints the command that runs it alone, with a trace. `HANSA_SEEDS` widens the
//! range.

use hansa_consensus::mocks::{Behaviour, Faults, Outcome, Plan, Signatures, World};

const SEEDS: u64 = 200;
const COMMAND: &str = "cargo nextest run -p hansa-consensus";

/// Runs the plan of every seed, or of the one that is asked for.
fn each_seed(test: &str, plan: impl Fn(u64) -> Plan) -> Vec<Outcome> {
    seeds_of(test, SEEDS, plan)
}

fn seeds_of(test: &str, count: u64, plan: impl Fn(u64) -> Plan) -> Vec<Outcome> {
    let number = |name| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let only = number("HANSA_SEED");
    let seeds = only.map_or(0..number("HANSA_SEEDS").unwrap_or(count), |seed| seed..seed + 1);
    let outcomes = seeds.map(|seed| {
        let mut world = World::new(plan(seed));
        world.trace_lines = only.map_or(0, |_| 400);
        let outcome = world.run();
        if let Some(violation) = &outcome.violation {
            panic!("{violation}\n{}reproduce: HANSA_SEED={seed} {COMMAND} {test}", world.trace());
        }
        outcome
    });
    outcomes.collect()
}

fn heights(outcomes: &[Outcome]) -> u64 {
    outcomes.iter().map(|outcome| outcome.height.0).sum()
}

#[test]
fn without_faults_no_view_changes_and_nobody_is_accused() {
    let outcomes = each_seed("without_faults", |seed| Plan::random(seed, Faults::None));
    for outcome in &outcomes {
        assert_eq!(outcome.view, 0, "leaders rotate inside the view");
        assert!(outcome.accused.is_empty());
    }
    assert!(heights(&outcomes) > outcomes.len() as u64 * 5);
}

#[test]
fn loss_and_reordering_with_an_equivocator() {
    let outcomes = each_seed("loss_and_reordering", |seed| {
        Plan::random(seed, Faults::Loss).with_liars(Behaviour::Equivocate)
    });
    let exposed = outcomes.iter().filter(|outcome| !outcome.accused.is_empty()).count();
    assert!(exposed * 2 > outcomes.len(), "{exposed} of {} equivocators exposed", outcomes.len());
}

#[test]
fn partitions_with_a_silent_validator() {
    let outcomes = each_seed("partitions_with_a_silent", |seed| {
        Plan::random(seed, Faults::Partitions).with_liars(Behaviour::Silent)
    });
    assert!(outcomes.iter().any(|outcome| outcome.view > 0));
    assert!(outcomes.iter().all(|outcome| outcome.accused.is_empty()), "silence is no lie");
}

#[test]
fn selective_loss_with_two_chains_by_one_leader() {
    let outcomes = each_seed("selective_loss_with_two_chains", |seed| {
        Plan::random(seed, Faults::Selective).with_liars(Behaviour::Split)
    });
    assert!(outcomes.iter().any(|outcome| outcome.view > 0));
}

#[test]
fn selective_loss_and_crashes_of_honest_validators() {
    let outcomes =
        each_seed("selective_loss_and_crashes", |seed| Plan::random(seed, Faults::Crashes));
    assert!(outcomes.iter().all(|outcome| outcome.accused.is_empty()));
}

#[test]
fn crashes_beside_a_validator_that_votes_twice() {
    let outcomes = each_seed("crashes_beside_a_validator", |seed| {
        Plan::random(seed, Faults::Crashes).with_liars(Behaviour::DoubleVote)
    });
    let exposed = outcomes.iter().filter(|outcome| !outcome.accused.is_empty()).count();
    assert_eq!(exposed, outcomes.len(), "voting twice is always found out");
}

#[test]
fn decisions_known_to_one_with_a_forgetful_validator() {
    each_seed("decisions_known_to_one", |seed| {
        Plan::random(seed, Faults::Sharp).with_liars(Behaviour::Forget)
    });
}

#[test]
fn twins_on_both_sides_of_a_partition() {
    each_seed("twins_on_both_sides", |seed| {
        let faults = [Faults::Selective, Faults::Partitions, Faults::Sharp][(seed % 3) as usize];
        Plan::random(seed, faults).with_twins()
    });
}

#[test]
fn every_kind_of_fault_at_once_beside_a_liar() {
    let behaviours = [Behaviour::Equivocate, Behaviour::Silent, Behaviour::DoubleVote];
    let outcomes = each_seed("every_kind_of_fault", |seed| {
        Plan::random(seed, Faults::All).with_liars(behaviours[(seed % 3) as usize])
    });
    assert!(outcomes.iter().any(|outcome| outcome.view > 0));
    assert!(heights(&outcomes) > outcomes.len() as u64);
}

#[test]
fn withheld_proposals_and_pushed_views() {
    each_seed("withheld_proposals", |seed| {
        let behaviour = [Behaviour::Withhold, Behaviour::PushViews][(seed % 2) as usize];
        Plan::random(seed, Faults::Loss).with_liars(behaviour)
    });
}

#[test]
fn real_signatures_under_selective_loss_and_crashes() {
    // Signatures cost a hundred times what the protocol does.
    let outcomes = seeds_of("real_signatures", 24, |seed| {
        let mut plan = Plan::random(seed, Faults::Crashes).with_liars(Behaviour::Equivocate);
        plan.signatures = Signatures::Real;
        plan
    });
    assert!(heights(&outcomes) > 0);
}

#[test]
fn one_seed_gives_one_run() {
    for faults in [Faults::Loss, Faults::Sharp, Faults::Crashes] {
        let run = |seed| World::new(Plan::random(seed, faults).with_liars(Behaviour::Split)).run();
        let (first, again, other) = (run(7), run(7), run(8));
        assert_eq!(first, again);
        assert_ne!(first.digest, other.digest);
    }
}
