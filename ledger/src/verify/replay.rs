//! Executing the chain again, from the genesis, in memory.

use super::{Fault, FaultKind, Summary, compare};
use crate::{
    batch::OpenBatch,
    execute::{self, Payload},
    ledger::check_header,
    record::{self, Execution, Place},
    state::cache::NodeCache,
    store::{Delta, Family, Memory, Rocks, Source},
};
use hansa_consensus::{Block, Certificate, Header, ValidatorSet, verify_chain};
use hansa_contracts::genesis::Genesis;
use hansa_primitives::{BlockHash, BlockTime, Digest, Epoch, Height, codec};
use std::{collections::BTreeSet, sync::Arc};

/// The chain as far as it has been executed again.
pub(super) struct Replay<'a> {
    store: &'a Rocks,
    genesis: &'a Genesis,
    set: ValidatorSet,
    summary: &'a mut Summary,
    memory: Memory,
    cache: NodeCache,
    /// The last height that the store has executed.
    executed: Height,
    parent: (Height, BlockHash),
    parent_time: BlockTime,
    /// The last certified block, and the headers since.
    certified: (Height, BlockHash),
    uncertified: Vec<Arc<Header>>,
}

impl<'a> Replay<'a> {
    pub(super) fn begin(
        store: &'a Rocks,
        genesis: &'a Genesis,
        executed: Height,
        summary: &'a mut Summary,
    ) -> Result<Self, Fault> {
        let unfit = |error: String| {
            Fault::new(FaultKind::Genesis, "meta", "a genesis that a ledger can begin with", error)
        };
        let writes = genesis.writes().map_err(|error| unfit(error.to_string()))?;
        let set = ValidatorSet::new(Epoch(0), genesis.validators())
            .map_err(|error| unfit(error.to_string()))?;
        let mut memory = Memory::default();
        let beginning = execute::begin(&memory, genesis, &writes)?;
        memory.apply(beginning.delta);
        let hash = BlockHash(genesis.hash());
        summary.chain = genesis.chain.to_string();
        summary.genesis = hash.to_string();
        summary.executed = executed.0;
        Ok(Self {
            store,
            genesis,
            set,
            summary,
            memory,
            cache: NodeCache::default(),
            executed,
            parent: (Height(0), hash),
            parent_time: genesis.time,
            certified: (Height(0), hash),
            uncertified: Vec::new(),
        })
    }

    /// Verifies the block at the next height, and executes it if the store has.
    pub(super) fn block(&mut self, height: Height) -> Result<(), Fault> {
        let header = Arc::new(self.header(height)?);
        let block = Block::new(&self.genesis.chain, header.clone());
        self.uncertified.push(header.clone());
        self.certificate(height)?;
        self.remember(&block);
        let batches = self.batches(&header)?;
        if height <= self.executed {
            self.execute(&block, &batches)?;
        }
        self.parent = (height, block.hash());
        self.parent_time = header.time;
        Ok(())
    }

    fn header(&self, height: Height) -> Result<Header, Fault> {
        let header: Header = self.store.need(Family::Headers, &record::height_key(height))?;
        let place = || format!("header at height {height}");
        if header.height != height {
            let (expected, found) = (height.to_string(), header.height.to_string());
            return Err(Fault::new(FaultKind::Header, place(), expected, found));
        }
        if header.parent != self.parent.1 {
            let (expected, found) = (self.parent.1.to_string(), header.parent.to_string());
            return Err(Fault::new(FaultKind::Header, place(), expected, found));
        }
        check_header(self.genesis.protocol, self.parent_time, &header)
            .map_err(|error| Fault::of(error, place()))?;
        Ok(header)
    }

    /// Verifies the height's certificate, if it has one, and with it the headers since the last
    /// one.
    fn certificate(&mut self, height: Height) -> Result<(), Fault> {
        let key = record::height_key(height);
        let certificate: Option<Certificate> = self.store.read(Family::Certificates, &key)?;
        let Some(certificate) = certificate else { return Ok(()) };
        let headers = std::mem::take(&mut self.uncertified);
        let chain = &self.genesis.chain;
        let blocks = verify_chain(chain, &self.set, self.certified, &headers, &certificate)
            .map_err(|error| {
                let place = format!("certificate at height {height}");
                let expected = "a certificate of the validators for this chain";
                Fault::new(FaultKind::Certificate, place, expected, error.to_string())
            })?;
        if let Some(last) = blocks.last() {
            self.certified = (last.height(), last.hash());
        }
        self.summary.certificates += 1;
        Ok(())
    }

