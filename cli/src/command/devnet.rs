//! `hansa devnet`: a consortium on this machine.

use super::node::stopped;
use crate::{
    error::CliError,
    output::{Output, table},
    session::Session,
};
use clap::{Subcommand, ValueEnum};
use hansa_devnet::{
    Layout, Network, StartOptions, Topology,
    bench::{Throughput, ThroughputOptions},
    scenario::{self, Report},
};
use std::path::{Path, PathBuf};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Start a consortium, run a scenario on it, and keep it up until Ctrl-C.
    Up {
        /// Where its files go; must be empty or absent.
        #[arg(long, default_value = ".hansa/devnet")]
        directory: PathBuf,
        /// The trade to run.
        #[arg(long, value_enum, default_value = "milk-powder")]
        scenario: Scenario,
        /// Run the unhappy ways after the trade.
        #[arg(long)]
        unhappy: bool,
        /// Stop everything after the scenario.
        #[arg(long)]
        exit: bool,
        /// Write the result as JSON.
        #[arg(long = "result", visible_alias = "json-file", value_name = "FILE")]
        result: Option<PathBuf>,
    },
    /// Measure committed transactions per second on validators started for it.
    Throughput {
        #[arg(long, default_value_t = 4)]
        validators: usize,
        /// Bytes of one signed transaction on the wire.
        #[arg(long, default_value_t = 512)]
        tx_bytes: usize,
        #[arg(long, default_value_t = 20)]
        seconds: u64,
        /// Transactions offered per second; 0 for as many as are taken.
        #[arg(long, default_value_t = 0)]
        rate: u64,
        #[arg(long = "result", value_name = "FILE")]
        result: Option<PathBuf>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Scenario {
    /// The milk-powder trade, from contract to financing.
    MilkPowder,
    /// Only the nodes.
    None,
}

impl Command {
    pub(crate) async fn run(self, session: &Session) -> Result<(), CliError> {
        let output = session.output();
        match self {
            Self::Up { directory, scenario, unhappy, exit, result } => {
                up(output, &directory, scenario, unhappy, exit, result.as_deref()).await
            }
            Self::Throughput { validators, tx_bytes, seconds, rate, result } => {
                let options =
                    ThroughputOptions { program: program()?, validators, tx_bytes, seconds, rate };
                let measured =
                    hansa_devnet::bench::throughput(&options, &mut |said| output.progress(said))
                        .await?;
                if let Some(path) = result {
                    write_json(&path, &measured)?;
                }
                output.result(&measured, Throughput::to_string);
                Ok(())
            }
        }
    }
}

async fn up(
    output: Output,
    directory: &Path,
    scenario: Scenario,
    unhappy: bool,
    exit: bool,
    result: Option<&Path>,
) -> Result<(), CliError> {
    if directory.join("genesis.json").exists() {
        let message = format!("{} holds a devnet already", directory.display());
        return Err(CliError::new(8, "DEVNET", message)
            .hint("remove the directory, or name another with --directory"));
    }
    let layout = Layout::new(
        std::path::absolute(directory).map_err(|error| CliError::file(directory, &error))?,
    );
    let topology = Topology::milk_powder();
    output.progress(&format!("devnet · {} members · {}", topology.members.len(), topology.chain));
    hansa_devnet::create(&layout, &topology)?;
    let mut network = Network::start(&program()?, layout, topology, StartOptions::default())?;
    let mut said = |text: &str| output.progress(text);
    let run = async {
        match scenario {
            Scenario::MilkPowder => scenario::run(&mut network, unhappy, &mut said).await,
            Scenario::None => scenario::only_start(&mut network, &mut said).await,
        }
    };
    let report = tokio::select! {
        report = run => report.inspect_err(|error| {
            if let Some(path) = result {
                // The error itself is shown in any case.
                let _ = write_json(path, &serde_json::json!({"ok": false, "error": error.to_string()}));
            }
        })?,
        // The nodes must not outlive the devnet.
        () = stopped() => {
            network.stop();
            return Err(CliError::new(1, "STOPPED", "stopped before the scenario was over"));
        }
    };
    if let Some(path) = result {
        write_json(path, &report)?;
    }
    show(output, &report);
    if !exit {
        output.progress("the network is up; Ctrl-C stops it");
        stopped().await;
    }
    network.stop();
    if report.ok {
        Ok(())
    } else {
        Err(CliError::new(1, "SCENARIO", "not every step showed what it must show")
            .hint("the steps that failed are named above; the nodes' logs are in the directory"))
    }
}

fn show(output: Output, report: &Report) {
    output.result(report, |report| {
        let steps = table(
            &["step", "who", "what", "block", "ms", ""],
            report.steps.iter().map(|step| {
                let block = step.transactions.last().map(|transaction| transaction.height);
                vec![
                    step.step.to_string(),
                    step.who.clone(),
                    step.what.clone(),
                    block.map(|height| height.to_string()).unwrap_or_default(),
                    step.ms.to_string(),
                    if step.ok { "ok" } else { "FAILED" }.to_owned(),
                ]
            }),
        );
        let unhappy = table(
            &["unhappy way", "ms", ""],
            report.unhappy.iter().map(|way| {
                vec![
                    way.name.clone(),
                    way.ms.to_string(),
                    if way.ok { "ok" } else { "FAILED" }.to_owned(),
                ]
            }),
        );
        let nodes = table(
            &["node", "", "gRPC", "pid", "data directory"],
            report.nodes.iter().map(|node| {
                vec![
                    node.member.clone(),
                    if node.validator { "validator" } else { "" }.to_owned(),
                    node.grpc.clone(),
                    node.pid.to_string(),
                    node.data_directory.display().to_string(),
                ]
            }),
        );
        let mut parts = Vec::new();
        parts.extend((!report.steps.is_empty()).then_some(steps));
        parts.extend((!report.unhappy.is_empty()).then_some(unhappy));
        parts.extend([nodes, figures(report)]);
        parts.join("\n\n")
    });
}

fn figures(report: &Report) -> String {
    let figures = &report.figures;
    let start = format!("block 1 on all nodes after {} ms", figures.block_1_on_all_nodes_ms);
    if report.steps.is_empty() {
        return start;
    }
    format!(
        "{start} · ceremony {} ms · trade {} ms · upload to clearance {} ms · at most {} MiB a node",
        figures.ceremony_ms,
        figures.trade_ms,
        figures.upload_to_clearance_ms,
        figures.memory_mib.iter().max().copied().unwrap_or_default(),
    )
}

fn program() -> Result<PathBuf, CliError> {
    std::env::current_exe().map_err(|error| CliError::new(1, "PROGRAM", error))
}

fn write_json<T: serde::Serialize>(path: &Path, value: &T) -> Result<(), CliError> {
    let text =
        serde_json::to_string_pretty(value).map_err(|error| CliError::new(1, "OUTPUT", error))?;
    std::fs::write(path, text + "\n").map_err(|error| CliError::file(path, &error))
}
