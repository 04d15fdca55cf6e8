//! How nodes that do not vote keep up, and how every node serves what others lack.
//!
//! One certificate proves a run of headers, so a follower needs no more than headers, one
//! certificate a run, and the batches that the headers name. Validators push each commit; whoever
//! missed one asks.

mod follower;
mod server;

pub(crate) use follower::{Heard, run as run_follower};
pub(crate) use server::{Request, run as run_server};
