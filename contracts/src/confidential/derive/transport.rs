//! Rules for carriage: means of transport, route, places, containers.

use super::{
    rule::Scope,
    rule::{
        Context,
        Duty::{Absent, Conditional, Mandatory},
        Place, Rule, Value, rule,
    },
    shipment::{find, need, party_id},
};
use crate::confidential::{gap::Gap, reader::Reader};
use hansa_documents::{
    DocumentType::{CommercialInvoice, Waybill},
    types::Locode,
};

pub(super) const BORDER: &[Rule] = &[
    rule!(
        "T01",
        "BorderTransportMeans/ModeCode",
        Mandatory,
        Mandatory,
        Once,
        "waybill /mode",
        "code of UN/ECE Recommendation 19",
        |c| need(c, Waybill, "/mode")
    ),
    rule!(
        "T02",
        "BorderTransportMeans/ID",
        Mandatory,
        Conditional,
        Once,
        "waybill /vessel/imo, else /vessel/name",
        "IMO number, else the ship's name",
        vessel
    ),
    rule!(
        "T03",
        "BorderTransportMeans/IdentificationTypeCode",
        Mandatory,
        Conditional,
        Once,
        "waybill /vessel/imo, else /vessel/name",
        "10 for an IMO number, 11 for a name",
        vessel_identification
    ),
    rule!(
        "T04",
        "BorderTransportMeans/RegistrationNationalityCode",
        Mandatory,
        Conditional,
        Once,
        "waybill /vessel/imo; declarant's profile",
        "the flag that the profile gives for the ship",
        |c| {
            let imo = c.reader.text(Waybill, "/vessel/imo")?;
            let flag = c.reader.profile()?.vessel_flags.get(imo);
            Ok(Some(flag.ok_or(Gap::NoStatement("the flag of the ship"))?.to_string()))
        }
    ),
    rule!(
        "T05",
        "Consignment/Carrier/ID",
        Mandatory,
        Absent,
        Once,
        "waybill /carrier",
        "first registered identifier, else member id",
        |c| party_id(&mut c.reader, (Waybill, "/carrier")).map(Some)
    ),
    rule!(
        "T06",
        "Consignment/Carrier/Name",
        Conditional,
        Absent,
        Once,
        "waybill /carrier/name",
        "as it stands",
        |c| find(c, Waybill, "/carrier/name")
    ),
    rule!(
        "T07",
        "Consignment/Freight/PaymentMethodCode",
        Mandatory,
        Absent,
        Once,
        "waybill /freight_payment",
        "prepaid: D, other payment in advance; collect: Z, not prepaid",
        |c| {
            let payment = c.reader.text(Waybill, "/freight_payment")?;
            Ok(Some(if payment == "prepaid" { "D" } else { "Z" }.to_owned()))
        }
    ),
    rule!(
        "T08",
        "Consignment/Itinerary[n]/RoutingCountryCode",
        Mandatory,
        Absent,
        Route,
        "waybill /loading_port, /discharge_port, /delivery_place",
        "the places' countries in the order of the journey, each once running",
        |c| {
            let route = route(&mut c.reader)?;
            Ok(route.get(c.place.nth).cloned())
        }
    ),
];

