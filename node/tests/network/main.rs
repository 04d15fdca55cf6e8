//! Nodes in one process: real ledgers, real TCP, real TLS.
#![allow(clippy::unwrap_used, missing_docs)]

mod agreement;
mod clients;
mod consortium;
mod intruders;
