#![allow(clippy::unwrap_used)]

use super::*;
use crate::{
    event::Event,
    fixture::{Case, Given, World, member, parties, ucr},
    rule::Rule,
};
use hansa_documents::DocumentType;
use hansa_primitives::{BlockTime, Ucr, Version, codec, limits};

fn open() -> Call {
    Call::Open { ucr: ucr(), parties: Box::new(parties()) }
}

fn attach(given: Given) -> Call {
    Call::Attach { ucr: ucr(), document: given.document, version: given.version }
}

fn movement(code: &str, classifier: &str) -> Movement {
    Movement {
        code: code.parse().unwrap(),
        classifier: classifier.parse().unwrap(),
        occurred: BlockTime(1_540_022_000_000),
        location: "DEHAM".parse().unwrap(),
        container: Some("HLCU2045189".parse().unwrap()),
        vessel: Some(Vessel { imo: Some(9_074_729), voyage: "042E".into() }),
        remark: String::new(),
    }
}

fn report(movement: Movement) -> Call {
    Call::ReportEvent { ucr: ucr(), event: Box::new(movement) }
}

#[test]
fn a_shipment_is_opened_once_by_a_trader_with_fitting_parties() {
    let mut world = World::new();
    world.refused("mrt", open(), Rule::NotTrader);
    let cases: [Case<Parties>; 3] = [
        (|parties| parties.carrier = member("mrt"), Rule::PartyRole),
        (|parties| parties.import_customs = member("bank-of-china"), Rule::PartyRole),
        (|parties| parties.insurer = member("nobody"), Rule::UnknownMember),
    ];
    for (change, rule) in cases {
        let mut wrong = parties();
        change(&mut wrong);
        let call = Call::Open { ucr: ucr(), parties: Box::new(wrong) };
        world.refused("milchpulver", call, rule);
    }
    let events = world.ok("fangxin", open());
    assert_eq!(events[0].concerns().len(), 8);
    world.refused("milchpulver", open(), Rule::ShipmentKnown);
    assert_eq!(shipment(&world.state, &ucr()).unwrap().opened_by, member("fangxin"));
    for party in parties().all() {
        assert_eq!(shipments_of(&world.state, party, None, 10), [ucr()]);
        assert_eq!(shipments_of(&world.state, party, Some(&ucr()), 10), []);
    }
    assert_eq!(shipments_of(&world.state, &member("ihk"), None, 10), []);
}

#[test]
fn papers_are_attached_by_their_owners() {
    let mut world = World::new();
    let invoice = world.register("milchpulver", DocumentType::CommercialInvoice, 1);
    world.refused("milchpulver", attach(invoice), Rule::UnknownShipment);
    world.ok("milchpulver", open());
    world.refused("fangxin", attach(invoice), Rule::NotOwner);
    let unknown = Given { version: Version(2), ..invoice };
    world.refused("milchpulver", attach(unknown), Rule::UnknownDocument);
    let events = world.ok("milchpulver", attach(invoice));
    assert!(matches!(&events[..], [Event::DocumentAttached { kind: 380, .. }]));
    world.refused("milchpulver", attach(invoice), Rule::AttachedAlready);
    let origin = world.register("ihk", DocumentType::CertificateOfOrigin, 2);
    world.ok("ihk", attach(origin));
    let foreign = world.register("bank-of-china", DocumentType::TradeContract, 3);
    world.refused("bank-of-china", attach(foreign), Rule::NotParty);
    // Nobody puts a paper of his own in the place of another party's.
    let substitutes = [
        ("mrt", DocumentType::CommercialInvoice),
        ("fangxin", DocumentType::PackingList),
        ("milchpulver", DocumentType::PurchaseOrder),
        ("ihk", DocumentType::CommercialInvoice),
    ];
    for (number, (party, kind)) in (40..).zip(substitutes) {
        let substitute = world.register(party, kind, number);
        world.refused(party, attach(substitute), Rule::NotParty);
    }
    assert_eq!(documents(&world.state, &ucr()).len(), 2);
    assert_eq!(attached_to(&world.state, &invoice.document), [ucr()]);
}

#[test]
fn a_later_version_takes_the_place_of_the_former() {
    let mut world = World::new();
    world.ok("milchpulver", open());
    let first = world.register("milchpulver", DocumentType::CommercialInvoice, 1);
    world.ok("milchpulver", attach(first));
    let header = world.next_header(first, 2);
    world.ok("milchpulver", world.register_call(&header));
    world.refused("milchpulver", attach(first), Rule::Superseded);
    let second = Given { version: header.version, ..first };
    world.ok("milchpulver", attach(second));
    let papers = documents(&world.state, &ucr());
    assert_eq!((papers.len(), papers[0].version), (1, Version(2)));
}

