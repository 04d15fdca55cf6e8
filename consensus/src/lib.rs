//! Orders blocks among validators of whom fewer than a third may lie.
//!
pub mod engine;
pub mod evidence;
pub mod journal;
#[cfg(feature = "mocks")]
pub mod mocks;
pub mod safety;
pub mod types;
pub mod verify;

mod chain;

pub use chain::{ChainError, verify_chain};
pub use engine::{
    Committed, Config, ConfigError, Divergence, Effect, Host, Input, Record, Recovery, Refusal,
    Replica, Report, Timer, To, Waiting, step,
};
pub use evidence::{Evidence, EvidenceError};
pub use journal::{Journal, JournalError, Recovered, Write};
pub use safety::Safety;
pub use types::{
    BatchRef, Block, Certificate, CertificateError, Chain, Claim, Envelope, Executed, Header, Kind,
    Message, NewView, Phase, PrePrepare, Rank, RankClaim, Status, ValidatorSet, ValidatorSetError,
    ViewChange, Vote,
};
pub use verify::{Verified, Verifier, VerifyError};
