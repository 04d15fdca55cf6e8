//! Comparing what replay derived with what is stored.

use super::{Fault, FaultKind, Summary};
use crate::{
    batch::OpenBatch,
    record,
    store::{Family, Memory, Rocks, Source},
};
use hansa_contracts::key;
use hansa_primitives::{Digest, Height, codec, hash::sha256, merkle::sparse};
use std::collections::{BTreeMap, BTreeSet};

/// Families that follow from the chain alone.
const DERIVED: [(Family, FaultKind); 9] = [
    (Family::State, FaultKind::StateEntry),
    (Family::Tree, FaultKind::TreeNode),
    (Family::History, FaultKind::TreeNode),
    (Family::Stale, FaultKind::TreeNode),
    (Family::Executions, FaultKind::StateRoot),
    (Family::Transactions, FaultKind::Index),
    (Family::Hashes, FaultKind::Index),
    (Family::Ordered, FaultKind::Index),
    (Family::Meta, FaultKind::Genesis),
];

/// Compares every derived family, entry by entry.
pub(super) fn derived(store: &Rocks, memory: &Memory) -> Result<(), Fault> {
    for (family, kind) in DERIVED {
        let mut expected = memory.family(family).peekable();
        store.for_each(family, |key, value| match expected.next() {
            Some((wanted, content)) if wanted == key && content == value => Ok(()),
            Some((wanted, content)) if wanted.as_slice() <= key => {
                let found = (wanted == key).then_some(value);
                Err(differs(kind, family, wanted, Some(content), found))
            }
            _ => Err(differs(kind, family, key, None, Some(value))),
        })?;
        if let Some((key, value)) = expected.next() {
            return Err(differs(kind, family, key, Some(value), None));
        }
    }
    Ok(())
}

fn differs(
    kind: FaultKind,
    family: Family,
    key: &[u8],
    expected: Option<&[u8]>,
    found: Option<&[u8]>,
) -> Fault {
    let place = format!("entry {} of `{}`", readable(key), family.name());
    Fault::new(kind, place, show(expected), show(found))
}

/// A key as text where it is text, else in hexadecimal digits.
fn readable(key: &[u8]) -> String {
    match std::str::from_utf8(key) {
        Ok(text) if text.chars().all(|c| c.is_ascii_graphic()) => text.to_owned(),
        _ => hex::encode(key),
    }
}

/// A value by its length and hash; short ones as they are.
pub(super) fn show(value: Option<&[u8]>) -> String {
    match value {
        None => "nothing".to_owned(),
        Some(bytes) if bytes.len() <= 40 => hex::encode(bytes),
        Some(bytes) => format!("{} bytes with SHA-256 {}", bytes.len(), sha256(&[bytes])),
    }
}

/// Headers, certificates and receipts were looked up one by one: there must be no others.
pub(super) fn counts(store: &Rocks, summary: &Summary) -> Result<(), Fault> {
    let expected = [
        (Family::Headers, FaultKind::Header, summary.height),
        (Family::Certificates, FaultKind::Certificate, summary.certificates),
        (Family::Receipts, FaultKind::Receipt, summary.transactions),
    ];
    for (family, kind, expected) in expected {
        let mut found = 0_u64;
        let mut last = Vec::new();
        store.for_each(family, |key, _| {
            found += 1;
            last = key.to_vec();
            Ok::<_, Fault>(())
        })?;
        if found != expected {
            let height = record::key_height(&last).unwrap_or(Height(0));
            let place = format!("`{}`, the last at height {height}", family.name());
            let (expected, found) = (format!("{expected} entries"), format!("{found}"));
            return Err(Fault::new(kind, place, expected, found));
        }
    }
    Ok(())
}

/// Batches that no block orders must be batches all the same, and known as pending.
pub(super) fn unordered(
    store: &Rocks,
    memory: &Memory,
    open: impl Fn(&Digest, &[u8]) -> Result<OpenBatch, Fault>,
) -> Result<(), Fault> {
    let wrong = |key: &[u8], expected: &str, found: &str| {
        let place = format!("batch {}", hex::encode(key));
        Fault::new(FaultKind::Batch, place, expected, found)
    };
    store.for_each(Family::Batches, |key, bytes| {
        if memory.contains(Family::Ordered, key) {
            return Ok(());
        }
        let digest =
            Digest(key.try_into().map_err(|_| wrong(key, "a hash as the key", "another length"))?);
        let open = open(&digest, bytes)?;
        let pending = store.get(Family::Pending, key)?;
        if pending == Some(codec::encode(&open.reference)) {
            Ok(())
        } else {
            Err(wrong(key, "an entry of `pending` that describes it", &show(pending.as_deref())))
        }
    })?;
    store.for_each(Family::Pending, |key, _| match store.get(Family::Batches, key)? {
        Some(_) => Ok(()),
        None if memory.contains(Family::Ordered, key) => Ok(()),
        None => Err(wrong(key, "a batch for its entry of `pending`", "nothing")),
    })
}

/// The root of the state must be the one that the definition gives for its entries: a check that
/// shares no code with the tree that is stored.
pub(super) fn definition(memory: &Memory, root: &Digest) -> Result<(), Fault> {
    let leaves: BTreeMap<Digest, Digest> = memory
        .family(Family::State)
        .map(|(key, value)| (sparse::key_hash(key), sparse::value_hash(value)))
        .collect();
    let expected = sparse::root_of(&leaves.into_iter().collect::<Vec<_>>());
    if expected == *root {
        return Ok(());
    }
    let place = "the state after the last executed height";
    Err(Fault::new(FaultKind::StateRoot, place, expected.to_string(), root.to_string()))
}

/// The hashes of the sealed bytes that registered documents refer to.
pub(super) fn registered(memory: &Memory) -> BTreeSet<Digest> {
    let example = key::sealed_prefix(&Digest::ZERO);
    let prefix = &example[..example.len() - 33];
    memory
        .family(Family::State)
        .filter_map(|(key, _)| key.strip_prefix(prefix)?.first_chunk::<32>().copied().map(Digest))
        .collect()
}
