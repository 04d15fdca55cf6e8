//! The commands, one file a noun.

mod authority;
mod ceremony;
mod chain;
mod customs;
mod declaration;
mod devnet;
mod document;
mod financing;
mod grant;
mod member;
mod node;
mod shipment;

use crate::{error::CliError, session::Session};
use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Documents: upload, read, countersign.
    #[command(subcommand, name = "doc", visible_alias = "document")]
    Document(document::Command),
    /// Grants of document keys: give, pass on, revoke, explain.
    #[command(subcommand)]
    Grant(grant::Command),
    /// Shipments: open, attach documents, report movements, status.
    #[command(subcommand)]
    Shipment(shipment::Command),
    /// Declarations that build themselves: show, explain, submit.
    #[command(subcommand)]
    Declare(declaration::Command),
    /// What a customs authority does: cross-check, check origins, decide.
    #[command(subcommand)]
    Customs(customs::Command),
    /// Financing: apply, and what a bank does with applications.
    #[command(subcommand)]
    Finance(financing::Command),
    /// The ceremony that makes the proofs' keys.
    #[command(subcommand)]
    Ceremony(ceremony::Command),
    /// The ledger: status, blocks, transactions, events, offline verification.
    #[command(subcommand)]
    Chain(chain::Command),
    /// The members of the consortium.
    #[command(subcommand)]
    Member(member::Command),
    /// The consortium's certificate authority.
    #[command(subcommand)]
    Ca(authority::Command),
    /// A node: run it, check its configuration, ask how it is.
    #[command(subcommand)]
    Node(node::Command),
    /// A consortium on this machine, for trying things out.
    #[command(subcommand)]
    Devnet(devnet::Command),
    /// Shell completions on standard output.
    Completions {
        /// For which shell.
        shell: clap_complete::Shell,
    },
}

impl Command {
    pub(crate) async fn run(self, session: &Session) -> Result<(), CliError> {
        match self {
            Self::Document(command) => command.run(session).await,
            Self::Grant(command) => command.run(session).await,
            Self::Shipment(command) => command.run(session).await,
            Self::Declare(command) => command.run(session).await,
            Self::Customs(command) => command.run(session).await,
            Self::Finance(command) => command.run(session).await,
            Self::Ceremony(command) => command.run(session).await,
            Self::Chain(command) => command.run(session).await,
            Self::Member(command) => command.run(session).await,
            Self::Ca(command) => command.run(session),
            Self::Node(command) => command.run(session).await,
            Self::Devnet(command) => command.run(session).await,
            Self::Completions { .. } => Ok(()),
        }
    }
}
