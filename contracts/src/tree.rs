//! The trees that proofs are made against, kept in state node by node.
//!
//! | tree | leaves | grows when |
//! |---|---|---|
//! | [`Tree::Documents`] | document leaves | a document version is registered |
//! | [`Tree::Positions`] | hidden positions of financed trades | a financing is registered |
//! | [`Tree::Nullifiers`] | spent nullifiers, as an indexed tree | a financing is registered |
//!
//! Every root that a tree has ever had stays known with the heights at which it was the current
//! one, so that a proof made some blocks ago still verifies and a verifier can demand a recent
//! root.

use crate::{
    key,
    rule::{Rejection, ensure, rejection},
    state::{Overlay, StateView, page, read, write},
};
use bincode::{Decode, Encode};
use hansa_primitives::{Height, codec::Canonical};
use hansa_zkp::{
    FieldBytes, Fr, Key, LowLeaf, NodeStore, Nullifier, Path,
    tree::{TreeError, append, indexed},
};

/// One of the trees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tree {
    /// Document leaves.
    Documents,
    /// Positions of financed trades.
    Positions,
    /// Spent nullifiers.
    Nullifiers,
}

impl Tree {
    /// The name in state keys.
    pub fn name(self) -> &'static str {
        match self {
            Self::Documents => "documents",
            Self::Positions => "positions",
            Self::Nullifiers => "nullifiers",
        }
    }
}

/// The size and the root of a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Head {
    /// Leaves so far; the next one goes to this place.
    pub count: u64,
    /// The root.
    pub root: FieldBytes,
}

/// When a root was the current one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct RootRecord {
    /// From this height.
    pub since: Height,
    /// Until this height replaced it; `None` while it is the current one.
    pub until: Option<Height>,
}

impl Canonical for Head {
    const BYTES_MAX: usize = 40;
}

impl Canonical for RootRecord {
    const BYTES_MAX: usize = 17;
}

/// The size and the root of a tree.
pub fn head(view: &dyn StateView, tree: Tree) -> Head {
    read(view, &key::tree_head(tree.name())).unwrap_or_else(|| {
        let mut scratch = Overlay::new(view);
        Head { count: 0, root: append::root(&Nodes { overlay: &mut scratch, tree }) }
    })
}

/// When a root was the current one of a tree; `None` if it never was.
pub fn root(view: &dyn StateView, tree: Tree, root: &FieldBytes) -> Option<RootRecord> {
    read(view, &key::tree_root(tree.name(), root))
}

/// The path from the leaf at `index` to the current root; `None` if there is no such leaf.
pub fn path(view: &dyn StateView, tree: Tree, index: u64) -> Option<Path> {
    if index >= head(view, tree).count {
        return None;
    }
    let mut scratch = Overlay::new(view);
    Some(append::path(&Nodes { overlay: &mut scratch, tree }, index))
}

/// The leaf of the nullifier tree just below a nullifier. If it also lies below the leaf's
/// successor, the nullifier is not spent, and the leaf with its [`path`] shows so; otherwise there
/// is none.
pub fn low_leaf(view: &dyn StateView, nullifier: &Nullifier) -> Option<LowLeaf> {
    let after = key::nullifier(nullifier);
    let found = page::<LowLeaf>(view, &key::nullifier_prefix(), Some(&after), 1);
    found.into_iter().map(|(_, leaf)| leaf).find(|leaf| leaf.excludes(nullifier))
}

/// Leaves of the nullifier tree in descending order of their values, beginning just below `below`.
/// Who asks for many of them does not give away which one it needs.
pub fn low_leaves(view: &dyn StateView, below: Option<&Key>, limit: usize) -> Vec<LowLeaf> {
    let after = below.map(key::nullifier);
    let found = page(view, &key::nullifier_prefix(), after.as_deref(), limit);
    found.into_iter().map(|(_, leaf)| leaf).collect()
}

/// Writes the trees that a ledger begins with.
pub(crate) fn found(overlay: &mut Overlay<'_>) {
    for tree in [Tree::Documents, Tree::Positions] {
        let empty = head(overlay, tree);
        advance(overlay, tree, Height(0), None, empty);
    }
    let mut nodes = Nodes { overlay, tree: Tree::Nullifiers };
    let root = indexed::genesis(&mut nodes);
    for leaf in indexed::sentinels() {
        write(overlay, key::nullifier(&leaf.value), &leaf);
    }
    let head = Head { count: indexed::GENESIS_LEAVES, root };
    advance(overlay, Tree::Nullifiers, Height(0), None, head);
}

/// Appends a leaf; the result is its place.
pub(crate) fn append_leaf(
    overlay: &mut Overlay<'_>,
    tree: Tree,
    height: Height,
    leaf: FieldBytes,
) -> Result<u64, Rejection> {
    let old = head(overlay, tree);
    let root = append::append(&mut Nodes { overlay, tree }, old.count, leaf)
        .map_err(|error| refused(tree, &error))?;
    advance(overlay, tree, height, Some(old), Head { count: old.count.saturating_add(1), root });
    Ok(old.count)
}

/// Marks a nullifier as spent.
pub(crate) fn spend(
    overlay: &mut Overlay<'_>,
    height: Height,
    nullifier: &Nullifier,
) -> Result<(), Rejection> {
    ensure!(
        *nullifier != Key::LOWEST && *nullifier != Key::HIGHEST,
        BadNullifier,
        "the nullifier is a reserved value"
    );
    let low = low_leaf(overlay, nullifier)
        .ok_or_else(|| rejection!(AlreadyFinanced, "the nullifier {nullifier} is spent"))?;
    let tree = Tree::Nullifiers;
    let old = head(overlay, tree);
    let inserted = indexed::insert(&mut Nodes { overlay, tree }, old.count, *nullifier, &low)
        .map_err(|error| refused(tree, &error))?;
    for leaf in [inserted.low, inserted.leaf] {
        write(overlay, key::nullifier(&leaf.value), &leaf);
    }
    let head = Head { count: old.count.saturating_add(1), root: inserted.root };
    advance(overlay, tree, height, Some(old), head);
    Ok(())
}

