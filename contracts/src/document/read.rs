//! Reading documents.

use super::{CountersignRecord, VersionRecord};
use crate::{
    key,
    rule::{Rejection, ensure, rejection},
    state::{StateView, list, page, read},
};
use bincode::{Decode, Encode};
use hansa_primitives::{
    BlockTime, Digest, DocumentId, MemberId, Version, codec::Canonical, limits,
};

/// A version of a document.
pub fn version(
    view: &dyn StateView,
    document: &DocumentId,
    version: Version,
) -> Option<VersionRecord> {
    read(view, &key::version(document, version))
}

/// The number of a document's latest version.
pub fn latest_version(view: &dyn StateView, document: &DocumentId) -> Option<Version> {
    read(view, &key::latest(document))
}

/// A document's latest version.
pub fn latest(view: &dyn StateView, document: &DocumentId) -> Option<VersionRecord> {
    version(view, document, latest_version(view, document)?)
}

/// All versions of a document, ascending.
pub fn versions(view: &dyn StateView, document: &DocumentId) -> Vec<VersionRecord> {
    list(view, &key::version_prefix(document))
}

/// A version that must be registered.
///
/// # Errors
/// `DOC-008` if it is not.
pub fn require_version(
    view: &dyn StateView,
    document: &DocumentId,
    number: Version,
) -> Result<VersionRecord, Rejection> {
    version(view, document, number).ok_or_else(|| {
        rejection!(UnknownDocument, "version {number} of document {document} is not on the ledger")
    })
}

/// A version that must be the document's latest.
///
/// # Errors
/// `DOC-008` if it is not registered, `DOC-012` if there is a later one.
pub fn require_latest(
    view: &dyn StateView,
    document: &DocumentId,
    number: Version,
) -> Result<VersionRecord, Rejection> {
    let record = require_version(view, document, number)?;
    ensure!(
        latest_version(view, document) == Some(number),
        Superseded,
        "document {document} has a later version than {number}"
    );
    Ok(record)
}

/// A member's documents, by id: at most `limit`, after `after`.
pub fn owned_by(
    view: &dyn StateView,
    owner: &MemberId,
    after: Option<&DocumentId>,
    limit: usize,
) -> Vec<DocumentId> {
    let after = after.map(|document| key::owner(owner, document));
    let found = page(view, &key::owner_prefix(owner), after.as_deref(), limit);
    found.into_iter().map(|(_, document)| document).collect()
}

/// The versions whose sealed bytes have this hash: whoever may read one of them may fetch the
/// bytes.
pub fn by_sealed(view: &dyn StateView, sealed: &Digest) -> Vec<(DocumentId, Version)> {
    let found = page(view, &key::sealed_prefix(sealed), None, limits::PAGE_MAX);
    found.into_iter().map(|(_, place): (_, Place)| (place.document, place.version)).collect()
}

/// Any one version that was sealed into these bytes: all are of one owner.
pub(super) fn sealed_by(view: &dyn StateView, sealed: &Digest) -> Option<(DocumentId, Version)> {
    let found = page(view, &key::sealed_prefix(sealed), None, 1);
    found.into_iter().map(|(_, place): (_, Place)| (place.document, place.version)).next()
}

/// The countersignatures of a version, by member.
pub fn countersignatures(
    view: &dyn StateView,
    document: &DocumentId,
    version: Version,
) -> Vec<CountersignRecord> {
    list(view, &key::countersignature_prefix(document, version))
}

/// When a document's first version was registered.
pub fn first_registered(view: &dyn StateView, document: &DocumentId) -> Option<BlockTime> {
    version(view, document, Version(1)).map(|record| record.time)
}

/// An entry of the listing by sealed bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub(super) struct Place {
    pub(super) document: DocumentId,
    pub(super) version: Version,
}

impl Canonical for Place {
    const BYTES_MAX: usize = 36;
}
