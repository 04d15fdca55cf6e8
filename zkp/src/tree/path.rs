//! The way from a leaf to the root.

use super::{ARITY, DEPTH, LEAVES_MAX};
use crate::{
    field::{FieldBytes, Fr},
    poseidon,
};
use bincode::{Decode, Encode};
use hansa_primitives::codec::Canonical;

/// A leaf's place and, level by level, the three nodes beside it in order of their places.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Path {
    /// Place of the leaf.
    pub index: u64,
    /// The three siblings on each level, leaves first.
    pub siblings: [[FieldBytes; 3]; DEPTH],
}

impl Canonical for Path {
    const BYTES_MAX: usize = 8 + 32 * 3 * DEPTH;
}

impl Path {
    /// The root that the path leads to from a leaf. A place outside the tree leads to none that a
    /// tree has, since only the digits of the place that fit are followed: see [`Path::is_inside`].
    pub fn root(&self, leaf: FieldBytes) -> FieldBytes {
        self.root_of(leaf.element()).into()
    }

    /// Whether the place lies in a tree of this depth.
    pub fn is_inside(&self) -> bool {
        self.index < LEAVES_MAX
    }

    pub(crate) fn root_of(&self, leaf: Fr) -> Fr {
        let mut current = leaf;
        for (level, siblings) in self.siblings.iter().enumerate() {
            let place = self.digit(level);
            let mut others = siblings.iter();
            let mut children = [current; ARITY];
            for (slot, child) in children.iter_mut().enumerate() {
                if let Some(sibling) = (slot != place).then(|| others.next()).flatten() {
                    *child = sibling.element();
                }
            }
            current = poseidon::hash(&children);
        }
        current
    }

    /// Which child of its parent the path's node on a level is.
    pub(crate) fn digit(&self, level: usize) -> usize {
        (self.index >> (2 * level) & 3) as usize
    }
}
