//! Paths in the ledger's trees, for proofs.

use super::Financing;
use crate::error::{Error, Result};
use hansa_contracts::{
    key,
    state::StateView,
    tree::{self, Tree},
};
use hansa_primitives::limits::PAGE_MAX;
use hansa_zkp::{FieldBytes, LowLeaf, Nullifier, Path};
use std::collections::BTreeMap;

/// Times that paths are fetched again because the tree grew meanwhile.
const ATTEMPTS_MAX: usize = 8;
/// Leaves up to which the whole registry is fetched, so that the node does not learn which place
/// counts.
const COPY_LEAVES_MAX: u64 = 16_384;

/// The registry's answer on a nullifier.
pub(super) struct Absence {
    /// The leaf just below it.
    pub(super) low: LowLeaf,
    /// The leaf's path.
    pub(super) path: Path,
}

impl Financing<'_> {
    /// The path of a document's leaf to a root that the ledger has had.
    pub(super) async fn document_path(&self, leaf: u64, value: FieldBytes) -> Result<Path> {
        for _ in 0..ATTEMPTS_MAX {
            let read = |view: &dyn StateView| tree::path(view, Tree::Documents, leaf);
            let Some(path) = self.member.read(read).await? else {
                let next = "wait until the node has executed the document's block";
                return Err(Error::not_found("the document's leaf", next));
            };
            let root = path.root(value);
            let known = |view: &dyn StateView| tree::root(view, Tree::Documents, &root);
            if self.member.read(known).await?.is_some() {
                return Ok(path);
            }
        }
        Err(moved("the document tree"))
    }

    /// A root of the tree of positions.
    pub(super) async fn position_root(&self) -> Result<FieldBytes> {
        let root = |view: &dyn StateView| tree::head(view, Tree::Positions).root;
        self.member.read(root).await
    }

    /// What shows that a nullifier is not spent; nothing if it is.
    ///
    /// Whoever is asked for exactly one place of the registry learns which nullifier to watch. So
    /// all of it is fetched while that is possible, and the place is looked up here.
    pub(super) async fn absence(&self, nullifier: &Nullifier) -> Result<Option<Absence>> {
        for _ in 0..ATTEMPTS_MAX {
            let head = |view: &dyn StateView| tree::head(view, Tree::Nullifiers);
            let head = self.member.read(head).await?;
            let found = if head.count <= COPY_LEAVES_MAX {
                let copy = self.member.read(copy_of_registry).await?;
                absence_in(&copy, nullifier)
            } else {
                self.member.read(|view| absence_in(view, nullifier)).await?
            };
            let Some(absence) = found else { return Ok(None) };
            let root = absence.path.root(absence.low.hash());
            let known = |view: &dyn StateView| tree::root(view, Tree::Nullifiers, &root);
            if self.member.read(known).await?.is_some() {
                return Ok(Some(absence));
            }
        }
        Err(moved("the registry of financings"))
    }
}

fn absence_in(view: &dyn StateView, nullifier: &Nullifier) -> Option<Absence> {
    let low = tree::low_leaf(view, nullifier)?;
    let path = tree::path(view, Tree::Nullifiers, low.index)?;
    Some(Absence { low, path })
}

/// All entries of the registry of nullifiers: head, nodes, leaves.
fn copy_of_registry(view: &dyn StateView) -> BTreeMap<Vec<u8>, Vec<u8>> {
    let name = Tree::Nullifiers.name();
    let mut nodes = key::tree_node(name, 0, 0);
    // Level and index: a byte and a big-endian `u64`.
    nodes.truncate(nodes.len() - 9);
    let mut copy = BTreeMap::new();
    let head = key::tree_head(name);
    copy.extend(view.get(&head).map(|value| (head, value)));
    for prefix in [nodes, key::nullifier_prefix()] {
        let mut after: Option<Vec<u8>> = None;
        loop {
            let page = view.scan(&prefix, after.as_deref(), PAGE_MAX);
            let end = page.len() < PAGE_MAX;
            after = page.last().map(|(key, _)| key.clone());
            copy.extend(page);
            if end {
                break;
            }
        }
    }
    copy
}

fn moved(what: &str) -> Error {
    Error::Unavailable {
        what: format!("a consistent copy of {what}"),
        reason: "it grew while it was read".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use hansa_zkp::{
        Key, NodeStore,
        tree::{MemoryNodes, indexed},
    };

    #[test]
    fn the_copy_holds_all_that_absence_needs_and_nothing_else() {
        let mut memory = MemoryNodes::default();
        let root = indexed::genesis(&mut memory);
        let mut state: BTreeMap<Vec<u8>, Vec<u8>> = BTreeMap::new();
        let encode = hansa_primitives::codec::encode::<LowLeaf>;
        for leaf in indexed::sentinels() {
            state.insert(key::nullifier(&leaf.value), encode(&leaf));
        }
        let head = tree::Head { count: indexed::GENESIS_LEAVES, root };
        state.insert(key::tree_head("nullifiers"), hansa_primitives::codec::encode(&head));
        for (level, index) in (0..=16).flat_map(|level| (0..4).map(move |index| (level, index))) {
            if let Some(node) = memory.get(level, index) {
                let place = key::tree_node("nullifiers", level, index);
                state.insert(place, hansa_primitives::codec::encode(&FieldBytes::from(node)));
            }
        }
        let needed = state.clone();
        state.insert(key::tree_head("documents"), vec![1]);
        state.insert(key::tree_node("documents", 0, 0), vec![2]);
        let copy = copy_of_registry(&state);
        assert_eq!(copy, needed);
        let absence = absence_in(&copy, &Key::from_bytes([7; 31])).unwrap();
        assert_eq!(absence.path.root(absence.low.hash()), root);
        assert!(absence_in(&copy, &Key::LOWEST).is_none());
    }
}
