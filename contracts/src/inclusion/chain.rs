//! A header and what certifies it.

use super::ProofError;
use bincode::{Decode, Encode};
use hansa_consensus::{
    Block, Certificate, Header, ValidatorSet, types::CHAIN_HEADERS_LIMIT, verify_chain,
};
use hansa_primitives::{ChainId, Height, codec::Canonical};
use std::sync::Arc;

/// A header, its descendants up to one that a quorum signed, and that quorum's certificate. Most
/// blocks have a certificate of their own and no descendants here.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct CertifiedChain {
    /// The header proven, then its descendants, each the parent of the next.
    pub headers: Vec<Arc<Header>>,
    /// The certificate of the last.
    pub certificate: Certificate,
}

impl Canonical for CertifiedChain {
    const BYTES_MAX: usize = CHAIN_HEADERS_LIMIT * Header::BYTES_MAX + Certificate::BYTES_MAX + 16;
}

impl CertifiedChain {
    /// The block proven, if a quorum of the validators committed it.
    ///
    /// # Errors
    /// [`ProofError`] says what does not hold.
    pub fn verify(&self, chain: &ChainId, set: &ValidatorSet) -> Result<Block, ProofError> {
        let first = self.headers.first().ok_or(ProofError::NoHeader)?;
        let parent = (Height(first.height.0.saturating_sub(1)), first.parent);
        let blocks = verify_chain(chain, set, parent, &self.headers, &self.certificate)?;
        blocks.into_iter().next().ok_or(ProofError::NoHeader)
    }
}
