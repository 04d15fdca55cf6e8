//! What all parts of a running node share: what it is, what it holds, and the mailboxes between its
//! threads.
//!
//! ```text
//! clients, peers ─► admission ─► lane ─► batches to all nodes, own ledger, driver
//!          peers ─► verifier ─► driver (consensus) ─► executor ─► ledger, subscribers
//!          peers ─► intake ─► ledger, driver          peers ─► follower ─► executor
//! ```

use crate::{
    config::Config,
    driver::DriverInput,
    executor::Commit,
    keys::NodeKeys,
    lanes::{Accepted, Intake, Pool},
    mailbox::Mailbox,
    mempool::{Admission, Mempool},
    p2p::{Network, Peer, PeerAddress, SealedMessage},
    publish::{Tip, Waiters},
    roster::Roster,
    sealed::Exchange,
    sync::{Heard, Request},
};
use hansa_consensus::{Envelope, ValidatorSet};
use hansa_ledger::Ledger;
use hansa_primitives::{ChainId, Height, MemberId, ValidatorIndex};
use std::{
    collections::BTreeMap,
    sync::{Arc, Condvar, Mutex, PoisonError, RwLock},
    time::Duration,
};
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

/// What the parts of a running node share.
pub(crate) struct Core {
    pub(crate) config: Config,
    pub(crate) chain: ChainId,
    pub(crate) member: MemberId,
    pub(crate) keys: NodeKeys,
    pub(crate) ledger: Arc<Ledger>,
    pub(crate) set: Arc<ValidatorSet>,
    /// This node's place among the validators, if it is one.
    pub(crate) index: Option<ValidatorIndex>,
    pub(crate) network: Arc<Network>,
    pub(crate) pool: Pool,
    pub(crate) mempool: Mempool,
    pub(crate) waiters: Waiters,
    pub(crate) sealed: Exchange,
    pub(crate) tip: watch::Sender<Tip>,
    pub(crate) peers_told: PeersTold,
    /// Batches have arrived.
    pub(crate) arrivals: Signal,

    pub(crate) driver: Mailbox<DriverInput>,
    pub(crate) verifier: Mailbox<Envelope>,
    pub(crate) admission: Mailbox<Admission>,
    pub(crate) lane: Mailbox<Accepted>,
    pub(crate) intake: Mailbox<Intake>,
    pub(crate) executor: Mailbox<Commit>,
    pub(crate) follower: Mailbox<Heard>,
    pub(crate) server: Mailbox<Request>,
    pub(crate) sealer: Mailbox<(Arc<Peer>, SealedMessage)>,

    roster: RwLock<Arc<Roster>>,
    addresses: mpsc::UnboundedSender<Vec<PeerAddress>>,
    halted: Mutex<Option<String>>,
    pub(crate) stop: CancellationToken,
    /// For threads that start tasks.
    pub(crate) runtime: tokio::runtime::Handle,
}

/// What is made before the core.
pub(crate) struct Parts {
    pub(crate) config: Config,
    pub(crate) keys: NodeKeys,
    pub(crate) ledger: Arc<Ledger>,
    pub(crate) roster: Roster,
    pub(crate) tip: Tip,
    pub(crate) addresses: mpsc::UnboundedSender<Vec<PeerAddress>>,
}

impl Core {
    /// Called within the runtime that the node's tasks run in.
    pub(crate) fn new(parts: Parts) -> Self {
        let Parts { config, keys, ledger, roster, tip, addresses } = parts;
        let set = Arc::clone(ledger.validators());
        Self {
            chain: ledger.chain().clone(),
            member: config.member.clone(),
            index: set.index_of(&config.member),
            config,
            keys,
            ledger,
            set,
            network: Arc::default(),
            pool: Pool::default(),
            mempool: Mempool::default(),
            waiters: Waiters::default(),
            sealed: Exchange::default(),
            tip: watch::Sender::new(tip),
            peers_told: PeersTold::default(),
            arrivals: Signal::default(),
            driver: Mailbox::default(),
            verifier: Mailbox::default(),
            admission: Mailbox::default(),
            lane: Mailbox::default(),
            intake: Mailbox::default(),
            executor: Mailbox::default(),
            follower: Mailbox::default(),
            server: Mailbox::default(),
            sealer: Mailbox::default(),
            roster: RwLock::new(Arc::new(roster)),
            addresses,
            halted: Mutex::default(),
            stop: CancellationToken::new(),
            runtime: tokio::runtime::Handle::current(),
        }
    }

