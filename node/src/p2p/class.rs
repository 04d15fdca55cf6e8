//! The classes of traffic between nodes. Each has streams, bounds and a queue of its own, so that
//! bulk never stands in the way of votes.

use hansa_primitives::{ChainId, limits};
use libp2p::StreamProtocol;

/// A class of traffic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Class {
    /// Signed messages between validators.
    Consensus,
    /// Sealed batches and requests for them.
    Batches,
    /// Transactions on their way to a validator.
    Transactions,
    /// Committed headers and requests for them.
    Blocks,
    /// Sealed documents, their receipts and requests for them.
    Sealed,
}

impl Class {
    /// All classes.
    pub(crate) const ALL: [Self; 5] =
        [Self::Consensus, Self::Batches, Self::Transactions, Self::Blocks, Self::Sealed];

    /// The name in protocol ids and logs.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Consensus => "consensus",
            Self::Batches => "batches",
            Self::Transactions => "transactions",
            Self::Blocks => "blocks",
            Self::Sealed => "sealed",
        }
    }

    /// Bytes that one frame may carry.
    pub(crate) fn frame_bytes_max(self) -> usize {
        const OVERHEAD: usize = 1024;
        match self {
            Self::Consensus => limits::CONSENSUS_MESSAGE_BYTES_MAX,
            Self::Batches => limits::BATCH_BYTES_MAX + OVERHEAD,
            Self::Transactions => 2 * limits::TRANSACTION_BYTES_MAX + OVERHEAD,
            Self::Blocks => limits::CONSENSUS_MESSAGE_BYTES_MAX,
            Self::Sealed => limits::CHUNK_BYTES_MAX + OVERHEAD,
        }
    }

    /// Bytes that may wait for one peer. A queue always takes one frame, whatever its size.
    pub(crate) fn queue_bytes_max(self) -> usize {
        match self {
            Self::Consensus => 4 * 1024 * 1024,
            Self::Batches => 8 * 1024 * 1024,
            Self::Transactions => 4 * 1024 * 1024,
            Self::Blocks => 2 * 1024 * 1024,
            Self::Sealed => 512 * 1024,
        }
    }

    /// Whether the oldest frame gives way when the queue is full. Consensus repairs itself and
    /// wants the newest; everything else is refused to whoever sends it.
    pub(crate) fn drops_oldest(self) -> bool {
        self == Self::Consensus
    }

    /// The protocol that a stream of this class negotiates. It names the chain, so that nodes of
    /// two ledgers never talk by accident.
    pub(crate) fn protocol(self, chain: &ChainId) -> StreamProtocol {
        StreamProtocol::try_from_owned(format!("/hansa/{chain}/{}/1", self.name()))
            .expect("the text begins with a slash")
    }
}
