//! `hansa chain`: the ledger.

use crate::{
    error::CliError,
    output::table,
    present,
    session::{Session, read_input},
};
use clap::Subcommand;
use futures::StreamExt;
use hansa_client::{Cursor, Follow, offline::check_transaction_proof, proof::TransactionProof};
use hansa_ledger::verify_data_directory;
use hansa_primitives::{Height, TransactionId, codec::Canonical};
use serde_json::json;
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// How far the node has come, and whom it hears.
    Status,
    /// A block with its certificate's signers.
    Block { height: u64 },
    /// Where a transaction stands.
    Tx { transaction: TransactionId },
    /// A proof of a transaction and its outcome that stands on its own; written to a file.
    Prove {
        transaction: TransactionId,
        /// Where the proof goes.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Check a proof that `prove` wrote, offline: with the ledger's genesis and nothing else.
    CheckProof {
        /// The proof.
        proof: PathBuf,
        /// The ledger's genesis, JSON.
        #[arg(long, value_name = "FILE")]
        genesis: PathBuf,
    },
    /// Events, as they come.
    Events {
        /// Events after this place, HEIGHT:POSITION.
        #[arg(long)]
        after: Option<Cursor>,
        /// Only those that concern you.
        #[arg(long)]
        mine: bool,
        /// Only this kind; may be given several times.
        #[arg(long = "kind")]
        kinds: Vec<String>,
        /// Wait for new ones instead of ending at the present height.
        #[arg(long)]
        follow: bool,
    },
    /// Check a whole data directory offline, and name the first thing that is wrong.
    Verify {
        /// A node's data directory; the node must not run.
        #[arg(long, value_name = "DIRECTORY")]
        data: PathBuf,
    },
}

impl Command {
    pub(crate) async fn run(self, session: &Session) -> Result<(), CliError> {
        let output = session.output();
        match self {
            Self::Status => super::node::status(session).await,
            Self::Block { height } => {
                let block = session.member().await?.block(Height(height)).await?;
                let value = json!({
                    "height": block.height,
                    "hash": hex::encode(&block.hash),
                    "parent": hex::encode(&block.parent),
                    "view": block.view,
                    "proposer": block.proposer,
                    "time_ms": block.time_ms,
                    "transactions_root": hex::encode(&block.transactions_root),
                    "executed_height": block.executed_height,
                    "executed_state_root": hex::encode(&block.executed_state_root),
                    "transactions": block.transaction_ids.iter().map(hex::encode).collect::<Vec<_>>(),
                });
                output.result(&value, |value| {
                    serde_json::to_string_pretty(value).unwrap_or_default()
                });
                Ok(())
            }
            Self::Tx { transaction } => {
                let standing = session.member().await?.transaction(&transaction).await?;
                output.result(&standing, |standing| {
                    serde_json::to_string_pretty(standing).unwrap_or_default()
                });
                Ok(())
            }
            Self::Prove { transaction, out } => {
                let member = session.member().await?;
                let proven = member.prove_transaction(&transaction).await?;
                std::fs::write(&out, &proven.bytes)
                    .map_err(|error| CliError::file(&out, &error))?;
                let height = proven.height;
                output.result(&json!({ "height": height, "proof": out }), |_| {
                    format!("in block {height}; the proof is in {}", out.display())
                });
                Ok(())
            }
            Self::CheckProof { proof, genesis } => {
                let bytes = read_input(&proof, TransactionProof::BYTES_MAX)?;
                let shown = check_transaction_proof(&bytes, &genesis)?;
                output.result(&shown, |shown| {
                    let outcome = present::word(&shown.outcome);
                    format!(
                        "transaction {} is in block {}: {outcome}",
                        shown.transaction, shown.height
                    )
                });
                Ok(())
            }
            Self::Events { after, mine, kinds, follow } => {
                let member = session.member().await?;
                let mut events =
                    Box::pin(member.follow(Follow { after, mine, kinds, until_now: !follow }));
                while let Some(event) = events.next().await {
                    output.entry(&event?, |event| {
                        let fields = serde_json::to_string(&event.event).unwrap_or_default();
                        format!("{} {} {fields}", event.cursor, event.event.name())
                    });
                }
                Ok(())
            }
            Self::Verify { data } => verify(session, data).await,
        }
    }
}

/// A node keeps its ledger in a directory of its own below its data directory.
pub(super) fn ledger_below(data: PathBuf) -> PathBuf {
    let ledger = data.join("ledger");
    if ledger.is_dir() { ledger } else { data }
}

async fn verify(session: &Session, data: PathBuf) -> Result<(), CliError> {
    let output = session.output();
    let ledger = ledger_below(data);
    let verdict = tokio::task::spawn_blocking(move || verify_data_directory(&ledger))
        .await
        .map_err(|error| CliError::new(1, "VERIFY", error))?;
    let summary = verdict.map_err(|fault| {
        let hint = fault.hint;
        CliError::new(7, "LEDGER", fault).hint(hint)
    })?;
    output.result(&summary, |summary| {
        table(
            &["what", "checked"],
            [
                ("height", summary.height.to_string()),
                ("batches", summary.batches.to_string()),
                ("certificates", summary.certificates.to_string()),
                ("transactions", summary.transactions.to_string()),
                ("tree nodes", summary.tree_nodes.to_string()),
                ("state entries", summary.state_entries.to_string()),
                ("events", summary.events.to_string()),
                ("sealed objects", summary.sealed_blobs.to_string()),
                ("bytes in files", summary.file_bytes.to_string()),
            ]
            .map(|(what, count)| vec![what.to_owned(), count]),
        )
    });
    Ok(())
}
