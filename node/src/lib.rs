//! Runs one member's node: takes transactions, orders them with the other validators or follows
//! them, executes blocks, keeps sealed documents, and answers clients.
//!
//! Everything that decides lies in the crates below and is free of I/O; this one moves bytes
//! between them, the disk and the network. Each part has a thread of its own and a mailbox that is
//! drained at once, so that whatever gathers under load is one batch: of signatures, of writes, of
//! inputs.
//!
//! | module | does |
//! |---|---|
//! | [`config`] | one TOML file, environment and flags over it |
//! | `p2p` | streams to the other members' nodes |
//! | `driver` | the consensus engine, its journal and its timers |
//! | `mempool` | what is accepted from clients |
//! | `lanes` | batches: sealed, taken in, fetched |
//! | `executor` | applies committed blocks |
//! | `sync` | nodes that follow without voting |
//! | `sealed` | sealed documents between nodes |
//! | `api` | gRPC for clients |
//! | `agent` | what the node does with its member's keys |

mod agent;
mod api;
pub mod config;
mod core;
mod driver;
mod error;
mod evidence;
mod executor;
mod handle;
mod inbound;
pub mod keys;
mod lanes;
mod mailbox;
mod mempool;
mod node;
mod p2p;
mod publish;
mod roster;
mod sealed;
mod sync;

pub use config::{Config, ConfigError};
pub use error::NodeError;
pub use handle::NodeHandle;
pub use mempool::SubmitError;
pub use node::{Node, run, runtime};
pub use publish::{Decided, Status, Tip};
pub use roster::Roster;
pub use sealed::ExchangeError;
