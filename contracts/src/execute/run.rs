//! Blocks, their transactions and receipts.

use crate::{
    call::{CALLS_MAX, Call, Calls},
    clearance, declaration, document,
    event::Event,
    financing, genesis, governance, grant, key, proof, registry,
    registry::{ActorRecord, Status},
    rule::{Rejection, Rule, ensure, rejection},
    shipment,
    state::{Overlay, StateView, Writes},
};
use bincode::{Decode, Encode};
use hansa_primitives::{
    BlockTime, ChainId, Height, MemberId, Transaction, TransactionId,
    certificate::Role,
    codec::{self, Canonical},
    limits,
    merkle::rfc6962,
};
use serde::{Deserialize, Serialize};

/// The block that transactions are executed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockContext {
    /// The ledger.
    pub chain: ChainId,
    /// The block's height.
    pub height: Height,
    /// The block's time: the only clock that contracts know.
    pub time: BlockTime,
}

/// A transaction that a block orders. Its signature has been verified under its actor's key.
#[derive(Clone, Copy, Debug)]
pub struct Candidate<'a> {
    /// The transaction.
    pub transaction: &'a Transaction,
    /// Its id.
    pub id: TransactionId,
    /// Whether the id is in an earlier block, or earlier in this one. The ledger knows.
    pub duplicate: bool,
}

/// What became of a transaction.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// All its calls took effect.
    Applied,
    /// None of its calls took effect.
    Rejected {
        /// The rule that it broke.
        rule: Rule,
        /// The particulars.
        message: String,
    },
}

/// What became of a transaction, and what it brought about.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
pub struct Receipt {
    /// The transaction.
    pub transaction: TransactionId,
    /// What became of it.
    pub outcome: Outcome,
    /// What it brought about, in order; nothing if it was rejected.
    pub events: Vec<Event>,
}

impl Canonical for Receipt {
    const BYTES_MAX: usize = 1024 * 1024;
}

/// What a block does to the state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockEffects {
    /// A receipt for each candidate, in order.
    pub receipts: Vec<Receipt>,
    /// The changes to state.
    pub writes: Writes,
}

/// Who asks, and in which block: what a contract may know besides the state.
pub(crate) struct Context<'a> {
    pub(crate) block: &'a BlockContext,
    pub(crate) transaction: TransactionId,
    pub(crate) actor: &'a ActorRecord,
}

impl Context<'_> {
    /// The member that the actor signs for.
    pub(crate) fn member(&self) -> &MemberId {
        &self.actor.member
    }

    /// The member's role.
    pub(crate) fn role(&self) -> Role {
        self.actor.role
    }
}