#[test]
fn papers_and_shipments_of_a_paper_are_bounded() {
    let mut world = World::new();
    world.ok("milchpulver", open());
    for number in 0..ATTACHMENTS_MAX as u8 {
        let given = world.register("milchpulver", DocumentType::PackingList, number);
        world.ok("milchpulver", attach(given));
    }
    let invoice = world.register("milchpulver", DocumentType::CommercialInvoice, 200);
    world.refused("milchpulver", attach(invoice), Rule::TooManyAttachments);
    for number in 0..=SHIPMENTS_PER_DOCUMENT_MAX {
        let ucr = Ucr::new(format!("OTHER-{number}")).unwrap();
        let open = Call::Open { ucr: ucr.clone(), parties: Box::new(parties()) };
        world.ok("milchpulver", open);
        let attach = Call::Attach { ucr, document: invoice.document, version: invoice.version };
        if number < SHIPMENTS_PER_DOCUMENT_MAX {
            world.ok("milchpulver", attach);
        } else {
            world.refused("milchpulver", attach, Rule::TooManyAttachments);
        }
    }
}

#[test]
fn movements_are_numbered_and_the_first_departure_is_kept() {
    let mut world = World::new();
    world.refused("carrier", report(movement("LOAD", "ACT")), Rule::UnknownShipment);
    world.ok("milchpulver", open());
    world.refused("mrt", report(movement("LOAD", "ACT")), Rule::NotCarrier);
    let reported =
        [("LOAD", "ACT"), ("DEPA", "PLN"), ("DEPA", "ACT"), ("DEPA", "ACT"), ("ARRI", "EST")];
    for (number, (code, classifier)) in (0..).zip(reported) {
        let events = world.ok("carrier", report(movement(code, classifier)));
        let [Event::MovementReported { sequence, .. }] = &events[..] else {
            panic!("{events:?}");
        };
        assert_eq!(*sequence, number);
    }
    assert_eq!(movement_count(&world.state, &ucr()), 5);
    let stored = events(&world.state, &ucr());
    assert_eq!(stored.len(), 5);
    assert_eq!(departure(&world.state, &ucr()).unwrap().sequence, 2);
    let tail = events_after(&world.state, &ucr(), 3, 10);
    assert_eq!(tail.iter().map(|(number, _)| *number).collect::<Vec<_>>(), [3, 4]);
    assert_eq!(tail[1].1, stored[4]);
    assert_eq!(events_after(&world.state, &ucr(), 0, 2).len(), 2);
}

#[test]
fn a_movement_with_a_bad_field_is_refused() {
    let mut world = World::new();
    world.ok("milchpulver", open());
    fn on(imo: Option<u32>, voyage: &str) -> Option<Vessel> {
        Some(Vessel { imo, voyage: voyage.into() })
    }
    let cases: [Case<Movement>; 5] = [
        (|it| it.remark = "x".repeat(limits::REMARK_BYTES_MAX + 1), Rule::BadEvent),
        (|it| it.vessel = on(Some(9_074_728), "1"), Rule::BadEvent),
        (|it| it.vessel = on(None, ""), Rule::BadEvent),
        (|it| it.vessel = on(None, &"x".repeat(51)), Rule::BadEvent),
        (|it| it.occurred = BlockTime(1_640_022_000_000), Rule::EventInFuture),
    ];
    for (change, rule) in cases {
        let mut wrong = movement("LOAD", "ACT");
        change(&mut wrong);
        world.refused("carrier", report(wrong), rule);
    }
    let mut planned = movement("ARRI", "PLN");
    planned.occurred = BlockTime(1_640_022_000_000);
    world.ok("carrier", report(planned));
}

#[test]
fn codes_are_checked_on_every_way_in() {
    for bad in ["", "DEHA", "deham", "DEHA1", "D2HAM", "DEHAMB"] {
        assert_eq!(bad.parse::<Locode>().unwrap_err().rule, Rule::BadEvent, "{bad}");
        assert!(serde_json::from_str::<Locode>(&format!("\"{bad}\"")).is_err(), "{bad}");
    }
    for bad in ["HLCU2045188", "HLCU204518", "hlcu2045189"] {
        assert!(bad.parse::<Container>().is_err(), "{bad}");
    }
    assert!("SAIL".parse::<MovementCode>().is_err());
    let good = movement("DISC", "ACT");
    let bytes = codec::encode(&MovementRecord {
        movement: good.clone(),
        actor: Default::default(),
        transaction: Default::default(),
        height: Default::default(),
        time: Default::default(),
    });
    let place = bytes.windows(5).position(|window| window == b"DEHAM").unwrap();
    assert_eq!(codec::decode::<MovementRecord>(&bytes).unwrap().movement, good);
    let mut wrong = bytes;
    wrong[place] = b'd';
    assert!(codec::decode::<MovementRecord>(&wrong).is_err());
    let json = serde_json::to_string(&good).unwrap();
    assert!(json.contains("\"DISC\"") && json.contains("\"DEHAM\""), "{json}");
    assert_eq!(serde_json::from_str::<Movement>(&json).unwrap(), good);
}
