#![allow(clippy::unwrap_used)]

use super::*;
use crate::{
    event::Event,
    fixture::{World, member},
    rule::Rule,
};
use hansa_consensus::{Evidence, Phase, Vote};
use hansa_primitives::{
    BlockHash, ChainId, Digest, Epoch, Height, Signature, Signer, ValidatorIndex, View, codec,
};

fn vote(block: u8) -> Vote {
    Vote {
        epoch: Epoch(0),
        phase: Phase::Commit,
        view: View(3),
        height: Height(9),
        block: BlockHash(Digest([block; 32])),
    }
}

/// What the validator with index 2 signed for two blocks.
fn double_vote(chain: &ChainId) -> Evidence {
    let signed = |block: u8| {
        let vote = vote(block);
        (vote, World::vote_key("bank-of-china").sign(&vote.signing_bytes(chain)))
    };
    Evidence::DoubleVote { who: ValidatorIndex(2), first: signed(1), second: signed(2) }
}

fn report(evidence: &Evidence) -> Call {
    Call::ReportEvidence { evidence: codec::encode(evidence) }
}

#[test]
fn a_double_vote_is_recorded_once_with_its_author() {
    let mut world = World::new();
    let evidence = double_vote(&world.chain());
    let events = world.ok("mrt", report(&evidence));
    let id = evidence.id(&world.chain());
    assert_eq!(
        events,
        [Event::EvidenceRecorded {
            evidence: id,
            validator: member("bank-of-china"),
            misbehaviour: "double-vote".into(),
            by: member("mrt"),
        }]
    );
    assert_eq!(events[0].concerns(), []);
    let record = super::evidence(&world.state, &id).unwrap();
    assert_eq!(codec::decode::<Evidence>(&record.evidence).unwrap(), evidence);
    assert_eq!(all_evidence(&world.state), [record]);
    world.refused("suto", report(&evidence), Rule::EvidenceKnown);
}

#[test]
fn what_proves_nothing_is_refused() {
    let mut world = World::new();
    let chain = world.chain();
    world.refused("mrt", Call::ReportEvidence { evidence: vec![1, 2] }, Rule::BadEvidence);
    let Evidence::DoubleVote { who, first, second } = double_vote(&chain) else { panic!() };
    let cases = [
        Evidence::DoubleVote { who, first, second: first },
        Evidence::DoubleVote { who: ValidatorIndex(1), first, second },
        Evidence::DoubleVote { who: ValidatorIndex(7), first, second },
        Evidence::DoubleVote { who, first, second: (second.0, Signature([1; 64])) },
        double_vote(&ChainId::new("silk").unwrap()),
    ];
    for evidence in cases {
        world.refused("mrt", report(&evidence), Rule::EvidenceRefused);
    }
}
