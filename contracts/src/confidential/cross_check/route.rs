//! R1 and R2: transport document, ship, voyage, ports, containers and seals.

use super::{
    catalogue::{RuleId, Severity},
    finding::Side,
    view::{Skip, View},
};
use hansa_documents::{
    DocumentType::{self, CommercialInvoice, InsurancePolicy, PackingList, Waybill},
    types::{CheckDigit, ContainerNumber},
};
use std::collections::BTreeMap;

const LOADING: &str = "GoodsShipment/Consignment/LoadingLocation/ID";
const DESTINATION: &str = "GoodsShipment/Destination/CountryCode";
const CONTAINER: &str = "GoodsShipment/Consignment/TransportEquipment[1]/ID";

/// R1: everything speaks of one journey.
pub(super) fn voyage(view: &View<'_>) -> Result<(), Skip> {
    let number = view.need(Waybill, "/number")?;
    let previous = "GoodsShipment/PreviousDocument[1]/ID";
    for kind in [CommercialInvoice, InsurancePolicy] {
        if let Some(other) = view.field(kind, "/transport_document/number") {
            let what = "Number of the transport document";
            view.same(RuleId::R1, previous, what, number.clone(), other);
        }
    }
    declared_numbers(view, &number);
    let ship = |path: &str| view.field(Waybill, &format!("/vessel/{path}"));
    for (part, what) in [("imo", "Ship (IMO number)"), ("voyage", "Voyage")] {
        if let (Some(own), Some(other)) =
            (ship(part), view.field(InsurancePolicy, &format!("/vessel/{part}")))
        {
            view.same(RuleId::R1, "BorderTransportMeans/ID", what, own, other);
        }
    }
    for ending in ["BorderTransportMeans/ID", "ArrivalTransportMeans/ID"] {
        for (field, declared) in view.declared_ending(ending) {
            if let Some(own) = ship("imo").or_else(|| ship("name")) {
                view.same(RuleId::R1, field.element.as_str(), "Ship", declared, own);
            }
        }
    }
    ports(view);
    movements(view);
    Ok(())
}

/// The waybill's number among declared documents.
fn declared_numbers(view: &View<'_>, number: &Side) {
    let code = Waybill.code().to_string();
    for (list, ending) in [
        ("AdditionalDocument", "/AdditionalDocument/TypeCode"),
        ("PreviousDocument", "/PreviousDocument/TypeCode"),
    ] {
        for (field, kind) in view.declared_ending(ending) {
            let element = field.element.as_str().replace("/TypeCode", "/ID");
            if kind.value == code
                && let Some(declared) = view.declared(&element)
            {
                let what = format!("Number of the transport document ({list})");
                view.same(RuleId::R1, &element, &what, declared, number.clone());
            }
        }
    }
}

fn ports(view: &View<'_>) {
    for (path, cover, element, what) in [
        ("/loading_port", "/from", LOADING, "Port of loading"),
        ("/discharge_port", "/to", DESTINATION, "Port of discharge"),
    ] {
        let Some(port) = view.field(Waybill, path) else { continue };
        if let Some(insured) = view.field(InsurancePolicy, cover) {
            view.same(RuleId::R1, element, what, port.clone(), insured);
        }
        if let Some(booked) = view.field(DocumentType::Booking, path) {
            view.same(RuleId::R1, element, what, port.clone(), booked);
        }
    }
    if let (Some(declared), Some(port)) =
        (view.declared(LOADING), view.field(Waybill, "/loading_port"))
    {
        view.same(RuleId::R1, LOADING, "Port of loading", declared, port);
    }
    let country = "GoodsShipment/ExportCountry/ID";
    for (element, path) in [(country, "/loading_port"), (DESTINATION, "/discharge_port")] {
        let place = view.field(Waybill, "/delivery_place").filter(|_| element == DESTINATION);
        let Some(port) = place.or_else(|| view.field(Waybill, path)) else { continue };
        if let (Some(declared), Some(stated)) = (view.declared(element), port.value.get(..2)) {
            let side = Side { value: stated.to_owned(), ..port.clone() };
            view.same(RuleId::R1, element, "Country", declared, side);
        }
    }
}

