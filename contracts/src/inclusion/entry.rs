//! A state entry and what certifies it.

use super::{CertifiedChain, ProofError};
use bincode::{Decode, Encode};
use hansa_consensus::{Executed, ValidatorSet};
use hansa_primitives::{ChainId, codec::Canonical, limits, merkle::sparse::StateProof};

/// Shows the value of a key, or that it has none, in a state that a quorum certified.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct StateEntryProof {
    /// The key.
    pub key: Vec<u8>,
    /// Its value.
    pub value: Option<Vec<u8>>,
    /// The path from the state root.
    pub proof: StateProof,
    /// The header that carries the state root as what was executed before it.
    pub root_in: CertifiedChain,
}

impl Canonical for StateEntryProof {
    const BYTES_MAX: usize = limits::STATE_KEY_BYTES_MAX
        + limits::STATE_VALUE_BYTES_MAX
        + 16 * 1024
        + CertifiedChain::BYTES_MAX;
}

impl StateEntryProof {
    /// The height and root of the state that the entry is part of.
    ///
    /// # Errors
    /// [`ProofError`] says what does not hold.
    pub fn verify(&self, chain: &ChainId, set: &ValidatorSet) -> Result<Executed, ProofError> {
        let executed = self.root_in.verify(chain, set)?.header().executed;
        if self.proof.verify(&executed.state_root, &self.key, self.value.as_deref()) {
            Ok(executed)
        } else {
            Err(ProofError::NotInState)
        }
    }
}
