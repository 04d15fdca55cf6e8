//! Blocks, transactions, receipts, events.

use super::Ledger;
use crate::{
    error::LedgerError,
    event::{Cursor, EventPage, LoggedEvent},
    record::{self, Execution, Place},
    store::{Family, Source, StoreError},
};
use hansa_consensus::{Certificate, Header, types::CHAIN_HEADERS_LIMIT};
use hansa_contracts::{execute::Receipt, inclusion::CertifiedChain};
use hansa_primitives::{
    BlockHash, BlockTime, Digest, Height, Transaction, TransactionId, codec, limits,
};
use std::sync::Arc;

/// Receipts that one page of events looks at, so that a run without events does not hold a thread.
const RECEIPTS_PER_PAGE: usize = 16_384;
const RECEIPTS_PER_READ: usize = 512;

/// Headers, each the parent of the next, with the certificate of the last.
pub type LoadedHeaders = (Vec<Arc<Header>>, Certificate);

/// A committed block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockRecord {
    /// Its header.
    pub header: Arc<Header>,
    /// Its hash.
    pub hash: BlockHash,
    /// What certifies it.
    pub certified: CertifiedChain,
    /// The root of the state after it, if it is executed.
    pub state_root: Option<Digest>,
    /// Its transactions, in order; empty as long as one of its batches is missing.
    pub transactions: Vec<TransactionId>,
}

/// A transaction that was executed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransactionRecord {
    /// The height of its block.
    pub height: Height,
    /// Its place in the block, from 0.
    pub position: u32,
    /// The time of its block.
    pub time: BlockTime,
    /// The transaction.
    pub transaction: Transaction,
    /// What became of it.
    pub receipt: Receipt,
}

impl Ledger {
    /// The header at a height.
    ///
    /// # Errors
    /// [`LedgerError::Store`] if the store fails.
    pub fn header(&self, height: Height) -> Result<Option<Arc<Header>>, LedgerError> {
        Ok(self.store.read::<Header>(Family::Headers, &record::height_key(height))?.map(Arc::new))
    }

    /// The height of a block; that of the genesis is 0.
    ///
    /// # Errors
    /// [`LedgerError::Store`] if the store fails.
    pub fn height_of(&self, block: &BlockHash) -> Result<Option<Height>, LedgerError> {
        if *block == self.genesis_hash {
            return Ok(Some(Height(0)));
        }
        let key = self.store.get(Family::Hashes, block.as_bytes())?;
        Ok(key.as_deref().and_then(record::key_height))
    }

    /// The block at a height.
    ///
    /// # Errors
    /// [`LedgerError::Store`] if the store fails.
    pub fn block(&self, height: Height) -> Result<Option<BlockRecord>, LedgerError> {
        let Some(certified) = certified_chain(&self.store, height)? else { return Ok(None) };
        let header = certified.headers[0].clone();
        let execution: Option<Execution> =
            self.store.read(Family::Executions, &record::height_key(height))?;
        let mut transactions = Vec::new();
        for reference in &header.batches {
            match self.open_batch(&reference.batch)? {
                Some(open) => transactions.extend_from_slice(&open.ids),
                None => {
                    transactions.clear();
                    break;
                }
            }
        }
        Ok(Some(BlockRecord {
            hash: header.hash(self.chain()),
            header,
            certified,
            state_root: execution.map(|execution| execution.state_root),
            transactions,
        }))
    }

    /// The certificate of a height, where it has one of its own.
    ///
    /// # Errors
    /// [`LedgerError::Store`] if the store fails.
    pub fn certificate(&self, height: Height) -> Result<Option<Certificate>, LedgerError> {
        Ok(self.store.read(Family::Certificates, &record::height_key(height))?)
    }

    /// About `headers_max` headers from the one after `after` up to one that has a certificate,
    /// with that certificate: what another validator needs to catch up.
    ///
    /// # Errors
    /// [`LedgerError::Store`] if the store fails.
    pub fn load_headers(
        &self,
        after: Height,
        headers_max: usize,
    ) -> Result<Option<LoadedHeaders>, LedgerError> {
        let snapshot = self.store.snapshot();
        let headers_max = headers_max.clamp(1, limits::CHAIN_HEADERS_MAX);
        let from = record::height_key(after.next());
        let to = record::height_key(Height(after.next().0.saturating_add(headers_max as u64)));
        let near = snapshot.range(Family::Certificates, &from, Some(&to), headers_max)?;
        let found = match near.into_iter().next_back() {
            Some(found) => Some(found),
            None => snapshot.range(Family::Certificates, &from, None, 1)?.into_iter().next(),
        };
        let Some((key, value)) = found else { return Ok(None) };
        let certificate = decode(Family::Certificates, &key, &value)?;
        let headers = headers_up_to(&snapshot, after.next(), &key)?;
        Ok(Some((headers, certificate)))
    }

    /// A transaction that was executed, by its id.
    ///
    /// # Errors
    /// [`LedgerError::Store`] if the store fails.
    pub fn transaction(
        &self,
        id: &TransactionId,
    ) -> Result<Option<TransactionRecord>, LedgerError> {
        let Some(place) = self.place_of(id)? else { return Ok(None) };
        let Place { height, position } = place;
        let key = record::place_key(height, position);
        let receipt = self.store.need(Family::Receipts, &key)?;
        let header: Header = self.store.need(Family::Headers, &record::height_key(height))?;
        let transaction = self.transaction_at(&header, position)?;
        Ok(Some(TransactionRecord { height, position, time: header.time, transaction, receipt }))
    }

    pub(super) fn place_of(&self, id: &TransactionId) -> Result<Option<Place>, StoreError> {
        self.store.read(Family::Transactions, id.as_bytes())
    }

