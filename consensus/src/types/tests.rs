#![allow(clippy::unwrap_used)]
use super::*;
use crate::{
    evidence::{Evidence, EvidenceError},
    mocks::{Committee, Signatures},
    verify::{Verified, VerifyError},
    verify_chain,
};
use hansa_primitives::{
    BlockHash, BlockTime, Digest, Epoch, Height, MemberId, Signature, Signer, SigningKey,
    ValidatorIndex, View,
    codec::{self, Canonical},
};
use proptest::prelude::*;
use std::{collections::BTreeSet, sync::Arc};

fn committee() -> Committee {
    Committee::new(4, Signatures::Real)
}

fn header(committee: &Committee, height: u64, parent: BlockHash) -> Header {
    Header {
        epoch: Epoch(0),
        view: View(0),
        height: Height(height),
        parent,
        proposer: ValidatorIndex(0),
        time: BlockTime(1_540_000_000_000 + height),
        batches: vec![BatchRef {
            lane: ValidatorIndex(2),
            sequence: 7,
            batch: Digest([3; 32]),
            count: 4,
            bytes: 512,
        }],
        transactions_root: Digest([5; 32]),
        executed: Executed { height: Height(height - 1), state_root: Digest([6; 32]) },
        validators: committee.set.digest(&committee.chain),
        protocol: 1,
    }
}

fn vote(phase: Phase) -> Vote {
    Vote {
        epoch: Epoch(0),
        phase,
        view: View(1),
        height: Height(9),
        block: BlockHash(Digest([1; 32])),
    }
}

fn certify(committee: &Committee, vote: Vote, signers: &[u16]) -> Certificate {
    let bytes = vote.signing_bytes(&committee.chain);
    let sign = |index: &u16| {
        let index = ValidatorIndex(*index);
        (index, committee.signer(index).sign(&bytes))
    };
    Certificate { vote, signatures: signers.iter().map(sign).collect() }
}

fn seal(committee: &Committee, from: u16, message: Message) -> Envelope {
    let from = ValidatorIndex(from);
    let signature = committee.signer(from).sign(&message.signing_bytes(&committee.chain));
    Envelope { from, message, signature }
}

fn check(committee: &Committee, envelope: Envelope) -> Result<Verified, VerifyError> {
    committee.verify(envelope)
}

#[test]
fn the_bytes_of_signed_types_are_pinned() {
    let committee = committee();
    let header = header(&committee, 8, BlockHash(Digest([9; 32])));
    let claim =
        Claim { epoch: Epoch(1), view: View(2), high: Rank { view: View(1), height: Height(300) } };
    let hex = |bytes: Vec<u8>| hex::encode(bytes);
    let pinned = [
        hex(codec::encode(&vote(Phase::Commit))),
        hex(codec::encode(&claim)),
        hex(codec::encode(&header)),
        header.hash(&committee.chain).to_string(),
        committee.set.digest(&committee.chain).to_string(),
        hex(vote(Phase::Prepare).signing_bytes(&committee.chain)),
        hex(claim.signing_bytes(&committee.chain)),
    ];
    insta::assert_snapshot!("signed_types", pinned.join("\n"));
}

#[test]
fn every_canonical_type_round_trips_within_its_bound() {
    fn round<T: Canonical + PartialEq + std::fmt::Debug>(value: &T) {
        let bytes = codec::encode(value);
        assert!(bytes.len() <= T::BYTES_MAX, "{} > {}", bytes.len(), T::BYTES_MAX);
        assert_eq!(&codec::decode::<T>(&bytes).unwrap(), value);
    }
    let committee = committee();
    let mut full = header(&committee, 8, BlockHash::default());
    full.batches = vec![full.batches[0]; hansa_primitives::limits::BLOCK_BATCHES_MAX];
    round(&full);
    round(&full.batches[0]);
    round(&full.executed);
    round(&vote(Phase::Prepare));
    round(&certify(&committee, vote(Phase::Commit), &[0, 1, 2, 3]));
    round(committee.set.as_ref());
    let second = (Arc::new(full.clone()), Signature([1; 64]));
    let first = (Arc::new(full), Signature([0; 64]));
    round(&Evidence::DoubleProposal { who: ValidatorIndex(0), first, second });
}

#[test]
fn quorums_intersect_in_more_than_may_lie() {
    for n in 1..=128 {
        let (f, q) = (faults_max(n), quorum(n));
        assert!(3 * f < n);
        assert!(2 * q > n + f, "n = {n}: two quorums share an honest validator");
        assert!(q + f <= n, "n = {n}: the honest alone decide");
    }
    let known = [(4, 3), (5, 4), (6, 4), (7, 5), (9, 6), (10, 7), (12, 8), (13, 9), (16, 11)];
    assert!(known.iter().all(|(n, q)| quorum(*n) == *q));
}