/// Executes a block. Pure: nothing but the arguments enters the result, and no input makes it
/// panic.
pub fn execute_block(
    view: &dyn StateView,
    context: &BlockContext,
    candidates: &[Candidate<'_>],
) -> BlockEffects {
    let mut block = Overlay::new(view);
    let window = window(view);
    let mut receipts = Vec::with_capacity(candidates.len());
    for candidate in candidates {
        let (outcome, events) = match execute(&block, context, candidate, window) {
            Ok((writes, events)) => {
                block.absorb(writes);
                (Outcome::Applied, events)
            }
            Err(Rejection { rule, message }) => (Outcome::Rejected { rule, message }, Vec::new()),
        };
        receipts.push(Receipt { transaction: candidate.id, outcome, events });
    }
    if !receipts.is_empty() {
        let leaves: Vec<Vec<u8>> = receipts.iter().map(codec::encode).collect();
        let root = rfc6962::root(&leaves);
        block.put(key::receipts_root(context.height), codec::encode(&root));
    }
    BlockEffects { receipts, writes: block.into_writes() }
}

/// The checks that a node makes before it takes a transaction into its pool, and that execution
/// makes again. The result is the actor whose key the signature has to hold for; that it does, the
/// caller checks.
///
/// # Errors
/// The rule that the transaction breaks already, whatever its calls say.
pub fn admit(
    view: &dyn StateView,
    context: &BlockContext,
    transaction: &Transaction,
) -> Result<ActorRecord, Rejection> {
    let actor = admit_envelope(view, context, transaction, window(view))?;
    decode_calls(transaction)?;
    Ok(actor)
}

fn execute(
    view: &dyn StateView,
    block: &BlockContext,
    candidate: &Candidate<'_>,
    window: u64,
) -> Result<(Writes, Vec<Event>), Rejection> {
    ensure!(!candidate.duplicate, Duplicate, "the transaction is on the ledger already");
    let actor = admit_envelope(view, block, candidate.transaction, window)?;
    let Calls(calls) = decode_calls(candidate.transaction)?;
    let context = Context { block, transaction: candidate.id, actor: &actor };
    let mut overlay = Overlay::new(view);
    let mut events = Vec::new();
    for call in &calls {
        events.extend(apply(&mut overlay, &context, call)?);
    }
    Ok((overlay.into_writes(), events))
}

fn admit_envelope(
    view: &dyn StateView,
    context: &BlockContext,
    transaction: &Transaction,
    window: u64,
) -> Result<ActorRecord, Rejection> {
    let body = &transaction.body;
    ensure!(
        body.chain == context.chain,
        WrongChain,
        "the transaction is for `{}`, this ledger is `{}`",
        body.chain,
        context.chain
    );
    ensure!(
        body.valid_until >= context.height,
        Expired,
        "valid until height {}, the block has height {}",
        body.valid_until,
        context.height
    );
    ensure!(
        body.valid_until.0 - context.height.0 <= window,
        WindowTooLong,
        "valid until height {}, more than {window} above {}",
        body.valid_until,
        context.height
    );
    let actor = registry::actor(view, &body.actor)
        .ok_or_else(|| rejection!(UnknownActor, "no certificate {} is registered", body.actor))?;
    if let Status::Revoked { since } = actor.status {
        return Err(rejection!(
            ActorRevoked,
            "the certificate of `{}` was revoked at height {since}",
            actor.member
        ));
    }
    ensure!(
        actor.not_before <= context.time && context.time <= actor.not_after,
        OutsideValidity,
        "the certificate of `{}` is valid from {} to {}, block time is {}",
        actor.member,
        actor.not_before,
        actor.not_after,
        context.time
    );
    Ok(actor)
}

fn decode_calls(transaction: &Transaction) -> Result<Calls, Rejection> {
    let bytes = &transaction.body.call;
    let malformed =
        || rejection!(MalformedCall, "the {} bytes are no canonical calls", bytes.len());
    let calls: Calls = codec::decode(bytes).map_err(|_| malformed())?;
    ensure!(
        (1..=CALLS_MAX).contains(&calls.0.len()),
        MalformedCall,
        "{} calls, 1 to {CALLS_MAX} are expected",
        calls.0.len()
    );
    Ok(calls)
}

/// How far ahead of the present height a transaction may stay valid.
fn window(view: &dyn StateView) -> u64 {
    genesis::parameters(view).map_or(limits::TRANSACTION_WINDOW_HEIGHTS, |parameters| {
        parameters.transaction_window.min(limits::TRANSACTION_WINDOW_HEIGHTS)
    })
}

fn apply(
    overlay: &mut Overlay<'_>,
    context: &Context<'_>,
    call: &Call,
) -> Result<Vec<Event>, Rejection> {
    match call {
        Call::Registry(call) => registry::apply(overlay, context, call),
        Call::Document(call) => document::apply(overlay, context, call),
        Call::Grant(call) => grant::apply(overlay, context, call),
        Call::Shipment(call) => shipment::apply(overlay, context, call),
        Call::Declaration(call) => declaration::apply(overlay, context, call),
        Call::Clearance(call) => clearance::apply(overlay, context, call),
        Call::Financing(call) => financing::apply(overlay, context, call),
        Call::Proof(call) => proof::apply(overlay, context, call),
        Call::Governance(call) => governance::apply(overlay, context, call),
    }
}
