#![allow(clippy::unwrap_used)]

use super::*;
use crate::{
    Ledger,
    store::{Delta, rocks::Write},
    testing::{Chain, World},
};
use hansa_consensus::{Certificate, Header};
use hansa_primitives::{Digest, codec};
use std::{fs, path::PathBuf};

/// A closed ledger with tables, logs, a pending batch and sealed bytes.
fn ledger(blocks: u64) -> (tempfile::TempDir, World) {
    let directory = tempfile::tempdir().unwrap();
    let world = World::new("milk");
    let ledger = world.ledger(directory.path());
    let mut chain = Chain::new(&world, &ledger);
    chain.grow_by(&ledger, blocks / 2);
    ledger.sealed().put(&[7; 5000]).unwrap();
    drop(ledger);
    // Opening writes what was in the log to tables.
    let ledger = world.ledger(directory.path());
    chain.grow_by(&ledger, blocks - blocks / 2);
    let pending = chain.batch(vec![world.shipment(999_999)]);
    ledger.put_batch(&codec::encode(&pending)).unwrap();
    (directory, world)
}

#[test]
fn a_sound_ledger_passes_and_is_not_changed() {
    let (directory, _) = ledger(60);
    let before = contents(directory.path());
    let summary = verify_data_directory(directory.path()).unwrap();
    assert_eq!((summary.height, summary.executed, summary.certificates), (60, 60, 60));
    assert_eq!((summary.sealed_blobs, summary.sealed_missing), (1, 0));
    assert_eq!(summary.transactions, 15 * 2 + 15 * 2 + 15 * 5);
    assert!(summary.state_entries > 100 && summary.tree_nodes > 50 && summary.files > 10);
    assert_eq!(contents(directory.path()), before);
}

fn contents(directory: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    let mut open = vec![directory.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => open.push(path),
                false => found.push((path.clone(), fs::read(&path).unwrap())),
            }
        }
    }
    found.sort();
    found
}

#[test]
fn a_chain_of_a_thousand_blocks_passes() {
    let (directory, _) = ledger(1000);
    let summary = verify_data_directory(directory.path()).unwrap();
    assert_eq!((summary.height, summary.transactions), (1000, 250 * 9));
    assert_eq!(summary.events, 250 * 9 - 250 * 2);
}

#[test]
fn every_flipped_byte_is_found() {
    let (directory, _) = ledger(24);
    verify_data_directory(directory.path()).unwrap();
    let mut kinds = std::collections::BTreeMap::new();
    for (path, good) in contents(directory.path()) {
        let name = path.file_name().unwrap().to_str().unwrap();
        if name == "lock" || name == "LOCK" || name.starts_with("OPTIONS-") {
            continue;
        }
        // Every byte of the ends, where formats are dense, and a sample of the rest.
        let step = (good.len() / 150).max(1) | 1;
        let dense = (0..good.len().min(64)).chain(good.len().saturating_sub(160)..good.len());
        for offset in dense.chain((0..good.len()).step_by(step)) {
            let mut bad = good.clone();
            bad[offset] ^= 1 << (offset % 8);
            fs::write(&path, &bad).unwrap();
            let fault = verify_data_directory(directory.path());
            assert!(fault.is_err(), "{} byte {offset} of {}", path.display(), good.len());
            *kinds.entry(path.extension().map(|e| e.to_owned())).or_insert(0) += 1;
        }
        fs::write(&path, &good).unwrap();
    }
    verify_data_directory(directory.path()).unwrap();
    assert!(kinds.len() >= 3, "{kinds:?}");
}

#[test]
fn cut_and_missing_files_are_found() {
    let (directory, _) = ledger(24);
    for (path, good) in contents(directory.path()) {
        let name = path.file_name().unwrap().to_str().unwrap();
        let unneeded = ["lock", "LOCK", "IDENTITY"].contains(&name)
            || name.starts_with("OPTIONS-")
            || path.starts_with(directory.path().join(SEALED));
        if unneeded || good.is_empty() {
            continue;
        }
        fs::write(&path, &good[..good.len() - 1]).unwrap();
        assert!(verify_data_directory(directory.path()).is_err(), "{name} cut");
        // Without its last log whole, a store is that of an earlier moment: a shorter chain, and
        // sound.
        if !name.ends_with(".log") {
            fs::remove_file(&path).unwrap();
            assert!(verify_data_directory(directory.path()).is_err(), "{name} removed");
        }
        fs::write(&path, &good).unwrap();
    }
    verify_data_directory(directory.path()).unwrap();
}

/// Changes a ledger through the store itself, so that all checksums hold; gives what is found then.
fn after(change: impl FnOnce(&Rocks, &mut Delta)) -> Fault {
    let (directory, _) = ledger(12);
    let store = Rocks::open(&directory.path().join(DATABASE), true).unwrap();
    let mut delta = Delta::default();
    change(&store, &mut delta);
    store.write(&delta, Write::Synced).unwrap();
    drop(store);
    verify_data_directory(directory.path()).unwrap_err()
}

