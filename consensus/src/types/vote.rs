//! Votes: one signature for one block, and through it for the block's whole chain.

use bincode::{Decode, Encode};
use hansa_primitives::{
    BlockHash, ChainId, Epoch, Height, View,
    codec::{self, Canonical},
    hash,
};

/// Which of the two rounds of votes a vote belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub enum Phase {
    /// "I accept this block at this height of this view, and no other."
    Prepare,
    /// "I saw a quorum prepare this block."
    Commit,
}

/// A place in the order of proposals: a later view beats any height of an earlier one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub struct Rank {
    /// The view.
    pub view: View,
    /// The height within it.
    pub height: Height,
}

/// What a validator signs to vote.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub struct Vote {
    /// The epoch whose validators count.
    pub epoch: Epoch,
    /// The round of votes.
    pub phase: Phase,
    /// The view that the vote is cast in, which is the view of the block.
    pub view: View,
    /// The height of the block.
    pub height: Height,
    /// The block.
    pub block: BlockHash,
}

impl Canonical for Vote {
    const BYTES_MAX: usize = 60;
}

impl Vote {
    /// The bytes that the signature covers; chain, kind, epoch and phase are among them.
    pub fn signing_bytes(&self, chain: &ChainId) -> Vec<u8> {
        hash::signing_bytes(chain, "vote", &codec::encode(self))
    }

    /// View and height.
    pub fn rank(&self) -> Rank {
        Rank { view: self.view, height: self.height }
    }
}
