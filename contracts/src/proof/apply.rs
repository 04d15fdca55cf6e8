//! Proposing and approving proof keys.

use super::{Call, KeyRecord, KeyStatus, Statement, read::active_key};
use crate::{
    event::Event,
    execute::Context,
    genesis, key, registry,
    rule::{Rejection, ensure, rejection},
    state::{Overlay, StateView, write},
};
use hansa_consensus::ValidatorSet;
use hansa_primitives::{Digest, MemberId, limits};
use hansa_zkp::{Precheck, Register, VerifyingKey};
use std::collections::BTreeSet;

pub(crate) fn apply(
    overlay: &mut Overlay<'_>,
    context: &Context<'_>,
    call: &Call,
) -> Result<Vec<Event>, Rejection> {
    match call {
        Call::ProposeKey { statement, verifying_key, transcript, contributors } => {
            let id = key_id(*statement, verifying_key)?;
            let record = KeyRecord {
                id,
                statement: *statement,
                bytes: verifying_key.clone(),
                transcript: *transcript,
                contributors: contributors.clone(),
                approvals: Vec::new(),
                status: KeyStatus::Proposed,
            };
            propose(overlay, context, record)
        }
        Call::ApproveKey { key } => {
            let record = super::key(overlay, key)
                .ok_or_else(|| rejection!(UnknownKey, "no proof key {key} is on the ledger"))?;
            let set = electorate(overlay, context.member())?;
            approve(overlay, context, record, &set)
        }
    }
}

/// The id of a key that passes all checks that a key can fail by itself.
fn key_id(statement: Statement, bytes: &[u8]) -> Result<Digest, Rejection> {
    let refused =
        || rejection!(BadKey, "the {} bytes are no key for {}", bytes.len(), statement.name());
    let id = match statement {
        Statement::Precheck => VerifyingKey::<Precheck>::decode(bytes).map_err(|_| refused())?.id(),
        Statement::Register => VerifyingKey::<Register>::decode(bytes).map_err(|_| refused())?.id(),
    };
    Ok(id.0)
}

fn electorate(view: &dyn StateView, member: &MemberId) -> Result<ValidatorSet, Rejection> {
    registry::validators(view)
        .filter(|set| set.index_of(member).is_some())
        .ok_or_else(|| rejection!(NotValidator, "member `{member}` runs no validator"))
}

fn propose(
    overlay: &mut Overlay<'_>,
    context: &Context<'_>,
    record: KeyRecord,
) -> Result<Vec<Event>, Rejection> {
    let set = electorate(overlay, context.member())?;
    ensure!(
        overlay.get(&key::proof_key(&record.id)).is_none(),
        KeyKnown,
        "key {} was proposed before",
        record.id
    );
    let distinct: BTreeSet<&MemberId> = record.contributors.iter().collect();
    let needed = genesis::parameters(overlay).map_or(1, |p| usize::from(p.key_contributors_min));
    ensure!(
        distinct.len() >= needed
            && distinct.len() == record.contributors.len()
            && distinct.len() <= limits::VALIDATORS_MAX,
        TooFewContributors,
        "{} distinct contributors are named, {needed} are needed and none may be named twice",
        distinct.len()
    );
    for contributor in distinct {
        ensure!(
            registry::member(overlay, contributor).is_some(),
            UnknownMember,
            "contributor `{contributor}` is no member of this ledger"
        );
    }
    let proposed = Event::KeyProposed {
        statement: record.statement,
        key: record.id,
        by: context.member().clone(),
    };
    let mut events = vec![proposed];
    events.extend(approve(overlay, context, record, &set)?);
    Ok(events)
}

fn approve(
    overlay: &mut Overlay<'_>,
    context: &Context<'_>,
    mut record: KeyRecord,
    set: &ValidatorSet,
) -> Result<Vec<Event>, Rejection> {
    let by = context.member().clone();
    ensure!(
        !record.approvals.contains(&by),
        ApprovedTwice,
        "member `{by}` has approved key {} already",
        record.id
    );
    record.approvals.push(by.clone());
    let (statement, id) = (record.statement, record.id);
    let mut events = vec![Event::KeyApproved { statement, key: id, by }];
    let more = genesis::parameters(overlay).map_or(0, |p| usize::from(p.key_approvals_min));
    let needed = set.quorum().max(more.min(set.len()));
    if record.status == KeyStatus::Proposed && record.approvals.len() >= needed {
        let since = context.block.height;
        if let Some(mut former) = active_key(overlay, statement) {
            former.status = KeyStatus::Retired { since };
            write(overlay, key::proof_key(&former.id), &former);
        }
        record.status = KeyStatus::Active { since };
        write(overlay, key::active_proof_key(statement), &id);
        events.push(Event::KeyActivated { statement, key: id });
    }
    write(overlay, key::proof_key(&id), &record);
    Ok(events)
}
