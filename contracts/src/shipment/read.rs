//! Reading shipments.

use super::{
    AttachmentRecord, Departure, MovementRecord, SHIPMENTS_PER_DOCUMENT_MAX, ShipmentRecord,
    record::Count,
};
use crate::{
    key,
    rule::{Rejection, rejection},
    state::{StateView, list, page, read},
};
use hansa_primitives::{DocumentId, MemberId, Ucr};

/// A shipment.
pub fn shipment(view: &dyn StateView, ucr: &Ucr) -> Option<ShipmentRecord> {
    read(view, &key::shipment(ucr))
}

/// A shipment that must be there.
///
/// # Errors
/// `SHP-004` if it is not.
pub fn require_shipment(view: &dyn StateView, ucr: &Ucr) -> Result<ShipmentRecord, Rejection> {
    shipment(view, ucr)
        .ok_or_else(|| rejection!(UnknownShipment, "no shipment `{ucr}` is on the ledger"))
}

/// The shipments that a member is a party of, by reference: at most `limit`, after `after`.
pub fn shipments_of(
    view: &dyn StateView,
    party: &MemberId,
    after: Option<&Ucr>,
    limit: usize,
) -> Vec<Ucr> {
    let after = after.map(|ucr| key::party(party, ucr));
    let found = page(view, &key::party_prefix(party), after.as_deref(), limit);
    found.into_iter().map(|(_, ucr)| ucr).collect()
}

/// A shipment's papers, by document id.
pub fn documents(view: &dyn StateView, ucr: &Ucr) -> Vec<AttachmentRecord> {
    list(view, &key::attachment_prefix(ucr))
}

/// One document of a shipment's papers.
pub fn attachment(
    view: &dyn StateView,
    ucr: &Ucr,
    document: &DocumentId,
) -> Option<AttachmentRecord> {
    read(view, &key::attachment(ucr, document))
}

/// The shipments that a document belongs to.
pub fn attached_to(view: &dyn StateView, document: &DocumentId) -> Vec<Ucr> {
    let found = page(view, &key::attached_prefix(document), None, SHIPMENTS_PER_DOCUMENT_MAX);
    found.into_iter().map(|(_, ucr)| ucr).collect()
}

/// A shipment's movements, in the order in which they were reported.
pub fn events(view: &dyn StateView, ucr: &Ucr) -> Vec<MovementRecord> {
    list(view, &key::movement_prefix(ucr))
}

/// At most `limit` of a shipment's movements, from number `from`, each with its number.
pub fn events_after(
    view: &dyn StateView,
    ucr: &Ucr,
    from: u64,
    limit: usize,
) -> Vec<(u64, MovementRecord)> {
    let after = from.checked_sub(1).map(|last| key::movement(ucr, last));
    let found = page(view, &key::movement_prefix(ucr), after.as_deref(), limit);
    found.into_iter().zip(from..).map(|((_, record), number)| (number, record)).collect()
}

/// How many movements of a shipment have been reported.
pub fn movement_count(view: &dyn StateView, ucr: &Ucr) -> u64 {
    read(view, &key::movement_count(ucr)).map_or(0, |Count(count)| count)
}

/// The first actual departure of a shipment's goods, if one is on the ledger.
pub fn departure(view: &dyn StateView, ucr: &Ucr) -> Option<Departure> {
    read(view, &key::departure(ucr))
}
