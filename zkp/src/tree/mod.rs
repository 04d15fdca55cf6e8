//! Trees of arity 4 and depth 16 (2^32 leaves) hashed with Poseidon.
//!
//! The caller keeps the nodes (a contract in ledger state, a test in memory) behind [`NodeStore`];
//! the functions here read and write only those on one path. Level 0 holds leaves, level 16 the
//! root; a node that was never written is the root of an empty subtree.
//!
//! [`append`] grows a tree leaf by leaf: documents, positions. [`indexed`] keeps a sorted linked
//! list in its leaves (Tzialla et al., eprint 2021/1263; the leaf form is Light Protocol's), so
//! that absence is shown by one membership: the leaf just below, whose successor lies above.

pub mod append;
mod gadget;
pub mod indexed;
mod key;
mod memory;
mod path;

pub(crate) use gadget::root_var;
pub use indexed::LowLeaf;
pub use key::{Key, NotAKey};
pub use memory::MemoryNodes;
pub use path::Path;

use crate::{field::Fr, poseidon};
use std::sync::OnceLock;
use thiserror::Error;

/// Levels between a leaf and the root.
pub const DEPTH: usize = 16;
/// Children of an inner node.
pub const ARITY: usize = 4;
/// Leaves that a tree has room for.
pub const LEAVES_MAX: u64 = 1 << (2 * DEPTH);

/// Where a tree's nodes are kept.
pub trait NodeStore {
    /// The node at a place, `None` if it was never written.
    fn get(&self, level: u8, index: u64) -> Option<Fr>;
    /// Writes the node at a place.
    fn put(&mut self, level: u8, index: u64, node: Fr);
}

/// Why a tree does not take a leaf.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum TreeError {
    /// All leaves are taken.
    #[error("the tree holds {LEAVES_MAX} leaves and is full")]
    Full,
    /// The key is in the tree already, or the given leaf is not the one just below it.
    #[error("the key does not lie strictly between the low leaf's value and its successor")]
    NotBetween,
    /// The tree holds another leaf at the low leaf's place.
    #[error("leaf {0} of the tree is not the given low leaf")]
    NotTheLeaf(u64),
}

/// The root of an empty subtree of each height.
fn empty(level: u8) -> Fr {
    static EMPTY: OnceLock<[Fr; DEPTH + 1]> = OnceLock::new();
    EMPTY.get_or_init(|| {
        let mut roots = [Fr::from(0_u8); DEPTH + 1];
        for level in 0..DEPTH {
            roots[level + 1] = poseidon::hash(&[roots[level]; ARITY]);
        }
        roots
    })[usize::from(level)]
}

fn node(store: &impl NodeStore, level: u8, index: u64) -> Fr {
    store.get(level, index).unwrap_or_else(|| empty(level))
}

/// Writes a leaf and every node above it; the result is the new root.
fn write(store: &mut impl NodeStore, mut index: u64, leaf: Fr) -> Fr {
    let mut current = leaf;
    store.put(0, index, current);
    for level in 0..DEPTH as u8 {
        let first = index & !3;
        let mut children = [Fr::from(0_u8); ARITY];
        for (child, place) in children.iter_mut().zip(first..) {
            *child = if place == index { current } else { node(store, level, place) };
        }
        current = poseidon::hash(&children);
        index >>= 2;
        store.put(level + 1, index, current);
    }
    current
}

#[cfg(test)]
mod tests;
