#![allow(clippy::unwrap_used)]
use super::*;
use crate::{
    mocks::{Committee, Disk, Signatures},
    types::{Certificate, Claim, Executed, NewView, Phase, Rank, RankClaim, Vote},
};
use hansa_primitives::{BlockHash, BlockTime, Digest, Epoch, Signature, ValidatorIndex, View};
use proptest::prelude::*;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

fn safety(view: u64) -> Record {
    let mut safety = Safety::first(Epoch(0), Committee::genesis());
    safety.view = View(view);
    Record::Safety(Box::new(safety))
}

fn header(height: u64) -> Arc<Header> {
    let committee = Committee::new(4, Signatures::Mock);
    Arc::new(Header {
        epoch: Epoch(0),
        view: View(0),
        height: Height(height),
        parent: BlockHash::default(),
        proposer: ValidatorIndex(0),
        time: BlockTime(height),
        batches: Vec::new(),
        transactions_root: Digest::ZERO,
        executed: Executed { height: Height(0), state_root: Digest::ZERO },
        validators: committee.set.digest(&committee.chain),
        protocol: 1,
    })
}

fn view(recovered: &Recovered) -> Option<u64> {
    recovered.safety.as_ref().map(|safety| safety.view.0)
}

#[test]
fn a_new_file_is_empty_and_another_size_is_refused() {
    let (_, recovered) = Journal::open(&vec![0; Journal::FILE_BYTES]).unwrap();
    assert_eq!(recovered, Recovered::default());
    assert!(matches!(Journal::open(&[0; 4096]), Err(JournalError::Size(4096))));
}

#[test]
fn the_record_of_sixteen_validators_fits_one_frame() {
    let vote = Vote {
        epoch: Epoch(0),
        phase: Phase::Commit,
        view: View(1),
        height: Height(1),
        block: BlockHash::default(),
    };
    let signatures = (0..11).map(|n| (ValidatorIndex(n), Signature([1; 64]))).collect();
    let high = Certificate { vote, signatures };
    let claim = Claim { epoch: Epoch(0), view: View(2), high: Rank::default() };
    let rank = |n| RankClaim {
        validator: ValidatorIndex(n),
        high: claim.high,
        signature: Signature([2; 64]),
    };
    let new_view = NewView {
        epoch: Epoch(0),
        view: View(2),
        ranks: (0..16).map(rank).collect(),
        high: high.clone(),
    };
    let safety = Safety {
        epoch: Epoch(0),
        view: View(2),
        changing: false,
        barred: Some(View(1)),
        prepared: Some(vote),
        committed: Some(vote),
        proposed: Some((View(2), Height(1), BlockHash::default())),
        high,
        new_view: Some(new_view),
    };
    assert!(frame::padded(codec::encode(&safety).len()) == FRAME_BYTES);
    let bytes = codec::encode(&safety);
    assert_eq!(codec::decode::<Safety>(&bytes).unwrap(), safety);
}

#[test]
fn the_last_record_and_the_headers_voted_for_come_back() {
    let mut disk = Disk::new();
    for height in 1..=2_000 {
        disk.persist(&[Record::Header(header(height)), safety(height)]);
        disk.journal_mut().forget(Height(height.saturating_sub(5)));
    }
    let recovered = disk.reopen().unwrap();
    assert_eq!(view(&recovered), Some(2_000));
    let heights: Vec<u64> = recovered.headers.iter().map(|header| header.height.0).collect();
    assert_eq!(heights[heights.len() - 5..], [1_996, 1_997, 1_998, 1_999, 2_000]);
    // Restarting and writing on loses nothing.
    disk.persist(&[safety(2_001)]);
    let recovered = disk.reopen().unwrap();
    assert_eq!(view(&recovered), Some(2_001));
    assert!(recovered.headers.iter().any(|header| header.height == Height(2_000)));
}

#[test]
fn a_file_cut_at_any_frame_starts_with_what_was_whole() {
    let mut disk = Disk::new();
    for number in 1..=6 {
        disk.persist(&[safety(number)]);
    }
    // Only the last step may be lost; the journal knows that the ones before were durable.
    let whole = disk.file_mut().clone();
    let frames: Vec<usize> = (0..Journal::FILE_BYTES)
        .step_by(FRAME_BYTES)
        .filter(|offset| whole[offset + 4..offset + 8] == *b"HJv1")
        .collect();
    assert_eq!(frames.len(), 6);
    for (number, offset) in frames.iter().enumerate() {
        for at in [0, 5, 20, 40, 100] {
            let mut cut = whole.clone();
            cut[offset + at] ^= 0x10;
            let opened = Journal::open(&cut);
            if number == 5 {
                assert_eq!(view(&opened.unwrap().1), Some(5), "byte {at}: the torn tail is cut");
            } else {
                let damaged = matches!(opened, Err(JournalError::Damaged { .. }));
                assert!(damaged, "frame {number}, byte {at}: never an older record");
            }
        }
    }
}

#[test]
fn a_half_with_an_unreadable_start_never_yields_an_older_record() {
    let mut disk = Disk::new();
    for number in 1..=1_500 {
        disk.persist(&[safety(number)]);
    }
    let whole = disk.file_mut().clone();
    for half in 0..2 {
        let mut lost = whole.clone();
        lost[half * HALF_BYTES..half * HALF_BYTES + 10 * FRAME_BYTES].fill(0);
        match Journal::open(&lost) {
            Ok((_, recovered)) => assert_eq!(view(&recovered), Some(1_500)),
            // The last records are out of reach: the other half must not pass for the whole.
            Err(error) => assert!(matches!(error, JournalError::Damaged { .. }), "{error}"),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whatever part of an unsynced step reaches the disk, everything synced before is there, and
    /// what is there was written.
    #[test]
    fn torn_steps_lose_only_themselves(
        seed in any::<u64>(),
        steps in prop::collection::vec((1_usize..5, any::<bool>()), 1..40),
    ) {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut disk = Disk::new();
        let (mut written, mut synced) = (0, 0);
        for (headers, tears) in steps {
            written += 1;
            let mut records: Vec<Record> =
                (0..headers).map(|n| Record::Header(header(written * 10 + n as u64))).collect();
            records.push(safety(written));
            if tears {
                disk.tear(&records, &mut rng);
                let recovered = disk.reopen().unwrap();
                let found = view(&recovered).unwrap_or(0);
                prop_assert!(found == synced || found == written, "{} of {}", found, written);
                synced = found;
            } else {
                disk.persist(&records);
                synced = written;
            }
        }
        prop_assert_eq!(view(&disk.reopen().unwrap()).unwrap_or(0), synced);
    }
}
