//! Taking certified blocks and executing them.

use super::{Ledger, Tip};
use crate::{
    error::LedgerError,
    execute::{self, Applied, Payload},
    record::{self, Place},
    state::cache::NodeCache,
    store::{Delta, Family, Source, rocks::Write},
};
use hansa_consensus::{Block, Certificate, Header, verify_chain};
use hansa_primitives::{Height, codec, limits};
use std::{collections::BTreeSet, sync::Arc};

/// Blocks that one certificate commits: the last directly, the others as its ancestors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertifiedBlocks {
    /// The headers, each the parent of the next.
    pub headers: Vec<Arc<Header>>,
    /// The certificate of the last.
    pub certificate: Certificate,
}

impl Ledger {
    /// Takes certified blocks and executes them: for a single block, one synced write holds its
    /// header, certificate, receipts, events, indexes and state. Blocks that are held already are
    /// left out.
    ///
    /// # Errors
    /// [`LedgerError::MissingBatches`] if a batch of any of the blocks is not here; then nothing is
    /// written. For the others see [`LedgerError::is_fatal`].
    pub fn apply(&self, blocks: &CertifiedBlocks) -> Result<Vec<Applied>, LedgerError> {
        let mut cache = self.lock_writer();
        let mut applied = Vec::new();
        let tip = self.tip();
        if let Some(new) = self.judge(&tip, blocks)? {
            for block in &new {
                self.open_payload(block.header())?;
            }
            let (delta, next) = self.appending(&tip, &new, &blocks.certificate)?;
            if tip.executed.height == tip.height {
                let first = new[0].clone();
                applied.push(self.execute(&mut cache, &first, next, delta, Write::Synced)?);
            } else {
                self.store.write(&delta, Write::Synced)?;
                self.set_tip(next);
            }
        }
        while let Some(done) = self.execute_one(&mut cache, Write::Buffered)? {
            applied.push(done);
        }
        if applied.len() > 1 {
            self.store.sync()?;
        }
        Ok(applied)
    }

    /// Takes certified blocks without executing them. Headers and certificate are on disk when this
    /// returns. Blocks that are held already are left out.
    ///
    /// # Errors
    /// [`LedgerError`] if the blocks do not follow the last committed one, or do not hold.
    pub fn append(&self, blocks: &CertifiedBlocks) -> Result<(), LedgerError> {
        let _writer = self.lock_writer();
        let tip = self.tip();
        if let Some(new) = self.judge(&tip, blocks)? {
            let (delta, next) = self.appending(&tip, &new, &blocks.certificate)?;
            self.store.write(&delta, Write::Synced)?;
            self.set_tip(next);
        }
        Ok(())
    }

    /// Executes the next committed block; nothing if all are executed. The result need not be
    /// synced: header and batches are on disk, and executing them again leads to the same state.
    ///
    /// # Errors
    /// [`LedgerError::MissingBatches`] if a batch of it is not here. For the others see
    /// [`LedgerError::is_fatal`].
    pub fn execute_next(&self) -> Result<Option<Applied>, LedgerError> {
        self.execute_one(&mut self.lock_writer(), Write::Buffered)
    }

    /// The blocks that are new and prove to be the chain's; nothing if all are held.
    fn judge(
        &self,
        tip: &Tip,
        blocks: &CertifiedBlocks,
    ) -> Result<Option<Vec<Block>>, LedgerError> {
        let first = blocks.headers.first().ok_or(LedgerError::NoHeaders)?;
        let held = blocks.headers.iter().take_while(|header| header.height <= tip.height).count();
        for header in &blocks.headers[..held] {
            self.check_held(header)?;
        }
        let new = &blocks.headers[held..];
        let Some(next) = new.first() else { return Ok(None) };
        if next.height != tip.height.next() {
            let (expected, found) = (tip.height.next(), next.height);
            return Err(LedgerError::NotNext { expected, found });
        }
        let parent = (tip.height, tip.block);
        let chain = self.chain();
        verify_chain(chain, &self.validators, parent, new, &blocks.certificate)
            .map(Some)
            .map_err(|error| LedgerError::Chain { from: first.height, error })
    }

