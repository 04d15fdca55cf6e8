//! Liars, and a world to meet them in.
//!
//! Each misbehaviour is a module named after it and wraps the real engine: it changes what leaves.
//! A node can run one on purpose ([`Misbehaving`]).
//!
//! The simulator is deterministic: one seed gives one run, to the byte. It loses messages by
//! receiver and kind in slices of time, duplicates, delays and reorders them, partitions the
//! network, crashes validators between the record and the message, and then heals everything and
//! expects progress. The [`Checker`] restates the rules and calls none of the code that it checks.

mod behaviour;
mod checker;
mod committee;
mod disk;
mod double_voter;
mod equivocator;
mod forgetful;
mod host;
mod lab;
mod net;
mod plan;
mod silent;
mod view_pusher;
mod withholder;
mod world;

pub use crate::engine::Mutation;
pub use behaviour::{Behaviour, Misbehaving, UnknownBehaviour};
pub use checker::{Checker, Violation};
pub use committee::{Committee, MockSigner, Signatures};
pub use disk::{CrashPoint, Disk};
pub use host::{NodeId, SimHost};
pub use lab::Lab;
pub use net::{Net, Slice};
pub use plan::{Faults, Plan};
pub use world::{Outcome, World};
