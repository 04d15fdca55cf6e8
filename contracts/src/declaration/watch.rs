//! Finding that a declaration is due.

use super::{DeclarationRecord, Kind, Status, read, read::Reference};
use crate::{
    event::Event,
    execute::Context,
    key,
    shipment::{self, ShipmentRecord},
    state::{Overlay, StateView, write},
};
use hansa_primitives::{DocumentId, MemberId};
use std::collections::BTreeSet;

/// Looks whether a shipment's declarations have become due; each is announced once.
pub(crate) fn watch(
    overlay: &mut Overlay<'_>,
    context: &Context<'_>,
    shipment: &ShipmentRecord,
) -> Vec<Event> {
    Kind::ALL.into_iter().filter_map(|kind| fall_due(overlay, context, shipment, kind)).collect()
}

/// Looks whether grants have made declarations due: those of the shipments that the documents
/// belong to and whose declarant is the reader.
pub(crate) fn watch_grants(
    overlay: &mut Overlay<'_>,
    context: &Context<'_>,
    granted: &[(DocumentId, MemberId)],
) -> Vec<Event> {
    let mut concerned = BTreeSet::new();
    for (document, reader) in granted {
        for ucr in shipment::attached_to(overlay, document) {
            concerned.insert((ucr, reader));
        }
    }
    let mut events = Vec::new();
    for (ucr, reader) in concerned {
        let Some(shipment) = shipment::shipment(overlay, &ucr) else { continue };
        for kind in Kind::ALL {
            if kind.declarant(&shipment.parties) == reader {
                events.extend(fall_due(overlay, context, &shipment, kind));
            }
        }
    }
    events
}

fn fall_due(
    overlay: &mut Overlay<'_>,
    context: &Context<'_>,
    shipment: &ShipmentRecord,
    kind: Kind,
) -> Option<Event> {
    let (ucr, time) = (&shipment.ucr, context.block.time);
    let announced = overlay.get(&key::declaration(ucr, kind)).is_some();
    let under_way = kind == Kind::Export || shipment::departure(overlay, ucr).is_some();
    if announced || !under_way || !read::missing(overlay, shipment, kind, time).is_empty() {
        return None;
    }
    let record = DeclarationRecord {
        kind,
        ucr: ucr.clone(),
        declarant: kind.declarant(&shipment.parties).clone(),
        customs: kind.customs(&shipment.parties).clone(),
        trader: kind.trader(&shipment.parties).clone(),
        status: Status::Due,
        time,
        due: time,
        draft: None,
        submitted: None,
        cross_check: None,
        decision: None,
        certificate: None,
    };
    write(overlay, key::declaration(ucr, kind), &record);
    for member in [&record.declarant, &record.customs, &record.trader] {
        let reference = Reference { ucr: ucr.clone(), kind };
        write(overlay, key::concerned(member, ucr, kind), &reference);
    }
    Some(Event::DeclarationDue { kind, ucr: ucr.clone(), declarant: record.declarant })
}