    fn check_held(&self, header: &Header) -> Result<(), LedgerError> {
        let offered = header.hash(self.chain());
        let held = self.header(header.height)?.map(|header| header.hash(self.chain()));
        match held {
            Some(held) if held != offered && header.height > Height(0) => {
                Err(LedgerError::Conflict { height: header.height, held, offered })
            }
            _ => Ok(()),
        }
    }

    /// The changes that take the blocks in, and the tip after them.
    fn appending(
        &self,
        tip: &Tip,
        new: &[Block],
        certificate: &Certificate,
    ) -> Result<(Delta, Tip), LedgerError> {
        let mut delta = Delta::default();
        let mut ordered = BTreeSet::new();
        let mut next = *tip;
        for block in new {
            let header = block.header();
            self.check_header(&next, header)?;
            let key = record::height_key(header.height);
            delta.put(Family::Headers, key, codec::encode(header.as_ref()));
            delta.put(Family::Hashes, block.hash().as_bytes().as_slice(), key.to_vec());
            for (reference, position) in header.batches.iter().zip(0_u32..) {
                let digest = reference.batch.as_bytes().as_slice();
                let earlier = self.store.get(Family::Ordered, digest)?.is_some();
                if ordered.insert(reference.batch) && !earlier {
                    let place = Place { height: header.height, position };
                    delta.put(Family::Ordered, digest, codec::encode(&place));
                }
                delta.remove(Family::Pending, digest);
            }
            next = Tip {
                height: header.height,
                block: block.hash(),
                time: header.time,
                executed: next.executed,
            };
        }
        let key = record::height_key(next.height);
        delta.put(Family::Certificates, key, codec::encode(certificate));
        delta.put(Family::Meta, record::COMMITTED, codec::encode(&next.height));
        Ok((delta, next))
    }

    /// What honest validators check of a header before they vote, and a quorum has signed.
    fn check_header(&self, parent: &Tip, header: &Header) -> Result<(), LedgerError> {
        check_header(self.genesis.protocol, parent.time, header)
    }

    fn execute_one(
        &self,
        cache: &mut NodeCache,
        write: Write,
    ) -> Result<Option<Applied>, LedgerError> {
        let tip = self.tip();
        if tip.executed.height == tip.height {
            return Ok(None);
        }
        let height = tip.executed.height.next();
        let header: Header = self.store.need(Family::Headers, &record::height_key(height))?;
        let block = Block::new(self.chain(), Arc::new(header));
        self.execute(cache, &block, tip, Delta::default(), write).map(Some)
    }

    /// Executes a block and writes what comes of it, along with `delta`; `tip` is how far the
    /// ledger has come with that, apart from this execution.
    fn execute(
        &self,
        cache: &mut NodeCache,
        block: &Block,
        tip: Tip,
        mut delta: Delta,
        write: Write,
    ) -> Result<Applied, LedgerError> {
        let batches = self.open_payload(block.header())?;
        let payload = Payload {
            chain: self.chain(),
            header: block.header(),
            block: block.hash(),
            batches: &batches,
        };
        let executing = execute::execute(&self.store, cache, &payload)?;
        delta.extend(executing.delta);
        self.store.write(&delta, write)?;
        cache.absorb(executing.update.nodes);
        self.set_tip(Tip { executed: executing.applied.executed, ..tip });
        Ok(executing.applied)
    }
}

/// What every header of the chain keeps to, besides its links and its certificate.
pub(crate) fn check_header(
    protocol: u16,
    parent_time: hansa_primitives::BlockTime,
    header: &Header,
) -> Result<(), LedgerError> {
    let height = header.height;
    if header.protocol != protocol {
        return Err(LedgerError::Protocol { height, found: header.protocol, known: protocol });
    }
    let broken = |what: String| Err(LedgerError::BrokenRule { height, what });
    if header.time <= parent_time {
        return broken(format!("its time {} is not after {parent_time}", header.time));
    }
    if header.batches.len() > limits::BLOCK_BATCHES_MAX {
        return broken(format!("it orders {} batches", header.batches.len()));
    }
    if header.executed.height >= height {
        let executed = header.executed.height;
        return broken(format!("it says that height {executed} was executed before it"));
    }
    Ok(())
}
