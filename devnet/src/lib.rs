//! Turns a topology into a running consortium: certificate authority, keys, genesis, one process a node.
//!
//! A devnet knows nodes only as processes and through the SDK, as a member's own systems would. It is for
//! trying things out and for tests: its keys are development keys, protected by a passphrase that lies
//! beside them.
//!
//! ```text
//! Topology ──create──▶ directory (authority, members, genesis) ──Network::start──▶ processes
//!                                                                     │
//!                                             ceremony, scenario ◀────┘  (through the SDK)
//! ```

pub mod bench;
pub mod ceremony;
mod create;
mod error;
mod layout;
mod network;
mod process;
pub mod scenario;
mod topology;

pub use create::create;
pub use error::DevnetError;
pub use layout::{Layout, MemberPaths};
pub use network::{Network, NodeAddresses, StartOptions};
pub use process::NodeProcess;
pub use topology::{MemberTopology, Runs, Topology};
