//! Changing shipments.

use super::{
    ATTACHMENTS_MAX, AttachmentRecord, Call, Departure, Movement, MovementRecord, Parties,
    SHIPMENTS_PER_DOCUMENT_MAX, ShipmentRecord,
    read::{attached_to, attachment, departure, documents, movement_count, require_shipment},
    record::Count,
};
use crate::{
    declaration, document,
    event::Event,
    execute::Context,
    key, registry,
    rule::{Rejection, ensure},
    state::{Overlay, StateView, write},
};
use hansa_primitives::{DocumentId, Ucr, Version, certificate::Role};

pub(crate) fn apply(
    overlay: &mut Overlay<'_>,
    context: &Context<'_>,
    call: &Call,
) -> Result<Vec<Event>, Rejection> {
    match call {
        Call::Open { ucr, parties } => open(overlay, context, ucr, parties),
        Call::Attach { ucr, document, version } => {
            attach(overlay, context, ucr, document, *version)
        }
        Call::ReportEvent { ucr, event } => report(overlay, context, ucr, event),
    }
}

fn open(
    overlay: &mut Overlay<'_>,
    context: &Context<'_>,
    ucr: &Ucr,
    parties: &Parties,
) -> Result<Vec<Event>, Rejection> {
    let by = context.member();
    ensure!(
        *by == parties.exporter || *by == parties.importer,
        NotTrader,
        "member `{by}` is neither the exporter nor the importer named"
    );
    ensure!(
        overlay.get(&key::shipment(ucr)).is_none(),
        ShipmentKnown,
        "a shipment `{ucr}` is open already"
    );
    check_roles(overlay, parties)?;
    let record = ShipmentRecord {
        ucr: ucr.clone(),
        parties: parties.clone(),
        opened_by: by.clone(),
        height: context.block.height,
        time: context.block.time,
    };
    write(overlay, key::shipment(ucr), &record);
    for party in parties.all() {
        write(overlay, key::party(party, ucr), ucr);
    }
    Ok(vec![Event::ShipmentOpened { ucr: ucr.clone(), parties: Box::new(parties.clone()) }])
}

fn check_roles(overlay: &Overlay<'_>, parties: &Parties) -> Result<(), Rejection> {
    let wanted = [
        (&parties.exporter, Role::Exporter),
        (&parties.importer, Role::Importer),
        (&parties.export_forwarder, Role::FreightForwarder),
        (&parties.import_declarant, Role::FreightForwarder),
        (&parties.carrier, Role::Carrier),
        (&parties.insurer, Role::Insurer),
        (&parties.export_customs, Role::CustomsAuthority),
        (&parties.import_customs, Role::CustomsAuthority),
    ];
    for (party, role) in wanted {
        let found = registry::require_member(overlay, party)?.role;
        ensure!(found == role, PartyRole, "member `{party}` is {found}, {role} is needed");
    }
    Ok(())
}

fn attach(
    overlay: &mut Overlay<'_>,
    context: &Context<'_>,
    ucr: &Ucr,
    id: &DocumentId,
    version: Version,
) -> Result<Vec<Event>, Rejection> {
    let shipment = require_shipment(overlay, ucr)?;
    let registered = document::require_latest(overlay, id, version)?;
    let owner = registered.owner();
    ensure!(
        owner == context.member(),
        NotOwner,
        "document {id} is owned by `{owner}`, not by `{}`",
        context.member()
    );
    let chamber = context.role() == Role::Chamber;
    ensure!(
        chamber || shipment.parties.includes(owner),
        NotParty,
        "member `{owner}` is no party of shipment `{ucr}`"
    );
    ensure!(
        shipment.parties.may_bring(registered.kind(), owner, chamber),
        NotParty,
        "the {} of shipment `{ucr}` is not for `{owner}` to bring",
        registered.kind()
    );
    let earlier = attachment(overlay, ucr, id);
    ensure!(
        earlier.as_ref().is_none_or(|earlier| earlier.version < version),
        AttachedAlready,
        "version {version} of document {id} is attached to `{ucr}` already"
    );
    if earlier.is_none() {
        ensure!(
            documents(overlay, ucr).len() < ATTACHMENTS_MAX,
            TooManyAttachments,
            "shipment `{ucr}` has {ATTACHMENTS_MAX} documents already"
        );
        ensure!(
            attached_to(overlay, id).len() < SHIPMENTS_PER_DOCUMENT_MAX,
            TooManyAttachments,
            "document {id} belongs to {SHIPMENTS_PER_DOCUMENT_MAX} shipments already"
        );
    }
    let record = AttachmentRecord {
        document: *id,
        version,
        kind: registered.kind(),
        owner: owner.clone(),
        time: context.block.time,
    };
    write(overlay, key::attachment(ucr, id), &record);
    write(overlay, key::attached(id, ucr), ucr);
    let mut events = vec![Event::DocumentAttached {
        ucr: ucr.clone(),
        document: *id,
        version,
        kind: record.kind.code(),
        owner: record.owner,
        parties: Box::new(shipment.parties.clone()),
    }];
    events.extend(declaration::watch(overlay, context, &shipment));
    Ok(events)
}

/// The path that carries most transactions: it reads the shipment and its counter, and writes the
/// movement and the counter.
fn report(
    overlay: &mut Overlay<'_>,
    context: &Context<'_>,
    ucr: &Ucr,
    movement: &Movement,
) -> Result<Vec<Event>, Rejection> {
    let shipment = require_shipment(overlay, ucr)?;
    let carrier = &shipment.parties.carrier;
    ensure!(
        carrier == context.member(),
        NotCarrier,
        "the carrier of shipment `{ucr}` is `{carrier}`, not `{}`",
        context.member()
    );
    movement.check(context.block.time)?;
    let sequence = movement_count(overlay, ucr);
    let record = MovementRecord {
        movement: movement.clone(),
        actor: context.actor.actor,
        transaction: context.transaction,
        height: context.block.height,
        time: context.block.time,
    };
    write(overlay, key::movement(ucr, sequence), &record);
    write(overlay, key::movement_count(ucr), &Count(sequence.saturating_add(1)));
    let mut events = vec![Event::MovementReported {
        ucr: ucr.clone(),
        sequence,
        code: movement.code,
        classifier: movement.classifier,
        location: movement.location,
        occurred: movement.occurred,
        parties: Box::new(shipment.parties.clone()),
    }];
    if movement.is_departure() && departure(overlay, ucr).is_none() {
        let first = Departure { occurred: movement.occurred, sequence };
        write(overlay, key::departure(ucr), &first);
        events.extend(declaration::watch(overlay, context, &shipment));
    }
    Ok(events)
}