fn refused(tree: Tree, error: &TreeError) -> Rejection {
    let name = tree.name();
    match error {
        TreeError::Full => rejection!(TreeFull, "the tree of {name} is full"),
        TreeError::NotBetween | TreeError::NotTheLeaf(_) => {
            rejection!(AlreadyFinanced, "the nullifier does not fit the tree of {name}")
        }
    }
}

fn advance(overlay: &mut Overlay<'_>, tree: Tree, height: Height, old: Option<Head>, new: Head) {
    if let Some(old) = old {
        let place = key::tree_root(tree.name(), &old.root);
        let since = read(overlay, &place).map_or(height, |record: RootRecord| record.since);
        write(overlay, place, &RootRecord { since, until: Some(height) });
    }
    let record = RootRecord { since: height, until: None };
    write(overlay, key::tree_root(tree.name(), &new.root), &record);
    write(overlay, key::tree_head(tree.name()), &new);
}

/// A tree's nodes in state.
struct Nodes<'a, 'b> {
    overlay: &'a mut Overlay<'b>,
    tree: Tree,
}

impl NodeStore for Nodes<'_, '_> {
    fn get(&self, level: u8, index: u64) -> Option<Fr> {
        let place = key::tree_node(self.tree.name(), level, index);
        read::<FieldBytes>(self.overlay, &place).map(Fr::from)
    }

    fn put(&mut self, level: u8, index: u64, node: Fr) {
        let place = key::tree_node(self.tree.name(), level, index);
        write(self.overlay, place, &FieldBytes::from(node));
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use hansa_zkp::tree::MemoryNodes;
    use proptest::prelude::*;
    use std::collections::{BTreeMap, BTreeSet};

    fn founded() -> BTreeMap<Vec<u8>, Vec<u8>> {
        let nothing = BTreeMap::new();
        let mut overlay = Overlay::new(&nothing);
        found(&mut overlay);
        overlay.into_writes().into_iter().filter_map(|(key, value)| Some((key, value?))).collect()
    }

    fn number(n: u64) -> FieldBytes {
        FieldBytes::from(Fr::from(n))
    }

    #[test]
    fn a_tree_in_state_is_the_tree_in_memory() {
        let base = founded();
        let mut overlay = Overlay::new(&base);
        let mut memory = MemoryNodes::default();
        for n in 0..9 {
            let place =
                append_leaf(&mut overlay, Tree::Documents, Height(n), number(n + 1)).unwrap();
            let expected = append::append(&mut memory, n, number(n + 1)).unwrap();
            assert_eq!(place, n);
            assert_eq!(head(&overlay, Tree::Documents), Head { count: n + 1, root: expected });
        }
        for n in 0..9 {
            let path = path(&overlay, Tree::Documents, n).unwrap();
            assert_eq!(path.root(number(n + 1)), head(&overlay, Tree::Documents).root);
        }
        assert_eq!(path(&overlay, Tree::Documents, 9), None);
    }

    #[test]
    fn every_root_stays_known_with_its_heights() {
        let base = founded();
        let mut overlay = Overlay::new(&base);
        let empty = head(&overlay, Tree::Positions).root;
        append_leaf(&mut overlay, Tree::Positions, Height(7), number(1)).unwrap();
        let current = head(&overlay, Tree::Positions).root;
        assert_eq!(
            root(&overlay, Tree::Positions, &empty),
            Some(RootRecord { since: Height(0), until: Some(Height(7)) })
        );
        assert_eq!(
            root(&overlay, Tree::Positions, &current),
            Some(RootRecord { since: Height(7), until: None })
        );
        assert_eq!(root(&overlay, Tree::Documents, &current), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn spent_nullifiers_are_exactly_those_without_a_low_leaf(
            values in prop::collection::vec(prop::array::uniform31(any::<u8>()), 1..12),
            probe in prop::array::uniform31(any::<u8>()),
        ) {
            let base = founded();
            let mut overlay = Overlay::new(&base);
            let mut spent = BTreeSet::new();
            for value in values {
                let value = Key::from_bytes(value);
                let fresh = spent.insert(value) && value != Key::LOWEST && value != Key::HIGHEST;
                prop_assert_eq!(spend(&mut overlay, Height(1), &value).is_ok(), fresh);
                prop_assert!(spend(&mut overlay, Height(1), &value).is_err());
            }
            let probe = Key::from_bytes(probe);
            match low_leaf(&overlay, &probe) {
                Some(low) => {
                    prop_assert!(!spent.contains(&probe));
                    let below = spent.range(..probe).next_back();
                    prop_assert_eq!(below.unwrap_or(&Key::LOWEST), &low.value);
                    let path = path(&overlay, Tree::Nullifiers, low.index).unwrap();
                    prop_assert_eq!(path.root(low.hash()), head(&overlay, Tree::Nullifiers).root);
                }
                None => prop_assert!(spent.contains(&probe)),
            }
            let listed = low_leaves(&overlay, None, 1000);
            prop_assert!(listed.windows(2).all(|pair| pair[0].value > pair[1].value));
            prop_assert_eq!(listed.len() as u64, head(&overlay, Tree::Nullifiers).count);
        }
    }
}
