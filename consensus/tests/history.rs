//! Failures that other consensus codes have had, one test each.

use hansa_consensus::{
    Effect, Input, Kind, Phase, Timer, To,
    mocks::{CrashPoint, Lab, NodeId, Signatures},
};
use hansa_primitives::{BlockHash, Height, ValidatorIndex, View};
use std::collections::{BTreeMap, BTreeSet};

fn heights(lab: &Lab) -> Vec<usize> {
    lab.hosts.iter().map(|host| host.ledger.len()).collect()
}

fn block_at(lab: &Lab, node: usize, height: usize) -> BlockHash {
    lab.hosts[node].ledger[height - 1].hash()
}

/// Distinct blocks that a validator voted for, in a phase, at a view and height.
fn votes_of(lab: &Lab, who: u16, phase: Phase) -> BTreeMap<(View, Height), BTreeSet<BlockHash>> {
    let mut votes: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for (_, _, envelope) in &lab.sent {
        if let hansa_consensus::Message::Vote(vote) = envelope.message
            && envelope.from == ValidatorIndex(who)
            && vote.phase == phase
        {
            votes.entry((vote.view, vote.height)).or_default().insert(vote.block);
        }
    }
    votes
}

#[test]
fn a_block_takes_three_delays_and_one_empty_block_proves_it() {
    let mut lab = Lab::new(4);
    lab.seal(0);
    lab.deliver_all();
    assert_eq!(heights(&lab), [2; 4]);
    let ledger = &lab.hosts[0].ledger;
    assert!(!ledger[0].header().is_empty());
    assert!(ledger[1].header().is_empty());
    assert_eq!(ledger[1].header().executed.height, Height(1));
    assert_eq!(ledger[1].header().executed.state_root, lab.hosts[3].roots[1]);
    assert!(lab.hosts.iter().all(|host| host.timers.is_empty()), "nothing is left to wait for");
}

#[test]
fn crash_between_record_and_send() {
    for point in [CrashPoint::BeforeSync, CrashPoint::AfterSync] {
        let mut lab = Lab::new(4);
        lab.crash_at_next_record(1, point);
        lab.seal(0);
        lab.deliver_all();
        assert!(lab.replicas[1].is_none(), "it crashed at its first vote");
        assert_eq!(votes_of(&lab, 1, Phase::Prepare).len(), 0, "and sent nothing");
        let recorded = point == CrashPoint::AfterSync;
        lab.restart(1);
        let sent = votes_of(&lab, 1, Phase::Prepare);
        assert_eq!(sent.len(), usize::from(recorded), "what is recorded is sent after the restart");
        lab.deliver_all();
        lab.seal(1);
        lab.deliver_all();
        assert_eq!(heights(&lab), [4; 4]);
        for blocks in votes_of(&lab, 1, Phase::Prepare).values() {
            assert_eq!(blocks.len(), 1, "one vote for one place");
        }
    }
}

#[test]
fn everyone_crashes_after_recording() {
    for phase in [Kind::Prepare, Kind::Commit] {
        let mut lab = Lab::new(4);
        if phase == Kind::Prepare {
            for node in 1..4 {
                lab.crash_at_next_record(node, CrashPoint::AfterSync);
            }
            lab.seal(0);
            lab.deliver_all();
            lab.stop(0);
        } else {
            lab.seal(0);
            lab.deliver(|_, _, envelope| envelope.message.kind() == Kind::PrePrepare);
            let prepares: Vec<_> = lab.sent.clone();
            for node in 0..4 {
                lab.crash_at_next_record(node, CrashPoint::AfterSync);
            }
            for (from, to, envelope) in prepares {
                if envelope.message.kind() == Kind::Prepare && to == To::All {
                    for node in lab.nodes().into_iter().filter(|node| *node != from) {
                        lab.in_flight.push_back((from, node, envelope.clone()));
                    }
                }
            }
            lab.deliver_all();
        }
        assert!(lab.replicas.iter().all(Option::is_none));
        let is_proposal =
            |envelope: &&hansa_consensus::Envelope| envelope.message.kind() == Kind::PrePrepare;
        let proposed = lab.sent.iter().map(|(_, _, e)| e).find(is_proposal).unwrap().clone();
        for node in 0..4 {
            lab.restart(node);
        }
        lab.deliver_all();
        for _ in 0..3 {
            for node in 0..4 {
                lab.fire(node, Timer::Resend);
            }
            lab.deliver_all();
        }
        assert!(heights(&lab).iter().all(|height| *height >= 1), "{phase}: {:?}", heights(&lab));
        let hansa_consensus::Message::PrePrepare(proposal) = proposed.message else { panic!() };
        assert_eq!(block_at(&lab, 2, 1), proposal.header.hash(&lab.committee.chain));
    }
}

