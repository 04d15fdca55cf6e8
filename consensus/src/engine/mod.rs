//! The replica: a deterministic state machine without clock, socket, disk, thread or randomness.
//!
//! | file | holds |
//! |---|---|
//! | `config`, `io`, `recovery` | what goes in and comes out |
//! | `step` | the only order in which effects meet the world: persist, then perform |
//! | `replica` | state and dispatch; `progress` tries every rule until none applies |
//! | `pre_prepare`, `vote`, `view_change`, `status` | one file a message: its origin and effect |
//! | `propose` | what a leader extends, and when |
//! | `tree`, `votes`, `roots`, `pacer` | headers, tallies, state roots, timers: no rules in them |
//! | `report` | why nothing happens, for operators |

mod config;
mod effects;
mod io;
mod mutation;
mod pacer;
mod pre_prepare;
mod propose;
mod recovery;
mod replica;
mod report;
mod roots;
mod status;
mod step;
mod tree;
mod view_change;
mod vote;
mod votes;

pub use config::{Config, ConfigError};
pub use io::{Divergence, Effect, Input, Record, Refusal, Timer, To};
pub use mutation::Mutation;
pub use recovery::{Committed, Recovery};
pub use replica::Replica;
pub use report::{Report, Waiting};
pub use step::{Host, step};

#[cfg(test)]
mod tests;
