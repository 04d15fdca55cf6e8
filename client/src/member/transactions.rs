//! Signing, submitting and waiting.

use super::{Inner, Member};
use crate::{
    connection::{Connection, DEADLINE, Repeat, request},
    error::{Error, Result},
    proof::TransactionProof,
};
use hansa_contracts::{
    call::{CALLS_MAX, Calls},
    event::Event,
    execute::{Outcome, Receipt},
};
use hansa_primitives::{
    BlockHash, BlockTime, Digest, Height, RequestId, Transaction, TransactionBody, TransactionId,
    codec::{self, Canonical},
};
use hansa_proto::v1::{self, TransactionState};
use serde::Serialize;
use std::{
    sync::{Mutex, atomic::Ordering},
    time::{Duration, Instant},
};

/// How long a submission is waited for if nothing else is said.
pub(super) const WAIT: Duration = Duration::from_secs(60);
/// One turn of waiting at a node; shorter than what the protocol allows, so that a node that was
/// lost is noticed.
const TURN: Duration = Duration::from_secs(20);
/// How long a proof is waited for.
const PROOF_WAIT: Duration = Duration::from_secs(30);
/// Pauses between questions for a proof that is not there yet.
const PROOF_PAUSE: Duration = Duration::from_millis(100);
/// After this time the height that was seen last is asked for again before a transaction is signed.
const TIP_AGE_MAX: Duration = Duration::from_secs(10);

/// A transaction that the ledger took and applied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Committed {
    /// The transaction.
    pub transaction: TransactionId,
    /// The block that holds it.
    pub height: Height,
    /// Its place in the block.
    pub position: u32,
    /// The block's time.
    pub time: BlockTime,
    /// What it brought about, in order.
    pub events: Vec<Event>,
}

/// Where a transaction stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum Standing {
    /// In no block yet.
    Pending,
    /// In a block, and applied.
    Committed(Committed),
    /// In a block, and refused by a rule; nothing was applied.
    Rejected {
        /// The block.
        height: Height,
        /// The rule's stable code.
        rule: String,
        /// What happened, to which thing.
        message: String,
        /// What to do.
        hint: String,
    },
    /// No block took it in time; none ever will.
    Expired,
    /// The node has never seen it.
    Unknown,
}

/// A transaction's proof and what it shows, verified against the validators of the genesis.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Proven {
    /// Canonical bytes of the [`TransactionProof`], to be kept or handed on.
    #[serde(skip)]
    pub bytes: Vec<u8>,
    /// The transaction.
    pub transaction: TransactionId,
    /// The height of its block.
    pub height: Height,
    /// Its block.
    pub block: BlockHash,
    /// The time of its block.
    pub time: BlockTime,
    /// What became of it.
    pub outcome: Outcome,
}

/// Why a node did not take one transaction of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotTaken {
    /// A stable code: a contract's rule, or `QUOTA` and the like.
    pub code: String,
    /// What happened.
    pub message: String,
    /// Try again after this time, if that may help.
    pub retry_after: Option<Duration>,
}

/// The height that was seen last, and when.
#[derive(Default)]
pub(super) struct Tip(Mutex<Option<(Height, Instant)>>);

impl Tip {
    pub(super) fn seen(&self, height: Height) {
        let mut tip = self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let known = tip.map_or(Height(0), |(known, _)| known);
        *tip = Some((known.max(height), Instant::now()));
    }

    pub(super) fn latest(&self) -> Height {
        let tip = self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        tip.map_or(Height(0), |(height, _)| height)
    }

    fn fresh(&self) -> Option<Height> {
        let tip = self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        tip.filter(|(_, since)| since.elapsed() < TIP_AGE_MAX).map(|(height, _)| height)
    }
}

