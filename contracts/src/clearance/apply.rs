//! Recording checks and decisions.

use super::{Call, CrossCheck, Decision, Lane, read::first_document};
use crate::{
    declaration::{self, DeclarationRecord, Kind, Status},
    document,
    event::Event,
    execute::Context,
    rule::{Rejection, ensure, reject},
    state::{Overlay, StateView},
};
use hansa_documents::DocumentType;
use hansa_primitives::{DocumentId, Ucr, Version};

pub(crate) fn apply(
    overlay: &mut Overlay<'_>,
    context: &Context<'_>,
    call: &Call,
) -> Result<Vec<Event>, Rejection> {
    match call {
        Call::RecordCrossCheck { kind, ucr, lane, errors, warnings, notes, report, suggestion } => {
            let check = CrossCheck {
                lane: *lane,
                errors: *errors,
                warnings: *warnings,
                notes: *notes,
                report: *report,
                suggestion: *suggestion,
                time: context.block.time,
            };
            record_check(overlay, context, *kind, ucr, check)
        }
        Call::Decide { kind, ucr, decision, certificate } => {
            decide(overlay, context, *kind, ucr, *decision, *certificate)
        }
    }
}

fn record_check(
    overlay: &mut Overlay<'_>,
    context: &Context<'_>,
    kind: Kind,
    ucr: &Ucr,
    check: CrossCheck,
) -> Result<Vec<Event>, Rejection> {
    let mut record = declaration::require_declaration(overlay, ucr, kind)?;
    check_customs(context, &record)?;
    ensure!(
        matches!(record.status, Status::Submitted | Status::Checked(_)),
        WrongStatus,
        "the declaration is {:?}, not submitted",
        record.status
    );
    ensure!(
        check.errors == 0 || check.lane != Lane::Green,
        LaneContradictsFindings,
        "{} errors and the {} lane",
        check.errors,
        check.lane
    );
    record.cross_check = Some(check);
    let event = Event::CrossChecked {
        kind,
        ucr: ucr.clone(),
        declarant: record.declarant.clone(),
        customs: record.customs.clone(),
        lane: check.lane,
        errors: check.errors,
        warnings: check.warnings,
        notes: check.notes,
        suggestion: check.suggestion,
    };
    declaration::save(overlay, context, record, Status::Checked(check.lane));
    Ok(vec![event])
}

fn check_customs(context: &Context<'_>, record: &DeclarationRecord) -> Result<(), Rejection> {
    ensure!(
        record.customs == *context.member(),
        NotCustoms,
        "`{}` decides on this declaration, not `{}`",
        record.customs,
        context.member()
    );
    Ok(())
}

fn decide(
    overlay: &mut Overlay<'_>,
    context: &Context<'_>,
    kind: Kind,
    ucr: &Ucr,
    decision: Decision,
    certificate: Option<(DocumentId, Version)>,
) -> Result<Vec<Event>, Rejection> {
    let mut record = declaration::require_declaration(overlay, ucr, kind)?;
    check_customs(context, &record)?;
    ensure!(
        matches!(record.status, Status::Checked(_) | Status::Held),
        WrongStatus,
        "the declaration is {:?}; it has to be cross-checked before a decision",
        record.status
    );
    let status = match (kind, decision) {
        (Kind::Export, Decision::Release) => Status::Released,
        (Kind::Import, Decision::Clear) => Status::Cleared,
        (_, Decision::Hold) => Status::Held,
        (_, Decision::Refuse) => Status::Refused,
        (Kind::Export, Decision::Clear) | (Kind::Import, Decision::Release) => {
            reject!(WrongDecision, "{decision:?} is no decision on an {}", kind.name())
        }
    };
    check_certificate(overlay, &record, decision, certificate)?;
    record.decision = Some(decision);
    record.certificate = certificate;
    let begun = first_document(overlay, ucr).unwrap_or(context.block.time);
    let event = Event::DeclarationDecided {
        kind,
        ucr: ucr.clone(),
        declarant: record.declarant.clone(),
        customs: record.customs.clone(),
        trader: record.trader.clone(),
        decision,
        certificate,
        elapsed_ms: context.block.time.since(begun),
    };
    declaration::save(overlay, context, record, status);
    Ok(vec![event])
}

/// A clearance comes with a clearance notice of the authority; any other decision may.
fn check_certificate(
    view: &dyn StateView,
    record: &DeclarationRecord,
    decision: Decision,
    certificate: Option<(DocumentId, Version)>,
) -> Result<(), Rejection> {
    let Some((id, version)) = certificate else {
        ensure!(
            decision != Decision::Clear,
            CertificateMissing,
            "the clearance names no certificate"
        );
        return Ok(());
    };
    let registered = document::require_latest(view, &id, version)?;
    ensure!(
        registered.kind() == DocumentType::ClearanceNotice && *registered.owner() == record.customs,
        CertificateMissing,
        "document {id} is {} by `{}`, no clearance notice by `{}`",
        registered.kind(),
        registered.owner(),
        record.customs
    );
    Ok(())
}
