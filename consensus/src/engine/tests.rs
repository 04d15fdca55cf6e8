#![allow(clippy::unwrap_used)]
use super::{
    roots::Roots,
    votes::{Added, Votes},
    *,
};
use crate::{
    mocks::{Committee, Lab, NodeId, Signatures},
    safety::{Rules, Safety},
    types::{Executed, Kind, Message, Phase, Vote},
};
use hansa_primitives::{BlockHash, Digest, Epoch, Height, Signature, ValidatorIndex, View};
use std::sync::Arc;

fn vote(phase: Phase, view: u64, height: u64, block: u8) -> Vote {
    let block = BlockHash(Digest([block; 32]));
    Vote { epoch: Epoch(0), phase, view: View(view), height: Height(height), block }
}

#[test]
fn votes_of_two_views_never_mix() {
    let mut votes = Votes::new(8);
    let mut add = |who, view| {
        let vote = vote(Phase::Commit, view, 5, 1);
        votes.add(ValidatorIndex(who), vote, Signature([0; 64]))
    };
    assert_eq!(add(0, 1), Added::Counted(1));
    assert_eq!(add(1, 1), Added::Counted(2));
    assert_eq!(add(2, 2), Added::Counted(1), "the same block in another view");
    assert_eq!(add(1, 1), Added::Useless, "the same vote again");
    assert_eq!(add(3, 1), Added::Counted(3));
}

#[test]
fn a_second_vote_is_shown_and_not_counted() {
    let mut votes = Votes::new(8);
    let (first, second) = (vote(Phase::Prepare, 0, 5, 1), vote(Phase::Prepare, 0, 5, 2));
    let who = ValidatorIndex(0);
    votes.add(who, first, Signature([1; 64]));
    let verdict = votes.add(who, second, Signature([2; 64]));
    assert_eq!(verdict, Added::Contradicts(first, Signature([1; 64])));
    assert!(votes.certificate(&second).signatures.is_empty());
}

#[test]
fn flood_by_one_member_is_bounded_and_costs_only_that_member() {
    let mut votes = Votes::new(8);
    let honest = vote(Phase::Prepare, 0, 1, 1);
    votes.add(ValidatorIndex(1), honest, Signature([1; 64]));
    for height in 1..10_000 {
        votes.add(ValidatorIndex(0), vote(Phase::Prepare, 9, height, 1), Signature([0; 64]));
    }
    assert!(votes.of(ValidatorIndex(0)).count() <= 128);
    assert_eq!(votes.certificate(&honest).signatures.len(), 1);
}

#[test]
fn a_wrong_root_is_noticed_whichever_comes_first() {
    let executed = |root| Executed { height: Height(3), state_root: Digest([root; 32]) };
    let lab = Lab::new(4);
    let mut header = {
        let mut lab = lab;
        lab.seal(0);
        lab.deliver_all();
        lab.hosts[0].ledger[1].header().as_ref().clone()
    };
    header.executed = executed(1);
    let mut roots = Roots::default();
    assert_eq!(roots.report(&header), None);
    assert!(roots.executed(executed(2)).is_some());
    let mut roots = Roots::new([executed(2)]);
    let divergence = roots.report(&header).unwrap();
    assert_eq!((divergence.height, divergence.ours), (Height(3), Digest([2; 32])));
    let mut roots = Roots::new([executed(1)]);
    assert_eq!(roots.report(&header), None);
}

#[test]
fn leaders_rotate_by_term_inside_a_view_and_by_view() {
    let committee = Committee::new(4, Signatures::Mock);
    let mut config = committee.config(ValidatorIndex(0));
    config.term = 64;
    let leader = |view, height| config.leader(View(view), Height(height)).0;
    assert_eq!([1, 63, 64, 127, 128, 256].map(|h| leader(0, h)), [0, 0, 1, 1, 2, 0]);
    assert_eq!([0, 1, 2, 3, 4].map(|v| leader(v, 1)), [0, 1, 2, 3, 0]);
    leader(u64::MAX, u64::MAX);
}

#[test]
fn settings_out_of_bounds_are_refused() {
    let committee = Committee::new(4, Signatures::Mock);
    let config = || committee.config(ValidatorIndex(0));
    let own = committee.signer(ValidatorIndex(0)).verifying_key();
    assert_eq!(config().check(own), Ok(()));
    let other = committee.signer(ValidatorIndex(1)).verifying_key();
    assert!(matches!(config().check(other), Err(ConfigError::WrongKey { .. })));
    let cases: [fn(&mut Config); 3] = [|c| c.term = 0, |c| c.window = 0, |c| c.batches_max = 0];
    for change in cases {
        let mut config = config();
        change(&mut config);
        assert!(matches!(config.check(own), Err(ConfigError::Bounds { .. })));
    }
    let mut stranger = config();
    stranger.index = ValidatorIndex(9);
    assert!(matches!(stranger.check(own), Err(ConfigError::UnknownValidator(_))));
}

fn rules() -> Rules {
    let committee = Committee::new(4, Signatures::Mock);
    let config = Arc::new(committee.config(ValidatorIndex(0)));
    let record = Safety::first(Epoch(0), Committee::genesis());
    Rules::new(record, config, committee.signer(ValidatorIndex(0)))
}

