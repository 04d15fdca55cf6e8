//! Nodes of the state tree: four levels of the binary tree in one stored value.
//!
//! ```text
//! node = occupied (u16 LE) | leaves (u16 LE) | slot*        one slot for each bit of `occupied`
//! slot = key hash (32) | value hash (32)                    where the bit of `leaves` is set
//!      | hash (32) | version (u64 BE)                       else
//! ```
//! What the node hashes to is defined by `hansa_primitives::merkle::sparse` alone; the grouping is
//! only about how many reads a path costs.

use bincode::{Decode, Encode};
use hansa_primitives::{
    Digest, Height,
    merkle::sparse::{self, EMPTY, Terminal},
};

/// What stands below one place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub(crate) enum Slot {
    /// No key.
    #[default]
    Empty,
    /// One key.
    Leaf {
        /// The key's place.
        key_hash: Digest,
        /// The hash of its value.
        value_hash: Digest,
    },
    /// More keys, under a node of its own.
    Inner {
        /// The node's hash.
        hash: Digest,
        /// The height that wrote it.
        version: Height,
    },
}

impl Slot {
    /// The hash of the subtree.
    pub(crate) fn hash(&self) -> Digest {
        match self {
            Self::Empty => EMPTY,
            Self::Leaf { key_hash, value_hash } => sparse::leaf_hash(key_hash, value_hash),
            Self::Inner { hash, .. } => *hash,
        }
    }
}

/// What a subtree amounts to on a level between stored nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Subtree {
    Empty,
    Leaf { slot: usize, hash: Digest },
    Many { hash: Digest },
}

impl Subtree {
    fn hash(&self) -> Digest {
        match self {
            Self::Empty => EMPTY,
            Self::Leaf { hash, .. } | Self::Many { hash } => *hash,
        }
    }

    /// A subtree with one key is that key's leaf, at whatever depth.
    fn join(left: Self, right: Self) -> Self {
        match (left, right) {
            (Self::Empty, Self::Empty) => Self::Empty,
            (leaf @ Self::Leaf { .. }, Self::Empty) | (Self::Empty, leaf @ Self::Leaf { .. }) => {
                leaf
            }
            _ => Self::Many { hash: sparse::inner_hash(&left.hash(), &right.hash()) },
        }
    }
}

/// Sixteen slots.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Node {
    pub(crate) slots: [Slot; 16],
}

/// What a node is to the slot above it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Top {
    /// It holds fewer than two keys and is not stored: the slot above holds this itself.
    Collapsed(Slot),
    /// It is stored and hashes to this.
    Stored(Digest),
}

impl Node {
    /// What the node amounts to.
    pub(crate) fn top(&self) -> Top {
        match self.levels()[0] {
            Subtree::Empty => Top::Collapsed(Slot::Empty),
            Subtree::Leaf { slot, .. } => Top::Collapsed(self.slots[slot]),
            Subtree::Many { hash } => Top::Stored(hash),
        }
    }

    /// The subtrees of the four levels, root first: subtree `i` has its halves at `2i + 1` and `2i
    /// + 2`.
    fn levels(&self) -> [Subtree; 31] {
        let mut levels = [Subtree::Empty; 31];
        for (slot, content) in self.slots.iter().enumerate() {
            levels[15 + slot] = match content {
                Slot::Empty => Subtree::Empty,
                Slot::Leaf { .. } => Subtree::Leaf { slot, hash: content.hash() },
                Slot::Inner { hash, .. } => Subtree::Many { hash: *hash },
            };
        }
        for index in (0..15).rev() {
            levels[index] = Subtree::join(levels[2 * index + 1], levels[2 * index + 2]);
        }
        levels
    }

