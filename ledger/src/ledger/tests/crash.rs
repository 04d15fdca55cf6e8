//! What power failures and failing disks leave.

#![allow(clippy::unwrap_used)]

use super::*;

/// The one write-ahead log of a store that has just been closed.
fn log_of(directory: &Path) -> PathBuf {
    std::fs::read_dir(directory.join(open::DATABASE))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "log"))
        .max_by_key(|path| std::fs::metadata(path).unwrap().len())
        .unwrap()
}

#[test]
fn a_torn_end_is_cut_and_fetched_again() {
    let (directory, world, ledger) = started();
    let mut chain = Chain::new(&world, &ledger);
    chain.grow_by(&ledger, 5);
    let batch = chain.batch(vec![world.shipment(900)]);
    ledger.put_batch(&codec::encode(&batch)).unwrap();
    let header = chain.header(&[batch]);
    let last = chain.certified(vec![header]);
    let before = ledger.executed();
    let applied = ledger.apply(&last).unwrap();
    drop(ledger);
    let log = log_of(directory.path());
    let bytes = std::fs::read(&log).unwrap();
    std::fs::write(&log, &bytes[..bytes.len() - 40]).unwrap();
    assert!(verify_data_directory(directory.path()).is_err());
    let ledger = world.ledger(directory.path());
    assert_eq!((ledger.committed_height(), ledger.executed()), (Height(5), before));
    assert_eq!(ledger.apply(&last).unwrap(), applied);
    drop(ledger);
    verify_data_directory(directory.path()).unwrap();
}

#[test]
fn a_log_cut_anywhere_leaves_whole_blocks() {
    let (directory, world, ledger) = started();
    Chain::new(&world, &ledger).grow_by(&ledger, 12);
    let states = ledger.roots().unwrap();
    drop(ledger);
    let log = log_of(directory.path());
    let bytes = std::fs::read(&log).unwrap();
    let database = log.parent().unwrap();
    for part in 1..16 {
        let copy = tempfile::tempdir().unwrap();
        let target = copy.path().join(open::DATABASE);
        std::fs::create_dir(&target).unwrap();
        for file in std::fs::read_dir(database).unwrap() {
            let file = file.unwrap();
            std::fs::copy(file.path(), target.join(file.file_name())).unwrap();
        }
        let cut = bytes.len() * part / 16 + part;
        std::fs::write(target.join(log.file_name().unwrap()), &bytes[..cut]).unwrap();
        let ledger = world.ledger(copy.path());
        let executed = ledger.executed();
        assert_eq!(ledger.committed_height(), executed.height, "cut at {cut}");
        assert_eq!(states[executed.height.0 as usize], executed);
        drop(ledger);
        verify_data_directory(copy.path()).unwrap();
    }
}

#[test]
fn a_cut_log_that_outlives_its_recovery_does_not_halt() {
    let (directory, world, ledger) = started();
    let mut chain = Chain::new(&world, &ledger);
    chain.grow_by(&ledger, 6);
    drop(ledger);
    let log = log_of(directory.path());
    let bytes = std::fs::read(&log).unwrap();
    let cut = &bytes[..bytes.len() - 9];
    std::fs::write(&log, cut).unwrap();
    let ledger = world.ledger(directory.path());
    assert_eq!(ledger.committed_height(), Height(5));
    let lane = hansa_primitives::ValidatorIndex(2);
    let batch = Batch { lane, sequence: 1, transactions: vec![world.shipment(77)] };
    ledger.put_batch(&codec::encode(&batch)).unwrap();
    drop(ledger);
    // As if the crash had come before the recovered log was deleted.
    assert!(!log.exists());
    std::fs::write(&log, cut).unwrap();
    assert_eq!(world.ledger(directory.path()).committed_height(), Height(5));
}

#[test]
fn a_changed_middle_halts_until_it_is_repaired() {
    let (directory, world, ledger) = started();
    let mut chain = Chain::new(&world, &ledger);
    chain.grow_by(&ledger, 20);
    drop(ledger);
    let log = log_of(directory.path());
    let mut bytes = std::fs::read(&log).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 4;
    std::fs::write(&log, &bytes).unwrap();
    let error = Ledger::open_existing(directory.path(), Options::default()).unwrap_err();
    assert!(matches!(error, OpenError::TornMiddle { .. }));
    assert!(error.to_string().contains("hansa node repair"), "{error}");
    let repaired = Ledger::repair(directory.path()).unwrap();
    assert!(repaired.committed < Height(20));
    let ledger = world.ledger(directory.path());
    assert_eq!(ledger.committed_height(), repaired.committed);
    drop(ledger);
    verify_data_directory(directory.path()).unwrap();
}