fn first(store: &Rocks, family: Family) -> (Vec<u8>, Vec<u8>) {
    store.range(family, &[], None, 1).unwrap().remove(0)
}

/// Flips a bit in the first entry's value; removes the entry; adds another.
const WAYS: [fn(Family) -> Fault; 3] = [
    |family| {
        after(|store, delta| {
            let (key, mut value) = first(store, family);
            match value.last_mut() {
                Some(last) => *last ^= 1,
                None => value.push(1),
            }
            delta.put(family, key, value);
        })
    },
    |family| after(|store, delta| delta.remove(family, first(store, family).0)),
    |family| {
        after(|store, delta| {
            let (mut key, value) = first(store, family);
            key.push(0xff);
            delta.put(family, key, value);
        })
    },
];

#[test]
fn what_someone_rewrote_with_sound_checksums_is_found_and_named() {
    use FaultKind as K;
    let expected = [
        (Family::Headers, [K::Header, K::Certificate]),
        (Family::Certificates, [K::Certificate, K::Certificate]),
        (Family::Batches, [K::Batch, K::Batch]),
        (Family::Pending, [K::Batch, K::Batch]),
        (Family::Receipts, [K::Receipt, K::Receipt]),
        (Family::Executions, [K::StateRoot, K::StateRoot]),
        (Family::State, [K::StateEntry, K::StateEntry]),
        (Family::Tree, [K::TreeNode, K::TreeNode]),
        (Family::History, [K::TreeNode, K::TreeNode]),
        (Family::Stale, [K::TreeNode, K::TreeNode]),
        (Family::Transactions, [K::Index, K::Index]),
        (Family::Hashes, [K::Index, K::Index]),
        (Family::Ordered, [K::Index, K::Index]),
    ];
    for (family, kinds) in expected {
        for (way, change) in ["changed", "removed", "added"].into_iter().zip(WAYS) {
            // A block whose certificate is lost is still certified by its descendants.
            if (family, way) == (Family::Certificates, "removed") {
                continue;
            }
            let fault = change(family);
            assert!(kinds.contains(&fault.kind), "{family:?} {way}: {fault}");
            assert!(!fault.place.is_empty() && !fault.hint.is_empty());
        }
    }
}

#[test]
fn a_header_that_was_rewritten_is_told_by_its_link_or_its_certificate() {
    let rewritten = |height: u64| {
        after(move |store, delta| {
            let key = record::height_key(Height(height));
            let mut header: Header = store.need(Family::Headers, &key).unwrap();
            header.proposer.0 ^= 1;
            delta.put(Family::Headers, key, codec::encode(&header));
        })
    };
    let fault = rewritten(5);
    assert_eq!(fault.kind, FaultKind::Certificate);
    assert!(fault.place.contains("height 5"), "{fault}");
    assert_eq!(rewritten(12).kind, FaultKind::Certificate);
}

#[test]
fn a_chain_that_was_cut_short_at_a_block_is_a_shorter_chain_with_leftovers() {
    let fault = after(|_, delta| {
        delta.put(Family::Meta, record::COMMITTED, codec::encode(&Height(11)));
        delta.put(Family::Meta, record::EXECUTED, codec::encode(&Height(11)));
    });
    assert_eq!(fault.kind, FaultKind::StateEntry, "{fault}");
}

#[test]
fn a_certificate_by_too_few_is_found() {
    let fault = after(|store, delta| {
        let key = record::height_key(Height(7));
        let mut certificate: Certificate = store.need(Family::Certificates, &key).unwrap();
        certificate.signatures.pop();
        delta.put(Family::Certificates, key, codec::encode(&certificate));
    });
    assert_eq!(fault.kind, FaultKind::Certificate);
    assert!(fault.to_string().contains("height 7"), "{fault}");
}

#[test]
fn another_genesis_under_the_same_chain_is_found() {
    let fault = after(|store, delta| {
        let mut genesis: Genesis = store.need(Family::Meta, record::GENESIS).unwrap();
        genesis.time = genesis.time.plus_millis(1);
        delta.put(Family::Meta, record::GENESIS, codec::encode(&genesis));
    });
    assert_eq!(fault.kind, FaultKind::Header, "{fault}");
}

#[test]
fn no_ledger_and_a_ledger_in_use_are_told_apart() {
    let empty = tempfile::tempdir().unwrap();
    assert_eq!(verify_data_directory(empty.path()).unwrap_err().kind, FaultKind::Directory);
    let world = World::new("milk");
    let ledger: Ledger = world.ledger(empty.path());
    assert_eq!(verify_data_directory(empty.path()).unwrap_err().kind, FaultKind::InUse);
    ledger.sealed().put(b"x").unwrap();
    drop(ledger);
    let summary = verify_data_directory(empty.path()).unwrap();
    assert_eq!((summary.height, summary.sealed_blobs), (0, 1));
    assert_ne!(summary.state_root, Digest::ZERO.to_string());
}
