#![allow(clippy::unwrap_used)]

use super::{Key, LowLeaf, MemoryNodes, NodeStore, TreeError, append, indexed, root_var};
use crate::{
    field::{FieldBytes, Fr},
    gadget,
};
use ark_r1cs_std::GR1CSVar;
use ark_relations::gr1cs::ConstraintSystem;
use hansa_primitives::codec;
use proptest::prelude::*;
use std::collections::BTreeMap;

fn leaf(number: u64) -> FieldBytes {
    Fr::from(number + 1).into()
}

fn key(number: u64) -> Key {
    Key::low_bits_of(&Fr::from(number))
}

/// An ordered map and a tree, the way a contract keeps them.
struct Registry {
    nodes: MemoryNodes,
    list: BTreeMap<Key, (u64, Key)>,
    count: u64,
    root: FieldBytes,
}

impl Registry {
    fn new() -> Self {
        let mut nodes = MemoryNodes::default();
        let root = indexed::genesis(&mut nodes);
        let list = indexed::sentinels().map(|low| (low.value, (low.index, low.next)));
        Self { nodes, list: list.into_iter().collect(), count: indexed::GENESIS_LEAVES, root }
    }

    fn low_of(&self, value: Key) -> LowLeaf {
        let (value, (index, next)) = self.list.range(..value).next_back().unwrap();
        LowLeaf { index: *index, value: *value, next: *next }
    }

    fn insert(&mut self, value: Key) -> Result<(), TreeError> {
        let low = self.low_of(value);
        let done = indexed::insert(&mut self.nodes, self.count, value, &low)?;
        for leaf in [done.low, done.leaf] {
            self.list.insert(leaf.value, (leaf.index, leaf.next));
        }
        self.count += 1;
        self.root = done.root;
        Ok(())
    }
}

#[test]
fn appended_leaves_have_paths_to_the_root() {
    let mut nodes = MemoryNodes::default();
    let empty = append::root(&nodes);
    for index in 0..23 {
        let root = append::append(&mut nodes, index, leaf(index)).unwrap();
        assert_eq!(root, append::root(&nodes));
        for earlier in 0..=index {
            assert_eq!(append::path(&nodes, earlier).root(leaf(earlier)), root);
        }
    }
    assert_ne!(empty, append::root(&nodes));
    let path = append::path(&nodes, 5);
    assert_ne!(path.root(leaf(6)), append::root(&nodes));
    assert_eq!(codec::decode::<super::Path>(&codec::encode(&path)).unwrap(), path);
    let full = append::append(&mut nodes, super::LEAVES_MAX, leaf(0));
    assert_eq!(full, Err(TreeError::Full));
}

#[test]
fn the_circuit_walks_the_same_path() {
    let mut nodes = MemoryNodes::default();
    for index in 0..70 {
        append::append(&mut nodes, index, leaf(index)).unwrap();
    }
    for index in [0, 1, 2, 3, 27, 69] {
        let path = append::path(&nodes, index);
        let cs = ConstraintSystem::new_ref();
        let start = gadget::witness(&cs, Some(leaf(index).element())).unwrap();
        let root = root_var(&cs, start, Some(&path)).unwrap();
        assert_eq!(FieldBytes::from(root.value().unwrap()), append::root(&nodes), "{index}");
        assert!(cs.is_satisfied().unwrap());
        assert_eq!(cs.num_constraints(), 16 * (297 + 8 + 7));
    }
}

#[test]
fn present_values_and_wrong_low_leaves_are_refused() {
    let mut registry = Registry::new();
    registry.insert(key(50)).unwrap();
    assert_eq!(registry.insert(key(50)), Err(TreeError::NotBetween));
    let insert = |registry: &mut Registry, low: LowLeaf| {
        indexed::insert(&mut registry.nodes, registry.count, key(60), &low)
    };
    let honest = registry.low_of(key(60));
    let before = append::root(&registry.nodes);
    for wrong in [
        LowLeaf { value: key(51), ..honest },
        LowLeaf { next: key(61), ..honest },
        LowLeaf { index: 0, ..honest },
        LowLeaf { index: 99, ..honest },
    ] {
        assert_eq!(insert(&mut registry, wrong), Err(TreeError::NotTheLeaf(wrong.index)));
    }
    let below = LowLeaf { index: 0, value: Key::LOWEST, next: key(50) };
    assert_eq!(insert(&mut registry, below), Err(TreeError::NotBetween));
    assert_eq!(append::root(&registry.nodes), before, "a refusal writes nothing");
    assert!(insert(&mut registry, honest).is_ok());
    for sentinel in [Key::LOWEST, Key::HIGHEST] {
        let low = LowLeaf { index: 0, value: Key::LOWEST, next: key(50) };
        let refused = indexed::insert(&mut registry.nodes, registry.count, sentinel, &low);
        assert_eq!(refused, Err(TreeError::NotBetween));
    }
}

#[test]
fn unwritten_nodes_are_empty_subtrees() {
    let nodes = MemoryNodes::default();
    assert!(nodes.get(0, 0).is_none());
    assert_eq!(append::path(&nodes, 9).root(FieldBytes::ZERO), append::root(&nodes));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn the_list_stays_sorted_and_every_leaf_is_in_the_tree(
        values in prop::collection::btree_set(1_u64.., 1..12),
    ) {
        let mut registry = Registry::new();
        let mut shuffled: Vec<u64> = values.iter().copied().collect();
        shuffled.sort_by_key(|value| value.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        for value in shuffled {
            registry.insert(key(value)).unwrap();
        }
        let mut current = Key::LOWEST;
        let mut walked = 0;
        while current != Key::HIGHEST {
            let (index, next) = registry.list[&current];
            let low = LowLeaf { index, value: current, next };
            prop_assert_eq!(append::path(&registry.nodes, index).root(low.hash()), registry.root);
            prop_assert!(current < next);
            current = next;
            walked += 1;
        }
        prop_assert_eq!(walked, values.len() + 1);
    }

    #[test]
    fn key_order_is_numeric(a in any::<u64>(), b in any::<u64>()) {
        prop_assert_eq!(key(a).cmp(&key(b)), a.cmp(&b));
        prop_assert_eq!(key(a).element(), Fr::from(a));
    }
}