    pub(super) fn transaction_at(
        &self,
        header: &Header,
        position: u32,
    ) -> Result<Transaction, LedgerError> {
        let mut rest = position as usize;
        for reference in &header.batches {
            let count = reference.count as usize;
            if rest >= count {
                rest -= count;
                continue;
            }
            let open = self.open_batch(&reference.batch)?;
            if let Some(found) = open.as_ref().and_then(|open| open.batch.transactions.get(rest)) {
                return Ok(found.clone());
            }
            break;
        }
        let key = record::place_key(header.height, position);
        Err(StoreError::damaged(Family::Receipts, &key, "its transaction is missing").into())
    }

    /// What became of the transactions of a block, in order.
    ///
    /// # Errors
    /// [`LedgerError::Store`] if the store fails.
    pub fn receipts(&self, height: Height) -> Result<Vec<Receipt>, LedgerError> {
        let (from, to) = (record::height_key(height), record::height_key(height.next()));
        self.store
            .range(Family::Receipts, &from, Some(&to), usize::MAX)?
            .iter()
            .map(|(key, value)| decode(Family::Receipts, key, value))
            .collect()
    }

    /// The events behind a cursor, at most `limit` of them.
    ///
    /// A page may be short, or empty, before the log ends: go on from where it reached.
    ///
    /// # Errors
    /// [`LedgerError::Store`] if the store fails.
    pub fn events_after(&self, after: Cursor, limit: usize) -> Result<EventPage, LedgerError> {
        let latest = self.tip().executed.height;
        let limit = limit.min(limits::PAGE_MAX);
        let mut page = EventPage { events: Vec::new(), reached: after, end: false };
        let mut counter = Counter { height: Height(0), events: 0, time: BlockTime(0) };
        let mut from = match after.position {
            u32::MAX => record::place_key(after.height.next(), 0),
            _ => record::place_key(after.height, 0),
        };
        let to = record::place_key(latest.next(), 0);
        let mut looked_at = 0;
        while page.events.len() < limit && looked_at < RECEIPTS_PER_PAGE {
            let read = self.store.range(Family::Receipts, &from, Some(&to), RECEIPTS_PER_READ)?;
            looked_at += read.len();
            let last = read.len() < RECEIPTS_PER_READ;
            for (key, value) in read {
                from = [key.as_slice(), &[0]].concat();
                let receipt: Receipt = decode(Family::Receipts, &key, &value)?;
                self.enter(&mut counter, &key)?;
                for event in receipt.events {
                    let cursor = counter.next();
                    if cursor <= after {
                        continue;
                    }
                    if page.events.len() == limit {
                        return Ok(page);
                    }
                    let (time, transaction) = (counter.time, receipt.transaction);
                    page.events.push(LoggedEvent { cursor, time, transaction, event });
                    page.reached = cursor;
                }
            }
            if last {
                page.reached = page.reached.max(Cursor::end_of(latest));
                page.end = true;
                return Ok(page);
            }
            page.reached = page.reached.max(counter.reached());
        }
        Ok(page)
    }

    /// Moves the counter to the block of a receipt.
    fn enter(&self, counter: &mut Counter, receipt: &[u8]) -> Result<(), LedgerError> {
        let height = record::key_height(receipt)
            .ok_or_else(|| StoreError::damaged(Family::Receipts, receipt, "its key is no place"))?;
        if height != counter.height {
            let execution: Execution =
                self.store.need(Family::Executions, &record::height_key(height))?;
            *counter = Counter { height, events: 0, time: execution.time };
        }
        Ok(())
    }
}

/// Numbers the events of one block after the other.
struct Counter {
    height: Height,
    events: u32,
    time: BlockTime,
}

impl Counter {
    fn next(&mut self) -> Cursor {
        self.events += 1;
        Cursor { height: self.height, position: self.events - 1 }
    }

    /// Behind everything that was counted, and before everything that was not.
    fn reached(&self) -> Cursor {
        match self.events.checked_sub(1) {
            Some(position) => Cursor { height: self.height, position },
            None => Cursor::end_of(Height(self.height.0.saturating_sub(1))),
        }
    }
}

/// A header with its descendants up to the first that has a certificate of its own.
pub(super) fn certified_chain<S: Source>(
    source: &S,
    height: Height,
) -> Result<Option<CertifiedChain>, LedgerError> {
    if height == Height(0) {
        return Ok(None);
    }
    let from = record::height_key(height);
    let found = source.range(Family::Certificates, &from, None, 1)?.into_iter().next();
    let Some((key, value)) = found else { return Ok(None) };
    let certificate = decode(Family::Certificates, &key, &value)?;
    Ok(Some(CertifiedChain { headers: headers_up_to(source, height, &key)?, certificate }))
}

/// The headers from a height up to the one whose key is given.
fn headers_up_to<S: Source>(
    source: &S,
    from: Height,
    last: &[u8],
) -> Result<Vec<Arc<Header>>, LedgerError> {
    let end = [last, &[0]].concat();
    let first = record::height_key(from);
    let read = source.range(Family::Headers, &first, Some(&end), CHAIN_HEADERS_LIMIT)?;
    let complete = read.first().is_some_and(|(key, _)| *key == first)
        && read.last().is_some_and(|(key, _)| key == last);
    if !complete {
        return Err(StoreError::damaged(Family::Headers, &first, "headers are missing").into());
    }
    read.iter().map(|(key, value)| Ok(Arc::new(decode(Family::Headers, key, value)?))).collect()
}

fn decode<T: codec::Canonical>(family: Family, key: &[u8], bytes: &[u8]) -> Result<T, LedgerError> {
    Ok(codec::decode(bytes).map_err(|error| StoreError::damaged(family, key, error))?)
}
