//! Measures committed transactions per second on validators of its own.
//!
//! The load is what a carrier's system would send: signed transactions that each report a movement of a
//! shipment, padded to the size asked for. Every validator verifies every signature, executes, and syncs.
//! The clock of a transaction starts when it is handed to one validator and stops when *another* one
//! shows it in a committed block.

use crate::{DevnetError, Layout, Network, StartOptions, Topology};
use futures::StreamExt;
use hansa_client::{Follow, Member};
use hansa_contracts::{
    call::{Call, Calls},
    shipment::{self, Classifier, Movement, MovementCode},
};
use hansa_primitives::{Height, Transaction, TransactionId, Ucr, codec};
use serde::Serialize;
use std::{
    collections::HashMap,
    fmt,
    path::PathBuf,
    pin::pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

/// Transactions handed over in one call.
const REQUEST_TRANSACTIONS: usize = 100;
/// Calls under way at one validator.
const REQUESTS_IN_FLIGHT: usize = 4;

/// What to measure.
#[derive(Clone, Debug)]
pub struct ThroughputOptions {
    /// The program `hansa`.
    pub program: PathBuf,
    /// How many validators.
    pub validators: usize,
    /// Bytes of one signed transaction.
    pub tx_bytes: usize,
    /// For how long.
    pub seconds: u64,
    /// Transactions offered per second; 0 for as many as are taken.
    pub rate: u64,
}

/// What was measured.
#[derive(Clone, Debug, Serialize)]
pub struct Throughput {
    /// Validators.
    pub validators: usize,
    /// Bytes of one signed transaction.
    pub tx_bytes: usize,
    /// Seconds of load.
    pub seconds: f64,
    /// Transactions offered.
    pub offered: u64,
    /// Transactions not taken at once, because a queue was full.
    pub failed: u64,
    /// Transactions committed and executed.
    pub committed: u64,
    /// Committed per second.
    pub committed_per_second: f64,
    /// Milliseconds from handing in to seeing the commit at another validator.
    pub latency_ms: Percentiles,
    /// Processor time of all validators per committed transaction, in microseconds.
    pub cpu_us_per_transaction: f64,
    /// What a commit means on disk.
    pub durability: &'static str,
    /// Processor and cores.
    pub machine: String,
}

/// Latency percentiles.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Percentiles {
    /// Median.
    pub p50: f64,
    /// 95 %.
    pub p95: f64,
    /// 99 %.
    pub p99: f64,
}

impl fmt::Display for Throughput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} validators, {} B a transaction, {:.1} s on {}",
            self.validators, self.tx_bytes, self.seconds, self.machine
        )?;
        writeln!(
            f,
            "committed {:.0}/s ({} of {} offered, {} not taken)",
            self.committed_per_second, self.committed, self.offered, self.failed
        )?;
        writeln!(
            f,
            "latency p50 {:.0} ms, p95 {:.0} ms, p99 {:.0} ms",
            self.latency_ms.p50, self.latency_ms.p95, self.latency_ms.p99
        )?;
        write!(
            f,
            "{:.0} µs of processor time a transaction, all validators together; durability: {}",
            self.cpu_us_per_transaction, self.durability
        )
    }
}

/// Starts validators in a directory of their own, offers load, and measures.
///
/// # Errors
/// [`DevnetError`] if the network does not come up.
pub async fn throughput(
    options: &ThroughputOptions,
    said: &mut dyn FnMut(&str),
) -> Result<Throughput, DevnetError> {
    let directory = std::env::temp_dir().join(format!("hansa-bench-{}", std::process::id()));
    let layout = Layout::new(&directory);
    let topology = Topology::validators(options.validators)?;
    crate::create(&layout, &topology)?;
    let mut network = Network::start(&options.program, layout, topology, StartOptions::default())?;
    network.wait_for_height(Height(0), Duration::from_secs(60)).await?;
    crate::scenario::first_transaction(&network).await?;
    said("validators are up");
    let result = measure(options, &network, said).await;
    network.stop();
    let _ = std::fs::remove_dir_all(directory);
    result
}

