//! Checks that need neither a node nor a network: the ledger's genesis is enough.

use crate::{
    error::{Error, Result},
    member::{Proven, load_genesis},
    proof::TransactionProof,
};
use hansa_consensus::ValidatorSet;
use hansa_primitives::{Epoch, codec};
use std::path::Path;

/// Checks the canonical bytes of a [`TransactionProof`], as [`crate::Member::prove_transaction`] gives
/// them, against the validators that a genesis names.
///
/// # Errors
/// [`Error::Integrity`] if it does not hold, [`Error::Usage`] if the genesis cannot be used.
pub fn check_transaction_proof(bytes: &[u8], genesis: &Path) -> Result<Proven> {
    let genesis = load_genesis(genesis)?;
    let validators = ValidatorSet::new(Epoch(0), genesis.validators())
        .map_err(|error| Error::usage(format!("genesis: {error}"), "get the right genesis"))?;
    let broken = |reason: &dyn std::fmt::Display| Error::integrity("the proof", reason);
    let proof: TransactionProof = codec::decode(bytes).map_err(|error| broken(&error))?;
    let shows = proof.verify(&genesis.chain, &validators).map_err(|error| broken(&error))?;
    Ok(Proven {
        bytes: bytes.to_vec(),
        transaction: shows.id,
        height: shows.height,
        block: shows.block,
        time: shows.time,
        outcome: shows.outcome.ok_or_else(|| broken(&"it shows no outcome"))?,
    })
}