#[test]
fn leader_restart_proposes_once() {
    let mut lab = Lab::new(4);
    lab.seal(0);
    lab.in_flight.clear();
    lab.stop(0);
    lab.seal(1);
    lab.restart(0);
    lab.input(0, Input::Work { pending: true });
    lab.deliver_all();
    let first: BTreeSet<_> = lab
        .sent
        .iter()
        .filter_map(|(_, _, envelope)| match &envelope.message {
            hansa_consensus::Message::PrePrepare(m) if m.header.height == Height(1) => {
                Some((m.header.hash(&lab.committee.chain), envelope.signature))
            }
            _ => None,
        })
        .collect();
    assert_eq!(first.len(), 1, "the same bytes before and after");
    assert!(heights(&lab).iter().all(|height| *height >= 2));
    assert!(lab.accusations.is_empty());
}

#[test]
fn prepared_by_one_committed_by_one_survives() {
    let mut lab = Lab::new(4);
    lab.seal(0);
    // Validator 2 sees no votes to prepare; only validator 3 sees votes to commit.
    lab.deliver(|_, to, envelope| match envelope.message.kind() {
        Kind::Prepare => to.0 != 2,
        Kind::Commit => to.0 == 3,
        _ => true,
    });
    assert_eq!(lab.hosts[3].ledger.len(), 1);
    assert_eq!([0, 1, 2].map(|node| lab.hosts[node].ledger.len()), [0; 3]);
    let decided = block_at(&lab, 3, 1);
    // It is cut off; the others change views, each quorum of claims holding one that knows.
    for node in 0..3 {
        lab.fire(node, Timer::Progress);
    }
    lab.deliver(|from, to, _| from.0 != 3 && to.0 != 3);
    assert!(lab.hosts[0].ledger.len() >= 2);
    assert_eq!(block_at(&lab, 0, 1), decided);
    assert_eq!(block_at(&lab, 2, 1), decided);
    lab.input(3, Input::Connected(ValidatorIndex(0)));
    lab.deliver_all();
    assert_eq!(heights(&lab), [lab.hosts[0].ledger.len(); 4]);
}

#[test]
fn late_commit_leaves_view_change() {
    let mut lab = Lab::new(4);
    lab.seal(0);
    lab.deliver(|_, to, _| to.0 != 1);
    lab.fire(1, Timer::Progress);
    assert!(lab.replica(1).safety().changing);
    lab.deliver_all();
    // Alone in asking for another view, it still learns of every decision of the old one.
    lab.seal(1);
    lab.deliver_all();
    lab.fire(1, Timer::Resend);
    lab.deliver_all();
    assert_eq!(heights(&lab), [lab.hosts[0].ledger.len(); 4]);
    // And when the others ask as well, it votes again.
    lab.seal(2);
    lab.in_flight.clear();
    for node in [0, 2] {
        lab.fire(node, Timer::Progress);
    }
    lab.deliver_all();
    assert!(!lab.replica(1).safety().changing);
    assert!(lab.replica(1).safety().view >= View(1));
    assert!(votes_of(&lab, 1, Phase::Prepare).keys().any(|(view, _)| *view >= View(1)));
}

#[test]
fn replicas_many_views_apart_meet() {
    let mut lab = Lab::new(4);
    lab.seal(0);
    lab.in_flight.clear();
    // Validators 0, 1 and 2 go through views among themselves without ever preparing; 3 stays
    // behind.
    for _ in 0..6 {
        for node in 0..3 {
            lab.fire(node, Timer::Progress);
        }
        lab.deliver(|_, to, envelope| to.0 != 3 && envelope.message.kind() == Kind::ViewChange);
    }
    assert!(lab.replica(0).safety().view >= View(3));
    assert_eq!(lab.replica(3).safety().view, View(0));
    for _ in 0..3 {
        for node in 0..4 {
            lab.fire(node, Timer::Resend);
            lab.deliver_all();
        }
    }
    assert!(heights(&lab).iter().all(|height| *height >= 1), "{:?}", heights(&lab));
}

