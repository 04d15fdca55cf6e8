//! The sparse Merkle tree that the ledger's state is committed by.
//!
//! A binary tree over the 256 bits of `SHA-256(key)`, most significant first. A subtree without keys
//! hashes to [`EMPTY`]; a subtree with one key *is* that key's leaf, at whatever depth; any other
//! subtree is the hash of its halves. So the root depends on the set of entries alone, not on the order
//! in which they came, and a proof has about log2(entries) hashes.
//!
//! This module holds the hashing rules and the proofs, which anyone verifies without a node. How a
//! ledger stores the tree is its own affair.

use crate::hash::{Digest, sha256};
use bincode::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// The hash of a subtree without keys.
pub const EMPTY: Digest = Digest::ZERO;

/// The place of a key in the tree.
pub fn key_hash(key: &[u8]) -> Digest {
    sha256(&[key])
}

/// The hash that a leaf commits to its value by.
pub fn value_hash(value: &[u8]) -> Digest {
    sha256(&[value])
}

/// The hash of a leaf: `SHA-256(0x00 ‖ key hash ‖ value hash)`.
pub fn leaf_hash(key_hash: &Digest, value_hash: &Digest) -> Digest {
    sha256(&[&[0], &key_hash.0, &value_hash.0])
}

/// The hash of an inner node: `SHA-256(0x01 ‖ left ‖ right)`; two empty halves stay empty.
pub fn inner_hash(left: &Digest, right: &Digest) -> Digest {
    if *left == EMPTY && *right == EMPTY {
        return EMPTY;
    }
    sha256(&[&[1], &left.0, &right.0])
}

/// Bit `depth` of a key's place, counted from the root.
pub fn bit(key_hash: &Digest, depth: usize) -> bool {
    key_hash.0[depth / 8] >> (7 - depth % 8) & 1 == 1
}

/// What stands where the path of a key ends.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
pub enum Terminal {
    /// Nothing: no key has this prefix.
    Empty,
    /// A leaf: of the key itself, or of another key, which then is the only one with this prefix.
    Leaf {
        /// The place of the leaf's key.
        key_hash: Digest,
        /// The hash of its value.
        value_hash: Digest,
    },
}

/// Shows that a key has a value, or has none, under a state root.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
pub struct StateProof {
    /// Sibling hashes from the root downwards.
    pub siblings: Vec<Digest>,
    /// What stands at the end of the path.
    pub terminal: Terminal,
}

impl StateProof {
    /// Whether the proof shows that `key` has exactly `value` (or, for `None`, no value) under `root`.
    pub fn verify(&self, root: &Digest, key: &[u8], value: Option<&[u8]>) -> bool {
        let place = key_hash(key);
        let depth = self.siblings.len();
        if depth > 256 {
            return false;
        }
        let mut hash = match (&self.terminal, value) {
            (Terminal::Empty, None) => EMPTY,
            (Terminal::Leaf { key_hash, value_hash: committed }, Some(value))
                if *key_hash == place && *committed == value_hash(value) =>
            {
                leaf_hash(key_hash, committed)
            }
            (Terminal::Leaf { key_hash, value_hash }, None)
                if *key_hash != place && same_prefix(key_hash, &place, depth) =>
            {
                leaf_hash(key_hash, value_hash)
            }
            _ => return false,
        };
        for (level, sibling) in self.siblings.iter().enumerate().rev() {
            hash = if bit(&place, level) {
                inner_hash(sibling, &hash)
            } else {
                inner_hash(&hash, sibling)
            };
        }
        hash == *root
    }
}

fn same_prefix(a: &Digest, b: &Digest, bits: usize) -> bool {
    (0..bits).all(|depth| bit(a, depth) == bit(b, depth))
}

/// The root of a set of entries, computed from the definition. `leaves` are sorted by place and distinct.
pub fn root_of(leaves: &[(Digest, Digest)]) -> Digest {
    subtree(leaves, 0)
}

fn subtree(leaves: &[(Digest, Digest)], depth: usize) -> Digest {
    match leaves {
        [] => EMPTY,
        [(key_hash, value_hash)] => leaf_hash(key_hash, value_hash),
        _ => {
            let middle = leaves.partition_point(|(key_hash, _)| !bit(key_hash, depth));
            let (left, right) = leaves.split_at(middle);
            inner_hash(&subtree(left, depth + 1), &subtree(right, depth + 1))
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    /// A proof built from the definition, for the tests.
    fn prove(leaves: &[(Digest, Digest)], key: &[u8]) -> StateProof {
        let place = key_hash(key);
        let mut siblings = Vec::new();
        let mut rest = leaves;
        while rest.len() > 1 {
            let depth = siblings.len();
            let middle = rest.partition_point(|(key_hash, _)| !bit(key_hash, depth));
            let (left, right) = rest.split_at(middle);
            let (own, other) = if bit(&place, depth) { (right, left) } else { (left, right) };
            siblings.push(subtree(other, depth + 1));
            rest = own;
        }
        let terminal = match rest {
            [(key_hash, value_hash)] => {
                Terminal::Leaf { key_hash: *key_hash, value_hash: *value_hash }
            }
            _ => Terminal::Empty,
        };
        StateProof { siblings, terminal }
    }

    proptest! {
        #[test]
        fn proofs_hold_for_what_is_there_and_for_what_is_not(
            entries in prop::collection::btree_map(any::<u16>(), any::<u8>(), 0..60),
            probe in any::<u16>(),
        ) {
            let by_place: BTreeMap<Digest, Digest> = entries
                .iter()
                .map(|(key, value)| (key_hash(&key.to_be_bytes()), value_hash(&[*value])))
                .collect();
            let leaves: Vec<_> = by_place.into_iter().collect();
            let root = root_of(&leaves);
            for key in entries.keys().copied().chain([probe]) {
                let value = entries.get(&key).map(|value| vec![*value]);
                let proof = prove(&leaves, &key.to_be_bytes());
                prop_assert!(proof.verify(&root, &key.to_be_bytes(), value.as_deref()));
                let wrong = value.as_ref().map_or(Some(vec![1]), |_| None);
                prop_assert!(!proof.verify(&root, &key.to_be_bytes(), wrong.as_deref()));
                prop_assert!(!proof.verify(&root, &key.to_be_bytes(), Some(&[9, 9])));
                prop_assert!(!proof.verify(&sha256(&[b"x"]), &key.to_be_bytes(), value.as_deref()));
            }
        }
    }

    #[test]
    fn another_keys_leaf_outside_the_prefix_proves_nothing() {
        let leaves: Vec<_> = (0..8_u8)
            .map(|n| (key_hash(&[n]), value_hash(&[n])))
            .collect::<BTreeMap<_, _>>()
            .into_iter()
            .collect();
        let root = root_of(&leaves);
        let proof = prove(&leaves, &[3]);
        // The path of key 3 shown as if it proved the absence of key 4.
        assert!(!proof.verify(&root, &[4], None));
    }
}
