//! The changes that go to disk together.

use super::Family;

/// Changes across families, in order; written whole or not at all.
#[derive(Clone, Debug, Default)]
pub(crate) struct Delta {
    changes: Vec<(Family, Vec<u8>, Option<Vec<u8>>)>,
}

impl Delta {
    pub(crate) fn put(&mut self, family: Family, key: impl Into<Vec<u8>>, value: Vec<u8>) {
        self.changes.push((family, key.into(), Some(value)));
    }

    pub(crate) fn remove(&mut self, family: Family, key: impl Into<Vec<u8>>) {
        self.changes.push((family, key.into(), None));
    }

    /// Keeps the changes of the families that `keep` names.
    pub(crate) fn retain(&mut self, keep: impl Fn(Family) -> bool) {
        self.changes.retain(|(family, ..)| keep(*family));
    }

    pub(crate) fn extend(&mut self, other: Self) {
        self.changes.extend(other.changes);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    pub(crate) fn changes(&self) -> impl Iterator<Item = (Family, &[u8], Option<&[u8]>)> {
        self.changes.iter().map(|(family, key, value)| (*family, key.as_slice(), value.as_deref()))
    }

    pub(crate) fn into_changes(self) -> Vec<(Family, Vec<u8>, Option<Vec<u8>>)> {
        self.changes
    }
}
