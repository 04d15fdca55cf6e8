//! The proof that sealed bytes are stored.

use crate::{
    registry,
    rule::{Rejection, ensure, rejection},
    state::StateView,
};
use bincode::{Decode, Encode};
use hansa_primitives::{ChainId, Digest, MemberId, Signature, hash};
use std::collections::BTreeSet;

/// Validators' statements that they store the sealed bytes of a document version.
///
/// `2f + 1` of them, so that at least `f + 1` honest validators hold the bytes, and one of them
/// still answers when `f` others fail.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Availability {
    /// The SHA-256 hash of the sealed bytes.
    pub digest: Digest,
    /// How many bytes there are.
    pub length: u64,
    /// Signatures under the validators' vote keys, each over [`Availability::signing_bytes`].
    pub signatures: Vec<(MemberId, Signature)>,
}

impl Availability {
    /// What a validator signs: tag kind `sealed-availability`, digest and length.
    pub fn signing_bytes(chain: &ChainId, digest: &Digest, length: u64) -> Vec<u8> {
        let mut message = digest.as_bytes().to_vec();
        message.extend_from_slice(&length.to_le_bytes());
        hash::signing_bytes(chain, "sealed-availability", &message)
    }

    /// Checks that enough validators signed.
    ///
    /// # Errors
    /// `DOC-006` if they are too few, `DOC-007` if a signer is no validator, signed twice, or a
    /// signature does not hold.
    pub fn verify(&self, view: &dyn StateView, chain: &ChainId) -> Result<(), Rejection> {
        let set = registry::validators(view)
            .ok_or_else(|| rejection!(NotAvailable, "the ledger has no validators yet"))?;
        let needed = 2 * set.faults_max() + 1;
        ensure!(
            (needed..=set.len()).contains(&self.signatures.len()),
            NotAvailable,
            "{} validators signed, {needed} to {} are needed",
            self.signatures.len(),
            set.len()
        );
        let message = Self::signing_bytes(chain, &self.digest, self.length);
        let mut signers = BTreeSet::new();
        for (member, signature) in &self.signatures {
            ensure!(
                signers.insert(member),
                BadAvailability,
                "validator `{member}` is counted twice"
            );
            let key = set.index_of(member).and_then(|index| set.key(index));
            ensure!(
                key.is_some_and(|key| key.verify(&message, signature).is_ok()),
                BadAvailability,
                "`{member}` is no validator, or its signature does not hold"
            );
        }
        Ok(())
    }
}
