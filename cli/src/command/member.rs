//! `hansa member`: the registry of members.

use crate::{
    error::CliError,
    output::table,
    session::{Session, read_input},
};
use clap::Subcommand;
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
                let shown: Vec<_> = members
                    .iter()
                    .map(|member| {
                        serde_json::json!({
                            "member": member.id, "role": member.role, "country": member.country,
                            "name": member.name, "status": format!("{:?}", member.status),
                            "node": member.node.as_ref().map(|node| &node.grpc),
                            "validator": member.vote_key.is_some(),
                        })
                    })
                    .collect();
                output.result(&shown, |_| {
                    table(
                        &["member", "role", "country", "name", "node", "state"],
                        members.iter().map(|member| {
                            vec![
                                member.id.to_string(),
                                member.role.to_string(),
                                member.country.clone(),
                                member.name.clone(),
                                member.node.as_ref().map(|n| n.grpc.clone()).unwrap_or_default(),
                                format!("{:?}", member.status).to_lowercase(),
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
