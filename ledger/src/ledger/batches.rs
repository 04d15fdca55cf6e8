//! Keeping batches, and judging the payload of proposed blocks.

use super::Ledger;
use crate::{
    batch::{OpenBatch, transactions_root},
    error::{BatchError, LedgerError},
    execute::{self, Payload},
    record::Place,
    signature::{SignatureVerdict, check_signatures},
    state::view::View,
    store::{Delta, Family, Source, StoreError, rocks::Write},
};
use hansa_consensus::{BatchRef, Header};
use hansa_primitives::{
    Digest, Height, Transaction,
    codec::{self, CodecError},
    limits,
};
use std::sync::Arc;

/// What a validator finds when it looks at the payload of a proposed block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PayloadCheck {
    /// Everything is here and holds: vote.
    Complete,
    /// These batches are to be fetched first.
    Missing(Vec<BatchRef>),
    /// The actor of a transaction is not registered in the state so far: look again when execution
    /// has come further. Once the block's parent is executed, the answer is one of the others.
    Early {
        /// How far execution has come.
        executed: Height,
    },
    /// The block must not be voted for.
    Invalid(String),
}

impl Ledger {
    /// Stores a batch from its canonical bytes. It is on disk when this returns; calls from several
    /// threads share one sync.
    ///
    /// # Errors
    /// [`BatchError`] if the bytes are no batch, or the store fails.
    pub fn put_batch(&self, bytes: &[u8]) -> Result<BatchRef, BatchError> {
        let open = self.open_bytes(bytes)?;
        self.store_batches(&[(open.clone(), bytes)])?;
        Ok(open.reference)
    }

    /// Stores batches with one sync.
    ///
    /// # Errors
    /// [`BatchError`] if any of them is no batch, or the store fails; then none is stored.
    pub fn put_batches<B: AsRef<[u8]>>(&self, batches: &[B]) -> Result<Vec<BatchRef>, BatchError> {
        let opened: Vec<(Arc<OpenBatch>, &[u8])> = batches
            .iter()
            .map(|bytes| Ok((self.open_bytes(bytes.as_ref())?, bytes.as_ref())))
            .collect::<Result<_, BatchError>>()?;
        self.store_batches(&opened)?;
        Ok(opened.iter().map(|(open, _)| open.reference).collect())
    }

    fn open_bytes(&self, bytes: &[u8]) -> Result<Arc<OpenBatch>, BatchError> {
        if bytes.len() > limits::BATCH_BYTES_MAX {
            let (length, limit) = (bytes.len(), limits::BATCH_BYTES_MAX);
            return Err(CodecError::TooLong { length, limit }.into());
        }
        let open = Arc::new(OpenBatch::open(self.chain(), bytes)?);
        match open.ids.len() {
            1..=limits::BATCH_TRANSACTIONS_MAX => Ok(open),
            count => Err(BatchError::Count(count)),
        }
    }

    fn store_batches(&self, opened: &[(Arc<OpenBatch>, &[u8])]) -> Result<(), StoreError> {
        let mut delta = Delta::default();
        for (open, bytes) in opened {
            let key = open.reference.batch.as_bytes().as_slice();
            // What can be read has been synced before, so there is nothing left to do for it.
            if self.store.get(Family::Batches, key)?.is_some() {
                continue;
            }
            delta.put(Family::Batches, key, bytes.to_vec());
            if self.store.get(Family::Ordered, key)?.is_none() {
                delta.put(Family::Pending, key, codec::encode(&open.reference));
            }
        }
        if !delta.is_empty() {
            self.store.write(&delta, Write::Synced)?;
        }
        for (open, _) in opened {
            self.open_batches.insert(open.clone());
        }
        Ok(())
    }

    /// Takes the caller's word that the signatures of a stored batch hold under the registry's keys,
    /// so that no one checks them again while the batch is kept open. An actor's key never changes:
    /// what held once holds at execution.
    pub fn vouch(&self, batch: &Digest) {
        if let Some(open) = self.open_batches.get(batch) {
            open.mark_signatures_hold();
        }
    }

    /// The canonical bytes of a batch.
    ///
    /// # Errors
    /// [`LedgerError::Store`] if the store fails.
    pub fn batch_bytes(&self, digest: &Digest) -> Result<Option<Vec<u8>>, LedgerError> {
        Ok(self.store.get(Family::Batches, digest.as_bytes())?)
    }

    /// Whether a batch is stored.
    ///
    /// # Errors
    /// [`LedgerError::Store`] if the store fails.
    pub fn has_batch(&self, digest: &Digest) -> Result<bool, LedgerError> {
        if self.open_batches.get(digest).is_some() {
            return Ok(true);
        }
        Ok(self.store.get(Family::Batches, digest.as_bytes())?.is_some())
    }

    /// Those of the batches that are not stored.
    ///
    /// # Errors
    /// [`LedgerError::Store`] if the store fails.
    pub fn missing_batches(&self, batches: &[BatchRef]) -> Result<Vec<BatchRef>, LedgerError> {
        let mut missing = Vec::new();
        for reference in batches {
            if !self.has_batch(&reference.batch)? {
                missing.push(*reference);
            }
        }
        Ok(missing)
    }

