//! The thread that decides what the node accepts.
//!
//! The checks are the ones that execution makes ([`hansa_contracts::execute::admit`]), so that what
//! is accepted is also ordered. Signatures are verified once, all that gathered in one batch.

use super::{Held, Quota, SubmitError, forward};
use crate::{core::Core, lanes::Accepted, mailbox::Drained};
use hansa_contracts::{
    execute::{BlockContext, admit},
    state::StateView,
};
use hansa_ledger::StateSnapshot;
use hansa_primitives::{
    BlockTime, Transaction, TransactionId, VerifyingKey, codec,
    signature::{SignedMessage, verify_each},
};
use std::{
    cell::RefCell,
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};
use tokio::sync::oneshot;

/// What one round takes: large signature batches, yet an answer within milliseconds.
const ROUND_MAX: usize = 256;
/// When to try again after a refusal for lack of room.
const RETRY_AFTER: Duration = Duration::from_millis(250);

/// Where a transaction comes from.
pub(crate) enum Source {
    /// Its canonical bytes.
    Bytes(Vec<u8>),
    /// The transaction itself.
    Decoded(Box<Transaction>),
}

/// A transaction that asks to be accepted.
pub(crate) struct Admission {
    /// The transaction.
    pub(crate) source: Source,
    /// Who waits for the answer.
    pub(crate) reply: Option<oneshot::Sender<Result<TransactionId, SubmitError>>>,
}

/// A transaction that only lacks the check of its signature.
struct Candidate {
    transaction: Transaction,
    id: TransactionId,
    length: usize,
    key: VerifyingKey,
    message: Vec<u8>,
    reply: Option<oneshot::Sender<Result<TransactionId, SubmitError>>>,
}

/// Runs until the mailbox is closed.
pub(crate) fn run(core: Arc<Core>) {
    let mut round = Vec::new();
    loop {
        let deadline = core.index.is_none().then(forward::next_look);
        match core.admission.drain(&mut round, ROUND_MAX, deadline) {
            Drained::Closed => return,
            Drained::Items => handle(&core, std::mem::take(&mut round)),
            Drained::Timeout => {}
        }
        if core.index.is_none() {
            forward::forward(&core);
        }
    }
}

fn handle(core: &Core, round: Vec<Admission>) {
    if let Some(reason) = core.halted() {
        for admission in round {
            answer(admission.reply, Err(SubmitError::Unavailable(reason.clone())));
        }
        return;
    }
    let candidates = match core.ledger.view() {
        Ok(snapshot) => examine(core, &snapshot, round),
        Err(error) => return core.halt(error.to_string()),
    };
    let signed: Vec<SignedMessage<'_>> = candidates
        .iter()
        .map(|candidate| SignedMessage {
            key: candidate.key,
            message: &candidate.message,
            signature: candidate.transaction.signature,
        })
        .collect();
    let verdicts = verify_each(&signed);
    let (mut held, mut replies, mut accepted) = (Vec::new(), Vec::new(), Vec::new());
    for (candidate, holds) in candidates.into_iter().zip(verdicts) {
        let Candidate { transaction, id, length, reply, .. } = candidate;
        if !holds {
            answer(reply, Err(SubmitError::Signature));
            continue;
        }
        let forwarded = core.index.is_none();
        held.push((
            id,
            Held {
                actor: transaction.body.actor,
                valid_until: transaction.body.valid_until,
                length,
                bytes: forwarded.then(|| Arc::new(codec::encode(&transaction))),
                forwarded: None,
            },
        ));
        if !forwarded {
            accepted.push(Accepted { transaction, bytes: length });
        }
        replies.push((reply, id));
    }
    core.mempool.insert(held);
    for accepted in accepted {
        core.lane.push(accepted);
    }
    for (reply, id) in replies {
        answer(reply, Ok(id));
    }
}

