//! `hansa declare`: declarations that build themselves.

use crate::{error::CliError, present, session::Session};
use clap::{Subcommand, ValueEnum};
use hansa_client::declarations::{Stage, Standing};
use hansa_contracts::declaration::Kind;
use hansa_primitives::Ucr;
use std::time::Duration;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// The declaration with its status; its fields if you may read them.
    Show { kind: KindArgument, ucr: Ucr },
    /// Where each declared field comes from: document, field, rule.
    Explain {
        kind: KindArgument,
        ucr: Ucr,
        /// Only this WCO element, for example GoodsShipment/TradeTerms/ConditionCode.
        element: Option<String>,
    },
    /// Build the draft now, if the node's agent has not (as the declarant).
    Draft { kind: KindArgument, ucr: Ucr },
    /// Submit the draft to customs, as the declarant.
    Submit { kind: KindArgument, ucr: Ucr },
    /// What customs' cross-check found, as the declarant or a reader of the report.
    Findings { kind: KindArgument, ucr: Ucr },
    /// Wait until the declaration has come at least so far.
    Wait {
        kind: KindArgument,
        ucr: Ucr,
        stage: StageArgument,
        /// Seconds to wait.
        #[arg(long, default_value_t = 60)]
        timeout: u64,
    },
}

/// Export (UNTDID 1001 code 830) or import (929).
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum KindArgument {
    Export,
    Import,
}

impl From<KindArgument> for Kind {
    fn from(kind: KindArgument) -> Self {
        match kind {
            KindArgument::Export => Self::Export,
            KindArgument::Import => Self::Import,
        }
    }
}

/// How far a declaration has come.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum StageArgument {
    /// All that it needs is there.
    Due,
    /// It has built itself.
    Drafted,
    /// Customs has it.
    Submitted,
    /// Customs' node has compared it with its documents.
    Checked,
    /// Customs has decided.
    Decided,
}

impl From<StageArgument> for Stage {
    fn from(stage: StageArgument) -> Self {
        match stage {
            StageArgument::Due => Self::Due,
            StageArgument::Drafted => Self::Drafted,
            StageArgument::Submitted => Self::Submitted,
            StageArgument::Checked => Self::Checked,
            StageArgument::Decided => Self::Decided,
        }
    }
}

impl Command {
    pub(crate) async fn run(self, session: &Session) -> Result<(), CliError> {
        let output = session.output();
        let member = session.member().await?;
        match self {
            Self::Show { kind, ucr } => {
                let status = member.declarations().get(kind.into(), &ucr).await?;
                output.result(&status, present::declaration);
            }
            Self::Explain { kind, ucr, element } => {
                let explained =
                    member.declarations().explain(kind.into(), &ucr, element.as_deref()).await?;
                output.result(&explained, present::explanation);
            }
            Self::Draft { kind, ucr } => {
                let drafted =
                    member.declarations().draft(kind.into(), &ucr, &Standing::default()).await?;
                output.result(&drafted, |drafted| {
                    format!(
                        "drafted as document {} in block {}",
                        drafted.document, drafted.committed.height
                    )
                });
            }
            Self::Findings { kind, ucr } => {
                let report = member.declarations().findings(kind.into(), &ucr).await?;
                output.result(&report, present::findings);
            }
            Self::Wait { kind, ucr, stage, timeout } => {
                let timeout = Duration::from_secs(timeout);
                let status =
                    member.declarations().wait(kind.into(), &ucr, stage.into(), timeout).await?;
                output.result(&status, present::word);
            }
            Self::Submit { kind, ucr } => {
                let committed = member.declarations().submit(kind.into(), &ucr).await?;
                output.result(&committed, |committed| {
                    format!("submitted in block {}", committed.height)
                });
            }
        }
        Ok(())
    }
}