/// Actual departures and arrivals happen at the waybill's ports, with its ship.
fn movements(view: &View<'_>) {
    for movement in view.movements() {
        let (path, element, what) = match movement.code.as_str() {
            "DEPA" => ("/loading_port", LOADING, "Port of departure"),
            "ARRI" => ("/discharge_port", DESTINATION, "Port of arrival"),
            _ => continue,
        };
        // A ship may call at other ports on the way; only a report from another country
        // contradicts.
        if let Some(port) = view.field(Waybill, path)
            && port.value.get(..2) != movement.location.get(..2)
            && movement.actual
        {
            view.same(RuleId::R1, element, what, port, movement.side(&movement.location));
        }
        for (part, stated) in [("imo", &movement.imo), ("voyage", &movement.voyage)] {
            let own = view.field(Waybill, &format!("/vessel/{part}"));
            if let (Some(own), Some(stated)) = (own, stated) {
                let what = "Ship and voyage reported";
                let element = "BorderTransportMeans/ID";
                view.same(RuleId::R1, element, what, own, movement.side(stated));
            }
        }
    }
}

/// R2: the same containers and seals everywhere, with numbers that can exist.
pub(super) fn containers(view: &View<'_>) -> Result<(), Skip> {
    view.source(Waybill)?;
    let carried = equipment(view, Waybill);
    check_digits(view, carried.values());
    let packed = equipment(view, PackingList);
    if !packed.is_empty() {
        compare(view, "Containers", &carried, &packed);
        compare(view, "Seals", &seals(view, Waybill, &carried), &seals(view, PackingList, &packed));
    }
    let declared: BTreeMap<String, Side> = view
        .declared_ending("/TransportEquipment/ID")
        .into_iter()
        .map(|(_, side)| (side.value.clone(), side))
        .collect();
    if view.declaration().is_ok() {
        compare(view, "Containers", &carried, &declared);
        let declared: BTreeMap<String, Side> = view
            .declared_ending("/TransportEquipment/Seal/ID")
            .into_iter()
            .map(|(_, side)| (side.value.clone(), side))
            .collect();
        compare(view, "Seals", &seals(view, Waybill, &carried), &declared);
    }
    let mut seen = BTreeMap::new();
    for movement in view.movements() {
        seen.extend(
            movement.containers.iter().map(|number| (number.clone(), movement.side(number))),
        );
    }
    for (number, side) in seen {
        if !carried.contains_key(&number) {
            missing(view, "Containers", list(view, &carried), side);
        }
    }
    Ok(())
}

/// The containers of a document by number.
fn equipment(view: &View<'_>, kind: DocumentType) -> BTreeMap<String, Side> {
    let sides = (0..view.count(kind, "/equipment"))
        .filter_map(|index| view.field(kind, &format!("/equipment/{index}/number")));
    sides.map(|side| (side.value.clone(), side)).collect()
}

fn seals(
    view: &View<'_>,
    kind: DocumentType,
    containers: &BTreeMap<String, Side>,
) -> BTreeMap<String, Side> {
    let mut seals = BTreeMap::new();
    for container in containers.values() {
        let base = container.path.trim_end_matches("/number");
        for index in 0..view.count(kind, &format!("{base}/seals")) {
            let side = view.field(kind, &format!("{base}/seals/{index}"));
            seals.extend(side.map(|side| (side.value.clone(), side)));
        }
    }
    seals
}

/// A wrong check digit is a spelling to be cleared up as long as all documents agree on it.
fn check_digits<'s>(view: &View<'_>, containers: impl Iterator<Item = &'s Side>) {
    for side in containers {
        if let Ok(CheckDigit::Wrong { expected }) =
            ContainerNumber::parse(&side.value).map(|number| number.check())
        {
            let right = Side::computed("ISO 6346", expected.to_string());
            let sentence =
                format!("Container {}: its check digit should be {expected}", side.value);
            let severity = Severity::Warning;
            view.find_as(RuleId::R2, severity, CONTAINER, side.clone(), right, sentence);
        }
    }
}

/// Finds what either list has and the other lacks.
fn compare(
    view: &View<'_>,
    what: &str,
    left: &BTreeMap<String, Side>,
    right: &BTreeMap<String, Side>,
) {
    let only_left = left.iter().filter(|(number, _)| !right.contains_key(*number));
    for (_, side) in only_left {
        missing(view, what, side.clone(), list(view, right));
    }
    let only_right = right.iter().filter(|(number, _)| !left.contains_key(*number));
    for (_, side) in only_right {
        missing(view, what, list(view, left), side.clone());
    }
}

fn missing(view: &View<'_>, what: &str, left: Side, right: Side) {
    view.same(RuleId::R2, CONTAINER, what, left, right);
}

/// A whole list as one side.
fn list(view: &View<'_>, sides: &BTreeMap<String, Side>) -> Side {
    let numbers: Vec<&str> = sides.keys().map(String::as_str).collect();
    match sides.values().next() {
        Some(side) => Side { value: numbers.join(", "), ..side.clone() },
        None => view.declared_side(view.kind, CONTAINER, "none"),
    }
}
