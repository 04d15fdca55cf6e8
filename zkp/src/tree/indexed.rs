//! The indexed tree: leaves `H(Low, value, next)` form a linked list in ascending order.
//!
//! The caller finds the low leaf of a new value (the greatest value below it) by an ordered scan;
//! it is checked here against the tree, so that a wrong scan is refused and never breaks the list.

use super::{Key, LEAVES_MAX, NodeStore, TreeError, node, write};
use crate::{
    field::{Domain, FieldBytes, Fr},
    poseidon,
};
use bincode::{Decode, Encode};
use hansa_primitives::codec::Canonical;

/// Leaves that [`genesis`] writes; the first new value goes to this place.
pub const GENESIS_LEAVES: u64 = 2;

/// A leaf of the list: its place in the tree, its value and the next greater value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct LowLeaf {
    /// Place in the tree.
    pub index: u64,
    /// The value.
    pub value: Key,
    /// The next greater value in the list.
    pub next: Key,
}

impl Canonical for LowLeaf {
    const BYTES_MAX: usize = 8 + 31 + 31;
}

impl LowLeaf {
    /// The leaf's hash.
    pub fn hash(&self) -> FieldBytes {
        self.hash_element().into()
    }

    /// Whether a key lies strictly between the value and its successor, so that it is not in the
    /// list.
    pub fn excludes(&self, key: &Key) -> bool {
        self.value < *key && *key < self.next
    }

    pub(crate) fn hash_element(&self) -> Fr {
        poseidon::hash(&[Domain::Low.element(), self.value.element(), self.next.element()])
    }
}

/// What an insertion changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Inserted {
    /// The new root.
    pub root: FieldBytes,
    /// The low leaf, which now points to the new value.
    pub low: LowLeaf,
    /// The new leaf.
    pub leaf: LowLeaf,
}

/// Writes the two sentinels into an empty tree; the result is its root.
pub fn genesis(store: &mut impl NodeStore) -> FieldBytes {
    let [low, high] = sentinels();
    write(store, low.index, low.hash_element());
    write(store, high.index, high.hash_element()).into()
}

/// The two leaves of a new list.
pub fn sentinels() -> [LowLeaf; 2] {
    [
        LowLeaf { index: 0, value: Key::LOWEST, next: Key::HIGHEST },
        LowLeaf { index: 1, value: Key::HIGHEST, next: Key::LOWEST },
    ]
}

/// Inserts a value after the `count` leaves so far, sentinels included.
///
/// # Errors
/// [`TreeError`] if the value is present, the low leaf is not the tree's, or the tree is full.
pub fn insert(
    store: &mut impl NodeStore,
    count: u64,
    value: Key,
    low: &LowLeaf,
) -> Result<Inserted, TreeError> {
    if count >= LEAVES_MAX {
        return Err(TreeError::Full);
    }
    if !low.excludes(&value) {
        return Err(TreeError::NotBetween);
    }
    if low.index >= count || node(store, 0, low.index) != low.hash_element() {
        return Err(TreeError::NotTheLeaf(low.index));
    }
    let leaf = LowLeaf { index: count, value, next: low.next };
    let low = LowLeaf { next: value, ..*low };
    write(store, low.index, low.hash_element());
    let root = write(store, leaf.index, leaf.hash_element()).into();
    Ok(Inserted { root, low, leaf })
}
