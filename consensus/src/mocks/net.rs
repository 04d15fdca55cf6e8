//! A network that loses by receiver and kind, in slices of time.

use super::NodeId;
use crate::types::Kind;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use std::{collections::BTreeMap, ops::Range};

/// What the network does for a while.
#[derive(Clone, Debug, Default)]
pub struct Slice {
    /// From when to when, in milliseconds.
    pub during: Range<u64>,
    /// Percent of messages lost, for a receiver and kind.
    pub lost: BTreeMap<(NodeId, Kind), u8>,
    /// Percent of all messages lost.
    pub lost_anywhere: u8,
    /// The group of each node; messages between groups are lost. Empty: all are connected.
    pub groups: Vec<u8>,
    /// Percent of messages that come twice.
    pub doubled: u8,
    /// One-way delay in milliseconds.
    pub delay: Range<u64>,
}

/// All slices; outside of them the network is fast and loses nothing.
#[derive(Clone, Debug, Default)]
pub struct Net {
    /// The slices.
    pub slices: Vec<Slice>,
}

impl Net {
    /// After how many milliseconds each copy of a message arrives; none if it is lost.
    pub fn route(
        &self,
        rng: &mut ChaCha8Rng,
        now: u64,
        from: NodeId,
        to: NodeId,
        kind: Kind,
    ) -> Vec<u64> {
        let Some(slice) = self.slices.iter().find(|slice| slice.during.contains(&now)) else {
            return vec![rng.random_range(1..4)];
        };
        let group = |node: NodeId| slice.groups.get(node.0).copied().unwrap_or(0);
        let lost = slice.lost.get(&(to, kind)).copied().unwrap_or(0).max(slice.lost_anywhere);
        if group(from) != group(to) || rng.random_range(0..100) < lost {
            return Vec::new();
        }
        let copies = if rng.random_range(0..100) < slice.doubled { 2 } else { 1 };
        let delay = if slice.delay.is_empty() { 1..4 } else { slice.delay.clone() };
        (0..copies).map(|_| rng.random_range(delay.clone())).collect()
    }
}
