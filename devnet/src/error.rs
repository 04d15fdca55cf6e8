//! What can go wrong with a devnet, and what to do about it.

use hansa_primitives::{MemberId, id::InvalidId};
use std::path::PathBuf;
use thiserror::Error;

/// Why a devnet could not be set up, started or used.
#[derive(Debug, Error)]
pub enum DevnetError {
    /// The topology file is wrong.
    #[error("the topology does not hold together: {0}")]
    Topology(String),
    /// An id is malformed.
    #[error(transparent)]
    Id(#[from] InvalidId),
    /// A file could not be read or written.
    #[error("{path}: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A process could not be started.
    #[error("cannot start `{command}`: {source}")]
    Spawn {
        /// What was to be run.
        command: String,
        /// Why it failed.
        source: std::io::Error,
    },
    /// A process that does one thing ended badly.
    #[error("`{command}` failed with {status}: {stderr}")]
    Command {
        /// What was run.
        command: String,
        /// How it ended.
        status: std::process::ExitStatus,
        /// What it said.
        stderr: String,
    },
    /// A node ended although it should run.
    #[error("the node of {member} ended ({status}); its log is {log}")]
    NodeEnded {
        /// Whose.
        member: MemberId,
        /// How it ended.
        status: std::process::ExitStatus,
        /// Where to look.
        log: PathBuf,
    },
    /// Something did not happen in time.
    #[error("{what} did not happen within {seconds} s; the logs are under {logs}")]
    Timeout {
        /// What was waited for.
        what: String,
        /// For how long.
        seconds: u64,
        /// Where to look.
        logs: PathBuf,
    },
    /// No such member, or none that runs a node.
    #[error("{0} runs no node in this devnet")]
    NoNode(MemberId),
    /// The SDK reported an error.
    #[error("{0}")]
    Client(#[from] hansa_client::Error),
    /// Anything else, with its context.
    #[error("{0}")]
    Other(String),
}

impl DevnetError {
    pub(crate) fn file(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { path, source }
    }
}
