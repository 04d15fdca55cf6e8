//! What contracts read and write: an ordered map of bytes, seen through layers.

use hansa_primitives::{
    codec::{self, Canonical},
    limits,
};
use std::collections::BTreeMap;

/// Deterministic read access to state.
///
/// Reading is infallible: whoever keeps the state stops the process when its store fails, because a
/// contract that saw an error where others saw a value would break agreement.
pub trait StateView {
    /// The value of a key.
    fn get(&self, key: &[u8]) -> Option<Vec<u8>>;

    /// The entries whose key starts with `prefix`, ascending, beginning after the key `after`, at
    /// most
    /// `limit` of them.
    fn scan(&self, prefix: &[u8], after: Option<&[u8]>, limit: usize) -> Vec<(Vec<u8>, Vec<u8>)>;
}

/// Changes to state by key; `None` removes the key.
pub type Writes = BTreeMap<Vec<u8>, Option<Vec<u8>>>;

/// Changes on top of a view that is not changed itself. Overlays nest: one for the block, one for
/// each transaction, so that a rejected transaction leaves nothing behind.
pub struct Overlay<'a> {
    base: &'a dyn StateView,
    writes: Writes,
}

impl<'a> Overlay<'a> {
    /// An overlay without changes.
    pub fn new(base: &'a dyn StateView) -> Self {
        Self { base, writes: Writes::new() }
    }

    /// Sets a key.
    pub fn put(&mut self, key: Vec<u8>, value: Vec<u8>) {
        self.writes.insert(key, Some(value));
    }

    /// Removes a key.
    pub fn remove(&mut self, key: Vec<u8>) {
        self.writes.insert(key, None);
    }

    /// Takes over the changes of an overlay that was laid on this one.
    pub fn absorb(&mut self, writes: Writes) {
        self.writes.extend(writes);
    }

    /// The changes.
    pub fn into_writes(self) -> Writes {
        self.writes
    }
}

impl StateView for Overlay<'_> {
    fn get(&self, key: &[u8]) -> Option<Vec<u8>> {
        match self.writes.get(key) {
            Some(change) => change.clone(),
            None => self.base.get(key),
        }
    }

    fn scan(&self, prefix: &[u8], after: Option<&[u8]>, limit: usize) -> Vec<(Vec<u8>, Vec<u8>)> {
        let from = after.map_or_else(|| prefix.to_vec(), <[u8]>::to_vec);
        let changed: BTreeMap<&Vec<u8>, &Option<Vec<u8>>> = self
            .writes
            .range(from..)
            .skip_while(|(key, _)| after == Some(key.as_slice()))
            .take_while(|(key, _)| key.starts_with(prefix))
            .collect();
        // Each removal here can hide one entry of the base, so that many more are asked of it.
        let removed = changed.values().filter(|change| change.is_none()).count();
        let mut entries: BTreeMap<Vec<u8>, Vec<u8>> =
            self.base.scan(prefix, after, limit.saturating_add(removed)).into_iter().collect();
        for (key, change) in changed {
            match change {
                Some(value) => entries.insert(key.clone(), value.clone()),
                None => entries.remove(key),
            };
        }
        entries.into_iter().take(limit).collect()
    }
}

/// A view of plain entries, for genesis and tests.
impl StateView for BTreeMap<Vec<u8>, Vec<u8>> {
    fn get(&self, key: &[u8]) -> Option<Vec<u8>> {
        BTreeMap::get(self, key).cloned()
    }

    fn scan(&self, prefix: &[u8], after: Option<&[u8]>, limit: usize) -> Vec<(Vec<u8>, Vec<u8>)> {
        let from = after.map_or_else(|| prefix.to_vec(), <[u8]>::to_vec);
        self.range(from..)
            .skip_while(|(key, _)| after == Some(key.as_slice()))
            .take_while(|(key, _)| key.starts_with(prefix))
            .take(limit)
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect()
    }
}

/// Reads a typed record.
///
/// A value that does not decode can only come from a corrupted store or a wrong key builder, never
/// from a transaction, so it counts as an absent record here and is found by the ledger's own
/// verification.
pub fn read<T: Canonical>(view: &dyn StateView, key: &[u8]) -> Option<T> {
    view.get(key).and_then(|bytes| codec::decode(&bytes).ok())
}

/// The typed records whose key starts with `prefix`, ascending by key.
///
/// For listings that rules keep short; others are read page by page with [`page`].
pub fn list<T: Canonical>(view: &dyn StateView, prefix: &[u8]) -> Vec<T> {
    let mut records = Vec::new();
    let mut after: Option<Vec<u8>> = None;
    loop {
        let entries = view.scan(prefix, after.as_deref(), limits::PAGE_MAX);
        let end = entries.len() < limits::PAGE_MAX;
        for (key, value) in entries {
            records.extend(codec::decode(&value));
            after = Some(key);
        }
        if end {
            return records;
        }
    }
}

/// At most `limit` typed records whose key starts with `prefix`, ascending by key, after the key
/// `after`, each with its key.
pub fn page<T: Canonical>(
    view: &dyn StateView,
    prefix: &[u8],
    after: Option<&[u8]>,
    limit: usize,
) -> Vec<(Vec<u8>, T)> {
    let entries = view.scan(prefix, after, limit.min(limits::PAGE_MAX));
    let typed = |(key, value): (Vec<u8>, Vec<u8>)| Some((key, codec::decode(&value).ok()?));
    entries.into_iter().filter_map(typed).collect()
}

/// Writes a typed record.
pub fn write<T: Canonical>(overlay: &mut Overlay<'_>, key: Vec<u8>, value: &T) {
    overlay.put(key, codec::encode(value));
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn an_overlay_reads_like_the_merged_map(
            base in prop::collection::btree_map(0_u8..40, any::<u8>(), 0..30),
            changes in prop::collection::btree_map(0_u8..40, any::<Option<u8>>(), 0..30),
            after in prop::option::of(0_u8..40),
            limit in 0_usize..40,
        ) {
            let bytes = |n: &u8| vec![b'k', *n];
            let base: BTreeMap<Vec<u8>, Vec<u8>> =
                base.iter().map(|(k, v)| (bytes(k), vec![*v])).collect();
            let mut overlay = Overlay::new(&base);
            let mut merged = base.clone();
            for (key, change) in &changes {
                match change {
                    Some(value) => {
                        overlay.put(bytes(key), vec![*value]);
                        merged.insert(bytes(key), vec![*value]);
                    }
                    None => {
                        overlay.remove(bytes(key));
                        merged.remove(&bytes(key));
                    }
                }
            }
            let after = after.map(|n| bytes(&n));
            prop_assert_eq!(
                overlay.scan(b"k", after.as_deref(), limit),
                StateView::scan(&merged, b"k", after.as_deref(), limit)
            );
            for n in 0..40 {
                prop_assert_eq!(overlay.get(&bytes(&n)), StateView::get(&merged, &bytes(&n)));
            }
        }
    }
}
