//! Verification of a run of committed headers, for whoever follows the chain without voting.

use crate::{
    types::{Block, Certificate, CertificateError, Header, Phase, ValidatorSet},
    verify::linked,
};
use hansa_primitives::{BlockHash, ChainId, Height};
use std::sync::Arc;
use thiserror::Error;

/// Why headers are not the chain's.
#[derive(Debug, Error, Clone, Copy, PartialEq, Eq)]
pub enum ChainError {
    /// A certificate of the first phase proves no commitment.
    #[error("the certificate at height {0} is not one of commitment")]
    NotCommitted(Height),
    /// A header names other validators than the ones given.
    #[error("the header at height {0} belongs to another validator set")]
    WrongValidators(Height),
    /// The headers do not follow one from the other, from the parent to the certified block.
    #[error("the headers after height {0} are not linked to the certificate")]
    NotLinked(Height),
    /// The certificate does not hold.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
}

/// Checks that `headers` follow `parent` one by one and that a quorum committed the last of them.
///
/// Needs Ed25519 and SHA-256 and nothing else: one certificate proves the whole run.
///
/// # Errors
/// [`ChainError`] names the rule that is broken.
pub fn verify_chain(
    chain: &ChainId,
    set: &ValidatorSet,
    parent: (Height, BlockHash),
    headers: &[Arc<Header>],
    certificate: &Certificate,
) -> Result<Vec<Block>, ChainError> {
    if certificate.vote.phase != Phase::Commit {
        return Err(ChainError::NotCommitted(certificate.vote.height));
    }
    let digest = set.digest(chain);
    for header in headers {
        if header.epoch != set.epoch() || header.validators != digest {
            return Err(ChainError::WrongValidators(header.height));
        }
    }
    let blocks =
        linked(chain, Some(parent), headers, certificate).ok_or(ChainError::NotLinked(parent.0))?;
    certificate.verify(chain, set)?;
    Ok(blocks)
}
