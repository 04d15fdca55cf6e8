//! What the services and the member's agent do with a running node.

use crate::{
    config::Config,
    core::Core,
    driver::DriverInput,
    inbound::ADMISSIONS_MAX,
    mempool::{Admission, Source, SubmitError},
    publish::{Decided, Ended, Status, Tip},
    roster::Roster,
    sealed::{self, ExchangeError},
};
use hansa_consensus::Report;
use hansa_contracts::document::Availability;
use hansa_ledger::{Ledger, LedgerError};
use hansa_primitives::{ChainId, Digest, MemberId, Transaction, TransactionId};
use std::{sync::Arc, time::Duration};
use tokio::sync::{oneshot, watch};

/// A running node. Clones are cheap and mean the same node.
#[derive(Clone)]
pub struct NodeHandle {
    pub(crate) core: Arc<Core>,
}

impl NodeHandle {
    /// What the node was told.
    pub fn config(&self) -> &Config {
        &self.core.config
    }

    /// The ledger's name.
    pub fn chain(&self) -> &ChainId {
        &self.core.chain
    }

    /// The member that runs the node.
    pub fn member(&self) -> &MemberId {
        &self.core.member
    }

    /// Whether the node is a validator.
    pub fn is_validator(&self) -> bool {
        self.core.index.is_some()
    }

    /// The ledger. Reading it can wait for the disk: long reads belong on blocking threads.
    pub fn ledger(&self) -> &Arc<Ledger> {
        &self.core.ledger
    }

    /// The registry as of the last executed block.
    pub fn roster(&self) -> Arc<Roster> {
        self.core.roster()
    }

    /// How far the node has come; changes with every executed block.
    pub fn tip(&self) -> watch::Receiver<Tip> {
        self.core.tip.subscribe()
    }

    /// Why the node signs and writes nothing any more, if that is so.
    pub fn halted(&self) -> Option<String> {
        self.core.halted()
    }

    /// Ends when the node is told to stop.
    pub async fn stopped(&self) {
        self.core.stop.cancelled().await;
    }

    /// Submits a transaction. Once accepted the node sees to it until a block decides it or it
    /// expires.
    ///
    /// # Errors
    /// [`SubmitError`] says which check it fails, or when to try again.
    pub async fn submit(&self, transaction: Transaction) -> Result<TransactionId, SubmitError> {
        self.admit(Source::Decoded(Box::new(transaction))).await
    }

    /// Submits a transaction by its canonical bytes.
    ///
    /// # Errors
    /// [`SubmitError`] says which check it fails, or when to try again.
    pub async fn submit_bytes(&self, bytes: Vec<u8>) -> Result<TransactionId, SubmitError> {
        self.admit(Source::Bytes(bytes)).await
    }

    async fn admit(&self, source: Source) -> Result<TransactionId, SubmitError> {
        let (reply, answer) = oneshot::channel();
        let admission = Admission { source, reply: Some(reply) };
        if self.core.admission.try_push(admission, ADMISSIONS_MAX).is_err() {
            return Err(self.not_taken());
        }
        answer.await.unwrap_or_else(|_| Err(self.not_taken()))
    }

    /// Submits many transactions by their canonical bytes; each has its own outcome, in their
    /// order.
    pub async fn submit_batch(
        &self,
        transactions: Vec<Vec<u8>>,
    ) -> Vec<Result<TransactionId, SubmitError>> {
        let count = transactions.len();
        let (admissions, answers): (Vec<_>, Vec<_>) = transactions
            .into_iter()
            .map(|bytes| {
                let (reply, answer) = oneshot::channel();
                (Admission { source: Source::Bytes(bytes), reply: Some(reply) }, answer)
            })
            .unzip();
        if self.core.admission.try_extend(admissions, ADMISSIONS_MAX).is_err() {
            return vec![Err(self.not_taken()); count];
        }
        let mut outcomes = Vec::with_capacity(count);
        for answer in answers {
            outcomes.push(answer.await.unwrap_or_else(|_| Err(self.not_taken())));
        }
        outcomes
    }

