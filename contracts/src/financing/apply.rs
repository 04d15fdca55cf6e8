//! Registering, disbursing and settling financings.

use super::{Call, FinancingRecord, Inputs, Stage, register_context};
use crate::{
    event::Event,
    execute::Context,
    key,
    proof::{self, Statement},
    rule::{Rejection, ensure, rejection},
    state::{Overlay, StateView, write},
    tree::{self, Tree},
};
use hansa_primitives::{Digest, certificate::Role};
use hansa_zkp::{FieldBytes, KeyCache, KeyId, Proof, Register};

/// Prepared keys by their hash. What it holds follows from the key's id alone, so that it never
/// changes a result.
static PREPARED: KeyCache<Register> = KeyCache::new();

pub(crate) fn apply(
    overlay: &mut Overlay<'_>,
    context: &Context<'_>,
    call: &Call,
) -> Result<Vec<Event>, Rejection> {
    ensure!(
        context.role() == Role::Bank,
        NotBank,
        "member `{}` is {}, not a bank",
        context.member(),
        context.role()
    );
    match call {
        Call::Register { key, inputs, proof } => register(overlay, context, key, inputs, proof),
        Call::Disburse { claim } => {
            let record = advance(overlay, context, claim, Stage::Registered, Stage::Disbursed)?;
            Ok(vec![Event::FinancingDisbursed { claim: *claim, bank: record.bank }])
        }
        Call::Settle { claim } => {
            let record = advance(overlay, context, claim, Stage::Disbursed, Stage::Settled)?;
            Ok(vec![Event::FinancingSettled { claim: *claim, bank: record.bank }])
        }
    }
}

fn register(
    overlay: &mut Overlay<'_>,
    context: &Context<'_>,
    key_id: &Digest,
    inputs: &Inputs,
    proof: &Proof,
) -> Result<Vec<Event>, Rejection> {
    ensure!(
        overlay.get(&key::registration(&inputs.nullifier)).is_none(),
        AlreadyFinanced,
        "the nullifier {} is spent",
        inputs.nullifier
    );
    ensure!(
        overlay.get(&key::claim(&inputs.claim)).is_none(),
        ClaimKnown,
        "a financing with claim {} is on the ledger",
        inputs.claim
    );
    for (tree, root) in
        [(Tree::Documents, &inputs.document_root), (Tree::Positions, &inputs.position_root)]
    {
        ensure!(
            tree::root(overlay, tree, root).is_some(),
            UnknownRoot,
            "{root} never was a root of the tree of {}",
            tree.name()
        );
    }
    verify(overlay, context, key_id, inputs, proof)?;
    let (bank, height) = (context.member().clone(), context.block.height);
    tree::spend(overlay, height, &inputs.nullifier)?;
    let position = tree::append_leaf(overlay, Tree::Positions, height, inputs.new_position)?;
    let record = FinancingRecord {
        claim: inputs.claim,
        bank: bank.clone(),
        nullifier: inputs.nullifier,
        position,
        key: *key_id,
        stage: Stage::Registered,
        height,
        time: context.block.time,
    };
    write(overlay, key::registration(&inputs.nullifier), &inputs.claim);
    write(overlay, key::bank(&bank, &inputs.claim), &inputs.claim);
    write(overlay, key::claim(&inputs.claim), &record);
    Ok(vec![Event::FinancingRegistered { claim: inputs.claim, bank }])
}

fn verify(
    view: &dyn StateView,
    context: &Context<'_>,
    key_id: &Digest,
    inputs: &Inputs,
    proof: &Proof,
) -> Result<(), Rejection> {
    let inactive = || rejection!(NoActiveKey, "key {key_id} is not in force for registrations");
    let active = proof::active_key(view, Statement::Register)
        .filter(|active| active.id == *key_id)
        .ok_or_else(inactive)?;
    let verifier = PREPARED.get(&KeyId(*key_id), || Some(active.bytes)).map_err(|_| inactive())?;
    let bound = register_context(&context.block.chain, context.member(), &inputs.session);
    verifier.verify(&inputs.public(bound), proof).map_err(|_| {
        rejection!(
            ProofRefused,
            "the proof does not hold for bank `{}` and this session",
            context.member()
        )
    })
}

fn advance(
    overlay: &mut Overlay<'_>,
    context: &Context<'_>,
    claim: &FieldBytes,
    from: Stage,
    to: Stage,
) -> Result<FinancingRecord, Rejection> {
    let mut record = super::claim(overlay, claim)
        .ok_or_else(|| rejection!(UnknownClaim, "no financing {claim} is on the ledger"))?;
    ensure!(
        record.bank == *context.member(),
        OtherBank,
        "the financing {claim} is not of bank `{}`",
        context.member()
    );
    ensure!(
        record.stage == from,
        WrongStage,
        "the financing is {:?}, it has to be {from:?} first",
        record.stage
    );
    record.stage = to;
    record.time = context.block.time;
    write(overlay, key::claim(claim), &record);
    Ok(record)
}
