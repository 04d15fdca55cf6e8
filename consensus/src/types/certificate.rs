//! Certificates: a quorum's signatures on one vote, provable to anyone, for ever.

use super::{Phase, Rank, ValidatorSet, Vote};
use bincode::{Decode, Encode};
use hansa_primitives::{
    BlockHash, ChainId, Epoch, Height, Signature, ValidatorIndex, View,
    codec::Canonical,
    limits,
    signature::{SignedMessage, verify_batch},
};
use thiserror::Error;

/// A quorum of signatures on one vote, signers strictly ascending.
///
/// A commit certificate proves its block and, through the parent hashes, every block before it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Encode, Decode)]
pub struct Certificate {
    /// What was voted for.
    pub vote: Vote,
    /// Who signed.
    pub signatures: Vec<(ValidatorIndex, Signature)>,
}

impl Canonical for Certificate {
    const BYTES_MAX: usize = Vote::BYTES_MAX + 8 + 66 * limits::VALIDATORS_MAX;
}

/// Why a certificate proves nothing.
#[derive(Debug, Error, Clone, Copy, PartialEq, Eq)]
pub enum CertificateError {
    /// The vote belongs to validators other than the ones given.
    #[error("the certificate is of epoch {certificate}, the validator set of epoch {set}")]
    WrongEpoch {
        /// Epoch of the certificate.
        certificate: Epoch,
        /// Epoch of the set.
        set: Epoch,
    },
    /// A signer is not in the set.
    #[error("validator {0} is not in the set")]
    UnknownSigner(ValidatorIndex),
    /// A signer is named twice, or after one with a higher index.
    #[error("the signers are not in ascending order at validator {0}")]
    NotAscending(ValidatorIndex),
    /// Too few have signed.
    #[error("{signed} have signed, {quorum} are needed")]
    BelowQuorum {
        /// Signatures present.
        signed: usize,
        /// Signatures needed.
        quorum: usize,
    },
    /// A signature does not hold.
    #[error("a signature of the certificate does not hold")]
    BadSignature,
}

impl Certificate {
    /// Stands for the agreement on the genesis state, which nobody signs: the start of epoch 0.
    pub fn genesis(genesis: BlockHash) -> Self {
        let vote = Vote {
            epoch: Epoch(0),
            phase: Phase::Commit,
            view: View(0),
            height: Height(0),
            block: genesis,
        };
        Self { vote, signatures: Vec::new() }
    }

    /// View and height of the vote.
    pub fn rank(&self) -> Rank {
        self.vote.rank()
    }

    /// Who signed, ascending.
    pub fn signers(&self) -> impl Iterator<Item = ValidatorIndex> {
        self.signatures.iter().map(|(signer, _)| *signer)
    }

    /// Checks that a quorum of the set signed the vote on this chain.
    ///
    /// # Errors
    /// [`CertificateError`] names the first rule that is broken.
    pub fn verify(&self, chain: &ChainId, set: &ValidatorSet) -> Result<(), CertificateError> {
        self.check(set, set.quorum())?;
        let message = self.vote.signing_bytes(chain);
        let items: Vec<_> = self
            .signatures
            .iter()
            .filter_map(|(signer, signature)| {
                let key = *set.key(*signer)?;
                Some(SignedMessage { key, message: &message, signature: *signature })
            })
            .collect();
        verify_batch(&items).map_err(|_| CertificateError::BadSignature)
    }

    /// Everything but the signatures.
    pub(crate) fn check(&self, set: &ValidatorSet, quorum: usize) -> Result<(), CertificateError> {
        if self.vote.epoch != set.epoch() {
            return Err(CertificateError::WrongEpoch {
                certificate: self.vote.epoch,
                set: set.epoch(),
            });
        }
        let mut last = None;
        for signer in self.signers() {
            if set.key(signer).is_none() {
                return Err(CertificateError::UnknownSigner(signer));
            }
            if last >= Some(signer) {
                return Err(CertificateError::NotAscending(signer));
            }
            last = Some(signer);
        }
        if self.signatures.len() < quorum {
            return Err(CertificateError::BelowQuorum { signed: self.signatures.len(), quorum });
        }
        Ok(())
    }
}
