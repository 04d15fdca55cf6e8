#![allow(clippy::unwrap_used)]

use super::{RECENT_HEIGHTS, cache::NodeCache, commit, node::Slot, oldest_kept, tree, view::View};
use crate::store::{Delta, Family, Memory, Rocks, Source, rocks::Write};
use hansa_contracts::state::{StateView, Writes};
use hansa_primitives::{Digest, Height, merkle::sparse};
use proptest::prelude::*;
use std::collections::BTreeMap;

type Entries = BTreeMap<Vec<u8>, Vec<u8>>;

/// A state as a block leaves it, in memory.
#[derive(Default)]
struct State {
    memory: Memory,
    cache: NodeCache,
    top: Slot,
    height: Height,
    entries: Entries,
    past: BTreeMap<Height, (Slot, Entries)>,
}

impl State {
    fn block(&mut self, writes: Writes) {
        let mut delta = Delta::default();
        let update =
            commit::commit(&self.memory, &self.cache, self.top, &writes, self.height, &mut delta)
                .unwrap();
        self.memory.apply(delta);
        self.top = update.top;
        self.cache.absorb(update.nodes);
        for (key, value) in writes {
            match value {
                Some(value) => self.entries.insert(key, value),
                None => self.entries.remove(&key),
            };
        }
        self.past.insert(self.height, (self.top, self.entries.clone()));
        self.height = self.height.next();
    }
}

fn by_definition(entries: &Entries) -> Digest {
    let leaves: BTreeMap<Digest, Digest> = entries
        .iter()
        .map(|(key, value)| (sparse::key_hash(key), sparse::value_hash(value)))
        .collect();
    sparse::root_of(&leaves.into_iter().collect::<Vec<_>>())
}

fn blocks() -> impl Strategy<Value = Vec<BTreeMap<u8, Option<u8>>>> {
    prop::collection::vec(
        prop::collection::btree_map(0_u8..60, prop::option::weighted(0.6, 0_u8..4), 0..25),
        1..12,
    )
}

fn writes(block: &BTreeMap<u8, Option<u8>>) -> Writes {
    block.iter().map(|(key, value)| (vec![b'k', *key], value.map(|v| vec![v]))).collect()
}

proptest! {
    #[test]
    fn the_root_is_the_one_of_the_definition(blocks in blocks()) {
        let mut state = State::default();
        for block in &blocks {
            state.block(writes(block));
            prop_assert_eq!(state.top.hash(), by_definition(&state.entries));
        }
    }

    #[test]
    fn every_recent_height_is_proven_with_its_own_values(blocks in blocks()) {
        let mut state = State::default();
        for block in &blocks {
            state.block(writes(block));
        }
        for (height, (top, entries)) in &state.past {
            let root = by_definition(entries);
            for key in (0_u8..62).map(|n| vec![b'k', n]) {
                let value = commit::value_at(&state.memory, &key, *height).unwrap();
                prop_assert_eq!(value.as_ref(), entries.get(&key));
                let place = sparse::key_hash(&key);
                let proof = tree::prove(&state.memory, *top, &place).unwrap();
                prop_assert!(proof.verify(&root, &key, value.as_deref()));
                prop_assert!(!proof.verify(&root, &key, Some(b"other")));
            }
        }
    }

    #[test]
    fn the_tree_after_is_the_same_whatever_the_way(blocks in blocks()) {
        let (mut steps, mut at_once) = (State::default(), State::default());
        let mut sum = Writes::new();
        for block in &blocks {
            steps.block(writes(block));
            sum.extend(writes(block));
        }
        at_once.block(sum);
        prop_assert_eq!(steps.top.hash(), at_once.top.hash());
    }
}

#[test]
fn what_no_kept_height_needs_is_gone_and_the_rest_is_not() {
    let mut state = State::default();
    let heights = RECENT_HEIGHTS + 40;
    for height in 0..heights {
        let block = [0_u64, 1, 2].map(|n| (height * 7 + n * n) % 50);
        state.block(
            block
                .iter()
                .map(|n| (n.to_be_bytes().to_vec(), (height % 5 > 0).then(|| vec![height as u8])))
                .collect(),
        );
    }
    let latest = Height(heights - 1);
    for (height, (top, entries)) in state.past.range(oldest_kept(latest)..) {
        for key in (0..50_u64).map(|n| n.to_be_bytes()) {
            let value = commit::value_at(&state.memory, &key, *height).unwrap();
            assert_eq!(value.as_ref(), entries.get(key.as_slice()), "height {height}");
            let proof = tree::prove(&state.memory, *top, &sparse::key_hash(&key)).unwrap();
            assert!(proof.verify(&top.hash(), &key, value.as_deref()));
        }
    }
    let oldest = oldest_kept(latest).0.to_be_bytes();
    assert!(state.memory.family(Family::Stale).all(|(key, _)| key[..8] > oldest[..]));
    assert_eq!(state.past.range(oldest_kept(latest)..).count() as u64, RECENT_HEIGHTS);
    let reachable = reachable_nodes(&state, oldest_kept(latest));
    assert_eq!(state.memory.family(Family::Tree).count(), reachable);
}

/// How many distinct stored nodes the kept heights lead to.
fn reachable_nodes(state: &State, oldest: Height) -> usize {
    use super::path::{NodeKey, Path};
    let mut seen = std::collections::BTreeSet::new();
    let mut open: Vec<(Path, Slot)> =
        state.past.range(oldest..).map(|(_, (top, _))| (Path::ROOT, *top)).collect();
    while let Some((path, slot)) = open.pop() {
        let Slot::Inner { version, .. } = slot else { continue };
        let key = NodeKey { version, path };
        if seen.insert(key) {
            let node = tree::load(&state.memory, &NodeCache::default(), &key).unwrap();
            for step in 0..16 {
                open.push((path.child(step), node.slots[usize::from(step)]));
            }
        }
    }
    seen.len()
}

#[test]
fn the_store_and_memory_read_alike() {
    let directory = tempfile::tempdir().unwrap();
    let rocks = Rocks::open(directory.path(), true).unwrap();
    let mut memory = Memory::default();
    let mut delta = Delta::default();
    for n in 0..200_u16 {
        delta.put(Family::State, n.to_be_bytes(), vec![n as u8]);
    }
    delta.remove(Family::State, 7_u16.to_be_bytes());
    rocks.write(&delta, Write::Synced).unwrap();
    memory.apply(delta);
    let snapshot = rocks.snapshot();
    let mut later = Delta::default();
    later.put(Family::State, 7_u16.to_be_bytes(), vec![1]);
    rocks.write(&later, Write::Synced).unwrap();
    for (prefix, after, limit) in [
        (&[0_u8][..], None, 1000),
        (&[0], Some(&[0, 100][..]), 10),
        (&[], Some(&[0, 6]), 3),
        (&[1], None, 5),
        (&[0, 9], None, 5),
    ] {
        let expected = View(&memory).scan(prefix, after, limit);
        assert_eq!(View(&snapshot).scan(prefix, after, limit), expected);
    }
    assert_eq!(snapshot.get(Family::State, &[0, 7]).unwrap(), None);
    assert_eq!(rocks.get(Family::State, &[0, 7]).unwrap(), Some(vec![1]));
}
