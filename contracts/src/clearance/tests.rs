#![allow(clippy::unwrap_used)]

use super::*;
use crate::{
    declaration::{self, Kind, Status, status},
    event::Event,
    fixture::{Given, World, checked, draft, ucr},
    rule::Rule,
};
use hansa_documents::DocumentType;

fn decide(kind: Kind, decision: Decision, certificate: Option<Given>) -> Call {
    let certificate = certificate.map(|given| (given.document, given.version));
    Call::Decide { kind, ucr: ucr(), decision, certificate }
}

fn submitted(kind: Kind) -> (World, Given) {
    let mut world = World::new();
    let given = world.due(kind);
    let declarant = if kind == Kind::Export { "mrt" } else { "suto" };
    world.ok(declarant, draft(&world, kind, given));
    world.ok(declarant, declaration::Call::Submit { kind, ucr: ucr() });
    (world, given)
}

#[test]
fn a_check_follows_the_submission_and_fits_its_findings() {
    let mut world = World::new();
    let given = world.due(Kind::Export);
    let green = checked(Kind::Export, Lane::Green, 0);
    world.refused("german-customs", green.clone(), Rule::WrongStatus);
    world.ok("mrt", draft(&world, Kind::Export, given));
    world.refused("german-customs", green.clone(), Rule::WrongStatus);
    world.ok("mrt", declaration::Call::Submit { kind: Kind::Export, ucr: ucr() });
    world.refused("tianjin-customs", green.clone(), Rule::NotCustoms);
    world.refused("mrt", green.clone(), Rule::NotCustoms);
    let wrong = checked(Kind::Export, Lane::Green, 1);
    world.refused("german-customs", wrong, Rule::LaneContradictsFindings);
    world.ok("german-customs", checked(Kind::Export, Lane::Red, 3));
    assert_eq!(status(&world.state, &ucr(), Kind::Export), Some(Status::Checked(Lane::Red)));
    // A second look may change the lane.
    world.ok("german-customs", green);
    let found = cross_check(&world.state, &ucr(), Kind::Export).unwrap();
    assert_eq!((found.lane, found.errors, found.warnings, found.notes), (Lane::Green, 0, 1, 2));
}

#[test]
fn an_export_is_released_after_its_check() {
    let (mut world, _) = submitted(Kind::Export);
    let release = decide(Kind::Export, Decision::Release, None);
    world.refused("german-customs", release.clone(), Rule::WrongStatus);
    world.ok("german-customs", checked(Kind::Export, Lane::Green, 0));
    world.refused("mrt", release.clone(), Rule::NotCustoms);
    let clear = decide(Kind::Export, Decision::Clear, None);
    world.refused("german-customs", clear, Rule::WrongDecision);
    let events = world.ok("german-customs", release.clone());
    let [Event::DeclarationDecided { elapsed_ms, trader, .. }] = &events[..] else {
        panic!("{events:?}");
    };
    let begun = first_document(&world.state, &ucr()).unwrap();
    assert_eq!((*elapsed_ms, trader.as_str()), (world.time.since(begun), "milchpulver"));
    assert_eq!(decision(&world.state, &ucr(), Kind::Export), Some((Decision::Release, world.time)));
    world.refused("german-customs", release, Rule::WrongStatus);
}

#[test]
fn an_import_is_cleared_with_a_certificate_of_customs() {
    let (mut world, declaration) = submitted(Kind::Import);
    world.ok("tianjin-customs", checked(Kind::Import, Lane::Blue, 0));
    let clear = |certificate| decide(Kind::Import, Decision::Clear, certificate);
    world.refused("tianjin-customs", clear(None), Rule::CertificateMissing);
    world.refused("tianjin-customs", clear(Some(declaration)), Rule::CertificateMissing);
    let foreign = world.register("german-customs", DocumentType::ClearanceNotice, 110);
    world.refused("tianjin-customs", clear(Some(foreign)), Rule::CertificateMissing);
    let release = decide(Kind::Import, Decision::Release, None);
    world.refused("tianjin-customs", release, Rule::WrongDecision);
    let notice = world.register("tianjin-customs", DocumentType::ClearanceNotice, 111);
    world.ok("tianjin-customs", clear(Some(notice)));
    let record = declaration::declaration(&world.state, &ucr(), Kind::Import).unwrap();
    assert_eq!(record.status, Status::Cleared);
    assert_eq!(record.certificate, Some((notice.document, notice.version)));
}

#[test]
fn a_held_declaration_is_corrected_or_decided_and_a_refused_one_is_over() {
    let (mut world, given) = submitted(Kind::Export);
    world.ok("german-customs", checked(Kind::Export, Lane::Red, 2));
    world.ok("german-customs", decide(Kind::Export, Decision::Hold, None));
    assert_eq!(status(&world.state, &ucr(), Kind::Export), Some(Status::Held));
    world.ok("mrt", draft(&world, Kind::Export, given));
    assert_eq!(cross_check(&world.state, &ucr(), Kind::Export), None);
    world.ok("mrt", declaration::Call::Submit { kind: Kind::Export, ucr: ucr() });
    world.ok("german-customs", checked(Kind::Export, Lane::Yellow, 1));
    world.ok("german-customs", decide(Kind::Export, Decision::Refuse, None));
    assert_eq!(status(&world.state, &ucr(), Kind::Export), Some(Status::Refused));
    world.refused("mrt", draft(&world, Kind::Export, given), Rule::WrongStatus);
}

#[test]
fn lanes_have_the_names_that_customs_use() {
    let names = [Lane::Green, Lane::Yellow, Lane::Red, Lane::Blue].map(|lane| lane.to_string());
    assert_eq!(names, ["green", "yellow", "red", "blue"]);
}
