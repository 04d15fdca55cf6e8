//! Recording evidence.

use super::{Call, EvidenceRecord};
use crate::{
    event::Event,
    execute::Context,
    key, registry,
    rule::{Rejection, ensure, rejection},
    state::{Overlay, StateView, write},
};
use hansa_consensus::Evidence;
use hansa_primitives::codec;

pub(crate) fn apply(
    overlay: &mut Overlay<'_>,
    context: &Context<'_>,
    call: &Call,
) -> Result<Vec<Event>, Rejection> {
    match call {
        Call::ReportEvidence { evidence } => report(overlay, context, evidence),
    }
}

fn report(
    overlay: &mut Overlay<'_>,
    context: &Context<'_>,
    bytes: &[u8],
) -> Result<Vec<Event>, Rejection> {
    let evidence: Evidence = codec::decode(bytes)
        .map_err(|_| rejection!(BadEvidence, "the {} bytes are no evidence", bytes.len()))?;
    let chain = &context.block.chain;
    let id = evidence.id(chain);
    ensure!(
        overlay.get(&key::evidence(&id)).is_none(),
        EvidenceKnown,
        "evidence {id} is on the ledger already"
    );
    let unknown = || rejection!(EvidenceRefused, "the evidence names no validator of this ledger");
    let set = registry::validators(overlay).ok_or_else(unknown)?;
    let validator = set.member(evidence.who()).ok_or_else(unknown)?.clone();
    evidence.verify(chain, &set).map_err(|error| rejection!(EvidenceRefused, "{error}"))?;
    let record = EvidenceRecord {
        id,
        validator: validator.clone(),
        misbehaviour: evidence.kind().to_owned(),
        evidence: bytes.to_vec(),
        by: context.member().clone(),
        height: context.block.height,
        time: context.block.time,
    };
    write(overlay, key::evidence(&id), &record);
    Ok(vec![Event::EvidenceRecorded {
        evidence: id,
        validator,
        misbehaviour: record.misbehaviour,
        by: record.by,
    }])
}
