//! The append-only tree. The caller keeps the number of leaves.

use super::{DEPTH, LEAVES_MAX, NodeStore, Path, TreeError, node, write};
use crate::field::FieldBytes;

/// The root of a tree, also of an empty one.
pub fn root(store: &impl NodeStore) -> FieldBytes {
    node(store, DEPTH as u8, 0).into()
}

/// Appends a leaf after the `count` leaves so far; the result is the new root.
///
/// # Errors
/// [`TreeError::Full`] if no place is left.
pub fn append(
    store: &mut impl NodeStore,
    count: u64,
    leaf: FieldBytes,
) -> Result<FieldBytes, TreeError> {
    if count >= LEAVES_MAX {
        return Err(TreeError::Full);
    }
    Ok(write(store, count, leaf.element()).into())
}

/// The siblings between the leaf at `index` and the root.
pub fn path(store: &impl NodeStore, index: u64) -> Path {
    let mut siblings = [[FieldBytes::ZERO; 3]; DEPTH];
    let mut place = index;
    for (level, row) in siblings.iter_mut().enumerate() {
        let others = (place & !3..).take(4).filter(|&other| other != place);
        for (sibling, other) in row.iter_mut().zip(others) {
            *sibling = node(store, level as u8, other).into();
        }
        place >>= 2;
    }
    Path { index, siblings }
}
