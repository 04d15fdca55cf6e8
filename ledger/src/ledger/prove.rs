//! Proofs of state entries and transactions.

use super::{Ledger, query::certified_chain};
use crate::{
    error::LedgerError,
    record::{self, Place},
    state::{StateSnapshot, oldest_kept},
    store::{Family, Source},
};
use hansa_consensus::Header;
use hansa_contracts::{
    inclusion::{CertifiedChain, ReceiptProof, StateEntryProof, TransactionProof},
    key,
};
use hansa_primitives::{Height, TransactionId, codec, merkle::rfc6962};

impl Ledger {
    /// Proves what value a key has, or that it has none, in the newest state that a committed
    /// header carries. Nothing as long as there is no such header.
    ///
    /// # Errors
    /// [`LedgerError::Store`] if the store fails.
    pub fn prove_state(&self, key: &[u8]) -> Result<Option<StateEntryProof>, LedgerError> {
        let view = self.view()?;
        let Some(root_in) = newest_root(&view)? else { return Ok(None) };
        entry(&view, root_in, key).map(Some)
    }

    /// Proves that a transaction is on the ledger, and what became of it once a later committed
    /// header carries the state after it. Nothing if it was not executed.
    ///
    /// # Errors
    /// [`LedgerError::Store`] if the store fails.
    pub fn prove_transaction(
        &self,
        id: &TransactionId,
    ) -> Result<Option<TransactionProof>, LedgerError> {
        let Some(Place { height, position }) = self.place_of(id)? else { return Ok(None) };
        let header: Header = self.store.need(Family::Headers, &record::height_key(height))?;
        let Some(block) = certified_chain(&self.store, height)? else { return Ok(None) };
        let mut ids = Vec::new();
        for open in self.open_payload(&header)? {
            ids.extend_from_slice(&open.ids);
        }
        let leaves: Vec<&[u8]> = ids.iter().map(|id| id.as_bytes().as_slice()).collect();
        let Some(inclusion) = rfc6962::inclusion_proof(&leaves, position as usize) else {
            return Ok(None);
        };
        Ok(Some(TransactionProof {
            transaction: self.transaction_at(&header, position)?,
            block,
            inclusion,
            receipt: self.prove_receipt(height, position as usize)?,
        }))
    }

    fn prove_receipt(
        &self,
        height: Height,
        position: usize,
    ) -> Result<Option<ReceiptProof>, LedgerError> {
        let view = self.view()?;
        let Some(root_in) = newest_root(&view)? else { return Ok(None) };
        if root_in.headers[0].executed.height < height {
            return Ok(None);
        }
        let receipts = self.receipts(height)?;
        let leaves: Vec<Vec<u8>> = receipts.iter().map(codec::encode).collect();
        let Some(inclusion) = rfc6962::inclusion_proof(&leaves, position) else {
            return Ok(None);
        };
        let state = entry(&view, root_in, &key::receipts_root(height))?;
        Ok(receipts.into_iter().nth(position).map(|receipt| ReceiptProof {
            receipt,
            inclusion,
            state,
        }))
    }
}

fn entry(
    view: &StateSnapshot<'_>,
    root_in: CertifiedChain,
    key: &[u8],
) -> Result<StateEntryProof, LedgerError> {
    let (value, proof) = view.prove(key, root_in.headers[0].executed.height)?;
    Ok(StateEntryProof { key: key.to_vec(), value, proof, root_in })
}

/// The newest committed header whose state root this node has come to, with what certifies it.
fn newest_root(view: &StateSnapshot<'_>) -> Result<Option<CertifiedChain>, LedgerError> {
    let committed: Height = view.source().need(Family::Meta, record::COMMITTED)?;
    let newest = committed.min(view.height().next());
    let Some(chain) = certified_chain(view.source(), newest)? else { return Ok(None) };
    let executed = chain.headers[0].executed.height;
    let kept = executed >= oldest_kept(view.height()) && executed <= view.height();
    Ok(kept.then_some(chain))
}
