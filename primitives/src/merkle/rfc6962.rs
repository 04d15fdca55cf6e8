//! The Merkle tree of RFC 6962 section 2.1 over an ordered list.
//!
//! Transactions of a block, receipts of a block and fields of a document are such lists. A leaf is
//! hashed as `SHA-256(0x00 ‖ leaf)`, an inner node as `SHA-256(0x01 ‖ left ‖ right)`; the left subtree
//! holds the largest power of two below the number of leaves.

use crate::hash::{Digest, sha256};
use bincode::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// The root of the list; of an empty list, the hash of nothing.
pub fn root<L: AsRef<[u8]>>(leaves: &[L]) -> Digest {
    match leaves {
        [] => sha256(&[]),
        [leaf] => leaf_hash(leaf.as_ref()),
        _ => {
            let (left, right) = leaves.split_at(split(leaves.len()));
            inner_hash(&root(left), &root(right))
        }
    }
}

/// The proof that the leaf at `index` is in the list, or nothing if there is no such leaf.
pub fn inclusion_proof<L: AsRef<[u8]>>(leaves: &[L], index: usize) -> Option<InclusionProof> {
    if index >= leaves.len() {
        return None;
    }
    let mut path = Vec::new();
    collect_path(leaves, index, &mut path);
    Some(InclusionProof { index: index as u64, leaf_count: leaves.len() as u64, path })
}

fn collect_path<L: AsRef<[u8]>>(leaves: &[L], index: usize, path: &mut Vec<Digest>) {
    if leaves.len() <= 1 {
        return;
    }
    let (left, right) = leaves.split_at(split(leaves.len()));
    if index < left.len() {
        collect_path(left, index, path);
        path.push(root(right));
    } else {
        collect_path(right, index - left.len(), path);
        path.push(root(left));
    }
}

fn split(count: usize) -> usize {
    count.next_power_of_two() / 2
}

/// Where a leaf stands in a list, and the hashes that lead from it to the root.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
pub struct InclusionProof {
    /// The leaf's place, from 0.
    pub index: u64,
    /// How many leaves the list has.
    pub leaf_count: u64,
    /// Sibling hashes from the leaf upwards.
    pub path: Vec<Digest>,
}

impl InclusionProof {
    /// Whether the proof leads from the leaf to the root (RFC 9162 section 2.1.3.2).
    pub fn verify(&self, leaf: &[u8], root: &Digest) -> bool {
        if self.index >= self.leaf_count {
            return false;
        }
        let (mut place, mut last) = (self.index, self.leaf_count - 1);
        let mut hash = leaf_hash(leaf);
        for sibling in &self.path {
            if last == 0 {
                return false;
            }
            if place % 2 == 1 || place == last {
                hash = inner_hash(sibling, &hash);
                while place % 2 == 0 && place != 0 {
                    place /= 2;
                    last /= 2;
                }
            } else {
                hash = inner_hash(&hash, sibling);
            }
            place /= 2;
            last /= 2;
        }
        last == 0 && hash == *root
    }
}

/// The hash of a leaf.
pub fn leaf_hash(leaf: &[u8]) -> Digest {
    sha256(&[&[0], leaf])
}

/// The hash of an inner node.
pub fn inner_hash(left: &Digest, right: &Digest) -> Digest {
    sha256(&[&[1], &left.0, &right.0])
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    /// The reference leaves and roots of the Certificate Transparency test suite.
    #[test]
    fn the_roots_of_certificate_transparency_hold() {
        let leaves: Vec<Vec<u8>> = [
            "",
            "00",
            "10",
            "2021",
            "3031",
            "40414243",
            "5051525354555657",
            "606162636465666768696a6b6c6d6e6f",
        ]
        .iter()
        .map(|text| hex::decode(text).unwrap())
        .collect();
        let roots = [
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
            "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
            "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
            "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
        ];
        for (count, expected) in roots.iter().enumerate() {
            assert_eq!(root(&leaves[..=count]).to_string(), *expected);
        }
    }

    proptest! {
        #[test]
        fn a_proof_holds_for_its_leaf_place_and_root_only(count in 1_usize..70, seed in any::<u8>()) {
            let leaves: Vec<[u8; 2]> = (0..count).map(|n| [n as u8, seed]).collect();
            let root = root(&leaves);
            for index in 0..count {
                let proof = inclusion_proof(&leaves, index).unwrap();
                prop_assert!(proof.verify(&leaves[index], &root));
                prop_assert!(!proof.verify(&[255, seed], &root));
                let mut moved = proof.clone();
                moved.index = (moved.index + 1) % count as u64;
                prop_assert!(count == 1 || !moved.verify(&leaves[index], &root));
                let mut longer = proof.clone();
                longer.path.push(Digest::ZERO);
                prop_assert!(!longer.verify(&leaves[index], &root));
            }
            prop_assert!(inclusion_proof(&leaves, count).is_none());
        }
    }
}
