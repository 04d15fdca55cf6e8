//! `hansa member`: the registry of members.

use crate::{
    error::CliError,
    output::table,
    session::{Session, read_input},
};
use clap::Subcommand;
use hansa_client::registry::describe;
use hansa_primitives::limits;
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List the members with role, country and state.
    List,
    /// Put a revocation list of the authority on the ledger; its members are refused from then on.
    Revoke {
        /// DER file, as `hansa ca revoke` writes it.
        list: PathBuf,
    },
}

impl Command {
    pub(crate) async fn run(self, session: &Session) -> Result<(), CliError> {
        let output = session.output();
        match self {
            Self::List => {
                let members = session.member().await?.registry().members().await?;
                let rows: Vec<_> = members.iter().map(describe).collect();
                output.result(&rows, |rows| {
                    table(
                        &["member", "role", "country", "name", "node", "state"],
                        rows.iter().map(|row| {
                            vec![
                                row.member.to_string(),
                                row.role.to_string(),
                                row.country.clone(),
                                row.name.clone(),
                                row.node.clone().unwrap_or_default(),
                                row.state.clone(),
                            ]
                        }),
                    )
                });
            }
            Self::Revoke { list } => {
                let der = read_input(&list, limits::CERTIFICATE_BYTES_MAX)?;
                let committed = session.member().await?.registry().revoke(der).await?;
                output.result(&committed, |committed| {
                    format!("in force from block {}", committed.height)
                });
            }
        }
        Ok(())
    }
}
