//! What travels, is signed, or is kept for ever: headers, votes, certificates, validator sets,
//! messages.
//!
//! Every type here has one canonical encoding and a bound on its bytes; what is signed is the
//! encoding under a tag that names the chain and the kind, so no signature has two meanings.

mod certificate;
mod claim;
mod header;
mod message;
mod validators;
mod vote;

pub use certificate::{Certificate, CertificateError};
pub use claim::{Claim, RankClaim};
pub use header::{BatchRef, Block, Executed, Header};
pub use message::{
    CHAIN_HEADERS_LIMIT, Chain, Envelope, Kind, Message, NewView, NewViewError, PrePrepare, Status,
    ViewChange,
};
pub use validators::{ValidatorSet, ValidatorSetError, faults_max, quorum};
pub use vote::{Phase, Rank, Vote};

#[cfg(test)]
mod tests;
