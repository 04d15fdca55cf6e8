//! Batches: what blocks order.
//!
//! A validator seals the transactions that clients gave it into batches of its own lane and spreads
//! them; a block refers to batches by their hash. The transactions of a block are those of its
//! batches, in the header's order.

use bincode::{Decode, Encode};
use hansa_consensus::BatchRef;
use hansa_primitives::{
    ChainId, Digest, Transaction, TransactionId, ValidatorIndex,
    codec::{self, Canonical, CodecError},
    hash, limits,
    merkle::rfc6962,
};
use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

/// A sealed batch of one validator's lane.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Batch {
    /// The validator that sealed it.
    pub lane: ValidatorIndex,
    /// Its place in the lane.
    pub sequence: u64,
    /// The transactions, in the order of execution.
    pub transactions: Vec<Transaction>,
}

impl Canonical for Batch {
    const BYTES_MAX: usize = limits::BATCH_BYTES_MAX;
}

impl Batch {
    /// The hash that names the batch with these canonical bytes.
    pub fn digest_of(chain: &ChainId, bytes: &[u8]) -> Digest {
        hash::tagged(chain, "batch", &[bytes])
    }

    /// What a header says of the batch.
    pub fn reference(&self, chain: &ChainId) -> BatchRef {
        let bytes = codec::encode(self);
        self.reference_of(Self::digest_of(chain, &bytes), bytes.len())
    }

    fn reference_of(&self, batch: Digest, bytes: usize) -> BatchRef {
        BatchRef {
            lane: self.lane,
            sequence: self.sequence,
            batch,
            count: self.transactions.len() as u32,
            bytes: bytes as u32,
        }
    }
}

/// The root that a header carries over the ids of all its transactions.
pub fn transactions_root(ids: &[TransactionId]) -> Digest {
    let leaves: Vec<&[u8]> = ids.iter().map(|id| id.as_bytes().as_slice()).collect();
    rfc6962::root(&leaves)
}

/// A batch that has been decoded and hashed.
#[derive(Debug)]
pub(crate) struct OpenBatch {
    pub(crate) reference: BatchRef,
    pub(crate) batch: Batch,
    pub(crate) ids: Vec<TransactionId>,
    signatures_hold: AtomicBool,
}

impl OpenBatch {
    /// Decodes the bytes, which are bounded by [`limits::BATCH_BYTES_MAX`].
    pub(crate) fn open(chain: &ChainId, bytes: &[u8]) -> Result<Self, CodecError> {
        let batch: Batch = codec::decode(bytes)?;
        let ids = batch.transactions.iter().map(Transaction::id).collect();
        let reference = batch.reference_of(Batch::digest_of(chain, bytes), bytes.len());
        Ok(Self { reference, batch, ids, signatures_hold: AtomicBool::new(false) })
    }

    /// Whether every signature is known to hold. An actor's key never changes, so once is enough.
    pub(crate) fn signatures_hold(&self) -> bool {
        self.signatures_hold.load(Ordering::Acquire)
    }

    pub(crate) fn mark_signatures_hold(&self) {
        self.signatures_hold.store(true, Ordering::Release);
    }
}

/// Encoded bytes of the batches that are kept open: some seconds of full load, so that what waits to be
/// executed is neither decoded nor checked again.
const OPEN_BYTES_MAX: usize = 16 * 1024 * 1024;

/// The latest batches, decoded once for storing, voting and executing.
#[derive(Debug, Default)]
pub(crate) struct OpenBatches {
    inner: Mutex<(VecDeque<Arc<OpenBatch>>, usize)>,
}

impl OpenBatches {
    pub(crate) fn get(&self, digest: &Digest) -> Option<Arc<OpenBatch>> {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.0.iter().rev().find(|open| open.reference.batch == *digest).cloned()
    }

    pub(crate) fn forget(&self, digest: &Digest) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(place) = inner.0.iter().position(|open| open.reference.batch == *digest)
            && let Some(open) = inner.0.remove(place)
        {
            inner.1 -= open.reference.bytes as usize;
        }
    }

    pub(crate) fn insert(&self, open: Arc<OpenBatch>) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        if inner.0.iter().any(|other| other.reference.batch == open.reference.batch) {
            return;
        }
        inner.1 += open.reference.bytes as usize;
        inner.0.push_back(open);
        while inner.1 > OPEN_BYTES_MAX {
            let Some(oldest) = inner.0.pop_front() else { break };
            inner.1 -= oldest.reference.bytes as usize;
        }
    }
}
