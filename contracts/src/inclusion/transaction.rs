//! A transaction, its block, its receipt, and what certifies them.

use super::{CertifiedChain, ProofError, StateEntryProof};
use crate::{
    execute::{Outcome, Receipt},
    key,
};
use bincode::{Decode, Encode};
use hansa_consensus::{Block, ValidatorSet};
use hansa_primitives::{
    BlockHash, BlockTime, ChainId, Digest, Height, Transaction, TransactionId,
    codec::{self, Canonical},
    merkle::rfc6962::InclusionProof,
};

/// Shows what became of a transaction.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct ReceiptProof {
    /// The receipt.
    pub receipt: Receipt,
    /// Its place among the receipts of the block.
    pub inclusion: InclusionProof,
    /// The receipts root of the block, as an entry of a later certified state.
    pub state: StateEntryProof,
}

/// Shows that a transaction is on the ledger, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct TransactionProof {
    /// The transaction.
    pub transaction: Transaction,
    /// The block that ordered it.
    pub block: CertifiedChain,
    /// Its place among the transactions of the block.
    pub inclusion: InclusionProof,
    /// What became of it; absent as long as no later header carries the state after the block.
    pub receipt: Option<ReceiptProof>,
}

impl Canonical for TransactionProof {
    const BYTES_MAX: usize = Transaction::BYTES_MAX
        + Receipt::BYTES_MAX
        + CertifiedChain::BYTES_MAX
        + StateEntryProof::BYTES_MAX
        + 16 * 1024;
}

/// What a [`TransactionProof`] shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// The transaction.
    pub id: TransactionId,
    /// The height of its block.
    pub height: Height,
    /// Its block.
    pub block: BlockHash,
    /// The time of its block.
    pub time: BlockTime,
    /// What became of it, if the proof shows it.
    pub outcome: Option<Outcome>,
}

impl TransactionProof {
    /// Checks the whole proof. Needs the chain's id and its validators' keys, nothing else.
    ///
    /// # Errors
    /// [`ProofError`] says what does not hold.
    pub fn verify(&self, chain: &ChainId, set: &ValidatorSet) -> Result<Verified, ProofError> {
        if self.transaction.body.chain != *chain {
            return Err(ProofError::OtherChain);
        }
        let id = self.transaction.id();
        let block = self.block.verify(chain, set)?;
        if !self.inclusion.verify(id.as_bytes(), &block.header().transactions_root) {
            return Err(ProofError::NotIncluded);
        }
        if let Some(receipt) = &self.receipt {
            receipt.verify(chain, set, &block)?;
            let same_place = receipt.inclusion.index == self.inclusion.index
                && receipt.inclusion.leaf_count == self.inclusion.leaf_count;
            if receipt.receipt.transaction != id || !same_place {
                return Err(ProofError::WrongReceipt);
            }
        }
        Ok(Verified {
            id,
            height: block.height(),
            block: block.hash(),
            time: block.header().time,
            outcome: self.receipt.as_ref().map(|proof| proof.receipt.outcome.clone()),
        })
    }
}

impl ReceiptProof {
    fn verify(&self, chain: &ChainId, set: &ValidatorSet, block: &Block) -> Result<(), ProofError> {
        let executed = self.state.verify(chain, set)?;
        if executed.height < block.height() {
            let block = block.height();
            return Err(ProofError::TooOld { executed: executed.height, block });
        }
        if self.state.key != key::receipts_root(block.height()) {
            return Err(ProofError::WrongEntry(block.height()));
        }
        let root = self
            .state
            .value
            .as_deref()
            .and_then(|bytes| codec::decode::<Digest>(bytes).ok())
            .ok_or(ProofError::WrongEntry(block.height()))?;
        if self.inclusion.verify(&codec::encode(&self.receipt), &root) {
            Ok(())
        } else {
            Err(ProofError::WrongReceipt)
        }
    }
}