#[test]
fn the_rules_sign_once_for_a_place_and_never_for_a_view_left() {
    let mut lab = Lab::new(4);
    for number in 0..3 {
        lab.seal(number);
    }
    lab.deliver_all();
    let blocks = lab.hosts[0].ledger.clone();
    let certificate = lab.hosts[0].certificates[&Height(1)].clone();
    let mut rules = rules();
    assert!(rules.propose(&blocks[0]).is_some());
    assert!(rules.propose(&blocks[0]).is_none(), "one proposal for one place");
    assert!(rules.prepare(&blocks[0]).is_some());
    assert!(rules.prepare(&blocks[0]).is_none(), "one vote for one place");
    assert!(rules.commit(&certificate).is_some());
    assert!(rules.commit(&certificate).is_none());
    assert!(rules.claim().is_none(), "no claim without leaving");
    rules.leave(View(1));
    assert!(rules.prepare(&blocks[1]).is_none(), "no vote in a view that was left");
    assert_eq!(rules.claim().unwrap().0.high.rank(), certificate.rank(), "the lock is reported");
}

#[test]
fn a_second_proof_of_one_view_is_ignored() {
    let mut lab = Lab::new(4);
    lab.seal(0);
    lab.in_flight.clear();
    for node in 0..3 {
        lab.fire(node, Timer::Progress);
    }
    lab.deliver_all();
    let new_view = lab.replica(2).safety().new_view.clone().unwrap();
    let mut rules = rules();
    assert!(rules.enter(&new_view));
    let mut other = new_view;
    other.ranks.pop();
    assert!(!rules.enter(&other));
    assert_eq!(rules.record().new_view.as_ref().unwrap().ranks.len(), other.ranks.len() + 1);
}

#[test]
fn persist_comes_before_send_in_every_step() {
    struct Strict {
        durable: usize,
        sends: usize,
    }
    impl Host for Strict {
        fn persist(&mut self, records: Vec<Record>) {
            assert_eq!(self.sends, 0, "a step persists once, before anything is sent");
            let safety = |record: &Record| matches!(record, Record::Safety(_));
            assert!(records.iter().filter(|record| safety(record)).count() <= 1);
            self.durable += records.len();
        }
        fn perform(&mut self, effect: Effect) {
            assert!(!matches!(effect, Effect::Persist(_)));
            if let Effect::Send { envelope, .. } = effect {
                let binding = [Kind::PrePrepare, Kind::Prepare, Kind::Commit, Kind::ViewChange];
                if binding.contains(&envelope.message.kind()) {
                    assert!(self.durable > 0, "{}", envelope.message.kind());
                    self.sends += 1;
                }
            }
        }
    }
    let mut lab = Lab::new(4);
    let sealed = lab.hosts[0].payload(&[], 1);
    assert!(sealed.is_empty());
    let mut replica = lab.replicas[0].take().unwrap();
    let mut host = Strict { durable: 0, sends: 0 };
    let parent = Committee::genesis();
    let batches = vec![crate::types::BatchRef {
        lane: ValidatorIndex(0),
        sequence: 0,
        batch: Digest([1; 32]),
        count: 1,
        bytes: 1,
    }];
    let inputs = [
        Input::Work { pending: true },
        Input::Payload { parent, batches, transactions_root: Digest::ZERO },
    ];
    step(&mut replica, &mut host, hansa_primitives::BlockTime(1), inputs);
    assert_eq!(host.durable, 2, "the header and one safety record");
    assert_eq!(host.sends, 2, "the proposal and the vote");
}

#[test]
fn the_report_names_who_is_missing() {
    let mut lab = Lab::new(4);
    assert_eq!(lab.replica(1).status().waiting, Waiting::Nothing);
    lab.seal(0);
    let leader = ValidatorIndex(0);
    let height = Height(1);
    assert_eq!(lab.replica(1).status().waiting, Waiting::Proposal { leader, height });
    lab.deliver(|from, to, _| from.0 <= 1 && to.0 <= 1);
    let report = lab.replica(1).status();
    assert_eq!(report.prepared_by, [ValidatorIndex(0), ValidatorIndex(1)]);
    let text = report.waiting.to_string();
    assert_eq!(text, "for votes to prepare height 1; none came from 2, 3");
    lab.fire(1, Timer::Progress);
    let waiting = lab.replica(1).status().waiting;
    assert_eq!(waiting, Waiting::ViewChange { have: 1, need: 3 });
}

#[test]
fn a_single_validator_decides_alone() {
    let mut lab = Lab::new(1);
    lab.seal(0);
    lab.seal(1);
    assert_eq!(lab.hosts[0].ordered.len(), 2);
    assert!(lab.hosts[0].timers.is_empty());
}

#[test]
fn a_proposal_of_a_later_view_waits_for_its_proof() {
    let mut lab = Lab::new(4);
    lab.seal(0);
    lab.in_flight.clear();
    for node in 0..3 {
        lab.fire(node, Timer::Progress);
    }
    // Validator 3 gets the proposals and votes of view 1, but neither claims nor proof.
    lab.deliver(|_, to, envelope| {
        to.0 != 3
            || match &envelope.message {
                Message::PrePrepare(message) => message.new_view.is_none(),
                Message::Vote(_) => true,
                _ => false,
            }
    });
    assert_eq!(lab.replica(3).safety().view, View(0));
    let voted = |lab: &Lab| {
        lab.sent.iter().any(|(node, _, envelope)| {
            *node == NodeId(3) && envelope.message.kind() == Kind::Prepare
        })
    };
    assert!(!voted(&lab));
    assert!(!lab.hosts[0].ledger.is_empty(), "the others do without it");
    lab.now += 1_000;
    lab.input(3, Input::Connected(ValidatorIndex(0)));
    lab.deliver_all();
    assert_eq!(lab.replica(3).safety().view, View(1));
    assert_eq!(lab.hosts[3].ledger.len(), lab.hosts[0].ledger.len());
}
