//! Drafting and submitting declarations.

use super::{
    Call, DeclarationRecord, Draft, Kind, SOURCES_MAX, SourceRef, Status, read::require_declaration,
};
use crate::{
    document,
    event::Event,
    execute::Context,
    grant, key,
    rule::{Rejection, ensure, rejection},
    shipment,
    state::{Overlay, StateView, write},
};
use hansa_documents::DocumentType;
use hansa_primitives::{DocumentId, Ucr, Version};
use std::collections::BTreeSet;

pub(crate) fn apply(
    overlay: &mut Overlay<'_>,
    context: &Context<'_>,
    call: &Call,
) -> Result<Vec<Event>, Rejection> {
    match call {
        Call::Draft {
            kind,
            ucr,
            document,
            version,
            sources,
            rules_version,
            completeness_permille,
            provenance,
        } => {
            let draft = Draft {
                document: *document,
                version: *version,
                sources: sources.clone(),
                rules_version: *rules_version,
                completeness_permille: *completeness_permille,
                provenance: *provenance,
                time: context.block.time,
            };
            record_draft(overlay, context, *kind, ucr, draft)
        }
        Call::Submit { kind, ucr } => submit(overlay, context, *kind, ucr),
    }
}

fn record_draft(
    overlay: &mut Overlay<'_>,
    context: &Context<'_>,
    kind: Kind,
    ucr: &Ucr,
    draft: Draft,
) -> Result<Vec<Event>, Rejection> {
    let mut record = require_declaration(overlay, ucr, kind)?;
    check_declarant(context, &record)?;
    ensure!(
        matches!(record.status, Status::Due | Status::Drafted | Status::Held),
        WrongStatus,
        "the declaration is {:?} and takes no draft",
        record.status
    );
    ensure!(
        draft.completeness_permille <= 1000,
        BadCompleteness,
        "a completeness of {} permille",
        draft.completeness_permille
    );
    check_document(overlay, &record, &draft)?;
    check_sources(overlay, &record, &draft.sources)?;
    let event = Event::DeclarationDrafted {
        kind,
        ucr: ucr.clone(),
        declarant: record.declarant.clone(),
        document: draft.document,
        version: draft.version,
        completeness_permille: draft.completeness_permille,
    };
    record.draft = Some(draft);
    record.submitted = None;
    record.cross_check = None;
    save(overlay, context, record, Status::Drafted);
    Ok(vec![event])
}

fn check_declarant(context: &Context<'_>, record: &DeclarationRecord) -> Result<(), Rejection> {
    ensure!(
        record.declarant == *context.member(),
        NotDeclarant,
        "the declarant is `{}`, not `{}`",
        record.declarant,
        context.member()
    );
    Ok(())
}

fn check_document(
    view: &dyn StateView,
    record: &DeclarationRecord,
    draft: &Draft,
) -> Result<(), Rejection> {
    let registered = document::require_latest(view, &draft.document, draft.version)?;
    ensure!(
        registered.kind() == record.kind.document_type() && *registered.owner() == record.declarant,
        WrongDeclarationDocument,
        "document {} is {} by `{}`, {} by `{}` is needed",
        draft.document,
        registered.kind(),
        registered.owner(),
        record.kind.document_type(),
        record.declarant
    );
    Ok(())
}

/// Every source is one of the shipment's papers in the version that counts, and no paper that the
/// declaration must rest on is left out.
fn check_sources(
    view: &dyn StateView,
    record: &DeclarationRecord,
    sources: &[SourceRef],
) -> Result<(), Rejection> {
    let distinct: BTreeSet<DocumentId> = sources.iter().map(|source| source.document).collect();
    ensure!(
        sources.len() <= SOURCES_MAX && distinct.len() == sources.len(),
        TooManySources,
        "{} sources, {} of them distinct, at most {SOURCES_MAX} are allowed",
        sources.len(),
        distinct.len()
    );
    let mut kinds: BTreeSet<DocumentType> = BTreeSet::new();
    for source in sources {
        let mismatch = || {
            rejection!(
                SourceMismatch,
                "version {} of document {} is not among the papers of `{}` with this root",
                source.version,
                source.document,
                record.ucr
            )
        };
        let paper = shipment::attachment(view, &record.ucr, &source.document)
            .filter(|paper| paper.version == source.version)
            .ok_or_else(mismatch)?;
        document::version(view, &source.document, source.version)
            .filter(|registered| registered.fields_root() == source.fields_root)
            .ok_or_else(mismatch)?;
        kinds.insert(paper.kind);
    }
    for wanted in record.kind.required() {
        ensure!(kinds.contains(wanted), SourceMissing, "no {wanted} is among the sources");
    }
    Ok(())
}

fn submit(
    overlay: &mut Overlay<'_>,
    context: &Context<'_>,
    kind: Kind,
    ucr: &Ucr,
) -> Result<Vec<Event>, Rejection> {
    let mut record = require_declaration(overlay, ucr, kind)?;
    check_declarant(context, &record)?;
    let not_drafted =
        || rejection!(WrongStatus, "the declaration is {:?}, not drafted", record.status);
    let draft = record.draft.as_ref().filter(|_| record.status == Status::Drafted);
    let draft = draft.ok_or_else(not_drafted)?;
    let (document, version) = (draft.document, draft.version);
    // Papers may have been replaced since the draft; customs must not be shown what counts no more.
    check_document(overlay, &record, draft)?;
    check_sources(overlay, &record, &draft.sources)?;
    let mut to_read: Vec<(DocumentId, Version)> =
        draft.sources.iter().map(|source| (source.document, source.version)).collect();
    to_read.push((document, version));
    for (document, version) in to_read {
        ensure!(
            grant::reads_whole(overlay, &record.customs, &document, version, context.block.time),
            CustomsCannotRead,
            "`{}` cannot read version {version} of document {document} as a whole",
            record.customs
        );
    }
    record.submitted = Some(context.block.time);
    let event = Event::DeclarationSubmitted {
        kind,
        ucr: ucr.clone(),
        declarant: record.declarant.clone(),
        customs: record.customs.clone(),
        document,
        version,
    };
    save(overlay, context, record, Status::Submitted);
    Ok(vec![event])
}

/// Writes a declaration in a new status.
pub(crate) fn save(
    overlay: &mut Overlay<'_>,
    context: &Context<'_>,
    mut record: DeclarationRecord,
    status: Status,
) {
    record.status = status;
    record.time = context.block.time;
    write(overlay, key::declaration(&record.ucr, record.kind), &record);
}