#[test]
fn amnesiac_waits_for_a_view_that_begins_without_it() {
    let mut lab = Lab::new(4);
    lab.seal(0);
    lab.deliver_all();
    lab.stop(3);
    lab.restart_without_journal(3);
    lab.deliver_all();
    let before = lab.sent.len();
    lab.seal(1);
    lab.deliver_all();
    assert_eq!(heights(&lab), [4; 4], "it follows");
    let signs = |lab: &Lab, from: usize| {
        lab.sent[from..].iter().any(|(node, _, envelope)| {
            let kind = envelope.message.kind();
            node.0 == 3 && matches!(kind, Kind::Prepare | Kind::Commit | Kind::ViewChange)
        })
    };
    assert!(!signs(&lab, before), "and signs nothing that binds");
    lab.seal(2);
    lab.in_flight.clear();
    for node in 0..3 {
        lab.fire(node, Timer::Progress);
    }
    lab.deliver_all();
    assert!(!signs(&lab, before) || lab.replica(3).safety().view > View(0));
    assert_eq!(lab.replica(3).safety().barred, None, "the next view has begun");
    lab.seal(3);
    lab.deliver_all();
    assert!(signs(&lab, before), "it votes again");
}

#[test]
fn restart_with_the_ledger_ahead_or_behind() {
    // Ahead: the journal knows nothing of what the ledger holds.
    let mut lab = Lab::new(4);
    for number in 0..3 {
        lab.seal(number);
        lab.deliver_all();
    }
    lab.stop(2);
    lab.hosts[2].disk = hansa_consensus::mocks::Disk::new();
    lab.restart(2);
    lab.deliver_all();
    assert_eq!(lab.replica(2).safety().high.vote.height, Height(6));
    // Behind: the ledger lost what the journal has seen committed.
    lab.stop(1);
    lab.hosts[1].durable = 2;
    lab.hosts[1].lose();
    lab.restart(1);
    lab.deliver_all();
    lab.seal(3);
    lab.deliver_all();
    assert_eq!(heights(&lab), [8; 4]);
    assert!(lab.accusations.is_empty());
}

#[test]
fn a_full_window_is_in_flight_before_the_first_decision() {
    let mut lab = Lab::with(4, Signatures::Mock, |config| config.window = 5);
    for number in 0..9 {
        lab.seal(number);
    }
    let proposals = |lab: &Lab| {
        let is = |kind| move |(_, _, e): &&(NodeId, To, _)| hansa_kind(e) == kind;
        lab.sent.iter().filter(is(Kind::PrePrepare)).count()
    };
    assert_eq!(proposals(&lab), 5);
    lab.deliver_all();
    assert_eq!(lab.hosts[3].ordered.len(), 9);
}

fn hansa_kind(envelope: &hansa_consensus::Envelope) -> Kind {
    envelope.message.kind()
}

#[test]
fn wrong_leader_wrong_time_and_wrong_protocol_are_refused() {
    use hansa_consensus::Refusal;
    type Change = fn(&mut hansa_consensus::Header);
    let cases: [(Refusal, Change); 4] = [
        (Refusal::NotTheLeader, |header| header.height = Height(1024)),
        (Refusal::WrongProtocol, |header| header.protocol = 2),
        (Refusal::TimeTooEarly, |header| header.time.0 -= 60_000),
        (Refusal::StateDiffers, |header| header.executed.height = Height(1)),
    ];
    for (refusal, change) in cases {
        let mut lab = Lab::new(4);
        lab.seal(0);
        lab.deliver_all();
        lab.seal(1);
        lab.in_flight.clear();
        let proposal = lab.sent.iter().rev().find_map(|(_, _, envelope)| {
            let hansa_consensus::Message::PrePrepare(message) = &envelope.message else {
                return None;
            };
            Some(message.clone())
        });
        let mut proposal = proposal.unwrap();
        let mut header = proposal.header.as_ref().clone();
        header.executed.state_root = hansa_primitives::Digest([7; 32]);
        header.executed.height = Height(2);
        change(&mut header);
        proposal.header = std::sync::Arc::new(header);
        let message = hansa_consensus::Message::PrePrepare(proposal);
        let signer = lab.committee.signer(ValidatorIndex(0));
        let signature = signer.sign(&message.signing_bytes(&lab.committee.chain));
        let from = ValidatorIndex(0);
        let envelope = hansa_consensus::Envelope { from, message, signature };
        lab.in_flight.push_back((NodeId(0), NodeId(1), envelope));
        lab.deliver_all();
        let refused = lab.noted.iter().any(|(node, effect)| {
            let Effect::Refused { refusal: found, .. } = effect else { return false };
            node.0 == 1 && (*found == refusal || refusal == Refusal::StateDiffers)
        });
        assert!(refused, "{refusal}: {:?}", lab.noted);
        assert_eq!(lab.hosts[1].ledger.len(), 2);
    }
}
