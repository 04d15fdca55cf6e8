//! The state tree: updates and paths.
//!
//! The tree is persistent: a block writes new nodes and leaves the old ones in place, so that
//! readers of a recent height are undisturbed. A node is found by the version that the slot above
//! it names, with a point lookup; nodes that a block replaced are noted under its height and
//! deleted when no kept height needs them (the design of the Jellyfish Merkle tree: Gao, Hu and Wu,
//! 2021).

use super::{
    cache::NodeCache,
    node::{Node, Slot, Top},
    path::{NodeKey, Path, STEPS_MAX},
};
use crate::store::{Family, Source, StoreError};
use hansa_primitives::{
    Digest, Height, invariant,
    merkle::sparse::{StateProof, Terminal},
};

/// A key's place with the hash of its new value, or nothing where the key is removed.
pub(crate) type Change = (Digest, Option<Digest>);

/// What changes in the tree.
#[derive(Debug)]
pub(crate) struct Update {
    /// The whole tree, seen from above its root node.
    pub(crate) top: Slot,
    /// Nodes to write, in their stored form.
    pub(crate) nodes: Vec<(NodeKey, Vec<u8>)>,
    /// Nodes that the new version does not use.
    pub(crate) stale: Vec<NodeKey>,
}

/// Applies the changes, which are sorted by place and distinct, to the tree below `top`.
pub(crate) fn update<S: Source>(
    source: &S,
    cache: &NodeCache,
    top: Slot,
    changes: &[Change],
    version: Height,
) -> Result<Update, StoreError> {
    invariant!(
        changes.is_sorted_by(|a, b| a.0 < b.0),
        "the changes of one version are sorted and distinct, else groups of them overlap"
    );
    let mut updater = Updater { source, cache, version, nodes: Vec::new(), stale: Vec::new() };
    let top = updater.descend(Path::ROOT, top, changes)?;
    Ok(Update { top, nodes: updater.nodes, stale: updater.stale })
}

struct Updater<'a, S> {
    source: &'a S,
    cache: &'a NodeCache,
    version: Height,
    nodes: Vec<(NodeKey, Vec<u8>)>,
    stale: Vec<NodeKey>,
}

impl<S: Source> Updater<'_, S> {
    /// What the slot at `path` becomes.
    fn descend(&mut self, path: Path, slot: Slot, changes: &[Change]) -> Result<Slot, StoreError> {
        if changes.is_empty() {
            return Ok(slot);
        }
        match slot {
            Slot::Empty => Ok(self.build(path, &puts(changes))),
            Slot::Leaf { key_hash, value_hash } => {
                let mut leaves = puts(changes);
                let changed = changes.binary_search_by_key(&key_hash, |change| change.0).is_ok();
                if !changed {
                    let place = leaves.partition_point(|leaf| leaf.0 < key_hash);
                    leaves.insert(place, (key_hash, value_hash));
                }
                if leaves == [(key_hash, value_hash)] {
                    return Ok(slot);
                }
                Ok(self.build(path, &leaves))
            }
            Slot::Inner { version, .. } => {
                let key = NodeKey { version, path };
                let before = load(self.source, self.cache, &key)?;
                let mut node = before.clone();
                for (step, group) in groups(&path, changes) {
                    let slot = &mut node.slots[usize::from(step)];
                    *slot = self.descend(path.child(step), *slot, group)?;
                }
                if node == before {
                    return Ok(slot);
                }
                self.stale.push(key);
                Ok(self.store(path, node))
            }
        }
    }

    /// A subtree of nothing but these leaves.
    fn build(&mut self, path: Path, leaves: &[(Digest, Digest)]) -> Slot {
        match leaves {
            [] => Slot::Empty,
            [(key_hash, value_hash)] => Slot::Leaf { key_hash: *key_hash, value_hash: *value_hash },
            _ => {
                invariant!(path.length() < STEPS_MAX, "distinct places differ in some bit");
                let mut node = Node::default();
                for (step, group) in groups(&path, leaves) {
                    node.slots[usize::from(step)] = self.build(path.child(step), group);
                }
                self.store(path, node)
            }
        }
    }

    /// Keeps the node if it holds two keys or more.
    fn store(&mut self, path: Path, node: Node) -> Slot {
        match node.top() {
            Top::Collapsed(slot) => slot,
            Top::Stored(hash) => {
                self.nodes.push((NodeKey { version: self.version, path }, node.encode()));
                Slot::Inner { hash, version: self.version }
            }
        }
    }
}

fn puts(changes: &[Change]) -> Vec<(Digest, Digest)> {
    changes.iter().filter_map(|(place, value)| Some((*place, (*value)?))).collect()
}

/// Cuts sorted entries into runs that take the same step after `path`.
fn groups<'a, V>(
    path: &'a Path,
    entries: &'a [(Digest, V)],
) -> impl Iterator<Item = (u8, &'a [(Digest, V)])> {
    entries
        .chunk_by(move |a, b| path.step_of(&a.0) == path.step_of(&b.0))
        .map(move |group| (path.step_of(&group[0].0), group))
}

/// Reads a node that a slot refers to.
pub(crate) fn load<S: Source>(
    source: &S,
    cache: &NodeCache,
    key: &NodeKey,
) -> Result<Node, StoreError> {
    let bytes = key.to_bytes();
    let broken = |what: &str| StoreError::damaged(Family::Tree, &bytes, what);
    let node = match cache.get(key) {
        Some(held) => Node::decode(held),
        None => {
            let stored = source.get(Family::Tree, &bytes)?;
            Node::decode(&stored.ok_or_else(|| broken("the node is missing"))?)
        }
    };
    node.ok_or_else(|| broken("it is no node of the tree"))
}

/// The path of a key from the root of the tree below `top`.
pub(crate) fn prove<S: Source>(
    source: &S,
    top: Slot,
    place: &Digest,
) -> Result<StateProof, StoreError> {
    let cache = NodeCache::default();
    let (mut siblings, mut path, mut slot) = (Vec::new(), Path::ROOT, top);
    loop {
        let version = match slot {
            Slot::Inner { version, .. } => version,
            Slot::Empty => return Ok(StateProof { siblings, terminal: Terminal::Empty }),
            Slot::Leaf { key_hash, value_hash } => {
                return Ok(StateProof {
                    siblings,
                    terminal: Terminal::Leaf { key_hash, value_hash },
                });
            }
        };
        let node = load(source, &cache, &NodeKey { version, path })?;
        let step = path.step_of(place);
        if let Some(terminal) = node.walk(step, &mut siblings) {
            return Ok(StateProof { siblings, terminal });
        }
        slot = node.slots[usize::from(step)];
        path = path.child(step);
    }
}
