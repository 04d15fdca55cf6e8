//! Evidence: two signed messages that one honest validator can never both send.
//!
//! Chain, epoch and kind are inside what was signed, so a key that is used on a test chain as well
//! cannot be accused here. A signature that does not hold is never evidence.

use crate::types::{Block, Claim, Header, Phase, ValidatorSet, Vote};
use bincode::{Decode, Encode};
use hansa_primitives::{
    ChainId, Digest, Signature, ValidatorIndex,
    codec::{self, Canonical},
    hash,
};
use std::sync::Arc;
use thiserror::Error;

/// Proof of a lie, checkable by anyone who has the validator set.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Encode, Decode)]
pub enum Evidence {
    /// Two votes of one phase, view and height for different blocks.
    DoubleVote {
        /// The liar.
        who: ValidatorIndex,
        /// One vote.
        first: (Vote, Signature),
        /// The other.
        second: (Vote, Signature),
    },
    /// Two proposals for one view and height.
    DoubleProposal {
        /// The liar.
        who: ValidatorIndex,
        /// One proposal.
        first: (Arc<Header>, Signature),
        /// The other.
        second: (Arc<Header>, Signature),
    },
    /// A commit vote above the certificate that the validator later claimed to be its highest.
    Amnesia {
        /// The liar.
        who: ValidatorIndex,
        /// The vote it forgot.
        commit: (Vote, Signature),
        /// The claim it made afterwards.
        change: (Claim, Signature),
    },
}

impl Canonical for Evidence {
    const BYTES_MAX: usize = 256 + 2 * Header::BYTES_MAX;
}

/// Why evidence proves nothing.
#[derive(Debug, Error, Clone, Copy, PartialEq, Eq)]
pub enum EvidenceError {
    /// The accused is not in the set.
    #[error("validator {0} is not in the set")]
    UnknownValidator(ValidatorIndex),
    /// The messages are of another epoch.
    #[error("the evidence is of another epoch")]
    WrongEpoch,
    /// An honest validator may send both.
    #[error("the two messages do not contradict each other")]
    NoContradiction,
    /// A signature does not hold.
    #[error("a signature of the evidence does not hold")]
    BadSignature,
}

impl Evidence {
    /// The accused.
    pub fn who(&self) -> ValidatorIndex {
        match self {
            Self::DoubleVote { who, .. }
            | Self::DoubleProposal { who, .. }
            | Self::Amnesia { who, .. } => *who,
        }
    }

    /// What it is accused of, as a stable code.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::DoubleVote { .. } => "double-vote",
            Self::DoubleProposal { .. } => "double-proposal",
            Self::Amnesia { .. } => "amnesia",
        }
    }

    /// The hash that names this evidence on the chain.
    pub fn id(&self, chain: &ChainId) -> Digest {
        hash::tagged(chain, "evidence", &[&codec::encode(self)])
    }

    /// Checks the contradiction and both signatures, trusting nobody.
    ///
    /// # Errors
    /// [`EvidenceError`] says why the accused may be honest.
    pub fn verify(&self, chain: &ChainId, set: &ValidatorSet) -> Result<(), EvidenceError> {
        let who = self.who();
        let key = set.key(who).ok_or(EvidenceError::UnknownValidator(who))?;
        let (epochs, contradict) = self.contradiction(chain);
        if epochs != [set.epoch(); 2] {
            return Err(EvidenceError::WrongEpoch);
        }
        if !contradict {
            return Err(EvidenceError::NoContradiction);
        }
        for (message, signature) in self.signed(chain) {
            key.verify(&message, &signature).map_err(|_| EvidenceError::BadSignature)?;
        }
        Ok(())
    }

    fn contradiction(&self, chain: &ChainId) -> ([hansa_primitives::Epoch; 2], bool) {
        match self {
            Self::DoubleVote { first: (first, _), second: (second, _), .. } => {
                let same = first.phase == second.phase && first.rank() == second.rank();
                ([first.epoch, second.epoch], same && first.block != second.block)
            }
            Self::DoubleProposal { who, first: (first, _), second: (second, _) } => {
                let same = first.view == second.view
                    && first.height == second.height
                    && first.proposer == *who
                    && second.proposer == *who;
                ([first.epoch, second.epoch], same && first.hash(chain) != second.hash(chain))
            }
            Self::Amnesia { commit: (vote, _), change: (claim, _), .. } => {
                let forgot = vote.phase == Phase::Commit
                    && vote.view < claim.view
                    && vote.rank() > claim.high;
                ([vote.epoch, claim.epoch], forgot)
            }
        }
    }

    fn signed(&self, chain: &ChainId) -> [(Vec<u8>, Signature); 2] {
        let proposal =
            |header: &Arc<Header>| Block::new(chain, Arc::clone(header)).proposal_bytes(chain);
        match self {
            Self::DoubleVote { first, second, .. } => {
                [(first.0.signing_bytes(chain), first.1), (second.0.signing_bytes(chain), second.1)]
            }
            Self::DoubleProposal { first, second, .. } => {
                [(proposal(&first.0), first.1), (proposal(&second.0), second.1)]
            }
            Self::Amnesia { commit, change, .. } => [
                (commit.0.signing_bytes(chain), commit.1),
                (change.0.signing_bytes(chain), change.1),
            ],
        }
    }
}