impl Member {
    /// Signs calls as one transaction, applied all or none, and hands it to the ledger. Its outcome
    /// is not waited for.
    ///
    /// # Errors
    /// [`Error::Rejected`] if the node sees already that a rule refuses it.
    pub async fn submit(&self, calls: impl Into<Calls>) -> Result<TransactionId> {
        let transaction = self.sign_calls(calls.into()).await?;
        self.inner.hand_in(&transaction).await
    }

    /// Signs calls as one transaction without handing it in.
    ///
    /// # Errors
    /// [`Error::Usage`] if there are too many calls, or too large ones.
    pub async fn sign(&self, calls: impl Into<Calls>) -> Result<Transaction> {
        self.sign_calls(calls.into()).await
    }

    /// Signs calls as one transaction, hands it in and waits until a block has applied it.
    ///
    /// # Errors
    /// [`Error::Rejected`] with the rule that refused it; [`Error::Timeout`] if no block took it in
    /// a minute, though one still may.
    pub async fn submit_and_wait(&self, calls: impl Into<Calls>) -> Result<Committed> {
        let transaction = self.sign_calls(calls.into()).await?;
        self.inner.hand_in(&transaction).await?;
        self.inner.wait(&transaction.id(), Some(&transaction), WAIT).await
    }

    /// Hands in a transaction that was signed before, by this member or another, and waits until a
    /// block has applied it.
    ///
    /// # Errors
    /// As [`Member::submit_and_wait`].
    pub async fn submit_signed_and_wait(&self, transaction: &Transaction) -> Result<Committed> {
        self.inner.hand_in(transaction).await?;
        self.inner.wait(&transaction.id(), Some(transaction), WAIT).await
    }

    /// Hands in many signed transactions at once; each has its own outcome, in their order.
    ///
    /// # Errors
    /// [`Error::Usage`] if they are more than a node takes at once, [`Error::Unavailable`] if no
    /// node answers.
    pub async fn submit_batch(
        &self,
        transactions: &[Transaction],
    ) -> Result<Vec<Result<TransactionId, NotTaken>>> {
        let transactions: Vec<Vec<u8>> = transactions.iter().map(codec::encode).collect();
        let submit = |channel, terms| {
            let message = v1::SubmitBatchRequest { transactions: transactions.clone() };
            async move { Connection::ledger(channel).submit_batch(request(message, terms)).await }
        };
        let what = "the submission of a batch";
        let connection = &self.inner.connection;
        let answer = connection.call(what, DEADLINE, Repeat::Idempotent, submit).await?;
        if answer.outcomes.len() != transactions.len() {
            return Err(Error::integrity(what, "the node answers for other transactions"));
        }
        answer.outcomes.into_iter().map(taken).collect()
    }

    /// Waits until a transaction is decided.
    ///
    /// # Errors
    /// As [`Member::submit_and_wait`]; [`Error::NotFound`] if the node has never seen it.
    pub async fn wait(&self, id: &TransactionId, timeout: Duration) -> Result<Committed> {
        self.inner.wait(id, None, timeout).await
    }

    /// Where a transaction stands now.
    ///
    /// # Errors
    /// [`Error::Unavailable`] if no node answers.
    pub async fn transaction(&self, id: &TransactionId) -> Result<Standing> {
        let query = v1::GetTransactionRequest { transaction_id: id.as_bytes().to_vec() };
        let ask = |channel, terms| {
            let query = query.clone();
            async move { Connection::ledger(channel).get_transaction(request(query, terms)).await }
        };
        let what = format!("transaction {id}");
        let status = self.inner.connection.call(&what, DEADLINE, Repeat::Idempotent, ask).await?;
        self.inner.standing(id, status)
    }

