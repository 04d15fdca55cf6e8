//! `hansa node`: a member's node.

use crate::{error::CliError, output::table, session::Session};
use clap::Subcommand;
use hansa_ledger::Ledger;
use hansa_node::Config;
use serde_json::json;
use std::path::PathBuf;
use tracing_subscriber::EnvFilter;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run a node until it is told to stop (SIGTERM, Ctrl-C).
    Run {
        /// The node's configuration.
        #[arg(long)]
        config: PathBuf,
        /// Lie in this way; only in programs that were built for tests.
        #[arg(long, hide = true, value_name = "BEHAVIOUR")]
        misbehave: Option<String>,
    },
    /// Check a configuration without starting anything.
    CheckConfig {
        #[arg(long)]
        config: PathBuf,
    },
    /// Cut a stopped node's damaged logs at the damage; started again, it fetches the rest from others.
    Repair {
        /// The node's data directory.
        #[arg(long, value_name = "DIRECTORY")]
        data: PathBuf,
    },
    /// How far the node has come, and whom it hears.
    Status,
    /// Explain why the node does not go on: view, who is missing, last vote of each.
    Why,
}

impl Command {
    pub(crate) async fn run(self, session: &Session) -> Result<(), CliError> {
        match self {
            Self::Run { config, misbehave } => run(config, misbehave).await,
            Self::CheckConfig { config } => {
                let config = load(&config, [])?;
                session.output().result(&json!({"member": config.member, "ok": true}), |_| {
                    format!("the configuration of {}'s node is in order", config.member)
                });
                Ok(())
            }
            Self::Repair { data } => repair(session, data).await,
            Self::Status => status(session).await,
            Self::Why => {
                let status = session.member().await?.node_status().await?;
                session.output().result(&status.why, |why| {
                    if why.is_empty() { "nothing is wrong".to_owned() } else { why.join("\n") }
                });
                Ok(())
            }
        }
    }
}

fn load(
    path: &std::path::Path,
    flags: impl IntoIterator<Item = (String, String)>,
) -> Result<Config, CliError> {
    let wrong = |error: hansa_node::ConfigError| CliError::new(2, "CONFIG", error);
    let mut overrides = Config::overrides_from(std::env::vars()).map_err(wrong)?;
    overrides.extend(flags);
    Config::load_with(path, overrides).map_err(wrong)
}

async fn run(path: PathBuf, misbehave: Option<String>) -> Result<(), CliError> {
    let flag = misbehave.map(|behaviour| ("misbehave".to_owned(), behaviour));
    let config = load(&path, flag)?;
    let filter = EnvFilter::try_new(&config.log.filter)
        .map_err(|error| CliError::new(2, "CONFIG", format!("log.filter: {error}")))?;
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if config.log.format == "json" {
        log.json().init();
    } else {
        log.with_ansi(false).init();
    }
    end_on_panic();
    hansa_node::run(config, stopped()).await.map_err(|error| CliError::new(1, "NODE", error))
}

async fn repair(session: &Session, data: PathBuf) -> Result<(), CliError> {
    let ledger = super::chain::ledger_below(data);
    let repaired = tokio::task::spawn_blocking(move || Ledger::repair(&ledger))
        .await
        .map_err(|error| CliError::new(1, "REPAIR", error))?
        .map_err(|error| CliError::new(7, "LEDGER", error))?;
    let (committed, executed) = (repaired.committed, repaired.executed);
    session.output().result(&json!({"committed": committed, "executed": executed}), |_| {
        format!("the ledger holds up to block {committed}; start the node to fetch what follows")
    });
    Ok(())
}

/// A panic anywhere ends the node, in every build: half a node would go on voting or answering.
fn end_on_panic() {
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        tracing::error!(%info, "the node ends: this is a fault, please report it");
        report(info);
        std::process::abort();
    }));
}

/// Resolves when the process is asked to end.
pub(super) async fn stopped() {
    let interrupt = tokio::signal::ctrl_c();
    match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! {
                _ = interrupt => {}
                _ = terminate.recv() => {}
            }
        }
        Err(_) => {
            let _ = interrupt.await;
        }
    }
}

/// Shows the node's status.
pub(crate) async fn status(session: &Session) -> Result<(), CliError> {
    let status = session.member().await?.node_status().await?;
    let value = json!({
        "chain": status.chain,
        "member": status.member,
        "validator": status.validator,
        "height": status.height,
        "block": hex::encode(&status.block_hash),
        "view": status.view,
        "executed_height": status.executed_height,
        "state_root": hex::encode(&status.state_root),
        "pending": status.pending,
        "version": status.version,
        "why": status.why,
        "peers": status.peers.iter().map(|peer| json!({
            "member": peer.member, "connected": peer.connected, "height": peer.height,
            "last_vote": peer.last_vote,
        })).collect::<Vec<_>>(),
    });
    session.output().result(&value, |_| {
        let kind = if status.validator { "validator" } else { "node" };
        let peers = table(
            &["peer", "connected", "height", "last vote"],
            status.peers.iter().map(|peer| {
                vec![
                    peer.member.clone(),
                    if peer.connected { "yes" } else { "no" }.to_owned(),
                    peer.height.to_string(),
                    peer.last_vote.clone(),
                ]
            }),
        );
        format!(
            "{} of {} on chain {}: height {}, view {}, executed {}, {} pending\n{peers}\n{}",
            kind,
            status.member,
            status.chain,
            status.height,
            status.view,
            status.executed_height,
            status.pending,
            status.why.join("\n"),
        )
    });
    Ok(())
}
