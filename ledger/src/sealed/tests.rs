#![allow(clippy::unwrap_used)]

use super::*;
use hansa_primitives::hash::sha256;

fn store() -> (tempfile::TempDir, SealedStore) {
    let directory = tempfile::tempdir().unwrap();
    let store = SealedStore::open(directory.path().join("sealed"), true).unwrap();
    (directory, store)
}

fn bytes(length: usize) -> Vec<u8> {
    (0..length).map(|n| (n * 31 % 251) as u8).collect()
}

#[test]
fn what_is_put_is_given_back_whole_and_in_chunks() {
    let (_directory, store) = store();
    for length in [1, limits::CHUNK_BYTES_MAX, limits::CHUNK_BYTES_MAX + 1, 300_000] {
        let bytes = bytes(length);
        let digest = store.put(&bytes).unwrap();
        assert_eq!(digest, sha256(&[&bytes]));
        assert_eq!(store.get(&digest).unwrap().unwrap(), bytes);
        assert_eq!(store.length(&digest).unwrap(), Some(length as u64));
        let mut reader = store.reader(&digest).unwrap().unwrap();
        let mut chunks = Vec::new();
        while let Some(chunk) = reader.next_chunk().unwrap() {
            assert!(chunk.len() <= limits::CHUNK_BYTES_MAX);
            chunks.push(chunk);
        }
        assert_eq!(chunks.concat(), bytes);
    }
    assert_eq!(store.list().unwrap().len(), 4);
    assert!(store.get(&Digest::ZERO).unwrap().is_none());
}

#[test]
fn a_stream_that_is_given_up_or_not_what_was_announced_leaves_nothing() {
    let (_directory, store) = store();
    let mut writer = store.writer().unwrap();
    writer.write(&bytes(10)).unwrap();
    drop(writer);
    let mut writer = store.writer().unwrap();
    writer.write(&bytes(10)).unwrap();
    assert!(matches!(writer.finish(Some(&Digest::ZERO)), Err(SealedError::OtherBytes { .. })));
    assert!(matches!(store.writer().unwrap().finish(None), Err(SealedError::Empty)));
    assert_eq!(store.list().unwrap(), []);
    assert_eq!(fs::read_dir(store.directory.join(INCOMING)).unwrap().count(), 0);
}

#[test]
fn more_than_the_limit_is_refused_while_it_comes_in() {
    let (_directory, store) = store();
    let mut writer = store.writer().unwrap();
    let chunk = vec![7; 8 * 1024 * 1024];
    for _ in 0..8 {
        writer.write(&chunk).unwrap();
    }
    assert!(matches!(writer.write(&[1]), Err(SealedError::TooLong)));
    assert_eq!(writer.finish(None).unwrap().length, limits::SEALED_BYTES_MAX as u64);
}

#[test]
fn damage_is_told_and_healed_by_storing_again() {
    let (_directory, store) = store();
    let content = bytes(100_000);
    let digest = store.put(&content).unwrap();
    let path = store.path_of(&digest);
    let mut damaged = content.clone();
    damaged[70_000] ^= 1;
    fs::write(&path, &damaged).unwrap();
    assert!(matches!(store.get(&digest), Err(SealedError::Damaged { .. })));
    assert!(matches!(store.reader(&digest), Err(SealedError::Damaged { .. })));
    store.put(&content).unwrap();
    assert_eq!(store.get(&digest).unwrap().unwrap(), content);
    assert!(store.remove(&digest).unwrap());
    assert!(!store.remove(&digest).unwrap());
}

#[test]
fn what_was_never_finished_is_removed_at_the_next_start() {
    let (directory, store) = store();
    fs::write(store.directory.join(INCOMING).join("9"), b"half").unwrap();
    let kept = store.put(b"whole").unwrap();
    drop(store);
    let store = SealedStore::open(directory.path().join("sealed"), true).unwrap();
    assert_eq!(fs::read_dir(store.directory.join(INCOMING)).unwrap().count(), 0);
    assert!(store.contains(&kept));
}