    /// The registry as of the last executed block.
    pub(crate) fn roster(&self) -> Arc<Roster> {
        Arc::clone(&self.roster.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Takes over a registry that has changed, and lets the network know.
    pub(crate) fn set_roster(&self, roster: Roster) {
        self.tell_peers(&roster);
        *self.roster.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(roster);
    }

    /// Lets the network know who may connect.
    pub(crate) fn tell_peers(&self, roster: &Roster) {
        // The network is gone only when the node is stopping.
        let _ = self.addresses.send(roster.peers(&self.set, &self.member));
    }

    /// Stops everything that signs or writes. Data stays, reading goes on, the operator is told.
    pub(crate) fn halt(&self, reason: String) {
        let mut halted = self.halted.lock().unwrap_or_else(PoisonError::into_inner);
        if halted.is_none() {
            tracing::error!(reason, "halted: the node signs and writes nothing any more");
            *halted = Some(reason);
        }
    }

    /// Why the node is halted, if it is.
    pub(crate) fn halted(&self) -> Option<String> {
        self.halted.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Closes all mailboxes, so that the threads end.
    pub(crate) fn close(&self) {
        self.stop.cancel();
        self.admission.close();
        self.lane.close();
        self.verifier.close();
        self.driver.close();
        self.intake.close();
        self.executor.close();
        self.follower.close();
        self.server.close();
        self.sealer.close();
        self.arrivals.notify();
    }
}

/// How far the other nodes say they have come.
#[derive(Default)]
pub(crate) struct PeersTold(Mutex<BTreeMap<MemberId, Told>>);

/// What a node has said last.
#[derive(Clone, Debug, Default)]
pub(crate) struct Told {
    /// The greatest height it claims to have committed.
    pub(crate) height: Height,
    /// Its last vote, in words.
    pub(crate) vote: Option<hansa_consensus::Vote>,
}

impl PeersTold {
    /// Notes a height.
    pub(crate) fn height(&self, member: &MemberId, height: Height) {
        self.update(member, |told| told.height = told.height.max(height));
    }

    /// Notes a vote.
    pub(crate) fn vote(&self, member: &MemberId, vote: hansa_consensus::Vote) {
        self.update(member, |told| told.vote = Some(vote));
    }

    /// What a node has said.
    pub(crate) fn of(&self, member: &MemberId) -> Told {
        let told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        told.get(member).cloned().unwrap_or_default()
    }

    fn update(&self, member: &MemberId, change: impl FnOnce(&mut Told)) {
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match told.get_mut(member) {
            Some(known) => change(known),
            None => change(told.entry(member.clone()).or_default()),
        }
    }
}

/// Something has happened that other threads may be waiting for.
#[derive(Default)]
pub(crate) struct Signal {
    count: Mutex<u64>,
    changed: Condvar,
}

impl Signal {
    /// Wakes whoever waits.
    pub(crate) fn notify(&self) {
        *self.count.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.changed.notify_all();
    }

    /// How often it has happened.
    pub(crate) fn count(&self) -> u64 {
        *self.count.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until it has happened more often than `seen`, at most for `timeout`.
    pub(crate) fn wait(&self, seen: u64, timeout: Duration) {
        let count = self.count.lock().unwrap_or_else(PoisonError::into_inner);
        // Waking early or late does no harm: the caller looks again.
        drop(self.changed.wait_timeout_while(count, timeout, |count| *count == seen));
    }
}