async fn measure(
    options: &ThroughputOptions,
    network: &Network,
    said: &mut dyn FnMut(&str),
) -> Result<Throughput, DevnetError> {
    let mut members = Vec::new();
    for validator in network.topology().nodes() {
        members.push(network.member(&validator.member).await?);
    }
    let last = members.last().ok_or_else(|| DevnetError::Topology("no validator".into()))?;
    let parties = Topology::traders()?;
    let exporter = network.member(&parties.exporter).await?;
    let carrier = network.member(&parties.carrier).await?;
    let ucr = Ucr::new("BENCH-0001")?;
    exporter.shipments().open(&ucr, parties).await?;
    // Only the shipment's carrier may report: it signs all load, which is handed to each validator.
    let signed = prepare(options, &carrier, &ucr, said).await?;
    let pids: Vec<u32> = network.addresses()?.iter().filter_map(|node| node.pid).collect();
    let shared = Arc::new(Shared::default());
    let watcher = tokio::spawn(watch(last.clone(), shared.clone()));
    let cpu_before = cpu_seconds(&pids);
    let started = Instant::now();
    let deadline = started + Duration::from_secs(options.seconds);
    let queue = Arc::new(Mutex::new(signed.into_iter()));
    let mut senders = Vec::new();
    for sender in 0..members.len() * REQUESTS_IN_FLIGHT {
        let member = members[sender % members.len()].clone();
        let (queue, shared, rate) = (queue.clone(), shared.clone(), options.rate);
        senders.push(tokio::spawn(async move {
            send(member, queue, shared, rate, started, deadline).await;
        }));
    }
    for sender in senders {
        let _ = sender.await;
    }
    let elapsed = started.elapsed();
    let committed = shared.committed.load(Ordering::Relaxed);
    let cpu = cpu_seconds(&pids) - cpu_before;
    watcher.abort();
    let latency_ms = percentiles(&mut shared.latencies.lock().unwrap_or_else(|e| e.into_inner()));
    Ok(Throughput {
        validators: options.validators,
        tx_bytes: options.tx_bytes,
        seconds: elapsed.as_secs_f64(),
        offered: shared.offered.load(Ordering::Relaxed),
        failed: shared.failed.load(Ordering::Relaxed),
        committed,
        committed_per_second: committed as f64 / elapsed.as_secs_f64(),
        latency_ms,
        cpu_us_per_transaction: cpu * 1e6 / committed.max(1) as f64,
        durability: "fsync on every validator before the vote and for every block",
        machine: machine(),
    })
}

#[derive(Default)]
struct Shared {
    offered: AtomicU64,
    failed: AtomicU64,
    committed: AtomicU64,
    sent: Mutex<HashMap<TransactionId, Instant>>,
    latencies: Mutex<Vec<Duration>>,
}

/// Signs all transactions beforehand, so that the load does not compete with its own making.
async fn prepare(
    options: &ThroughputOptions,
    carrier: &Member,
    ucr: &Ucr,
    said: &mut dyn FnMut(&str),
) -> Result<Vec<Transaction>, DevnetError> {
    let per_second = if options.rate == 0 { 12_000 } else { options.rate };
    let count = per_second * options.seconds;
    let bare = codec::encode(&carrier.sign(report(ucr, 0)?).await?).len();
    let padding = options.tx_bytes.saturating_sub(bare);
    let started = Instant::now();
    let mut signed = Vec::with_capacity(usize::try_from(count).unwrap_or(0));
    for _ in 0..count {
        signed.push(carrier.sign(report(ucr, padding)?).await?);
    }
    said(&format!("{count} transactions signed in {} ms", started.elapsed().as_millis()));
    Ok(signed)
}