    /// The height of the committed block that ordered a batch first, executed or not.
    ///
    /// # Errors
    /// [`LedgerError::Store`] if the store fails.
    pub fn ordered_at(&self, digest: &Digest) -> Result<Option<Height>, LedgerError> {
        let place: Option<Place> = self.store.read(Family::Ordered, digest.as_bytes())?;
        Ok(place.map(|place| place.height))
    }

    /// The batches that are stored and that no committed block orders.
    ///
    /// # Errors
    /// [`LedgerError::Store`] if the store fails.
    pub fn pending_batches(&self) -> Result<Vec<BatchRef>, LedgerError> {
        let mut pending = Vec::new();
        for (key, value) in self.store.range(Family::Pending, &[], None, usize::MAX)? {
            if self.store.get(Family::Ordered, &key)?.is_none() {
                let reference = codec::decode(&value)
                    .map_err(|error| StoreError::damaged(Family::Pending, &key, error))?;
                pending.push(reference);
            }
        }
        Ok(pending)
    }

    /// Gives up batches that no block orders. Batches that a committed block orders stay.
    ///
    /// # Errors
    /// [`LedgerError::Store`] if the store fails.
    pub fn drop_pending(&self, digests: &[Digest]) -> Result<(), LedgerError> {
        // Under the lock no block is committed between the question and the removal.
        let _writer = self.lock_writer();
        let mut delta = Delta::default();
        for digest in digests {
            let key = digest.as_bytes().as_slice();
            if self.store.get(Family::Ordered, key)?.is_none() {
                delta.remove(Family::Batches, key);
            }
            delta.remove(Family::Pending, key);
            self.open_batches.forget(digest);
        }
        Ok(self.store.write(&delta, Write::Synced)?)
    }

    /// Judges the payload of a proposed block: all batches here, as the header describes them, the
    /// right root, and every transaction signed by its actor.
    ///
    /// # Errors
    /// [`LedgerError::Store`] if the store fails.
    pub fn check_payload(&self, header: &Header) -> Result<PayloadCheck, LedgerError> {
        let missing = self.missing_batches(&header.batches)?;
        if !missing.is_empty() {
            return Ok(PayloadCheck::Missing(missing));
        }
        let batches = self.open_payload(header)?;
        let block = header.hash(self.chain());
        let payload = Payload { chain: self.chain(), header, block, batches: &batches };
        if let Err(LedgerError::BrokenRule { what, .. }) = execute::order(&payload) {
            return Ok(PayloadCheck::Invalid(what));
        }
        let executed = self.tip().executed.height;
        for open in batches.iter().filter(|open| !open.signatures_hold()) {
            let transactions: Vec<&Transaction> = open.batch.transactions.iter().collect();
            let verdicts = check_signatures(&View(&self.store), &transactions);
            if let Some(at) = verdicts.iter().position(|v| *v == SignatureVerdict::Refused) {
                let what = format!("transaction {} is not signed by its actor", open.ids[at]);
                return Ok(PayloadCheck::Invalid(what));
            }
            match verdicts.iter().position(|v| *v == SignatureVerdict::UnknownActor) {
                None => open.mark_signatures_hold(),
                Some(_) if executed.next() < header.height => {
                    return Ok(PayloadCheck::Early { executed });
                }
                Some(at) => {
                    let what = format!("the actor of transaction {} is unknown", open.ids[at]);
                    return Ok(PayloadCheck::Invalid(what));
                }
            }
        }
        Ok(PayloadCheck::Complete)
    }

    /// The transactions root of a block with these batches; nothing if one of them is missing.
    ///
    /// # Errors
    /// [`LedgerError::Store`] if the store fails.
    pub fn payload_root(&self, batches: &[BatchRef]) -> Result<Option<Digest>, LedgerError> {
        let mut ids = Vec::new();
        for reference in batches {
            let Some(open) = self.open_batch(&reference.batch)? else { return Ok(None) };
            ids.extend_from_slice(&open.ids);
        }
        Ok(Some(transactions_root(&ids)))
    }

    /// A stored batch, decoded.
    pub(super) fn open_batch(&self, digest: &Digest) -> Result<Option<Arc<OpenBatch>>, StoreError> {
        if let Some(open) = self.open_batches.get(digest) {
            return Ok(Some(open));
        }
        let key = digest.as_bytes();
        let Some(bytes) = self.store.get(Family::Batches, key)? else { return Ok(None) };
        let open = OpenBatch::open(self.chain(), &bytes)
            .map_err(|error| StoreError::damaged(Family::Batches, key, error))?;
        if open.reference.batch != *digest {
            return Err(StoreError::damaged(Family::Batches, key, "it hashes to something else"));
        }
        let open = Arc::new(open);
        self.open_batches.insert(open.clone());
        Ok(Some(open))
    }

    /// The batches of a block, decoded.
    pub(super) fn open_payload(&self, header: &Header) -> Result<Vec<Arc<OpenBatch>>, LedgerError> {
        let (mut opened, mut missing) = (Vec::new(), Vec::new());
        for reference in &header.batches {
            match self.open_batch(&reference.batch)? {
                Some(open) => opened.push(open),
                None => missing.push(*reference),
            }
        }
        if missing.is_empty() {
            Ok(opened)
        } else {
            Err(LedgerError::MissingBatches { height: header.height, missing })
        }
    }
}
