//! The nodes of the state tree that were written last, in memory.
//!
//! Every block rewrites the upper nodes, and what one block touched the next ones touch again.
//! Nodes are held as they are stored. Two generations bound the memory without any bookkeeping on
//! reads: when the young one is full it becomes the old one, and the old one is let go. Whatever an
//! update reads it writes again under its own version, so what is in use is always young.

use super::path::{NodeKey, Path};
use hansa_primitives::Height;
use std::collections::BTreeMap;

/// Bytes of one generation.
const GENERATION_BYTES: usize = 5 * 1024 * 1024;
/// What an entry costs besides the node.
const ENTRY_BYTES: usize = 96;

type Generation = BTreeMap<Path, (Height, Vec<u8>)>;

/// The nodes that were written last.
#[derive(Debug, Default)]
pub(crate) struct NodeCache {
    young: Generation,
    old: Generation,
    young_bytes: usize,
}

impl NodeCache {
    /// The stored form of a node. A node of another version is not taken for it.
    pub(super) fn get(&self, key: &NodeKey) -> Option<&[u8]> {
        [&self.young, &self.old].into_iter().find_map(|generation| {
            let (version, bytes) = generation.get(&key.path)?;
            (*version == key.version).then_some(bytes.as_slice())
        })
    }

    /// Takes over nodes that were written, once they are in the store.
    pub(crate) fn absorb(&mut self, nodes: Vec<(NodeKey, Vec<u8>)>) {
        for (key, bytes) in nodes {
            self.young_bytes += bytes.len() + ENTRY_BYTES;
            if let Some((_, replaced)) = self.young.insert(key.path, (key.version, bytes)) {
                self.young_bytes -= replaced.len() + ENTRY_BYTES;
            }
            if self.young_bytes > GENERATION_BYTES {
                self.old = std::mem::take(&mut self.young);
                self.young_bytes = 0;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_last_is_held_within_the_bound_and_by_its_version() {
        let mut cache = NodeCache::default();
        let key = |step: u8, version: u64| NodeKey {
            version: Height(version),
            path: Path::ROOT.child(step % 16).child(step / 16),
        };
        let large = GENERATION_BYTES / 8;
        for version in 0..40_u64 {
            let step = version as u8;
            cache.absorb(vec![(key(step, version), vec![step; large])]);
            assert_eq!(cache.get(&key(step, version)), Some(vec![step; large].as_slice()));
            assert_eq!(cache.get(&key(step, version + 1)), None);
            let held: usize =
                cache.young.values().chain(cache.old.values()).map(|(_, b)| b.len()).sum();
            assert!(held <= 2 * GENERATION_BYTES + large);
        }
        assert_eq!(cache.get(&key(0, 0)), None);
    }
}
