//! Reading declarations.

use super::{DeclarationRecord, Kind, Status};
use crate::{
    grant, key,
    rule::{Rejection, rejection},
    shipment::{self, AttachmentRecord, ShipmentRecord},
    state::{StateView, page, read},
};
use hansa_documents::DocumentType;
use hansa_primitives::{BlockTime, MemberId, Ucr};

/// A declaration; `None` while it is not due.
pub fn declaration(view: &dyn StateView, ucr: &Ucr, kind: Kind) -> Option<DeclarationRecord> {
    read(view, &key::declaration(ucr, kind))
}

/// How far a declaration has come; `None` while it is not due.
pub fn status(view: &dyn StateView, ucr: &Ucr, kind: Kind) -> Option<Status> {
    declaration(view, ucr, kind).map(|record| record.status)
}

/// A declaration that must be due.
///
/// # Errors
/// `SHP-004` if there is no such shipment, `DEC-001` if the declaration is not due.
pub fn require_declaration(
    view: &dyn StateView,
    ucr: &Ucr,
    kind: Kind,
) -> Result<DeclarationRecord, Rejection> {
    shipment::require_shipment(view, ucr)?;
    declaration(view, ucr, kind)
        .ok_or_else(|| rejection!(NotDue, "the {} declaration of `{ucr}` is not due", kind.name()))
}

/// The declarations that a member declares or decides on: at most `limit`, after the given one.
pub fn concerning(
    view: &dyn StateView,
    member: &MemberId,
    after: Option<(&Ucr, Kind)>,
    limit: usize,
) -> Vec<(Ucr, Kind)> {
    let after = after.map(|(ucr, kind)| key::concerned(member, ucr, kind));
    let found = page(view, &key::concerned_prefix(member), after.as_deref(), limit);
    found
        .into_iter()
        .map(|(_, reference): (_, Reference)| (reference.ucr, reference.kind))
        .collect()
}

/// The types of papers that a declaration still waits for: not attached, or not granted whole to
/// its declarant.
pub fn missing(
    view: &dyn StateView,
    shipment: &ShipmentRecord,
    kind: Kind,
    time: BlockTime,
) -> Vec<DocumentType> {
    let papers = shipment::documents(view, &shipment.ucr);
    let declarant = kind.declarant(&shipment.parties);
    let readable = |paper: &AttachmentRecord| {
        grant::reads_whole(view, declarant, &paper.document, paper.version, time)
    };
    let there =
        |wanted: &DocumentType| papers.iter().any(|paper| paper.kind == *wanted && readable(paper));
    kind.required().iter().copied().filter(|wanted| !there(wanted)).collect()
}

/// An entry of the listing by member.
#[derive(Clone, Debug, PartialEq, Eq, bincode::Encode, bincode::Decode)]
pub(super) struct Reference {
    pub(super) ucr: Ucr,
    pub(super) kind: Kind,
}

impl hansa_primitives::codec::Canonical for Reference {
    const BYTES_MAX: usize = 64;
}