pub(super) const CARRIAGE: &[Rule] = &[
    rule!(
        "T10",
        "GoodsShipment/Consignment/ContainerCode",
        Mandatory,
        Mandatory,
        Once,
        "waybill /equipment",
        "1 with containers, 0 without",
        |c| {
            if !c.reader.has(Waybill) {
                return Err(Gap::NoDocument(Waybill));
            }
            let containers = c.reader.count(Waybill, "/equipment");
            if containers > 0 {
                c.reader.find(Waybill, "/equipment/0/number");
            }
            Ok(Some(if containers > 0 { "1" } else { "0" }.to_owned()))
        }
    ),
    rule!(
        "T11",
        "GoodsShipment/Consignment/DepartureTransportMeans/ID",
        Mandatory,
        Absent,
        Once,
        "declarant's profile",
        "what takes the goods to the port",
        |c| {
            let means = c.reader.profile()?.pre_carriage.as_ref();
            let missing = Gap::NoStatement("the means of transport to the port");
            Ok(Some(means.ok_or(missing)?.to_string()))
        }
    ),
    rule!(
        "T12",
        "GoodsShipment/Consignment/ArrivalTransportMeans/ID",
        Absent,
        Mandatory,
        Once,
        "waybill /vessel/imo, else /vessel/name",
        "IMO number, else the ship's name",
        vessel
    ),
    rule!(
        "T13",
        "GoodsShipment/Consignment/ArrivalTransportMeans/IdentificationTypeCode",
        Absent,
        Mandatory,
        Once,
        "waybill /vessel/imo, else /vessel/name",
        "10 for an IMO number, 11 for a name",
        vessel_identification
    ),
    rule!(
        "T14",
        "GoodsShipment/Consignment/GoodsLocation/Name",
        Conditional,
        Mandatory,
        Once,
        "waybill /loading_port (export), /discharge_port (import); declarant's profile",
        "the terminal or warehouse that the profile gives for the port",
        |c| {
            let path = if c.is_import() { "/discharge_port" } else { "/loading_port" };
            let port = c.reader.text(Waybill, path)?;
            let place = c.reader.profile()?.goods_locations.get(port);
            Ok(Some(place.ok_or(Gap::NoStatement("where the goods are at the port"))?.to_string()))
        }
    ),
    rule!(
        "T15",
        "GoodsShipment/Consignment/LoadingLocation/ID",
        Mandatory,
        Mandatory,
        Once,
        "waybill /loading_port",
        "as it stands",
        |c| need(c, Waybill, "/loading_port")
    ),
    rule!(
        "T16",
        "GoodsShipment/Consignment/TransportEquipment[n]/ID",
        Mandatory,
        Mandatory,
        Containers,
        "waybill /equipment/*/number",
        "as it stands",
        |c| need(c, Waybill, &format!("/equipment/{}/number", c.place.nth))
    ),
    rule!(
        "T17",
        "GoodsShipment/Consignment/TransportEquipment[n]/Seal[m]/ID",
        Conditional,
        Conditional,
        Seals,
        "waybill /equipment/*/seals",
        "as it stands",
        |c| need(c, Waybill, &format!("/equipment/{}/seals/{}", c.place.nth, c.place.inner))
    ),
    rule!(
        "T18",
        "GoodsShipment/Destination/CountryCode",
        Mandatory,
        Mandatory,
        Once,
        "waybill /delivery_place, else /discharge_port, else commercial invoice \
         /buyer/address/country",
        "country of the place",
        destination
    ),
    rule!(
        "T19",
        "GoodsShipment/ExportCountry/ID",
        Mandatory,
        Mandatory,
        Once,
        "waybill /loading_port",
        "country of the place",
        |c| {
            let port = c.reader.text(Waybill, "/loading_port")?;
            country_of("/loading_port", port).map(Some)
        }
    ),
];

fn vessel(context: &mut Context<'_>) -> Value {
    match context.reader.find(Waybill, "/vessel/imo") {
        Some(imo) => Ok(Some(imo.to_owned())),
        None => need(context, Waybill, "/vessel/name"),
    }
}

fn vessel_identification(context: &mut Context<'_>) -> Value {
    if context.reader.find(Waybill, "/vessel/imo").is_some() {
        return Ok(Some("10".to_owned()));
    }
    context.reader.text(Waybill, "/vessel/name")?;
    Ok(Some("11".to_owned()))
}

fn country_of(path: &str, place: &str) -> Result<String, Gap> {
    let unreadable = |_| Gap::Unreadable {
        kind: Waybill,
        path: path.to_owned(),
        value: place.to_owned(),
        expected: "a UN/LOCODE",
    };
    Locode::parse(place).map(|place| place.country().to_string()).map_err(unreadable)
}

pub(crate) fn destination(context: &mut Context<'_>) -> Value {
    destination_country(&mut context.reader).map(Some)
}

/// The country that the goods go to.
pub(crate) fn destination_country(reader: &mut Reader<'_>) -> Result<String, Gap> {
    for path in ["/delivery_place", "/discharge_port"] {
        if let Some(place) = reader.find(Waybill, path) {
            return country_of(path, place);
        }
    }
    reader.text(CommercialInvoice, "/buyer/address/country").map(str::to_owned)
}

/// The countries on the way, neighbours differing.
pub(super) fn route(reader: &mut Reader<'_>) -> Result<Vec<String>, Gap> {
    let mut countries: Vec<String> = Vec::new();
    reader.text(Waybill, "/loading_port")?;
    for path in ["/loading_port", "/discharge_port", "/delivery_place"] {
        let Some(place) = reader.find(Waybill, path) else { continue };
        let country = country_of(path, place)?;
        if countries.last() != Some(&country) {
            countries.push(country);
        }
    }
    Ok(countries)
}

/// The seals of all containers.
pub(super) fn seals(reader: &mut Reader<'_>) -> Vec<Place> {
    let mut places = Vec::new();
    for nth in 0..reader.count(Waybill, "/equipment") {
        let seals = reader.count(Waybill, &format!("/equipment/{nth}/seals"));
        places.extend((0..seals).map(|inner| Place { nth, inner, item: 0 }));
    }
    places
}
