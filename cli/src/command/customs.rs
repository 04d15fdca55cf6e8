//! `hansa customs`: what a customs authority does.

use super::declaration::KindArgument;
use crate::{error::CliError, present, session::Session};
use clap::{Subcommand, ValueEnum};
use hansa_contracts::{clearance::Decision, confidential::cross_check::Tolerances};
use hansa_primitives::Ucr;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Compare a declaration with its documents and record the lane (the node's agent does it too).
    CrossCheck { kind: KindArgument, ucr: Ucr },
    /// Check each declared field's origin against the documents' commitments.
    CheckOrigins { kind: KindArgument, ucr: Ucr },
    /// Decide on a declaration.
    Decide { kind: KindArgument, ucr: Ucr, decision: DecisionArgument },
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum DecisionArgument {
    /// The goods may leave.
    Release,
    /// Keep the goods until the declaration is corrected.
    Hold,
    /// Refuse the declaration.
    Refuse,
    /// The goods may enter; a clearance certificate goes to the importer.
    Clear,
}

impl From<DecisionArgument> for Decision {
    fn from(decision: DecisionArgument) -> Self {
        match decision {
            DecisionArgument::Release => Self::Release,
            DecisionArgument::Hold => Self::Hold,
            DecisionArgument::Refuse => Self::Refuse,
            DecisionArgument::Clear => Self::Clear,
        }
    }
}

impl Command {
    pub(crate) async fn run(self, session: &Session) -> Result<(), CliError> {
        let output = session.output();
        let member = session.member().await?;
        match self {
            Self::CrossCheck { kind, ucr } => {
                let checked = member
                    .declarations()
                    .cross_check(kind.into(), &ucr, &Tolerances::default())
                    .await?;
                output.result(&checked.report, present::findings);
            }
            Self::CheckOrigins { kind, ucr } => {
                let report = member.declarations().check_provenance(kind.into(), &ucr).await?;
                output.result(&report, present::provenance);
            }
            Self::Decide { kind, ucr, decision } => {
                let decided =
                    member.declarations().decide(kind.into(), &ucr, decision.into()).await?;
                let shown = serde_json::json!({
                    "certificate": decided.certificate, "committed": decided.committed,
                });
                output.result(&shown, |_| {
                    let certificate = decided.certificate.as_ref().map_or_else(
                        String::new,
                        |(document, version)| {
                            format!("; clearance certificate {document} version {version}")
                        },
                    );
                    format!("decided in block {}{certificate}", decided.committed.height)
                });
            }
        }
        Ok(())
    }
}