fn report(ucr: &Ucr, padding: usize) -> Result<Calls, DevnetError> {
    let movement = Movement {
        code: MovementCode::Load,
        classifier: Classifier::Act,
        occurred: hansa_client::clock::now(),
        location: "DEHAM".parse().map_err(|_| DevnetError::Other("DEHAM".into()))?,
        container: None,
        vessel: None,
        remark: "x".repeat(padding),
    };
    Ok(Calls(vec![Call::Shipment(shipment::Call::ReportEvent {
        ucr: ucr.clone(),
        event: Box::new(movement),
    })]))
}

async fn send(
    member: Member,
    queue: Arc<Mutex<std::vec::IntoIter<Transaction>>>,
    shared: Arc<Shared>,
    rate: u64,
    started: Instant,
    deadline: Instant,
) {
    while Instant::now() < deadline {
        if rate > 0 {
            let due = shared.offered.load(Ordering::Relaxed) as f64 / rate as f64;
            let ahead = due - started.elapsed().as_secs_f64();
            if ahead > 0.0 {
                tokio::time::sleep(Duration::from_secs_f64(ahead)).await;
            }
        }
        let batch: Vec<Transaction> = {
            let mut queue = queue.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
            queue.by_ref().take(REQUEST_TRANSACTIONS).collect()
        };
        if batch.is_empty() {
            return;
        }
        shared.offered.fetch_add(batch.len() as u64, Ordering::Relaxed);
        submit(&member, batch, &shared, deadline).await;
    }
}

/// Hands a batch over; what a full queue refuses is tried again until the time is over.
async fn submit(member: &Member, mut batch: Vec<Transaction>, shared: &Shared, deadline: Instant) {
    while !batch.is_empty() {
        let now = Instant::now();
        {
            let mut sent = shared.sent.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
            for transaction in &batch {
                sent.entry(transaction.id()).or_insert(now);
            }
        }
        let refused = match member.submit_batch(&batch).await {
            Ok(outcomes) => batch
                .into_iter()
                .zip(outcomes)
                .filter(|(_, outcome)| outcome.is_err())
                .map(|(transaction, _)| transaction)
                .collect(),
            Err(_) => batch,
        };
        batch = refused;
        if batch.is_empty() {
            return;
        }
        shared.failed.fetch_add(batch.len() as u64, Ordering::Relaxed);
        if Instant::now() > deadline {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Follows the ledger at one validator and notes when each transaction shows.
async fn watch(member: Member, shared: Arc<Shared>) {
    let kinds = vec!["movement-reported".to_owned()];
    let mut events = pin!(member.follow(Follow { kinds, ..Follow::default() }));
    while let Some(Ok(event)) = events.next().await {
        shared.committed.fetch_add(1, Ordering::Relaxed);
        let sent = shared
            .sent
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner())
            .remove(&event.transaction);
        if let Some(sent) = sent {
            let mut latencies =
                shared.latencies.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
            latencies.push(sent.elapsed());
        }
    }
}

fn percentiles(latencies: &mut [Duration]) -> Percentiles {
    latencies.sort();
    let at = |permille: usize| {
        let index = (latencies.len() * permille / 1000).min(latencies.len().saturating_sub(1));
        latencies.get(index).map_or(0.0, |latency| latency.as_secs_f64() * 1000.0)
    };
    Percentiles { p50: at(500), p95: at(950), p99: at(990) }
}

/// User and system time of processes, from `/proc`.
fn cpu_seconds(pids: &[u32]) -> f64 {
    // The kernel counts in hundredths of a second on every platform that Hansa runs on (USER_HZ).
    const TICKS_PER_SECOND: f64 = 100.0;
    let ticks: u64 = pids
        .iter()
        .filter_map(|pid| {
            let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
            let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
            Some(fields.get(11)?.parse::<u64>().ok()? + fields.get(12)?.parse::<u64>().ok()?)
        })
        .sum();
    ticks as f64 / TICKS_PER_SECOND
}

fn machine() -> String {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info
        .lines()
        .find_map(|line| {
            line.strip_prefix("model name")?.split_once(':').map(|(_, name)| name.trim())
        })
        .unwrap_or("unknown processor");
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    format!("{model}, {cores} cores")
}
