//! The milk-powder trade: Buy, Ship and Pay, run against real nodes through the SDK, as members would.
//!
//! Every step does its work with the keys of the member that takes it, and checks what must be seen
//! afterwards. Nothing is computed beforehand.

mod closed;
mod export;
mod financing;
mod import;
mod papers;
mod report;
mod trade;
mod unhappy;

pub use report::{Figures, NodeEntry, Report, StepEntry, TransactionEntry, UnhappyEntry};
pub use trade::Trade;

use crate::{DevnetError, Network, Runs, ceremony};
use hansa_client::Cursor;
use hansa_contracts::{
    call::{Call, Calls},
    registry,
};
use hansa_primitives::Height;
use report::Notes;
use std::time::{Duration, Instant};

const START_PATIENCE: Duration = Duration::from_secs(60);

/// Waits for block 1 on all nodes and runs nothing.
///
/// # Errors
/// [`DevnetError`] if a node does not come up.
pub async fn only_start(
    network: &mut Network,
    said: &mut dyn FnMut(&str),
) -> Result<Report, DevnetError> {
    let mut report = Report {
        chain: network.topology().chain.to_string(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        ..Report::default()
    };
    let started = Instant::now();
    // A ledger without work makes no blocks: the first validator confirms its own address.
    network.wait_for_height(Height(0), START_PATIENCE).await?;
    first_transaction(network).await?;
    network.wait_for_height(Height(1), START_PATIENCE).await?;
    report.figures.block_1_on_all_nodes_ms = milliseconds(started);
    said(&format!("block 1 on all nodes after {} ms", report.figures.block_1_on_all_nodes_ms));
    report.nodes = nodes(network)?;
    report.ok = true;
    Ok(report)
}

/// Runs the trade, and the unhappy ways after it if asked to.
///
/// # Errors
/// [`DevnetError`] if the network itself fails; a step that does not show what it must is in the report.
pub async fn run(
    network: &mut Network,
    unhappy: bool,
    said: &mut dyn FnMut(&str),
) -> Result<Report, DevnetError> {
    let mut report = only_start(network, said).await?;
    let started = Instant::now();
    ceremony::run(network, said).await?;
    report.figures.ceremony_ms = milliseconds(started);
    said(&format!("ceremony done after {} ms", report.figures.ceremony_ms));

    let started = Instant::now();
    let mut trade = Trade::open(network, papers::UCR).await?;
    let happy = steps(network, &mut trade, &mut report, said).await;
    report.figures.trade_ms = milliseconds(started);
    report.figures.upload_to_clearance_ms = trade.upload_to_clearance_ms;
    report.figures.memory_mib = network.memory_mib();
    report.ok = happy;
    if unhappy && happy {
        report.unhappy = unhappy::run(network, said).await?;
        report.ok = report.unhappy.iter().all(|way| way.ok);
    }
    report.nodes = nodes(network)?;
    Ok(report)
}

/// Runs the steps in order and stops at the first that fails, since the rest builds on it.
async fn steps(
    network: &mut Network,
    trade: &mut Trade,
    report: &mut Report,
    said: &mut dyn FnMut(&str),
) -> bool {
    let mut seen = trade.last_event("fangxin").await.ok().flatten();
    for (step, who, what) in STEPS {
        let started = Instant::now();
        let mut notes = Notes::default();
        let result = take(network, trade, step, &mut notes).await;
        let ms = milliseconds(started);
        let result = match result {
            Ok(()) => collect(trade, &mut seen, &mut notes).await,
            failed => failed,
        };
        if let Err(error) = &result {
            notes.saw(format!("FAILED: {error}"));
        }
        let entry = StepEntry {
            step,
            who: who.to_owned(),
            what: what.to_owned(),
            ok: result.is_ok(),
            seen: notes.seen,
            transactions: notes.transactions,
            ms,
        };
        said(&format!("step {step:>2} · {who}: {what} ({} ms)", entry.ms));
        if !entry.ok {
            said(&format!("        {}", entry.seen.last().cloned().unwrap_or_default()));
        }
        let ok = entry.ok;
        report.steps.push(entry);
        if !ok {
            return false;
        }
    }
    true
}

/// Adds what the ledger did in a step to its notes.
async fn collect(
    trade: &Trade,
    seen: &mut Option<Cursor>,
    notes: &mut Notes,
) -> Result<(), DevnetError> {
    let events = trade.events_since("fangxin", *seen).await?;
    notes.happened(&events);
    *seen = events.last().map(|event| event.cursor).or(*seen);
    Ok(())
}

const STEPS: [(u8, &str, &str); 16] = [
    (1, "milchpulver", "uploads the sales contract, grants it to fangxin"),
    (2, "fangxin", "countersigns it"),
    (3, "ihk", "uploads the certificate of origin, grants it to milchpulver"),
    (4, "fangxin", "uploads the purchase order, grants it to milchpulver"),
    (5, "milchpulver", "uploads invoice and packing list, grants them with the certificate to mrt"),
    (6, "mrt", "books, uploads the waybill, grants it to milchpulver"),
    (7, "insurer", "uploads the cargo policy, grants it to milchpulver"),
    (
        8,
        "milchpulver",
        "grants the full set to fangxin, who passes it on to tianjin-customs and suto",
    ),
    (9, "mrt", "its node builds the export declaration; submitted, granted to german-customs"),
    (10, "german-customs", "cross-checks and releases"),
    (11, "carrier", "reports departure; suto's node builds the import declaration"),
    (12, "suto", "submits it; tianjin-customs cross-checks and suggests pre-clearance"),
    (13, "tianjin-customs", "after arrival clears, certificate to fangxin"),
    (14, "fangxin", "applies at bank-of-china with the proof that the trade is not financed"),
    (15, "bank-of-china", "registers the financing, releases the funds"),
    (16, "fangxin", "applies with the same trade at second-bank: refused"),
];

async fn take(
    network: &mut Network,
    trade: &mut Trade,
    step: u8,
    notes: &mut Notes,
) -> Result<(), DevnetError> {
    match step {
        1 => export::contract(network, trade, notes).await,
        2 => export::countersign(trade, notes).await,
        3 => export::certificate_of_origin(trade, notes).await,
        4 => export::purchase_order(trade, notes).await,
        5 => export::invoice_and_packing_list(trade, notes).await,
        6 => export::waybill(trade, notes).await,
        7 => export::policy(trade, notes).await,
        8 => export::pass_on(trade, notes).await,
        9 => export::export_declaration(trade, notes).await,
        10 => export::release(trade, notes).await,
        11 => import::departure(trade, notes).await,
        12 => import::import_declaration(trade, notes).await,
        13 => import::clearance(trade, notes).await,
        14 => financing::apply(trade, notes).await,
        15 => financing::register(trade, notes).await,
        _ => financing::apply_again(trade, notes).await,
    }
}

/// A validator states where its node is, which is where it is.
pub(crate) async fn first_transaction(network: &Network) -> Result<(), DevnetError> {
    let first = network
        .topology()
        .members
        .iter()
        .find(|member| member.runs == Runs::Validator)
        .ok_or_else(|| DevnetError::Topology("no member runs a validator".into()))?;
    let member = network.member(&first.member).await?;
    let record = member.registry().member(&first.member).await?;
    let node = record.node;
    member.submit_and_wait(Calls(vec![Call::Registry(registry::Call::MoveNode { node })])).await?;
    Ok(())
}

fn nodes(network: &Network) -> Result<Vec<NodeEntry>, DevnetError> {
    Ok(network
        .addresses()?
        .into_iter()
        .map(|node| NodeEntry {
            member: node.member.to_string(),
            pid: node.pid.unwrap_or_default(),
            grpc: node.grpc,
            data_directory: node.data,
            validator: node.validator,
        })
        .collect())
}

fn milliseconds(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}