    /// A proof of a transaction and its outcome that stands on its own. Waits up to half a minute
    /// until the ledger can make it: the state after the block must be certified by a later one.
    ///
    /// # Errors
    /// [`Error::Integrity`] if the node's proof does not hold; [`Error::Timeout`] if there is none
    /// in time.
    pub async fn prove_transaction(&self, id: &TransactionId) -> Result<Proven> {
        let end = Instant::now() + PROOF_WAIT;
        loop {
            match self.proof_now(id).await {
                Ok(Some(proven)) => return Ok(proven),
                Ok(None) | Err(Error::NotFound { .. } | Error::Conflict { .. }) => {}
                Err(error) => return Err(error),
            }
            if Instant::now() + PROOF_PAUSE >= end {
                return Err(Error::Timeout {
                    what: format!("the proof of transaction {id}"),
                    seconds: PROOF_WAIT.as_secs(),
                    next: "check that the transaction is committed, and ask again".to_owned(),
                });
            }
            tokio::time::sleep(PROOF_PAUSE).await;
        }
    }

    /// The proof as far as the ledger can make it now; nothing while it lacks the outcome.
    async fn proof_now(&self, id: &TransactionId) -> Result<Option<Proven>> {
        let query = v1::GetTransactionRequest { transaction_id: id.as_bytes().to_vec() };
        let ask = |channel, terms| {
            let query = query.clone();
            let query = request(query, terms);
            async move { Connection::ledger(channel).get_transaction_proof(query).await }
        };
        let what = format!("the proof of transaction {id}");
        let connection = &self.inner.connection;
        let bytes = connection.call(&what, DEADLINE, Repeat::Idempotent, ask).await?.proof;
        let shows = codec::decode::<TransactionProof>(&bytes)
            .map_err(|error| Error::integrity(&what, error))?
            .verify(self.chain(), self.validators())
            .map_err(|error| Error::integrity(&what, error))?;
        if shows.id != *id {
            return Err(Error::integrity(what, format!("it is that of transaction {}", shows.id)));
        }
        Ok(shows.outcome.map(|outcome| Proven {
            bytes,
            transaction: shows.id,
            height: shows.height,
            block: shows.block,
            time: shows.time,
            outcome,
        }))
    }

    /// Signs calls as one transaction.
    pub(super) async fn sign_calls(&self, calls: Calls) -> Result<Transaction> {
        let inner = &self.inner;
        let call = codec::encode(&calls);
        if calls.0.is_empty() || calls.0.len() > CALLS_MAX || call.len() > Calls::BYTES_MAX {
            let what = format!(
                "a transaction of {} calls and {} bytes is not possible",
                calls.0.len(),
                call.len()
            );
            return Err(Error::usage(what, "split the work over several transactions"));
        }
        let height = match inner.tip.fresh() {
            Some(height) => height,
            None => Height(inner.node_status().await?.executed_height),
        };
        // Half the window: the validators may be some blocks ahead of or behind the height seen
        // here.
        let ahead = (inner.genesis.parameters.transaction_window / 2).max(1);
        let body = TransactionBody {
            chain: inner.genesis.chain.clone(),
            actor: inner.actor,
            request: inner.request_id()?,
            valid_until: Height(height.0.saturating_add(ahead)),
            call,
        };
        Ok(Transaction::sign(body, inner.keys.actor()))
    }
}

impl Inner {
    fn request_id(&self) -> Result<RequestId> {
        let mut id = [0; 16];
        crate::keystore::fill_random(&mut id)?;
        // Random bytes alone would do; the count keeps ids of one process apart whatever they are.
        let count = self.requests.fetch_add(1, Ordering::Relaxed).to_be_bytes();
        for (byte, count) in id.iter_mut().zip(count) {
            *byte ^= count;
        }
        Ok(RequestId(id))
    }

