//! Giving and revoking grants.

use super::{
    Call, GRANTS_LEFT_TO_OWNER, GRANTS_PER_READER_MAX, Grant, GrantRecord, Revocation,
    read::{check_grant, grant},
};
use crate::{
    declaration, document,
    event::Event,
    execute::Context,
    key, registry,
    rule::{Rejection, ensure, rejection},
    state::{Overlay, StateView, write},
};
use hansa_documents::grant::Scope;
use hansa_primitives::{DocumentId, GrantId, MemberId, limits};

pub(crate) fn apply(
    overlay: &mut Overlay<'_>,
    context: &Context<'_>,
    call: &Call,
) -> Result<Vec<Event>, Rejection> {
    match call {
        Call::Give { grants } => give_all(overlay, context, grants),
        Call::Revoke { grant } => revoke(overlay, context, grant),
    }
}

fn give_all(
    overlay: &mut Overlay<'_>,
    context: &Context<'_>,
    grants: &[Grant],
) -> Result<Vec<Event>, Rejection> {
    ensure!(
        (1..=limits::GRANTS_PER_CALL_MAX).contains(&grants.len()),
        TooManyGrants,
        "{} grants in one call, 1 to {} are allowed",
        grants.len(),
        limits::GRANTS_PER_CALL_MAX
    );
    let mut events = Vec::with_capacity(grants.len());
    for grant in grants {
        events.push(give(overlay, context, grant)?);
    }
    let whole: Vec<(DocumentId, MemberId)> = grants
        .iter()
        .filter(|grant| grant.terms.scope == Scope::Whole)
        .map(|grant| (grant.terms.document, grant.terms.reader.clone()))
        .collect();
    events.extend(declaration::watch_grants(overlay, context, &whole));
    Ok(events)
}

fn give(
    overlay: &mut Overlay<'_>,
    context: &Context<'_>,
    given: &Grant,
) -> Result<Event, Rejection> {
    let terms = &given.terms;
    ensure!(
        terms.grantor == *context.member(),
        NotGrantor,
        "the grant names `{}` as the grantor, `{}` signs",
        terms.grantor,
        context.member()
    );
    let id = terms.id();
    ensure!(grant(overlay, &id).is_none(), GrantKnown, "grant {id} is on the ledger already");
    check_grant(overlay, terms, context.block.time)?;
    let suite = registry::require_member(overlay, &terms.reader)?.encryption_key.suite();
    ensure!(
        given.wrapped.suite == suite && given.wrapped.fits(&terms.scope),
        WrongReaderKey,
        "the wrapped key is not one of suite {suite} for this scope"
    );
    let (document, version) = (terms.document, terms.version);
    let listing = key::reader_version_prefix(&terms.reader, &document, version);
    let owner = document::require_version(overlay, &document, version)?.owner().clone();
    let limit = if owner == terms.grantor {
        GRANTS_PER_READER_MAX
    } else {
        GRANTS_PER_READER_MAX - GRANTS_LEFT_TO_OWNER
    };
    ensure!(
        overlay.scan(&listing, None, limit).len() < limit,
        TooManyGrants,
        "`{}` has {limit} grants of this version already",
        terms.reader
    );
    let record = GrantRecord {
        id,
        terms: terms.clone(),
        wrapped: given.wrapped.clone(),
        owner: owner.clone(),
        transaction: context.transaction,
        height: context.block.height,
        time: context.block.time,
        revoked: None,
    };
    write(overlay, key::grant(&id), &record);
    write(overlay, key::reader(&terms.reader, &document, version, &id), &id);
    write(overlay, key::granted(&document, version, &id), &id);
    Ok(Event::GrantGiven {
        grant: id,
        document,
        version,
        owner,
        grantor: terms.grantor.clone(),
        reader: terms.reader.clone(),
    })
}

fn revoke(
    overlay: &mut Overlay<'_>,
    context: &Context<'_>,
    id: &GrantId,
) -> Result<Vec<Event>, Rejection> {
    let mut record = grant(overlay, id)
        .ok_or_else(|| rejection!(UnknownGrant, "no grant {id} is on the ledger"))?;
    let by = context.member();
    ensure!(
        *by == record.terms.grantor || *by == record.owner,
        NotRevoker,
        "grant {id} was given by `{}` on a document of `{}`",
        record.terms.grantor,
        record.owner
    );
    ensure!(record.revoked.is_none(), RevokedAlready, "grant {id} was revoked before");
    record.revoked =
        Some(Revocation { by: by.clone(), height: context.block.height, time: context.block.time });
    write(overlay, key::grant(id), &record);
    Ok(vec![Event::GrantRevoked {
        grant: *id,
        document: record.terms.document,
        version: record.terms.version,
        owner: record.owner,
        grantor: record.terms.grantor,
        reader: record.terms.reader,
    }])
}
