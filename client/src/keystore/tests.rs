#![allow(clippy::unwrap_used)]

use super::*;

const SECRET: [u8; 32] = [7; 32];

fn stored() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("actor.key");
    let fast = KdfParameters::development();
    Keystore::create(&path, KeyKind::Actor, &SECRET, b"milk", fast).unwrap();
    (folder, path)
}

#[test]
fn what_was_sealed_opens_again() {
    let (_folder, path) = stored();
    assert_eq!(*Keystore::open(&path, KeyKind::Actor, b"milk").unwrap(), SECRET);
}

#[test]
fn a_wrong_passphrase_is_refused() {
    let (_folder, path) = stored();
    for wrong in [b"silk".as_slice(), b"", b"milk "] {
        let verdict = Keystore::open(&path, KeyKind::Actor, wrong);
        assert!(matches!(verdict, Err(KeystoreError::Refused(_))));
    }
}

#[test]
fn a_key_of_another_kind_is_refused_even_if_the_file_claims_it() {
    let (_folder, path) = stored();
    let verdict = Keystore::open(&path, KeyKind::Vote, b"milk");
    assert!(matches!(verdict, Err(KeystoreError::WrongKind { .. })));
    let text = std::fs::read_to_string(&path).unwrap().replace("\"actor\"", "\"vote\"");
    std::fs::write(&path, text).unwrap();
    let verdict = Keystore::open(&path, KeyKind::Vote, b"milk");
    assert!(matches!(verdict, Err(KeystoreError::Refused(_))));
}

#[test]
fn no_altered_character_goes_unnoticed() {
    let (_folder, path) = stored();
    let text = std::fs::read_to_string(&path).unwrap();
    let mut refused = 0;
    for (place, byte) in text.bytes().enumerate().filter(|(_, byte)| byte.is_ascii_hexdigit()) {
        // Not every place costs a derivation: one in five is enough to hit every part of the file.
        if place % 5 != 0 {
            continue;
        }
        let mut altered = text.clone().into_bytes();
        altered[place] = if byte == b'1' { b'2' } else { b'1' };
        std::fs::write(&path, altered).unwrap();
        assert!(Keystore::open(&path, KeyKind::Actor, b"milk").is_err(), "place {place}");
        refused += 1;
    }
    assert!(refused > 20);
}

#[test]
fn a_key_is_never_overwritten() {
    let (_folder, path) = stored();
    let fast = KdfParameters::development();
    let verdict = Keystore::create(&path, KeyKind::Actor, &[8; 32], b"milk", fast);
    assert!(matches!(verdict, Err(KeystoreError::Exists(_))));
    assert_eq!(*Keystore::open(&path, KeyKind::Actor, b"milk").unwrap(), SECRET);
    assert_eq!(std::fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
}

#[cfg(unix)]
#[test]
fn only_the_owner_can_read_the_file() {
    use std::os::unix::fs::PermissionsExt;
    let (_folder, path) = stored();
    assert_eq!(std::fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_missing_and_a_foreign_file_are_told_apart() {
    let (folder, path) = stored();
    let missing = Keystore::open(&folder.path().join("none"), KeyKind::Actor, b"milk");
    assert!(matches!(missing, Err(KeystoreError::Missing(_))));
    std::fs::write(&path, "{}").unwrap();
    let foreign = Keystore::open(&path, KeyKind::Actor, b"milk");
    assert!(matches!(foreign, Err(KeystoreError::Malformed { .. })));
}

#[test]
fn a_file_that_asks_for_too_much_memory_is_refused() {
    let (_folder, path) = stored();
    let text = std::fs::read_to_string(&path).unwrap().replace("1024", "4294967295");
    std::fs::write(&path, text).unwrap();
    let verdict = Keystore::open(&path, KeyKind::Actor, b"milk");
    assert!(matches!(verdict, Err(KeystoreError::Parameters(_))));
}

#[test]
fn two_files_of_one_secret_share_nothing() {
    let (folder, path) = stored();
    let other = folder.path().join("second.key");
    let fast = KdfParameters::development();
    Keystore::create(&other, KeyKind::Actor, &SECRET, b"milk", fast).unwrap();
    assert_ne!(std::fs::read(path).unwrap(), std::fs::read(other).unwrap());
}