#[test]
fn a_certificate_holds_only_with_a_quorum_of_distinct_members() {
    let committee = committee();
    let verify = |c: &Certificate| c.verify(&committee.chain, &committee.set);
    let good = certify(&committee, vote(Phase::Commit), &[0, 1, 3]);
    assert_eq!(verify(&good), Ok(()));
    let few = certify(&committee, vote(Phase::Commit), &[0, 3]);
    assert_eq!(verify(&few), Err(CertificateError::BelowQuorum { signed: 2, quorum: 3 }));
    let twice = certify(&committee, vote(Phase::Commit), &[0, 1, 1]);
    assert_eq!(verify(&twice), Err(CertificateError::NotAscending(ValidatorIndex(1))));
    let unordered = certify(&committee, vote(Phase::Commit), &[1, 0, 3]);
    assert_eq!(verify(&unordered), Err(CertificateError::NotAscending(ValidatorIndex(0))));
    let mut stranger = good.clone();
    stranger.signatures[2].0 = ValidatorIndex(4);
    assert_eq!(verify(&stranger), Err(CertificateError::UnknownSigner(ValidatorIndex(4))));
    let mut epoch = good.clone();
    epoch.vote.epoch = Epoch(1);
    assert!(matches!(verify(&epoch), Err(CertificateError::WrongEpoch { .. })));
    let mut forged = good.clone();
    forged.signatures[1].1.0[3] ^= 1;
    assert_eq!(verify(&forged), Err(CertificateError::BadSignature));
    let genesis = Certificate::genesis(Committee::genesis());
    assert!(verify(&genesis).is_err(), "nobody signs genesis: it is configured, not proven");
}

#[test]
fn a_signature_has_one_meaning() {
    let committee = committee();
    let other = hansa_primitives::ChainId::new("another").unwrap();
    let good = certify(&committee, vote(Phase::Prepare), &[0, 1, 2]);
    let mut commit = good.clone();
    commit.vote.phase = Phase::Commit;
    assert_eq!(
        commit.verify(&committee.chain, &committee.set),
        Err(CertificateError::BadSignature),
        "a vote to prepare is no vote to commit"
    );
    assert_eq!(good.verify(&other, &committee.set), Err(CertificateError::BadSignature));
    let mut later = good;
    later.vote.view = View(2);
    assert!(later.verify(&committee.chain, &committee.set).is_err());
}

#[test]
fn a_flipped_bit_anywhere_in_a_message_is_refused() {
    let committee = committee();
    let parent = Committee::genesis();
    let block = Arc::new(header(&committee, 1, parent));
    let prepared = Vote {
        phase: Phase::Prepare,
        view: View(0),
        height: Height(1),
        block: block.hash(&committee.chain),
        ..vote(Phase::Prepare)
    };
    let high = certify(&committee, prepared, &[0, 1, 2]);
    let proposal = PrePrepare { header: Arc::clone(&block), parent: None, new_view: None };
    let change = ViewChange { epoch: Epoch(0), view: View(1), high: high.clone() };
    let chain = Chain { headers: vec![block], certificate: high, committed: Height(0) };
    let messages = [
        (0, Message::PrePrepare(proposal)),
        (1, Message::Vote(prepared)),
        (2, Message::ViewChange(change)),
        (3, Message::Chain(chain)),
    ];
    for (from, message) in messages {
        let kind = message.kind();
        let envelope = seal(&committee, from, message);
        assert!(check(&committee, envelope.clone()).is_ok(), "{kind}");
        let bytes = codec::encode(&envelope);
        for at in (0..bytes.len()).step_by(3) {
            let mut flipped = bytes.clone();
            flipped[at] ^= 1 << (at % 8);
            let accepted = codec::decode::<Envelope>(&flipped)
                .is_ok_and(|envelope| check(&committee, envelope).is_ok());
            assert!(!accepted, "{kind}: byte {at}");
        }
    }
}

fn new_view(committee: &Committee, ranks: &[(u16, u64)], high: u64) -> NewView {
    let rank = |height| Rank { view: View(0), height: Height(height) };
    let claim = |(index, height): &(u16, u64)| {
        let claim = Claim { epoch: Epoch(0), view: View(2), high: rank(*height) };
        let validator = ValidatorIndex(*index);
        let signature = committee.signer(validator).sign(&claim.signing_bytes(&committee.chain));
        RankClaim { validator, high: claim.high, signature }
    };
    let vote = Vote { view: View(0), height: Height(high), ..vote(Phase::Prepare) };
    let high = certify(committee, vote, &[0, 1, 2]);
    NewView { epoch: Epoch(0), view: View(2), ranks: ranks.iter().map(claim).collect(), high }
}

