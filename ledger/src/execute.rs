//! The execution of one block: from a source to the changes it makes.
//!
//! Nothing here knows where the source keeps its data, so a node that follows the chain and a
//! verifier that replays it in memory run the same code.

use crate::{
    batch::{OpenBatch, transactions_root},
    error::LedgerError,
    event::{Cursor, LoggedEvent},
    record::{self, Execution, Place},
    signature::{SignatureVerdict, check_signatures},
    state::{cache::NodeCache, commit, tree::Update, view::View},
    store::{Delta, Family, Source, StoreError},
};
use hansa_consensus::{Executed, Header};
use hansa_contracts::{
    execute::{BlockContext, Candidate, Outcome, Receipt, execute_block},
    genesis::Genesis,
    state::Overlay,
};
use hansa_primitives::{
    BlockHash, BlockTime, ChainId, Height, Transaction, TransactionId, codec, invariant,
};
use std::{collections::BTreeSet, sync::Arc};

/// A block that was executed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// Its height.
    pub height: Height,
    /// Its hash.
    pub block: BlockHash,
    /// Its time.
    pub time: BlockTime,
    /// The state that it led to, for the consensus engine.
    pub executed: Executed,
    /// Its transactions, in order.
    pub transactions: Vec<TransactionId>,
    /// What became of them.
    pub receipts: Vec<Receipt>,
    /// What came of it.
    pub events: Vec<LoggedEvent>,
}

/// A block with its payload.
pub(crate) struct Payload<'a> {
    pub(crate) chain: &'a ChainId,
    pub(crate) header: &'a Header,
    pub(crate) block: BlockHash,
    pub(crate) batches: &'a [Arc<OpenBatch>],
}

/// What a block changes, and what it brought about.
pub(crate) struct Executing {
    pub(crate) delta: Delta,
    pub(crate) update: Update,
    pub(crate) applied: Applied,
}

/// The changes that begin a ledger.
pub(crate) fn begin<S: Source>(
    source: &S,
    genesis: &Genesis,
    writes: &hansa_contracts::state::Writes,
) -> Result<Executing, StoreError> {
    let height = Height(0);
    let mut delta = Delta::default();
    let cache = NodeCache::default();
    let update = commit::commit(source, &cache, Default::default(), writes, height, &mut delta)?;
    let execution = Execution {
        time: genesis.time,
        state_root: update.top.hash(),
        top: update.top,
        transactions: 0,
        events: 0,
    };
    delta.put(Family::Executions, record::height_key(height), codec::encode(&execution));
    delta.put(Family::Meta, record::SCHEMA_KEY, codec::encode(&record::SCHEMA));
    delta.put(Family::Meta, record::GENESIS, codec::encode(genesis));
    delta.put(Family::Meta, record::COMMITTED, codec::encode(&height));
    delta.put(Family::Meta, record::EXECUTED, codec::encode(&height));
    let applied = Applied {
        height,
        block: BlockHash(genesis.hash()),
        time: genesis.time,
        executed: Executed { height, state_root: execution.state_root },
        transactions: Vec::new(),
        receipts: Vec::new(),
        events: Vec::new(),
    };
    Ok(Executing { delta, update, applied })
}

/// Executes a block on the state of its parent.
pub(crate) fn execute<S: Source>(
    source: &S,
    cache: &NodeCache,
    payload: &Payload<'_>,
) -> Result<Executing, LedgerError> {
    let header = payload.header;
    check_certified_root(source, header)?;
    let (transactions, ids) = order(payload)?;
    let unknown = check_payload_signatures(source, payload)?;
    let candidates = candidates(source, &transactions, &ids)?;
    let context =
        BlockContext { chain: payload.chain.clone(), height: header.height, time: header.time };
    let effects = execute_block(&View(source), &context, &candidates);
    invariant!(
        effects.receipts.len() == candidates.len(),
        "every transaction has a receipt, else receipts are attributed to the wrong ones"
    );
    check_newcomers(source, header.height, &unknown, &transactions, &effects)?;
    let mut delta = Delta::default();
    let parent: Execution =
        source.need(Family::Executions, &record::height_key(Height(header.height.0 - 1)))?;
    let update =
        commit::commit(source, cache, parent.top, &effects.writes, header.height, &mut delta)?;
    let applied = Applied {
        height: header.height,
        block: payload.block,
        time: header.time,
        executed: Executed { height: header.height, state_root: update.top.hash() },
        transactions: ids,
        events: log(header, &effects.receipts),
        receipts: effects.receipts,
    };
    index(&candidates, &applied, &update, &mut delta);
    Ok(Executing { delta, update, applied })
}

/// The state that the header says was executed must be the one that this node came to.
fn check_certified_root<S: Source>(source: &S, header: &Header) -> Result<(), LedgerError> {
    let Executed { height, state_root: certified } = header.executed;
    if height >= header.height {
        let what = format!("it says that height {height} was executed before it");
        return Err(LedgerError::BrokenRule { height: header.height, what });
    }
    let own: Execution = source.need(Family::Executions, &record::height_key(height))?;
    if own.state_root == certified {
        Ok(())
    } else {
        Err(LedgerError::Divergence { height, own: own.state_root, certified })
    }
}

