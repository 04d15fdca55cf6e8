//! Headers: what validators vote on.

use bincode::{Decode, Encode};
use hansa_primitives::{
    BlockHash, BlockTime, ChainId, Digest, Epoch, Height, ValidatorIndex, View,
    codec::{self, Canonical},
    hash, limits,
};
use std::{fmt, sync::Arc};

/// The state after a block: what a header says about an earlier one, and what execution reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub struct Executed {
    /// The block that was executed last.
    pub height: Height,
    /// The root of the state after it.
    pub state_root: Digest,
}

impl Canonical for Executed {
    const BYTES_MAX: usize = 40;
}

/// A sealed batch of one validator's lane. The engine orders such references and never looks
/// inside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub struct BatchRef {
    /// The validator that sealed the batch.
    pub lane: ValidatorIndex,
    /// The batch's place in that lane.
    pub sequence: u64,
    /// The hash of the batch.
    pub batch: Digest,
    /// Transactions in it.
    pub count: u32,
    /// Bytes of it.
    pub bytes: u32,
}

impl Canonical for BatchRef {
    const BYTES_MAX: usize = 50;
}

/// A block without its data: the order of batches, and the state that earlier blocks led to.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Encode, Decode)]
pub struct Header {
    /// The epoch whose validators vote on the block.
    pub epoch: Epoch,
    /// The view it was proposed in.
    pub view: View,
    /// Its place in the chain.
    pub height: Height,
    /// The block before it.
    pub parent: BlockHash,
    /// Who proposed it: the leader of this view and height.
    pub proposer: ValidatorIndex,
    /// The proposer's clock; later than the parent's.
    pub time: BlockTime,
    /// The batches, in the order of execution.
    pub batches: Vec<BatchRef>,
    /// Root over the transactions of all batches.
    pub transactions_root: Digest,
    /// The state after an earlier block. A vote for the header confirms it.
    pub executed: Executed,
    /// Hash of the validator set of the epoch.
    pub validators: Digest,
    /// The version of the rules that the block is executed under.
    pub protocol: u16,
}

impl Canonical for Header {
    const BYTES_MAX: usize = 256 + limits::BLOCK_BATCHES_MAX * BatchRef::BYTES_MAX;
}

impl Header {
    /// The hash that names the block on this chain.
    pub fn hash(&self, chain: &ChainId) -> BlockHash {
        BlockHash(hash::tagged(chain, "header", &[&codec::encode(self)]))
    }

    /// Whether the block orders nothing.
    pub fn is_empty(&self) -> bool {
        self.batches.is_empty()
    }
}

/// A header with its hash, computed once.
#[derive(Clone, PartialEq, Eq)]
pub struct Block {
    hash: BlockHash,
    header: Arc<Header>,
}

impl Block {
    /// Hashes the header.
    pub fn new(chain: &ChainId, header: Arc<Header>) -> Self {
        Self { hash: header.hash(chain), header }
    }

    /// The hash of the header.
    pub fn hash(&self) -> BlockHash {
        self.hash
    }

    /// The header.
    pub fn header(&self) -> &Arc<Header> {
        &self.header
    }

    /// The height of the header.
    pub fn height(&self) -> Height {
        self.header.height
    }

    /// The bytes that the proposer signs.
    pub(crate) fn proposal_bytes(&self, chain: &ChainId) -> Vec<u8> {
        hash::signing_bytes(chain, "proposal", self.hash.as_bytes())
    }
}

impl fmt::Debug for Block {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Block({}/{} {:?})", self.header.view, self.header.height, self.hash)
    }
}
