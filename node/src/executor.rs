//! Applies committed blocks to the ledger, in order, off the path of consensus, and tells the rest
//! of the node. The only part that makes the ledger grow.

use crate::{
    core::Core,
    driver::DriverInput,
    lanes::Intake,
    mailbox::Drained,
    p2p::{BlocksMessage, Class, HeaderRun},
    publish::Tip,
    roster::Roster,
};
use hansa_consensus::{BatchRef, Certificate, Header, Input};
use hansa_ledger::{Applied, CertifiedBlocks, LedgerError};
use hansa_primitives::Height;
use std::{sync::Arc, time::Duration};

/// How often a missing batch is looked for again.
const LOOK_AGAIN: Duration = Duration::from_millis(50);
/// Commits taken from the mailbox at a time.
const TAKE_MAX: usize = 16;

/// Blocks that are final.
pub(crate) struct Commit {
    /// Their headers, ascending.
    pub(crate) headers: Vec<Arc<Header>>,
    /// Commits the last of them.
    pub(crate) certificate: Certificate,
}

/// Executes what was committed before the node stopped and was not executed then.
pub(crate) fn catch_up(core: &Core) -> Result<(), LedgerError> {
    loop {
        match core.ledger.execute_next() {
            Ok(None) => return Ok(()),
            Ok(Some(applied)) => publish(core, applied),
            Err(LedgerError::MissingBatches { missing, .. }) => {
                if !fetch(core, missing) {
                    return Ok(());
                }
            }
            Err(error) => return Err(error),
        }
    }
}

/// Runs until the mailbox is closed or the node is halted.
pub(crate) fn run(core: Arc<Core>) {
    let mut commits = Vec::new();
    while core.executor.drain(&mut commits, TAKE_MAX, None) != Drained::Closed {
        for commit in commits.drain(..) {
            if core.halted().is_some() || !apply(&core, commit) {
                // Nothing is executed any more: what still comes is not kept.
                return core.executor.close();
            }
        }
    }
}

/// Applies blocks; false when the node has to stop.
fn apply(core: &Core, commit: Commit) -> bool {
    push_to_followers(core, &commit);
    let blocks = CertifiedBlocks { headers: commit.headers, certificate: commit.certificate };
    loop {
        match core.ledger.apply(&blocks) {
            Ok(all) => {
                core.pool.remove(blocks.headers.iter().flat_map(|header| &header.batches));
                for applied in all {
                    publish(core, applied);
                }
                let durable = core.ledger.committed_height();
                core.driver.push(DriverInput::Durable(durable));
                return true;
            }
            Err(LedgerError::MissingBatches { missing, .. }) => {
                if !fetch(core, missing) {
                    return false;
                }
            }
            Err(error) if error.is_fatal() => {
                core.halt(error.to_string());
                return false;
            }
            Err(error) => {
                // A follower was told something else before; it asks again from where it stands.
                tracing::warn!(%error, "blocks not applied");
                return true;
            }
        }
    }
}

/// Waits until batches of committed blocks are here. False when the node stops first.
fn fetch(core: &Core, missing: Vec<BatchRef>) -> bool {
    tracing::debug!(count = missing.len(), "batches of committed blocks are missing");
    core.intake.push(Intake::Fetch(missing.clone()));
    loop {
        let seen = core.arrivals.count();
        match core.ledger.missing_batches(&missing) {
            Ok(still) if still.is_empty() => return true,
            Ok(_) => {}
            Err(error) => {
                core.halt(error.to_string());
                return false;
            }
        }
        if core.stop.is_cancelled() || core.halted().is_some() {
            return false;
        }
        core.arrivals.wait(seen, LOOK_AGAIN);
    }
}

/// Tells the nodes that only follow.
fn push_to_followers(core: &Core, commit: &Commit) {
    if core.index.is_none() {
        return;
    }
    let run =
        HeaderRun { headers: commit.headers.clone(), certificate: commit.certificate.clone() };
    let frame = BlocksMessage::Run(run).frame();
    core.network.broadcast(Class::Blocks, &frame, |peer| peer.at.validator.is_none());
}

/// Tells everyone who waits for what a block brought.
fn publish(core: &Core, applied: Applied) {
    let Applied { height, block, time, executed, receipts, events, transactions } = applied;
    core.driver.push(Input::Executed(executed).into());
    core.intake.push(Intake::Executed(height));
    if events.iter().any(|logged| Roster::is_changed_by(&logged.event)) {
        match core.ledger.view() {
            Ok(view) => core.set_roster(Roster::read(&view)),
            Err(error) => core.halt(error.to_string()),
        }
    }
    let expired = core.mempool.decided(height, &transactions);
    core.waiters.decided(height, time, receipts);
    core.waiters.expired(&expired);
    let proven = match core.ledger.header(height) {
        Ok(header) => header.map_or(Height(0), |header| header.executed.height),
        Err(error) => return core.halt(error.to_string()),
    };
    core.tip.send_replace(Tip { executed, block, time, proven });
    let count = transactions.len();
    tracing::debug!(%height, %block, transactions = count, events = events.len(), "executed");
}