    pub(super) async fn hand_in(&self, transaction: &Transaction) -> Result<TransactionId> {
        let (id, bytes) = (transaction.id(), codec::encode(transaction));
        let submit = |channel, terms| {
            let message = v1::SubmitRequest { transaction: bytes.clone() };
            async move { Connection::ledger(channel).submit(request(message, terms)).await }
        };
        let what = format!("the submission of transaction {id}");
        let answer = self.connection.call(&what, DEADLINE, Repeat::Idempotent, submit).await;
        match answer {
            Ok(answer) if answer.transaction_id == id.as_bytes() => Ok(id),
            Ok(_) => Err(Error::integrity(what, "the node answers for another transaction")),
            Err(Error::Rejected { rule, message, hint, .. }) => {
                Err(Error::Rejected { transaction: Some(id), rule, message, hint })
            }
            Err(error) => Err(error),
        }
    }

    /// Waits; hands the transaction in again at a node that does not know it.
    pub(super) async fn wait(
        &self,
        id: &TransactionId,
        transaction: Option<&Transaction>,
        timeout: Duration,
    ) -> Result<Committed> {
        let end = Instant::now() + timeout;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(Error::Timeout {
                    what: format!("transaction {id}"),
                    seconds: timeout.as_secs(),
                    next: "ask for its status later: a block may still take it".to_owned(),
                });
            }
            match self.wait_turn(id, left.min(TURN)).await? {
                Standing::Committed(committed) => {
                    // What this member did it sees from now on, whichever node it asks.
                    self.connection.show_at_least(committed.height);
                    return Ok(committed);
                }
                Standing::Rejected { rule, message, hint, .. } => {
                    let transaction = Some(*id);
                    return Err(Error::Rejected { transaction, rule, message, hint });
                }
                Standing::Expired => return Err(Error::Expired(*id)),
                Standing::Pending => {}
                Standing::Unknown => match transaction {
                    Some(transaction) => {
                        self.hand_in(transaction).await?;
                    }
                    None => {
                        let next = "check the id, or ask the node it was submitted at";
                        return Err(Error::not_found(format!("transaction {id}"), next));
                    }
                },
            }
        }
    }

    async fn wait_turn(&self, id: &TransactionId, turn: Duration) -> Result<Standing> {
        let timeout_ms = u32::try_from(turn.as_millis()).unwrap_or(u32::MAX).max(1);
        let query = v1::WaitRequest { transaction_id: id.as_bytes().to_vec(), timeout_ms };
        let ask = |channel, terms| {
            let query = query.clone();
            async move { Connection::ledger(channel).wait(request(query, terms)).await }
        };
        let what = format!("transaction {id}");
        // The node answers when the turn is over; the connection is given some time more.
        let deadline = turn + Duration::from_secs(5);
        let status = self.connection.call(&what, deadline, Repeat::Idempotent, ask).await?;
        self.standing(id, status)
    }

    fn standing(&self, id: &TransactionId, status: v1::TransactionStatus) -> Result<Standing> {
        self.tip.seen(Height(status.height));
        standing(id, status)
    }
}

fn taken(outcome: v1::SubmitOutcome) -> Result<Result<TransactionId, NotTaken>> {
    let v1::SubmitOutcome { transaction_id, code, message, retry_after_ms } = outcome;
    if !code.is_empty() {
        let retry_after =
            (retry_after_ms > 0).then(|| Duration::from_millis(retry_after_ms.into()));
        return Ok(Err(NotTaken { code, message, retry_after }));
    }
    let id: [u8; 32] = transaction_id.try_into().map_err(|_| {
        Error::integrity("the submission of a batch", "a transaction id has not 32 bytes")
    })?;
    Ok(Ok(TransactionId(Digest(id))))
}

