//! Reading grants, and the rules that a grant must keep on and off the ledger.

use super::{GRANTS_PER_READER_MAX, GrantRecord};
use crate::{
    document, genesis, key, registry,
    rule::{Rejection, ensure, rejection},
    state::{StateView, list, page, read},
};
use hansa_documents::{
    grant::{GrantTerms, Scope, narrows},
    sealing::DocumentHeader,
};
use hansa_primitives::{
    BlockTime, DocumentId, GrantId, MemberId, Version,
    limits::{GRANT_DEPTH_MAX, PAGE_MAX},
};

/// A grant.
pub fn grant(view: &dyn StateView, id: &GrantId) -> Option<GrantRecord> {
    read(view, &key::grant(id))
}

/// All grants to a reader, by document and version.
pub fn grants_to(view: &dyn StateView, reader: &MemberId) -> Vec<GrantRecord> {
    let ids: Vec<GrantId> = list(view, &key::reader_prefix(reader));
    ids.iter().filter_map(|id| grant(view, id)).collect()
}

/// The grants to a reader, by document and version: at most `limit`, after `after`.
pub fn grants_to_after(
    view: &dyn StateView,
    reader: &MemberId,
    after: Option<&GrantRecord>,
    limit: usize,
) -> Vec<GrantRecord> {
    let after =
        after.map(|last| key::reader(reader, &last.terms.document, last.terms.version, &last.id));
    let ids = page(view, &key::reader_prefix(reader), after.as_deref(), limit.min(PAGE_MAX));
    ids.iter().filter_map(|(_, id)| grant(view, id)).collect()
}

/// All grants on a document, by version: the tree that its owner sees.
pub fn grants_on(view: &dyn StateView, document: &DocumentId) -> Vec<GrantRecord> {
    let ids: Vec<GrantId> = list(view, &key::granted_prefix(document));
    ids.iter().filter_map(|id| grant(view, id)).collect()
}

/// The grants of one version to a reader, whether in force or not.
pub fn grants_for(
    view: &dyn StateView,
    reader: &MemberId,
    document: &DocumentId,
    version: Version,
) -> Vec<GrantRecord> {
    let prefix = key::reader_version_prefix(reader, document, version);
    let ids = page(view, &prefix, None, GRANTS_PER_READER_MAX);
    ids.iter().filter_map(|(_, id)| grant(view, id)).collect()
}

/// Whether a grant on the ledger is in force: neither expired nor cut off, nor any that it came of.
pub fn is_effective(view: &dyn StateView, record: &GrantRecord, time: BlockTime) -> bool {
    record.revoked.is_none() && is_in_force(view, &record.terms, time)
}

/// Whether the terms of a grant, on the ledger or handed over, have neither expired nor come of a
/// grant that has expired or was cut off.
pub fn is_in_force(view: &dyn StateView, terms: &GrantTerms, time: BlockTime) -> bool {
    if !terms.is_unexpired_at(time) {
        return false;
    }
    let mut parent = terms.parent;
    for _ in 0..=GRANT_DEPTH_MAX {
        let Some(id) = parent else { return true };
        let Some(record) = grant(view, &id) else { return false };
        if record.revoked.is_some() || !record.terms.is_unexpired_at(time) {
            return false;
        }
        parent = record.terms.parent;
    }
    parent.is_none()
}

/// Whether a member may read any part of a version: as its owner, or by a grant in force.
pub fn reads(
    view: &dyn StateView,
    member: &MemberId,
    document: &DocumentId,
    version: Version,
    time: BlockTime,
) -> bool {
    reads_with(view, member, document, version, time, |_| true)
}

/// Whether a member may read all of a version.
pub fn reads_whole(
    view: &dyn StateView,
    member: &MemberId,
    document: &DocumentId,
    version: Version,
    time: BlockTime,
) -> bool {
    reads_with(view, member, document, version, time, |scope| *scope == Scope::Whole)
}

fn reads_with(
    view: &dyn StateView,
    member: &MemberId,
    document: &DocumentId,
    version: Version,
    time: BlockTime,
    enough: impl Fn(&Scope) -> bool,
) -> bool {
    let Some(registered) = document::version(view, document, version) else { return false };
    registered.owner() == member
        || grants_for(view, member, document, version)
            .iter()
            .any(|grant| enough(&grant.terms.scope) && is_effective(view, grant, time))
}

/// Whether a grant may be given on these terms: the rules of validators, and of whoever is handed a
/// grant off the ledger.
///
/// # Errors
/// The rule that the terms break.
pub fn check_grant(
    view: &dyn StateView,
    terms: &GrantTerms,
    time: BlockTime,
) -> Result<(), Rejection> {
    let version = document::require_version(view, &terms.document, terms.version)?;
    check_terms(view, terms, &version.header, time)?;
    let reader = registry::require_member(view, &terms.reader)?;
    ensure!(
        terms.reader_key == reader.encryption_key.fingerprint(),
        WrongReaderKey,
        "the key of `{}` is {}, the grant is for {}",
        reader.id,
        reader.encryption_key.fingerprint(),
        terms.reader_key
    );
    match &terms.parent {
        Some(parent) => check_parent(view, terms, parent, time),
        None => {
            ensure!(
                terms.grantor == *version.owner(),
                MayNotPassOn,
                "`{}` does not own document {} and names no grant that it passes on",
                terms.grantor,
                terms.document
            );
            Ok(())
        }
    }
}

fn check_terms(
    view: &dyn StateView,
    terms: &GrantTerms,
    header: &DocumentHeader,
    time: BlockTime,
) -> Result<(), Rejection> {
    ensure!(
        genesis::identity(view).is_some_and(|identity| identity.chain == terms.chain),
        BadTerms,
        "the grant is for the ledger `{}`",
        terms.chain
    );
    ensure!(
        terms.passing_on_depth <= GRANT_DEPTH_MAX,
        BadTerms,
        "a depth of {}, at most {GRANT_DEPTH_MAX} is allowed",
        terms.passing_on_depth
    );
    ensure!(terms.grantor != terms.reader, BadTerms, "`{}` grants to itself", terms.reader);
    if let Scope::Sections(names) = &terms.scope {
        let unknown = names.iter().find(|name| header.section(name).is_none());
        ensure!(
            unknown.is_none(),
            BadTerms,
            "a {} has no section `{}`",
            header.kind,
            unknown.map_or("", |name| name.as_str())
        );
    }
    ensure!(terms.is_unexpired_at(time), ExpiredAlready, "the grant ends before block time {time}");
    Ok(())
}

fn check_parent(
    view: &dyn StateView,
    terms: &GrantTerms,
    parent: &GrantId,
    time: BlockTime,
) -> Result<(), Rejection> {
    let parent = grant(view, parent)
        .ok_or_else(|| rejection!(UnknownParent, "no grant {parent} is on the ledger"))?;
    let held = &parent.terms;
    ensure!(
        held.reader == terms.grantor
            && held.document == terms.document
            && held.version == terms.version,
        ParentNotYours,
        "grant {} was given to `{}` for version {} of document {}",
        parent.id,
        held.reader,
        held.version,
        held.document
    );
    ensure!(
        is_effective(view, &parent, time),
        ParentNotInForce,
        "grant {} has expired or was cut off",
        parent.id
    );
    ensure!(held.passing_on_depth > 0, MayNotPassOn, "grant {} may not be passed on", parent.id);
    narrows(terms, held).map_err(|error| rejection!(NotNarrower, "{error}"))
}
