//! Drives the consensus engine: one thread that drains what came in, lets the engine handle it all,
//! makes its records durable with one sync, and performs what it asks for.

mod host;
mod verify;
mod wal;

pub(crate) use verify::run as run_verifier;
pub(crate) use wal::Wal;
pub(crate) use wal::WalError;

use crate::{core::Core, mailbox::Drained};
use hansa_consensus::{Certificate, Config, ConfigError, Input, Recovery, Replica, Report, step};
use hansa_ledger::{LedgerError, transactions_root};
use hansa_primitives::{Height, ValidatorIndex};
use host::Desk;
use std::{sync::Arc, time::Instant};
use tokio::sync::oneshot;

/// Inputs handled in one step: one sync for all of them.
const STEP_MAX: usize = 512;

/// What comes to the driver.
pub(crate) enum DriverInput {
    /// For the engine.
    Engine(Box<Input>),
    /// The ledger durably holds all blocks up to this height.
    Durable(Height),
    /// Someone asks where the engine stands.
    Status(oneshot::Sender<Report>),
}

impl From<Input> for DriverInput {
    fn from(input: Input) -> Self {
        Self::Engine(Box::new(input))
    }
}

/// Why the engine does not start.
#[derive(Debug, thiserror::Error)]
pub enum DriverError {
    /// Its settings are wrong.
    #[error("consensus: {0}")]
    Config(#[from] ConfigError),
    /// The ledger cannot be read.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

/// The engine, its settings for this node, and its journal.
pub(crate) struct Driver {
    replica: Replica,
    desk: Desk,
}

impl Driver {
    /// Sets the engine up from what ledger and journal hold.
    pub(crate) fn new(
        core: Arc<Core>,
        index: ValidatorIndex,
        wal: Wal,
        recovered: hansa_consensus::Recovered,
    ) -> Result<Self, DriverError> {
        let parameters = &core.ledger.genesis().parameters;
        let millis = std::time::Duration::from_millis;
        let root = Certificate::genesis(core.ledger.genesis_hash());
        let mut config = Config::new(core.chain.clone(), Arc::clone(&core.set), index, root);
        config.term = parameters.leader_term;
        config.window = parameters.window;
        config.batches_max = parameters.batches_max as usize;
        config.timeout_base = millis(parameters.timeout_base_ms);
        config.timeout_max = millis(parameters.timeout_max_ms);
        config.resend = millis(parameters.resend_ms);
        config.clock_bound = millis(parameters.clock_bound_ms);
        config.protocol = core.ledger.genesis().protocol;
        config.empty_root = transactions_root(&[]);
        core.config.consensus.apply(&mut config);
        let recovery = Recovery {
            safety: recovered.safety,
            committed: core.ledger.committed()?,
            headers: recovered.headers,
            roots: core.ledger.roots()?,
        };
        if recovery.safety.is_none() {
            tracing::warn!(
                "the record of what this validator signed is lost; it follows without voting until \
                 the others begin a view without it"
            );
        }
        let signer = core.keys.vote.clone().expect("a validator's vote key is opened at the start");
        let replica = Replica::new(config, signer, recovery)?;
        Ok(Self { replica, desk: Desk::new(core, index, wal) })
    }

    /// Runs until the mailbox is closed or the node is halted.
    pub(crate) fn run(mut self) {
        let core = Arc::clone(&self.desk.core);
        self.desk.wal.forget(core.ledger.committed_height());
        self.step(vec![Input::Start, Input::Work { pending: !core.pool.is_empty() }]);
        let mut drained = Vec::new();
        loop {
            let deadline = match self.desk.has_answers() {
                true => Some(Instant::now()),
                false => self.desk.next_timer(),
            };
            if core.driver.drain(&mut drained, STEP_MAX, deadline) == Drained::Closed {
                return;
            }
            if core.halted().is_some() {
                // Nothing is signed any more: what still comes is not kept.
                return core.driver.close();
            }
            let mut inputs = self.desk.take_answers();
            for input in drained.drain(..) {
                match input {
                    DriverInput::Engine(input) => inputs.push(*input),
                    DriverInput::Durable(height) => self.desk.wal.forget(height),
                    // Whoever asked may have gone.
                    DriverInput::Status(reply) => drop(reply.send(self.replica.status())),
                }
            }
            inputs.extend(self.desk.take_expired());
            if !inputs.is_empty() {
                self.step(inputs);
            }
        }
    }

    fn step(&mut self, inputs: Vec<Input>) {
        step(&mut self.replica, &mut self.desk, hansa_client::clock::now(), inputs);
    }
}