/// What a node's answer says about a transaction.
fn standing(id: &TransactionId, status: v1::TransactionStatus) -> Result<Standing> {
    let what = || format!("the node's answer on transaction {id}");
    match status.state() {
        TransactionState::Unspecified => Err(Error::integrity(what(), "it names no state")),
        TransactionState::Pending => Ok(Standing::Pending),
        TransactionState::Expired => Ok(Standing::Expired),
        TransactionState::Unknown => Ok(Standing::Unknown),
        state @ (TransactionState::Committed | TransactionState::Rejected) => {
            let receipt: Receipt = codec::decode(&status.receipt)
                .map_err(|error| Error::integrity(what(), format!("receipt: {error}")))?;
            if receipt.transaction != *id {
                return Err(Error::integrity(what(), "its receipt is another transaction's"));
            }
            let height = Height(status.height);
            match (receipt.outcome, state) {
                (Outcome::Applied, TransactionState::Committed) => {
                    Ok(Standing::Committed(Committed {
                        transaction: *id,
                        height,
                        position: status.position,
                        time: BlockTime(status.block_time_ms),
                        events: receipt.events,
                    }))
                }
                (Outcome::Rejected { rule, message }, TransactionState::Rejected) => {
                    Ok(Standing::Rejected {
                        height,
                        rule: rule.code().to_owned(),
                        message,
                        hint: rule.hint().to_owned(),
                    })
                }
                _ => Err(Error::integrity(what(), "state and receipt contradict each other")),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use hansa_contracts::rule::Rule;

    const ID: TransactionId = TransactionId(Digest([7; 32]));

    fn status(state: TransactionState, outcome: Outcome) -> v1::TransactionStatus {
        let receipt = Receipt { transaction: ID, outcome, events: Vec::new() };
        v1::TransactionStatus {
            state: state.into(),
            transaction_id: ID.as_bytes().to_vec(),
            height: 9,
            receipt: codec::encode(&receipt),
            ..Default::default()
        }
    }

    #[test]
    fn the_receipt_decides_and_must_agree_with_the_state() {
        let applied = standing(&ID, status(TransactionState::Committed, Outcome::Applied)).unwrap();
        assert!(matches!(applied, Standing::Committed(committed) if committed.height == Height(9)));
        let refusal = || Outcome::Rejected { rule: Rule::NotOwner, message: "not yours".into() };
        let refused = standing(&ID, status(TransactionState::Rejected, refusal())).unwrap();
        assert!(matches!(refused, Standing::Rejected { rule, .. } if rule == "DOC-002"));
        for (state, outcome) in [
            (TransactionState::Committed, refusal()),
            (TransactionState::Rejected, Outcome::Applied),
            (TransactionState::Unspecified, Outcome::Applied),
        ] {
            let error = standing(&ID, status(state, outcome)).unwrap_err();
            assert_eq!(error.exit_code(), 7);
        }
    }

    #[test]
    fn a_receipt_of_another_transaction_is_refused() {
        let other = TransactionId(Digest([8; 32]));
        let answer = status(TransactionState::Committed, Outcome::Applied);
        assert_eq!(standing(&other, answer).unwrap_err().exit_code(), 7);
        let mut cut = status(TransactionState::Committed, Outcome::Applied);
        cut.receipt.pop();
        assert_eq!(standing(&ID, cut).unwrap_err().exit_code(), 7);
    }

    #[test]
    fn each_transaction_of_a_batch_has_its_outcome() {
        let good = v1::SubmitOutcome { transaction_id: vec![7; 32], ..Default::default() };
        assert_eq!(taken(good).unwrap(), Ok(ID));
        let busy = v1::SubmitOutcome {
            code: "QUOTA".to_owned(),
            message: "too many".to_owned(),
            retry_after_ms: 250,
            ..Default::default()
        };
        let refused = taken(busy).unwrap().unwrap_err();
        assert_eq!(refused.code, "QUOTA");
        assert_eq!(refused.retry_after, Some(Duration::from_millis(250)));
        let odd = v1::SubmitOutcome { transaction_id: vec![7; 31], ..Default::default() };
        assert_eq!(taken(odd).unwrap_err().exit_code(), 7);
    }

    #[test]
    fn the_tip_never_goes_back() {
        let tip = Tip::default();
        assert_eq!(tip.fresh(), None);
        tip.seen(Height(5));
        tip.seen(Height(3));
        assert_eq!(tip.fresh(), Some(Height(5)));
    }
}
