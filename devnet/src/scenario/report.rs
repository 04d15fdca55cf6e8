//! What a run of the scenario shows: one entry a step, one an unhappy way, one a node.

use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// The result of a run, written as JSON by `--json`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Report {
    /// Every step and every unhappy way showed what it must show.
    pub ok: bool,
    /// The ledger's name.
    pub chain: String,
    /// Version of the program.
    pub version: String,
    /// Figures of the run.
    pub figures: Figures,
    /// The nodes and where they are.
    pub nodes: Vec<NodeEntry>,
    /// The steps of the trade.
    pub steps: Vec<StepEntry>,
    /// The unhappy ways.
    pub unhappy: Vec<UnhappyEntry>,
}

/// Figures of a run, in milliseconds and MiB.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Figures {
    /// From the start of the first process to block 1 on all nodes.
    pub block_1_on_all_nodes_ms: u64,
    /// The ceremony for the proofs' keys, from the first contribution to keys active on the ledger.
    pub ceremony_ms: u64,
    /// From the first upload to the last step of the trade, proofs included.
    pub trade_ms: u64,
    /// From upload to clearance, as the ledger's block times tell.
    pub upload_to_clearance_ms: u64,
    /// Resident memory of each node after the trade.
    pub memory_mib: Vec<u64>,
}

/// One node.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NodeEntry {
    /// Whose.
    pub member: String,
    /// The process.
    pub pid: u32,
    /// Where its gRPC API listens.
    pub grpc: String,
    /// Where its ledger lies.
    pub data_directory: PathBuf,
    /// Whether it votes.
    pub validator: bool,
}

/// A transaction that a step led to.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
pub struct TransactionEntry {
    /// The id.
    pub id: String,
    /// The block.
    pub height: u64,
}

/// One step of the trade.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StepEntry {
    /// Its number in the scenario.
    pub step: u8,
    /// Who does it.
    pub who: String,
    /// What is done.
    pub what: String,
    /// Whether all that must be seen was seen.
    pub ok: bool,
    /// What was seen.
    pub seen: Vec<String>,
    /// The transactions, in order.
    pub transactions: Vec<TransactionEntry>,
    /// How long it took.
    pub ms: u64,
}

/// One unhappy way.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct UnhappyEntry {
    /// Its name.
    pub name: String,
    /// Whether it ended as it must.
    pub ok: bool,
    /// What was seen.
    pub seen: Vec<String>,
    /// How long it took.
    pub ms: u64,
}

/// What a step is told while it runs: transactions it made and what it saw.
#[derive(Debug, Default)]
pub struct Notes {
    /// The transactions, in order.
    pub transactions: Vec<TransactionEntry>,
    /// What was seen.
    pub seen: Vec<String>,
}

impl Notes {
    /// Notes something that was checked and held.
    pub fn saw(&mut self, what: impl Into<String>) {
        self.seen.push(what.into());
    }
}
