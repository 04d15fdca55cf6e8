//! Why a node does not run.

use crate::{
    config::ConfigError,
    driver::{DriverError, WalError},
    keys::KeysError,
};
use hansa_ledger::{LedgerError, OpenError};
use hansa_primitives::MemberId;
use std::path::PathBuf;
use thiserror::Error;

/// Why a node does not start, or has stopped. The message says what to do.
#[derive(Debug, Error)]
pub enum NodeError {
    /// The configuration cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A key is missing or does not open.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// A file that the configuration names cannot be read.
    #[error("cannot read {path}: {source}; check `{key}` in the configuration")]
    File {
        /// The key that names it.
        key: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The genesis document cannot be used.
    #[error("the genesis {path}: {reason}; get the document that the consortium agreed on")]
    Genesis {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// The registry does not know the member.
    #[error("`{0}` is no member of this ledger; check `member`, or have it admitted first")]
    UnknownMember(MemberId),
    /// The registry names another key than the one that is here.
    #[error(
        "{key} is {found}, the registry names {expected} for `{member}`; check `keys.directory`"
    )]
    WrongKey {
        /// Which key.
        key: &'static str,
        /// The key that is here.
        found: String,
        /// The key in the registry.
        expected: String,
        /// The member.
        member: MemberId,
    },
    /// The ledger does not open.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The ledger failed.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The consensus journal cannot be used.
    #[error(transparent)]
    Journal(#[from] WalError),
    /// The consensus engine does not start.
    #[error(transparent)]
    Driver(#[from] DriverError),
    /// There is no network to peers.
    #[error("peers: {0}")]
    P2p(String),
    /// There is no server for clients.
    #[error("gRPC on {address}: {reason}; check `grpc.listen` and the TLS files")]
    Grpc {
        /// Where.
        address: std::net::SocketAddr,
        /// Why.
        reason: String,
    },
    /// The system refuses threads or tasks.
    #[error("the system refuses what the node needs: {0}")]
    System(String),
    /// The agent or a member service failed.
    #[error("the member's agent: {0}")]
    Agent(String),
}
