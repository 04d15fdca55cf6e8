//! Starts the parts of a node in their order, and stops them in the reverse one.

use crate::{
    agent::{self, Agent},
    api,
    config::Config,
    core::{Core, Parts},
    driver::{self, Driver, Wal},
    error::NodeError,
    executor,
    handle::NodeHandle,
    inbound::Inbound,
    keys::NodeKeys,
    lanes, mempool,
    p2p::{self, Swarm},
    publish::Tip,
    roster::Roster,
    sealed, sync,
};
use hansa_client::files::write_whole;
use hansa_consensus::{Recovered, Safety};
use hansa_contracts::genesis::Genesis;
use hansa_ledger::{Batch, Ledger, Options};
use hansa_primitives::{BlockHash, Epoch, Height, ValidatorIndex, codec};
use libp2p::Multiaddr;
use std::{
    net::SocketAddr,
    path::Path,
    sync::Arc,
    thread::{Builder, JoinHandle},
    time::{Duration, Instant},
};
use tokio::{sync::mpsc, task::JoinHandle as Task};

/// How long the parts have to come to an end.
const STOP_TIMEOUT: Duration = Duration::from_secs(10);
/// How long tasks that were cut off have to let go of the ledger.
const RELEASE_TIMEOUT: Duration = Duration::from_secs(1);
const STACK_BYTES: usize = 2 * 1024 * 1024;

/// A running node.
pub struct Node {
    handle: NodeHandle,
    p2p_address: Multiaddr,
    grpc_address: SocketAddr,
    threads: Vec<JoinHandle<()>>,
    swarm: Task<()>,
    server: Task<Result<(), NodeError>>,
}

/// What is read and opened before anything runs.
struct Opened {
    keys: NodeKeys,
    ledger: Ledger,
    wal: Option<(ValidatorIndex, Wal, Recovered)>,
}

/// Runs a node until told to stop.
///
/// # Errors
/// [`NodeError`] says why it does not start, or what failed while it ran.
pub async fn run(
    config: Config,
    shutdown: impl Future<Output = ()> + Send,
) -> Result<(), NodeError> {
    let mut node = Node::start(config).await?;
    let failed = tokio::select! {
        () = shutdown => None,
        ended = &mut node.server => Some(ended),
    };
    tracing::info!("stopping");
    match failed {
        None => node.stop().await,
        Some(ended) => {
            let address = node.grpc_address;
            node.close().await;
            let reason = "the server ended by itself".to_owned();
            let gone = NodeError::Grpc { address, reason };
            Err(ended.map_err(|e| NodeError::System(e.to_string()))?.err().unwrap_or(gone))
        }
    }
}

/// The runtime that a node is meant to run in: few threads, because the work is done by threads of
/// its own.
///
/// # Errors
/// What the system says when it refuses threads.
pub fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .max_blocking_threads(16)
        .thread_stack_size(STACK_BYTES)
        .thread_name("hansa-io")
        .enable_all()
        .build()
}

impl Node {
    /// Starts a node. When this returns, peers and clients can connect.
    ///
    /// # Errors
    /// [`NodeError`] says what is wrong and what to do.
    pub async fn start(config: Config) -> Result<Self, NodeError> {
        let opening = config.clone();
        let opened = tokio::task::spawn_blocking(move || open(&opening))
            .await
            .map_err(|error| NodeError::System(error.to_string()))??;
        let Opened { keys, ledger, wal } = opened;
        let ledger = Arc::new(ledger);
        let roster = Roster::read(&ledger.view()?);
        check_identity(&config, &keys, &ledger, &roster)?;
        let (addresses, told) = mpsc::unbounded_channel();
        let tip = tip(&ledger)?;
        let core = Arc::new(Core::new(Parts { config, keys, ledger, roster, tip, addresses }));
        load_pending(&core)?;

        let listen = core.config.p2p.listen.parse().expect("the configuration was checked");
        let (swarm, p2p_address) = Swarm::listen(
            &core.keys.identity,
            &core.chain,
            core.index.is_some(),
            listen,
            Arc::clone(&core.network),
            Arc::new(Inbound(Arc::clone(&core))),
            told,
        )
        .await
        .map_err(|error| NodeError::P2p(error.to_string()))?;
        let handle = NodeHandle { core: Arc::clone(&core) };
        let agent = core.config.agent.enabled.then(|| Agent::new(handle.clone()));
        let (server, grpc_address) = api::serve(handle.clone(), agent.clone()).await?;
        core.tell_peers(&core.roster());
        let swarm = tokio::spawn(swarm.run(core.stop.clone()));
        let threads = start_threads(&core, wal)?;
        if let Some(agent) = agent {
            start_agent(agent);
        }
        tracing::info!(
            member = %core.member, chain = %core.chain, validator = core.index.is_some(),
            height = %core.ledger.committed_height(), p2p = %p2p_address, grpc = %grpc_address,
            "the node runs"
        );
        Ok(Self { handle, p2p_address, grpc_address, threads, swarm, server })
    }

