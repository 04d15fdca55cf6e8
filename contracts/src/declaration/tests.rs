#![allow(clippy::unwrap_used)]

use super::*;
use crate::{
    event::Event,
    fixture::{Given, World, attach, departed, draft, member, sources, ucr},
    grant,
    rule::Rule,
};
use hansa_documents::DocumentType;
use hansa_primitives::{Digest, Ucr, Version};

fn due(events: &[Event]) -> Vec<Kind> {
    let kind = |event: &Event| match event {
        Event::DeclarationDue { kind, .. } => Some(*kind),
        _ => None,
    };
    events.iter().filter_map(kind).collect()
}

fn submit(kind: Kind) -> Call {
    Call::Submit { kind, ucr: ucr() }
}

#[test]
fn the_export_declaration_falls_due_with_the_last_paper_granted() {
    let mut world = World::new();
    let papers = world.ship();
    // Invoice, packing list, certificate of origin; the waybill is the forwarder's own.
    for place in [2, 3, 4] {
        assert_eq!(status(&world.state, &ucr(), Kind::Export), None);
        let owner = if place == 4 { "ihk" } else { "milchpulver" };
        let given = world.grant(owner, "mrt", papers[place], 0, None);
        let receipt = world.offer(owner, given);
        assert_eq!(due(&receipt.events), if place == 4 { vec![Kind::Export] } else { vec![] });
    }
    assert_eq!(status(&world.state, &ucr(), Kind::Export), Some(Status::Due));
    let listed = [(ucr(), Kind::Export)];
    for name in ["mrt", "german-customs", "milchpulver"] {
        assert_eq!(concerning(&world.state, &member(name), None, 10), listed);
        let after = Some((&listed[0].0, Kind::Export));
        assert_eq!(concerning(&world.state, &member(name), after, 10), []);
    }
    // Once is enough.
    let again = world.grant("ihk", "mrt", papers[4], 0, None);
    assert_eq!(due(&world.offer("ihk", again).events), []);
}

#[test]
fn a_grant_of_sections_does_not_make_a_declaration_due() {
    let mut world = World::new();
    let papers = world.ship();
    world.give("milchpulver", "mrt", papers[2], 0, None);
    world.give("milchpulver", "mrt", papers[3], 0, None);
    let mut part = world.grant("ihk", "mrt", papers[4], 0, None);
    part.terms.scope =
        hansa_documents::grant::Scope::sections([hansa_documents::sealing::SectionName::new(
            "number",
        )
        .unwrap()])
        .unwrap();
    part.wrapped = crate::fixture::wrapped(&part.terms.scope);
    let receipt = world.offer("ihk", part);
    assert_eq!(receipt.events.len(), 1, "{:?}", receipt.outcome);
    let shipment = crate::shipment::shipment(&world.state, &ucr()).unwrap();
    let waiting = missing(&world.state, &shipment, Kind::Export, world.time);
    assert_eq!(waiting, [DocumentType::CertificateOfOrigin]);
}

#[test]
fn attaching_the_last_paper_makes_a_declaration_due_too() {
    let mut world = World::new();
    let papers = world.ship();
    world.give_papers("mrt", &papers);
    assert_eq!(status(&world.state, &ucr(), Kind::Export), Some(Status::Due));
    let other = Ucr::new("OTHER-1").unwrap();
    let parties = Box::new(crate::fixture::parties());
    world.ok("milchpulver", crate::shipment::Call::Open { ucr: other.clone(), parties });
    let mut last = Vec::new();
    for (place, owner) in [(2, "milchpulver"), (3, "milchpulver"), (4, "ihk"), (5, "mrt")] {
        let Given { document, version } = papers[place];
        let attach = crate::shipment::Call::Attach { ucr: other.clone(), document, version };
        last = world.ok(owner, attach);
    }
    assert_eq!(due(&last), [Kind::Export]);
}

#[test]
fn the_import_declaration_also_waits_for_the_departure() {
    let mut world = World::new();
    let papers = world.ship();
    world.give_papers("suto", &papers);
    assert_eq!(status(&world.state, &ucr(), Kind::Import), None);
    let events = world.ok("carrier", departed());
    assert_eq!(due(&events), [Kind::Import]);
    assert_eq!(due(&world.ok("carrier", departed())), []);

    let mut other = World::new();
    let papers = other.ship();
    other.ok("carrier", departed());
    other.give_papers("suto", &papers);
    assert_eq!(status(&other.state, &ucr(), Kind::Import), Some(Status::Due));
}