#[test]
fn new_view_with_lower_rank_is_refused() {
    let committee = committee();
    let verdict =
        |new_view| check(&committee, seal(&committee, 1, Message::NewView(new_view))).map(|_| ());
    assert_eq!(verdict(new_view(&committee, &[(0, 5), (1, 7), (3, 6)], 7)), Ok(()));
    let lower = verdict(new_view(&committee, &[(0, 5), (1, 7), (3, 6)], 6));
    assert!(matches!(lower, Err(VerifyError::NewView(NewViewError::Rank { .. }))));
    let higher = verdict(new_view(&committee, &[(0, 5), (1, 7), (3, 6)], 8));
    assert!(matches!(higher, Err(VerifyError::NewView(NewViewError::Rank { .. }))));
    let few = verdict(new_view(&committee, &[(0, 5), (1, 7)], 7));
    assert_eq!(few, Err(VerifyError::NewView(NewViewError::BelowQuorum(2))));
    let twice = verdict(new_view(&committee, &[(0, 5), (1, 7), (1, 7)], 7));
    assert!(matches!(twice, Err(VerifyError::NewView(NewViewError::Claimant(_)))));
    let mut forged = new_view(&committee, &[(0, 5), (1, 7), (3, 6)], 7);
    forged.ranks[0].high.height = Height(4);
    assert_eq!(verdict(forged), Err(VerifyError::BadSignature));
}

#[test]
fn bisection_finds_the_liar_and_lets_the_others_in() {
    let committee = committee();
    let envelopes: Vec<Envelope> = (0..4)
        .map(|from| {
            let mut envelope = seal(&committee, from, Message::Vote(vote(Phase::Commit)));
            envelope.signature.0[9] ^= u8::from(from == 2);
            envelope
        })
        .collect();
    let verifier = crate::Verifier::new(
        committee.chain.clone(),
        Arc::clone(&committee.set),
        committee.root.clone(),
    );
    let verdicts = verifier.verify(envelopes);
    let bad: Vec<usize> = (0..4).filter(|place| verdicts[*place].is_err()).collect();
    assert_eq!(bad, [2]);
}

#[test]
fn a_chain_is_proven_by_its_last_certificate() {
    let committee = committee();
    let mut headers: Vec<Arc<Header>> = Vec::new();
    let mut parent = Committee::genesis();
    for height in 1..=5 {
        headers.push(Arc::new(header(&committee, height, parent)));
        parent = headers.last().unwrap().hash(&committee.chain);
    }
    let end = Vote { view: View(0), height: Height(5), block: parent, ..vote(Phase::Commit) };
    let certificate = certify(&committee, end, &[1, 2, 3]);
    let start = (Height(0), Committee::genesis());
    let verify = |headers: &[Arc<Header>], certificate: &Certificate| {
        verify_chain(&committee.chain, &committee.set, start, headers, certificate)
    };
    assert_eq!(verify(&headers, &certificate).unwrap().len(), 5);
    assert!(verify(&headers[1..], &certificate).is_err(), "a gap at the start");
    assert!(verify(&headers[..4], &certificate).is_err(), "cut short");
    let mut swapped = headers.clone();
    swapped.swap(1, 2);
    assert!(verify(&swapped, &certificate).is_err());
    let mut forged = headers.clone();
    Arc::make_mut(&mut forged[2]).time = BlockTime(0);
    assert!(verify(&forged, &certificate).is_err());
    let prepared = certify(&committee, Vote { phase: Phase::Prepare, ..end }, &[1, 2, 3]);
    assert!(verify(&headers, &prepared).is_err(), "prepared is not committed");
}

