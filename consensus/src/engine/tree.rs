//! Headers above the committed block, by hash. No rules here.

use super::Committed;
use crate::types::{Block, Executed};
use hansa_primitives::{BlockHash, BlockTime, Height};
use std::collections::{BTreeMap, BTreeSet};

/// What the host has said about a block's data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Data {
    /// The host was not asked.
    Unasked,
    /// The host was asked.
    Asked,
    /// Everything is durable here.
    Available,
    /// Something is wrong with it.
    Invalid,
}

/// What a child needs to know of its parent.
#[derive(Clone, Copy, Debug)]
pub(super) struct Parent {
    pub(super) height: Height,
    pub(super) time: BlockTime,
    pub(super) executed: Executed,
}

#[derive(Clone, Debug)]
struct Entry {
    block: Block,
    data: Data,
    /// Voted for here: others may count on this validator to have it until its height is committed.
    voted: bool,
}

/// The committed block and every header known above it.
#[derive(Clone, Debug)]
pub(super) struct Tree {
    committed: Committed,
    entries: BTreeMap<BlockHash, Entry>,
}

impl Tree {
    pub(super) fn new(committed: Committed) -> Self {
        Self { committed, entries: BTreeMap::new() }
    }

    pub(super) fn committed(&self) -> &Committed {
        &self.committed
    }

    pub(super) fn insert(&mut self, block: &Block, data: Data) {
        if block.height() > self.committed.height {
            let entry = || Entry { block: block.clone(), data, voted: false };
            self.entries.entry(block.hash()).or_insert_with(entry);
        }
    }

    pub(super) fn block(&self, hash: &BlockHash) -> Option<&Block> {
        self.entries.get(hash).map(|entry| &entry.block)
    }

    pub(super) fn data(&self, hash: &BlockHash) -> Data {
        self.entries.get(hash).map_or(Data::Unasked, |entry| entry.data)
    }

    pub(super) fn set_data(&mut self, hash: &BlockHash, data: Data) {
        if let Some(entry) = self.entries.get_mut(hash) {
            entry.data = data;
        }
    }

    /// This validator vouches for the header from now on.
    pub(super) fn set_voted(&mut self, hash: &BlockHash) {
        if let Some(entry) = self.entries.get_mut(hash) {
            entry.voted = true;
        }
    }

    /// What a child of this block needs to know, if the header is known.
    pub(super) fn parent(&self, hash: &BlockHash) -> Option<Parent> {
        if *hash == self.committed.block {
            let Committed { height, time, executed, .. } = self.committed;
            return Some(Parent { height, time, executed });
        }
        let header = self.block(hash)?.header();
        Some(Parent { height: header.height, time: header.time, executed: header.executed })
    }

    /// The blocks from above the committed one up to this, if all are known.
    pub(super) fn path(&self, hash: &BlockHash) -> Option<Vec<Block>> {
        let mut path = Vec::new();
        let mut at = *hash;
        while at != self.committed.block {
            let block = self.block(&at)?;
            at = block.header().parent;
            path.push(block.clone());
        }
        path.reverse();
        Some(path)
    }

    pub(super) fn is_linked(&self, hash: &BlockHash) -> bool {
        let mut at = *hash;
        while at != self.committed.block {
            match self.block(&at) {
                Some(block) => at = block.header().parent,
                None => return false,
            }
        }
        true
    }

    /// Makes the block the committed one and lets go of everything at or below its height.
    pub(super) fn commit(&mut self, committed: Committed) {
        self.entries.retain(|_, entry| entry.block.height() > committed.height);
        self.committed = committed;
    }

    /// Lets go of headers that nothing in `keep` descends from and that were not voted for here.
    pub(super) fn prune(&mut self, keep: impl Iterator<Item = BlockHash>) {
        let mut kept = BTreeSet::new();
        for mut hash in keep {
            while let Some(block) = self.block(&hash) {
                if !kept.insert(hash) {
                    break;
                }
                hash = block.header().parent;
            }
        }
        self.entries.retain(|hash, entry| entry.voted || kept.contains(hash));
    }

    pub(super) fn waiting(&self) -> impl Iterator<Item = &Block> {
        let asked = |entry: &&Entry| entry.data == Data::Asked;
        self.entries.values().filter(asked).map(|entry| &entry.block)
    }
}