#[test]
fn a_draft_rests_on_the_papers_that_are_attached() {
    let mut world = World::new();
    let given = world.due(Kind::Export);
    let good = draft(&world, Kind::Export, given);
    let change = |change: &dyn Fn(&mut Vec<SourceRef>)| {
        let mut call = good.clone();
        let Call::Draft { sources, .. } = &mut call else { panic!("a draft") };
        change(sources);
        call
    };
    let cases = [
        (change(&|sources| sources.truncate(3)), Rule::SourceMissing),
        (change(&|sources| sources.push(sources[0])), Rule::TooManySources),
        (change(&|sources| sources[0].fields_root = Digest([1; 32])), Rule::SourceMismatch),
        (change(&|sources| sources[0].version = Version(2)), Rule::SourceMismatch),
        (
            change(&|sources| {
                sources.push(SourceRef { document: given.document, ..sources[0] });
            }),
            Rule::SourceMismatch,
        ),
    ];
    for (call, rule) in cases {
        world.refused("mrt", call, rule);
    }
    let mut complete = good.clone();
    let Call::Draft { completeness_permille, .. } = &mut complete else { panic!("a draft") };
    *completeness_permille = 1001;
    world.refused("mrt", complete, Rule::BadCompleteness);
    world.refused("suto", good.clone(), Rule::NotDeclarant);
    let waybill = world.register("mrt", DocumentType::Waybill, 101);
    world.refused("mrt", draft(&world, Kind::Export, waybill), Rule::WrongDeclarationDocument);
    let foreign = world.register("suto", DocumentType::ExportDeclaration, 102);
    world.refused("mrt", draft(&world, Kind::Export, foreign), Rule::WrongDeclarationDocument);
    world.refused("suto", draft(&world, Kind::Import, given), Rule::NotDue);

    let events = world.ok("mrt", good.clone());
    assert_eq!(events[0].name(), "declaration-drafted");
    world.ok("mrt", good);
    assert_eq!(status(&world.state, &ucr(), Kind::Export), Some(Status::Drafted));
}

#[test]
fn a_submission_needs_a_draft_and_readers_at_customs() {
    let mut world = World::new();
    let papers = world.ship();
    world.give_papers("mrt", &papers);
    let given = world.register("mrt", DocumentType::ExportDeclaration, 100);
    world.refused("mrt", submit(Kind::Import), Rule::NotDue);
    world.refused("mrt", submit(Kind::Export), Rule::WrongStatus);
    world.ok("mrt", draft(&world, Kind::Export, given));
    world.refused("mrt", submit(Kind::Export), Rule::CustomsCannotRead);
    world.give_papers("german-customs", &papers);
    world.refused("mrt", submit(Kind::Export), Rule::CustomsCannotRead);
    let granted = world.give("mrt", "german-customs", given, 0, None);
    world.ok("mrt", grant::Call::Revoke { grant: granted });
    world.refused("mrt", submit(Kind::Export), Rule::CustomsCannotRead);
    world.give("mrt", "german-customs", given, 0, None);
    world.refused("milchpulver", submit(Kind::Export), Rule::NotDeclarant);
    let events = world.ok("mrt", submit(Kind::Export));
    assert_eq!(events[0].concerns(), [member("german-customs"), member("mrt")]);
    world.refused("mrt", submit(Kind::Export), Rule::WrongStatus);
    world.refused("mrt", draft(&world, Kind::Export, given), Rule::WrongStatus);
}

#[test]
fn a_paper_replaced_after_the_draft_stops_the_submission() {
    let mut world = World::new();
    let given = world.due(Kind::Export);
    world.ok("mrt", draft(&world, Kind::Export, given));
    let papers = crate::shipment::documents(&world.state, &ucr());
    let invoice =
        papers.iter().find(|paper| paper.kind == DocumentType::CommercialInvoice).unwrap();
    let former = Given { document: invoice.document, version: invoice.version };
    let header = world.next_header(former, 50);
    world.ok("milchpulver", world.register_call(&header));
    world.ok("milchpulver", attach(Given { version: header.version, ..former }));
    world.refused("mrt", submit(Kind::Export), Rule::SourceMismatch);
    assert_eq!(sources(&world, Kind::Export).len(), 4);
}

#[test]
fn what_is_asked_of_a_shipment_that_is_not_there_is_refused() {
    let mut world = World::new();
    world.refused("mrt", submit(Kind::Export), Rule::UnknownShipment);
}