/// The transactions of the block with their ids, in order.
pub(crate) fn order<'a>(
    payload: &'a Payload<'_>,
) -> Result<(Vec<&'a Transaction>, Vec<TransactionId>), LedgerError> {
    let header = payload.header;
    let broken =
        |what: &str| LedgerError::BrokenRule { height: header.height, what: what.to_owned() };
    if !payload.batches.iter().map(|open| &open.reference).eq(&header.batches) {
        return Err(broken("the batches are not what the header says of them"));
    }
    let transactions = payload.batches.iter().flat_map(|open| &open.batch.transactions).collect();
    let ids: Vec<TransactionId> =
        payload.batches.iter().flat_map(|open| open.ids.iter().copied()).collect();
    if transactions_root(&ids) != header.transactions_root {
        return Err(broken("the transactions root is not that of its batches"));
    }
    Ok((transactions, ids))
}

/// Checks the signatures that are not known to hold; gives the positions of transactions whose
/// actor is not registered yet.
fn check_payload_signatures<S: Source>(
    source: &S,
    payload: &Payload<'_>,
) -> Result<Vec<usize>, LedgerError> {
    let mut unknown = Vec::new();
    let mut position = 0;
    for open in payload.batches {
        if !open.signatures_hold() {
            let transactions: Vec<&Transaction> = open.batch.transactions.iter().collect();
            let verdicts = check_signatures(&View(source), &transactions);
            for (place, verdict) in verdicts.iter().enumerate() {
                match verdict {
                    SignatureVerdict::Holds => {}
                    SignatureVerdict::UnknownActor => unknown.push(position + place),
                    SignatureVerdict::Refused => {
                        let height = payload.header.height;
                        return Err(LedgerError::Forged { height, transaction: open.ids[place] });
                    }
                }
            }
            if verdicts.iter().all(|verdict| *verdict == SignatureVerdict::Holds) {
                open.mark_signatures_hold();
            }
        }
        position += open.ids.len();
    }
    Ok(unknown)
}

/// An actor that the block itself registered cannot have been checked before. A transaction of it
/// that took effect must bear its signature all the same.
fn check_newcomers<S: Source>(
    source: &S,
    height: Height,
    unknown: &[usize],
    transactions: &[&Transaction],
    effects: &hansa_contracts::execute::BlockEffects,
) -> Result<(), LedgerError> {
    let applied: Vec<usize> = unknown
        .iter()
        .copied()
        .filter(|position| effects.receipts[*position].outcome == Outcome::Applied)
        .collect();
    if applied.is_empty() {
        return Ok(());
    }
    let view = View(source);
    let mut after = Overlay::new(&view);
    after.absorb(effects.writes.clone());
    let newcomers: Vec<&Transaction> = applied.iter().map(|at| transactions[*at]).collect();
    for (position, verdict) in applied.iter().zip(check_signatures(&after, &newcomers)) {
        if verdict != SignatureVerdict::Holds {
            let transaction = effects.receipts[*position].transaction;
            return Err(LedgerError::Forged { height, transaction });
        }
    }
    Ok(())
}

fn candidates<'a, S: Source>(
    source: &S,
    transactions: &[&'a Transaction],
    ids: &[TransactionId],
) -> Result<Vec<Candidate<'a>>, StoreError> {
    let mut seen = BTreeSet::new();
    let mut candidates = Vec::with_capacity(ids.len());
    for (&transaction, &id) in transactions.iter().zip(ids) {
        let earlier = source.get(Family::Transactions, id.as_bytes())?.is_some();
        let duplicate = !seen.insert(id) || earlier;
        candidates.push(Candidate { transaction, id, duplicate });
    }
    Ok(candidates)
}

fn log(header: &Header, receipts: &[Receipt]) -> Vec<LoggedEvent> {
    receipts
        .iter()
        .flat_map(|receipt| receipt.events.iter().map(|event| (receipt.transaction, event)))
        .zip(0_u32..)
        .map(|((transaction, event), position)| LoggedEvent {
            cursor: Cursor { height: header.height, position },
            time: header.time,
            transaction,
            event: event.clone(),
        })
        .collect()
}

/// Receipts, the index of transactions, and the record of the execution.
fn index(candidates: &[Candidate<'_>], applied: &Applied, update: &Update, delta: &mut Delta) {
    let height = applied.height;
    for ((candidate, receipt), position) in candidates.iter().zip(&applied.receipts).zip(0_u32..) {
        let key = record::place_key(height, position);
        delta.put(Family::Receipts, key, codec::encode(receipt));
        if !candidate.duplicate {
            let place = Place { height, position };
            let id = candidate.id.as_bytes().as_slice();
            delta.put(Family::Transactions, id, codec::encode(&place));
        }
    }
    let execution = Execution {
        time: applied.time,
        state_root: applied.executed.state_root,
        top: update.top,
        transactions: applied.transactions.len() as u32,
        events: applied.events.len() as u32,
    };
    delta.put(Family::Executions, record::height_key(height), codec::encode(&execution));
    delta.put(Family::Meta, record::EXECUTED, codec::encode(&height));
}