    /// Follows a step through the node: adds the siblings met on the way, and gives what ends the
    /// path, or nothing if it goes on below slot `step`.
    pub(crate) fn walk(&self, step: u8, siblings: &mut Vec<Digest>) -> Option<Terminal> {
        let levels = self.levels();
        let mut index = 0;
        for bit in (0..4).rev() {
            match levels[index] {
                Subtree::Empty => return Some(Terminal::Empty),
                Subtree::Leaf { slot, .. } => return terminal(&self.slots[slot]),
                Subtree::Many { .. } => {}
            }
            let (own, other) = match step >> bit & 1 {
                0 => (2 * index + 1, 2 * index + 2),
                _ => (2 * index + 2, 2 * index + 1),
            };
            siblings.push(levels[other].hash());
            index = own;
        }
        terminal(&self.slots[usize::from(step)])
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let (mut occupied, mut leaves) = (0_u16, 0_u16);
        let mut bytes = vec![0; 4];
        for (index, slot) in self.slots.iter().enumerate() {
            match slot {
                Slot::Empty => continue,
                Slot::Leaf { key_hash, value_hash } => {
                    leaves |= 1 << index;
                    bytes.extend_from_slice(&key_hash.0);
                    bytes.extend_from_slice(&value_hash.0);
                }
                Slot::Inner { hash, version } => {
                    bytes.extend_from_slice(&hash.0);
                    bytes.extend_from_slice(&version.0.to_be_bytes());
                }
            }
            occupied |= 1 << index;
        }
        bytes[..2].copy_from_slice(&occupied.to_le_bytes());
        bytes[2..4].copy_from_slice(&leaves.to_le_bytes());
        bytes
    }

    /// Reads what [`Node::encode`] wrote; nothing if the bytes are anything else.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let (occupied, rest) = bytes.split_first_chunk::<2>()?;
        let (leaves, mut rest) = rest.split_first_chunk::<2>()?;
        let (occupied, leaves) = (u16::from_le_bytes(*occupied), u16::from_le_bytes(*leaves));
        if leaves & !occupied != 0 {
            return None;
        }
        let mut node = Self::default();
        for (index, slot) in node.slots.iter_mut().enumerate() {
            if occupied >> index & 1 == 0 {
                continue;
            }
            let first = take::<32>(&mut rest)?;
            *slot = if leaves >> index & 1 == 1 {
                let value_hash = Digest(take::<32>(&mut rest)?);
                Slot::Leaf { key_hash: Digest(first), value_hash }
            } else {
                let version = Height(u64::from_be_bytes(take::<8>(&mut rest)?));
                Slot::Inner { hash: Digest(first), version }
            };
        }
        rest.is_empty().then_some(node)
    }
}

/// What a path that ends at this slot ends with; nothing if it goes on.
fn terminal(slot: &Slot) -> Option<Terminal> {
    match *slot {
        Slot::Empty => Some(Terminal::Empty),
        Slot::Leaf { key_hash, value_hash } => Some(Terminal::Leaf { key_hash, value_hash }),
        Slot::Inner { .. } => None,
    }
}

fn take<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (head, rest) = bytes.split_first_chunk::<N>()?;
    *bytes = rest;
    Some(*head)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    fn slots() -> impl Strategy<Value = Slot> {
        let digest = any::<[u8; 32]>().prop_map(Digest);
        prop_oneof![
            Just(Slot::Empty),
            (digest.clone(), digest.clone())
                .prop_map(|(key_hash, value_hash)| Slot::Leaf { key_hash, value_hash }),
            (digest, any::<u64>())
                .prop_map(|(hash, version)| Slot::Inner { hash, version: Height(version) }),
        ]
    }

    proptest! {
        #[test]
        fn decoding_inverts_encoding(slots in prop::array::uniform16(slots())) {
            let node = Node { slots };
            let bytes = node.encode();
            prop_assert_eq!(Node::decode(&bytes), Some(node));
            for length in 0..bytes.len() {
                prop_assert_eq!(Node::decode(&bytes[..length]), None);
            }
        }

        #[test]
        fn random_bytes_decode_to_themselves_or_to_nothing(
            bytes in prop::collection::vec(any::<u8>(), 0..200),
        ) {
            if let Some(node) = Node::decode(&bytes) {
                prop_assert_eq!(node.encode(), bytes);
            }
        }
    }
}