    /// What services and agents use.
    pub fn handle(&self) -> NodeHandle {
        self.handle.clone()
    }

    /// Where it listens for peers.
    pub fn p2p_address(&self) -> &Multiaddr {
        &self.p2p_address
    }

    /// Where it listens for clients.
    pub fn grpc_address(&self) -> SocketAddr {
        self.grpc_address
    }

    /// Stops the node and waits until all it has begun is on disk.
    ///
    /// # Errors
    /// [`NodeError`] if the server had failed before.
    pub async fn stop(mut self) -> Result<(), NodeError> {
        self.handle.core.stop.cancel();
        let ended = tokio::time::timeout(STOP_TIMEOUT, &mut self.server).await;
        if ended.is_err() {
            tracing::warn!("clients were cut off: they did not end in time");
            self.server.abort();
        }
        self.close().await;
        match ended {
            Ok(Ok(result)) => result,
            Ok(Err(error)) => Err(NodeError::System(error.to_string())),
            Err(_) => Ok(()),
        }
    }

    async fn close(self) {
        self.handle.core.close();
        // A task that has panicked is logged by its panic.
        let _ = self.swarm.await;
        let threads = self.threads;
        let joined = tokio::task::spawn_blocking(move || {
            for thread in threads {
                // A thread that panics aborts the process.
                let _ = thread.join();
            }
        });
        if tokio::time::timeout(STOP_TIMEOUT, joined).await.is_err() {
            tracing::warn!("some threads did not end in time");
        }
        // The ledger is released with the last task that uses it.
        let core = Arc::downgrade(&self.handle.core);
        drop(self.handle);
        let begun = Instant::now();
        while core.strong_count() > 0 && begun.elapsed() < RELEASE_TIMEOUT {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

fn open(config: &Config) -> Result<Opened, NodeError> {
    let genesis = read_genesis(&config.genesis)?;
    let place = genesis.validators().iter().position(|(member, _)| *member == config.member);
    let keys = NodeKeys::open(&config.keys, place.is_some())?;
    std::fs::create_dir_all(&config.data_dir).map_err(|source| NodeError::File {
        key: "data_dir",
        path: config.data_dir.clone(),
        source,
    })?;
    let directory = config.data_dir.join("ledger");
    let wal = match place {
        None => None,
        Some(place) => {
            // Once the key has voted on this ledger, or there is a ledger, a journal that is missing
            // was lost: the validator observes until it is safe to vote.
            let marked = mark_vote_key(&config.keys.directory, &genesis)?;
            let first = || Safety::first(Epoch(0), BlockHash(genesis.hash()));
            let first = (!marked && !directory.exists()).then(first);
            let path = config.data_dir.join("consensus.journal");
            let (wal, recovered) = Wal::open(&path, first)?;
            Some((ValidatorIndex(place as u16), wal, recovered))
        }
    };
    let ledger = Ledger::open(&directory, &genesis, Options::default())?;
    Ok(Opened { keys, ledger, wal })
}

/// Notes beside the vote key that it votes on a ledger, and tells whether that was noted before. The
/// note outlives the data directory, so that nobody who begins that anew makes the key vote twice.
fn mark_vote_key(keys: &Path, genesis: &Genesis) -> Result<bool, NodeError> {
    let path = keys.join("vote.used");
    let failed = |source| NodeError::File { key: "keys.directory", path: path.clone(), source };
    let mut noted = match std::fs::read_to_string(&path) {
        Ok(noted) => noted,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(failed(error)),
    };
    let ledger = genesis.hash().to_string();
    if noted.lines().any(|line| line == ledger) {
        return Ok(true);
    }
    noted.push_str(&ledger);
    noted.push('\n');
    write_whole(&path, noted.as_bytes()).map_err(failed)?;
    Ok(false)
}

fn read_genesis(path: &Path) -> Result<Genesis, NodeError> {
    let text = std::fs::read_to_string(path).map_err(|source| NodeError::File {
        key: "genesis",
        path: path.to_owned(),
        source,
    })?;
    Genesis::from_json(&text)
        .map_err(|error| NodeError::Genesis { path: path.to_owned(), reason: error.to_string() })
}

/// The keys that are here must be those that the registry names.
fn check_identity(
    config: &Config,
    keys: &NodeKeys,
    ledger: &Ledger,
    roster: &Roster,
) -> Result<(), NodeError> {
    let member = &config.member;
    let record = roster.member(member).ok_or_else(|| NodeError::UnknownMember(member.clone()))?;
    let wrong = |key, found: String, expected: String| {
        Err(NodeError::WrongKey { key, found, expected, member: member.clone() })
    };
    let own = p2p::peer_id(&keys.identity).map_err(|error| NodeError::P2p(error.to_string()))?;
    match &record.node {
        Some(node) if node.peer_id != own.to_string() => {
            return wrong("node.key", own.to_string(), node.peer_id.clone());
        }
        Some(_) => {}
        None => tracing::warn!("the registry names no node of this member: peers will refuse it"),
    }
    let set = ledger.validators();
    if let Some(expected) = set.index_of(member).and_then(|index| set.key(index)) {
        let found = keys.vote.as_ref().map(|vote| vote.verifying_key());
        if found != Some(*expected) {
            let found = found.map_or_else(|| "missing".to_owned(), |key| key.to_string());
            return wrong("vote.key", found, expected.to_string());
        }
    }
    if let Some(actor) = &keys.actor
        && actor.verifying_key() != record.signing_key
    {
        let found = actor.verifying_key().to_string();
        return wrong("actor.key", found, record.signing_key.to_string());
    }
    Ok(())
}

fn tip(ledger: &Ledger) -> Result<Tip, NodeError> {
    let executed = ledger.executed();
    let header = ledger.header(executed.height)?;
    let genesis = (ledger.genesis_hash(), ledger.genesis().time, Height(0));
    let (block, time, proven) = header.map_or(genesis, |header| {
        (header.hash(ledger.chain()), header.time, header.executed.height)
    });
    Ok(Tip { executed, block, time, proven })
}

/// Takes up the batches that were stored and not ordered when the node stopped.
fn load_pending(core: &Core) -> Result<(), NodeError> {
    if core.index.is_none() {
        return Ok(());
    }
    let mut pending = core.ledger.pending_batches()?;
    pending.sort_by_key(|reference| (reference.lane, reference.sequence));
    for reference in pending {
        let bytes = core.ledger.batch_bytes(&reference.batch)?.unwrap_or_default();
        let Ok(batch) = codec::decode::<Batch>(&bytes) else { continue };
        let held = batch.transactions.iter().map(|transaction| {
            let length = codec::encode(transaction).len();
            (transaction.id(), mempool::Held::in_batch(transaction, length))
        });
        core.mempool.insert(held.collect::<Vec<_>>());
        let ids = batch.transactions.iter().map(|transaction| transaction.id()).collect();
        core.pool.insert(reference, ids);
    }
    Ok(())
}

fn start_threads(
    core: &Arc<Core>,
    wal: Option<(ValidatorIndex, Wal, Recovered)>,
) -> Result<Vec<JoinHandle<()>>, NodeError> {
    let mut threads = Vec::new();
    let mut start = |name: &str, work: Box<dyn FnOnce(Arc<Core>) + Send>| {
        let core = Arc::clone(core);
        let builder = Builder::new().name(format!("hansa-{name}")).stack_size(STACK_BYTES);
        let thread = builder
            .spawn(move || guard(|| work(core)))
            .map_err(|error| NodeError::System(error.to_string()))?;
        threads.push(thread);
        Ok::<(), NodeError>(())
    };
    start("intake", Box::new(lanes::run_intake))?;
    start("server", Box::new(sync::run_server))?;
    start("sealer", Box::new(sealed::run))?;
    start("admission", Box::new(mempool::run_admission))?;
    let (ready, caught_up) = std::sync::mpsc::sync_channel(1);
    start(
        "executor",
        Box::new(move |core| {
            match executor::catch_up(&core) {
                Ok(()) => drop(ready.send(())),
                Err(error) => return core.halt(error.to_string()),
            }
            executor::run(core);
        }),
    )?;
    match wal {
        None => start("follower", Box::new(sync::run_follower))?,
        Some((index, wal, recovered)) => {
            start("verifier", Box::new(driver::run_verifier))?;
            start("lane", Box::new(move |core| lanes::run_seal(core, index)))?;
            start(
                "consensus",
                Box::new(move |core| {
                    // The engine starts from a ledger that has executed all it has committed.
                    if caught_up.recv().is_err() {
                        return;
                    }
                    match Driver::new(Arc::clone(&core), index, wal, recovered) {
                        Ok(driver) => driver.run(),
                        Err(error) => core.halt(error.to_string()),
                    }
                }),
            )?;
        }
    }
    Ok(threads)
}

/// A part that panics has broken an invariant: nothing of this node can be relied on any more.
fn guard(work: impl FnOnce()) {
    if std::panic::catch_unwind(std::panic::AssertUnwindSafe(work)).is_err() {
        tracing::error!("a part of the node has panicked; the process ends");
        std::process::abort();
    }
}

fn start_agent(agent: Arc<Agent>) {
    tokio::spawn(async move {
        if let Err(error) = agent::run(agent).await {
            tracing::error!(%error, "the member's agent has stopped; the node goes on without it");
        }
    });
}
