//! Nodes kept in memory.

use super::NodeStore;
use crate::field::Fr;
use std::collections::BTreeMap;

/// A tree's nodes in a map: for clients that follow a tree themselves, and for tests.
#[derive(Clone, Debug, Default)]
pub struct MemoryNodes(BTreeMap<(u8, u64), Fr>);

impl NodeStore for MemoryNodes {
    fn get(&self, level: u8, index: u64) -> Option<Fr> {
        self.0.get(&(level, index)).copied()
    }

    fn put(&mut self, level: u8, index: u64, node: Fr) {
        self.0.insert((level, index), node);
    }
}
