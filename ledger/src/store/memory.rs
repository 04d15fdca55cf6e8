//! The store's families in memory, for replaying a ledger without touching it.

use super::{
    Delta, Family, StoreError,
    source::{Entry, Source},
};
use std::collections::BTreeMap;
use std::ops::Bound;

/// All families in memory.
#[derive(Default)]
pub(crate) struct Memory {
    families: BTreeMap<Family, BTreeMap<Vec<u8>, Vec<u8>>>,
}

impl Memory {
    pub(crate) fn apply(&mut self, delta: Delta) {
        for (family, key, value) in delta.into_changes() {
            let entries = self.families.entry(family).or_default();
            match value {
                Some(value) => entries.insert(key, value),
                None => entries.remove(&key),
            };
        }
    }

    /// Applies the changes but for those of one family.
    pub(crate) fn apply_except(&mut self, family: Family, mut delta: Delta) {
        delta.retain(|changed| changed != family);
        self.apply(delta);
    }

    pub(crate) fn insert(&mut self, family: Family, key: Vec<u8>, value: Vec<u8>) {
        self.families.entry(family).or_default().insert(key, value);
    }

    pub(crate) fn contains(&self, family: Family, key: &[u8]) -> bool {
        self.families.get(&family).is_some_and(|entries| entries.contains_key(key))
    }

    pub(crate) fn family(&self, family: Family) -> impl Iterator<Item = (&Vec<u8>, &Vec<u8>)> {
        self.families.get(&family).into_iter().flatten()
    }
}

impl Source for Memory {
    fn get(&self, family: Family, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.families.get(&family).and_then(|entries| entries.get(key)).cloned())
    }

    fn range(
        &self,
        family: Family,
        from: &[u8],
        to: Option<&[u8]>,
        limit: usize,
    ) -> Result<Vec<Entry>, StoreError> {
        let Some(entries) = self.families.get(&family) else {
            return Ok(Vec::new());
        };
        if to.is_some_and(|to| to <= from) {
            return Ok(Vec::new());
        }
        let end = to.map_or(Bound::Unbounded, Bound::Excluded);
        Ok(entries
            .range::<[u8], _>((Bound::Included(from), end))
            .take(limit)
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect())
    }
}