/// Makes every check but that of the signature; answers at once what needs no further one.
fn examine(core: &Core, snapshot: &StateSnapshot<'_>, round: Vec<Admission>) -> Vec<Candidate> {
    let view = Memo { base: snapshot, read: RefCell::default() };
    let height = snapshot.height().next();
    let time = BlockTime(hansa_client::clock::now().0.max(snapshot.time().0));
    let context = BlockContext { chain: core.chain.clone(), height, time };
    let (mut candidates, mut seen) = (Vec::new(), HashSet::new());
    for Admission { source, reply } in round {
        let decoded = match source {
            Source::Decoded(transaction) => Ok(*transaction),
            Source::Bytes(bytes) => codec::decode::<Transaction>(&bytes),
        };
        let transaction = match decoded {
            Ok(transaction) => transaction,
            Err(error) => {
                answer(reply, Err(SubmitError::Malformed(error.to_string())));
                continue;
            }
        };
        let id = transaction.id();
        // Submitting twice is harmless: the first one counts.
        if core.mempool.contains(&id) || is_decided(core, &id) {
            answer(reply, Ok(id));
            continue;
        }
        // The signature is no part of the id: that of the first may turn out to be bad.
        if !seen.insert(id) {
            let source = Source::Decoded(Box::new(transaction));
            core.admission.push(Admission { source, reply });
            continue;
        }
        match check(core, &view, &context, &transaction) {
            Ok((key, length)) => {
                let message = transaction.signing_bytes();
                candidates.push(Candidate { transaction, id, length, key, message, reply });
            }
            Err(error) => answer(reply, Err(error)),
        }
    }
    candidates
}

fn is_decided(core: &Core, id: &TransactionId) -> bool {
    matches!(core.ledger.transaction(id), Ok(Some(_)))
}

fn check(
    core: &Core,
    view: &dyn StateView,
    context: &BlockContext,
    transaction: &Transaction,
) -> Result<(VerifyingKey, usize), SubmitError> {
    let actor = admit(view, context, transaction).map_err(SubmitError::Rejected)?;
    // Chain (8 and the text), actor, request, height, length and call, signature.
    let length =
        8 + context.chain.as_str().len() + 32 + 16 + 8 + 8 + transaction.body.call.len() + 64;
    let busy = |reason| SubmitError::Busy { reason, retry_after: RETRY_AFTER };
    core.mempool.check_quota(&transaction.body.actor, length).map_err(|quota| match quota {
        Quota::Actor => busy("too many transactions of this actor wait for a block"),
        Quota::Node => busy("too many transactions wait for a block"),
    })?;
    Ok((actor.key, length))
}

fn answer(
    reply: Option<oneshot::Sender<Result<TransactionId, SubmitError>>>,
    result: Result<TransactionId, SubmitError>,
) {
    match (reply, result) {
        // Whoever asked may have gone meanwhile.
        (Some(reply), result) => drop(reply.send(result)),
        (None, Err(error)) => tracing::debug!(%error, "forwarded transaction not accepted"),
        (None, Ok(_)) => {}
    }
}

/// Remembers what was read, for as long as one round lasts: its transactions read the same records.
struct Memo<'a> {
    base: &'a dyn StateView,
    read: RefCell<HashMap<Vec<u8>, Option<Vec<u8>>>>,
}

impl StateView for Memo<'_> {
    fn get(&self, key: &[u8]) -> Option<Vec<u8>> {
        if let Some(value) = self.read.borrow().get(key) {
            return value.clone();
        }
        let value = self.base.get(key);
        self.read.borrow_mut().insert(key.to_vec(), value.clone());
        value
    }

    fn scan(&self, prefix: &[u8], after: Option<&[u8]>, limit: usize) -> Vec<(Vec<u8>, Vec<u8>)> {
        self.base.scan(prefix, after, limit)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn a_memo_reads_like_what_it_remembers() {
        let base: BTreeMap<Vec<u8>, Vec<u8>> = [(vec![1], vec![2])].into();
        let memo = Memo { base: &base, read: RefCell::default() };
        for _ in 0..2 {
            assert_eq!(memo.get(&[1]), Some(vec![2]));
            assert_eq!(memo.get(&[9]), None);
        }
        assert_eq!(memo.scan(&[1], None, 9).len(), 1);
    }
}