#[test]
fn evidence_convicts_only_the_guilty() {
    let committee = committee();
    let who = ValidatorIndex(1);
    let signed =
        |vote: Vote| (vote, committee.signer(who).sign(&vote.signing_bytes(&committee.chain)));
    let first = signed(vote(Phase::Commit));
    let verify = |evidence: &Evidence| evidence.verify(&committee.chain, &committee.set);
    let double = |second| Evidence::DoubleVote { who, first, second };
    let block = BlockHash(Digest([2; 32]));
    let guilty = double(signed(Vote { block, ..first.0 }));
    assert_eq!(verify(&guilty), Ok(()));
    let innocent = Err(EvidenceError::NoContradiction);
    assert_eq!(verify(&double(first)), innocent);
    assert_eq!(verify(&double(signed(Vote { phase: Phase::Prepare, block, ..first.0 }))), innocent);
    assert_eq!(verify(&double(signed(Vote { view: View(2), block, ..first.0 }))), innocent);
    let unsigned = double((Vote { block, ..first.0 }, first.1));
    assert_eq!(verify(&unsigned), Err(EvidenceError::BadSignature));
    let other = hansa_primitives::ChainId::new("another").unwrap();
    assert_eq!(guilty.verify(&other, &committee.set), Err(EvidenceError::BadSignature));

    let claim = |height| {
        let high = Rank { view: View(1), height: Height(height) };
        let claim = Claim { epoch: Epoch(0), view: View(2), high };
        (claim, committee.signer(who).sign(&claim.signing_bytes(&committee.chain)))
    };
    let amnesia = |height| Evidence::Amnesia { who, commit: first, change: claim(height) };
    assert_eq!(verify(&amnesia(8)), Ok(()));
    assert_eq!(verify(&amnesia(9)), innocent);

    let proposal = |time| {
        let mut header = header(&committee, 3, block);
        header.proposer = who;
        header.time = BlockTime(time);
        let hash = header.hash(&committee.chain);
        let bytes =
            hansa_primitives::hash::signing_bytes(&committee.chain, "proposal", hash.as_bytes());
        (Arc::new(header), committee.signer(who).sign(&bytes))
    };
    let proposals = |second| Evidence::DoubleProposal { who, first: proposal(1), second };
    assert_eq!(verify(&proposals(proposal(2))), Ok(()));
    assert_eq!(verify(&proposals(proposal(1))), innocent);
    assert_eq!(guilty.kind(), "double-vote");
}

#[test]
fn a_validator_set_has_distinct_usable_keys() {
    let key = |n| SigningKey::from_seed(&[n; 32]).verifying_key();
    let name = |text: &str| MemberId::new(text).unwrap();
    let build = |members| ValidatorSet::new(Epoch(0), members);
    assert_eq!(build(vec![]), Err(ValidatorSetError::Size(0)));
    let twice = build(vec![(name("a"), key(1)), (name("a"), key(2))]);
    assert_eq!(twice, Err(ValidatorSetError::DuplicateMember(name("a"))));
    let shared = build(vec![(name("a"), key(1)), (name("b"), key(1))]);
    assert_eq!(shared, Err(ValidatorSetError::DuplicateKey(name("b"))));
    let weak = build(vec![(name("a"), hansa_primitives::VerifyingKey([0; 32]))]);
    assert_eq!(weak, Err(ValidatorSetError::WeakKey(name("a"))));
    let set = build(vec![(name("a"), key(1)), (name("b"), key(2))]).unwrap();
    assert_eq!(set.index_of(&name("b")), Some(ValidatorIndex(1)));
    assert_eq!(set.index_of_key(&key(1)), Some(ValidatorIndex(0)));
    let mut forged = codec::encode(&set);
    let (first, second) = (8 + 8 + 8 + 1, 8 + 8 + 8 + 1 + 32 + 8 + 1);
    forged.copy_within(first..first + 32, second);
    assert!(codec::decode::<ValidatorSet>(&forged).is_err(), "checked on decoding as well");
}

proptest! {
    #[test]
    fn random_bytes_are_no_message(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        if let Ok(envelope) = codec::decode::<Envelope>(&bytes) {
            prop_assert_eq!(codec::encode(&envelope), bytes);
        }
    }

    #[test]
    fn a_certificate_of_any_signers_holds_iff_they_are_a_quorum(
        signers in prop::collection::vec(0_u16..5, 0..6),
    ) {
        let committee = committee();
        let mut certificate = certify(&committee, vote(Phase::Commit), &[]);
        let bytes = certificate.vote.signing_bytes(&committee.chain);
        for signer in &signers {
            let key = committee.signer(ValidatorIndex(signer % 4));
            certificate.signatures.push((ValidatorIndex(*signer), key.sign(&bytes)));
        }
        let distinct: BTreeSet<_> = signers.iter().collect();
        let ascending = signers.is_sorted() && distinct.len() == signers.len();
        let expected = ascending && signers.len() >= 3 && signers.iter().all(|s| *s < 4);
        let verdict = certificate.verify(&committee.chain, &committee.set);
        prop_assert_eq!(verdict.is_ok(), expected);
    }
}