    /// Why admission takes nothing.
    fn not_taken(&self) -> SubmitError {
        if self.core.stop.is_cancelled() {
            return SubmitError::Unavailable("it is stopping".to_owned());
        }
        let retry_after = Duration::from_millis(250);
        SubmitError::Busy { reason: "too many transactions wait to be checked", retry_after }
    }

    /// Where a transaction stands now.
    ///
    /// # Errors
    /// [`LedgerError`] if the ledger cannot be read.
    pub fn status(&self, id: &TransactionId) -> Result<Status, LedgerError> {
        // The pool first: what leaves it is in the ledger by then.
        let pending = self.core.mempool.contains(id);
        Ok(match self.core.ledger.transaction(id)? {
            Some(record) => Status::Decided(Decided {
                height: record.height,
                position: record.position,
                time: record.time,
                receipt: Arc::new(record.receipt),
            }),
            None if pending => Status::Pending,
            None if self.core.mempool.has_expired(id) => Status::Expired,
            None => Status::Unknown,
        })
    }

    /// Waits until a transaction is decided or has expired, at most for `limit`; then tells where
    /// it stands.
    ///
    /// # Errors
    /// [`LedgerError`] if the ledger cannot be read.
    pub async fn wait(&self, id: TransactionId, limit: Duration) -> Result<Status, LedgerError> {
        let mut waiting = self.core.waiters.register(id);
        match self.status(&id)? {
            Status::Pending | Status::Unknown => {}
            settled => return Ok(settled),
        }
        let ended = tokio::select! {
            ended = tokio::time::timeout(limit, waiting.ended()) => ended,
            () = self.core.stop.cancelled() => return self.status(&id),
        };
        match ended {
            Ok(Some(Ended::Decided(decided))) => Ok(Status::Decided(decided)),
            Ok(Some(Ended::Expired)) => Ok(Status::Expired),
            Ok(None) | Err(_) => self.status(&id),
        }
    }

    /// Stores sealed bytes here and on validators, and returns the certificate that a document's
    /// registration must carry.
    ///
    /// # Errors
    /// [`ExchangeError`] if the disk fails or too few validators confirm.
    pub async fn put_sealed(&self, bytes: Vec<u8>) -> Result<Availability, ExchangeError> {
        let (ledger, length) = (Arc::clone(&self.core.ledger), bytes.len() as u64);
        let digest = sealed::blocking(move || ledger.sealed().put(&bytes)).await??;
        self.certify_sealed(digest, length).await
    }

    /// Has validators store bytes that are in this node's store.
    ///
    /// # Errors
    /// [`ExchangeError::TooFew`] if too few confirm in time.
    pub async fn certify_sealed(
        &self,
        digest: Digest,
        length: u64,
    ) -> Result<Availability, ExchangeError> {
        sealed::certify(&self.core, digest, length).await
    }

    /// Sealed bytes, from this node's store or from a validator's; nothing if nobody gives them.
    /// Who may have them is for the caller to check.
    ///
    /// # Errors
    /// [`ExchangeError`] if the disk fails.
    pub async fn get_sealed(&self, digest: &Digest) -> Result<Option<Vec<u8>>, ExchangeError> {
        if !self.fetch_sealed(digest).await? {
            return Ok(None);
        }
        let (ledger, digest) = (Arc::clone(&self.core.ledger), *digest);
        Ok(sealed::blocking(move || ledger.sealed().get(&digest)).await??)
    }

    /// Sees to it that sealed bytes are in this node's store; false if nobody gives them.
    ///
    /// # Errors
    /// [`ExchangeError`] if the node stops meanwhile.
    pub async fn fetch_sealed(&self, digest: &Digest) -> Result<bool, ExchangeError> {
        sealed::fetch(&self.core, *digest).await
    }

    /// Where the consensus engine stands; nothing on a node that is no validator or is halted.
    pub async fn report(&self) -> Option<Report> {
        self.core.index?;
        if self.halted().is_some() {
            return None;
        }
        let (reply, answer) = oneshot::channel();
        self.core.driver.push(DriverInput::Status(reply));
        tokio::time::timeout(Duration::from_secs(1), answer).await.ok()?.ok()
    }
}