    /// What taking the block in writes to the indexes.
    fn remember(&mut self, block: &Block) {
        let mut delta = Delta::default();
        let (height, key) = (block.height(), record::height_key(block.height()));
        delta.put(Family::Hashes, block.hash().as_bytes().as_slice(), key.to_vec());
        for (reference, position) in block.header().batches.iter().zip(0_u32..) {
            let digest = reference.batch.as_bytes().as_slice();
            if self.memory.contains(Family::Ordered, digest) {
                continue;
            }
            let place = codec::encode(&Place { height, position });
            self.memory.insert(Family::Ordered, digest.to_vec(), place);
        }
        delta.put(Family::Meta, record::COMMITTED, codec::encode(&height));
        self.memory.apply(delta);
        self.summary.height = height.0;
        self.summary.tip = block.hash().to_string();
    }

    /// The batches of the block. A block that is not executed yet may lack some.
    fn batches(&mut self, header: &Header) -> Result<Vec<Arc<OpenBatch>>, Fault> {
        let mut opened = Vec::with_capacity(header.batches.len());
        for reference in &header.batches {
            let digest = reference.batch;
            let Some(bytes) = self.store.get(Family::Batches, digest.as_bytes())? else {
                if header.height > self.executed {
                    continue;
                }
                let place = format!("batch {digest} of the block at height {}", header.height);
                return Err(Fault::new(FaultKind::Batch, place, "a batch", "none"));
            };
            opened.push(Arc::new(self.open(&digest, &bytes)?));
            self.summary.batches += 1;
        }
        Ok(opened)
    }

    fn open(&self, digest: &Digest, bytes: &[u8]) -> Result<OpenBatch, Fault> {
        let place = || format!("batch {digest}");
        let open = OpenBatch::open(&self.genesis.chain, bytes).map_err(|error| {
            Fault::new(FaultKind::Batch, place(), "a canonical batch", error.to_string())
        })?;
        let found = open.reference.batch;
        if found != *digest {
            let (expected, found) = (digest.to_string(), found.to_string());
            return Err(Fault::new(FaultKind::Batch, place(), expected, found));
        }
        Ok(open)
    }

    fn execute(&mut self, block: &Block, batches: &[Arc<OpenBatch>]) -> Result<(), Fault> {
        let height = block.height();
        let payload = Payload {
            chain: &self.genesis.chain,
            header: block.header(),
            block: block.hash(),
            batches,
        };
        let executing = execute::execute(&self.memory, &self.cache, &payload)
            .map_err(|error| Fault::of(error, format!("block at height {height}")))?;
        for (receipt, position) in executing.applied.receipts.iter().zip(0_u32..) {
            let key = record::place_key(height, position);
            let (expected, found) =
                (codec::encode(receipt), self.store.get(Family::Receipts, &key)?);
            if found.as_ref() != Some(&expected) {
                let place = format!("receipt {position} of the block at height {height}");
                return Err(Fault::new(
                    FaultKind::Receipt,
                    place,
                    compare::show(Some(&expected)),
                    compare::show(found.as_deref()),
                ));
            }
        }
        self.summary.transactions += executing.applied.transactions.len() as u64;
        self.summary.events += executing.applied.events.len() as u64;
        // Receipts have been compared; they need not be held.
        self.memory.apply_except(Family::Receipts, executing.delta);
        self.cache.absorb(executing.update.nodes);
        Ok(())
    }

    /// Compares what the chain led to with what is stored; gives the sealed bytes that it refers
    /// to.
    pub(super) fn end(self) -> Result<BTreeSet<Digest>, Fault> {
        if let Some(header) = self.uncertified.last() {
            let place = format!("certificate at height {}", header.height);
            return Err(Fault::new(FaultKind::Certificate, place, "a certificate", "none"));
        }
        let key = record::height_key(self.executed);
        let execution: Execution = self.memory.need(Family::Executions, &key)?;
        self.summary.state_root = execution.state_root.to_string();
        compare::derived(self.store, &self.memory)?;
        compare::counts(self.store, self.summary)?;
        compare::unordered(self.store, &self.memory, |digest, bytes| self.open(digest, bytes))?;
        compare::definition(&self.memory, &execution.state_root)?;
        self.summary.state_entries = self.memory.family(Family::State).count() as u64;
        self.summary.tree_nodes = self.memory.family(Family::Tree).count() as u64;
        Ok(compare::registered(&self.memory))
    }
}
