//! Seeds.
use hansa_consensus::mocks::{Faults, Plan, World, Behaviour, Mutation};
use std::collections::BTreeMap;

#[test]
fn all() {
    let mut bad = vec![];
    let muts: Vec<Option<Mutation>> = [None].into_iter().chain([Mutation::VoteAfterViewChange, Mutation::IgnoreHigh, Mutation::MajorityQuorum, Mutation::WindowFromCommitted, Mutation::SecondNewView, Mutation::PrepareTwice, Mutation::UncertifiedJump].map(Some)).collect();
    for m in muts {
    for faults in [Faults::Loss, Faults::Selective, Faults::Crashes] {
    let mut kinds: BTreeMap<String, u32> = BTreeMap::new();
    let t = std::time::Instant::now();
    let (mut hs, mut vs, mut rec, mut acc) = (0, 0, 0, 0);
    for seed in 0..60 {
        for b in [None, Some(Behaviour::Split), Some(Behaviour::Forget)] {
        for outcomes in [true, false] {
        let mut p = Plan::random(seed, faults);
        p.mutation = m;
        p.outcomes_only = outcomes;
        if let Some(b) = b { p = p.with_liars(b); } else { p = p.with_twins(); }
        let r = std::panic::catch_unwind(|| {
        let mut w = World::new(p);
        w.run()});
        let Ok(o) = r else { *kinds.entry("panic".into()).or_default() += 1; continue };
        hs += o.height.0; vs += o.view; rec = rec.max(o.recovered_in); acc += o.accused.len();
        if let Some(v) = o.violation { *kinds.entry(format!("{outcomes} {}", format!("{v:?}").split([' ','(']).next().unwrap())).or_default() += 1;
          if m.is_none() { bad.push(format!("{seed} {faults:?} {b:?} {v:?}")); }
        }
        }
        }
    }
    bad.push(format!("{m:?} {faults:?} heights {hs} views {vs} recover {rec} accused {acc} {kinds:?} {:?}", t.elapsed()));
    }
    }
    panic!("{}", bad.join("\n"));
}
