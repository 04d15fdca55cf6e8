//! `Waybill` (UBL 2.x).
//!
//! The main carriage is the first stage that is neither pre-carriage nor on-carriage.

use super::{super::SourceError, common, tree::Element};
use crate::{
    document::{CarriedGoods, Waybill},
    kind::DocumentType,
    types::{
        Charge, ChargePurpose, Date, Equipment, FreightPayment, ImoNumber, Number, Packaging, Text,
        TransportMode, Vessel,
    },
};

type Read<T> = Result<T, SourceError>;

pub(super) fn read(root: &Element) -> Read<Waybill> {
    let issue_date = root.date("cbc:IssueDate")?.ok_or_else(|| root.missing("cbc:IssueDate"))?;
    let shipment = root.at("cac:Shipment").ok_or_else(|| root.missing("cac:Shipment"))?;
    // The reader below looks for parts that may be absent in an element that holds nothing else.
    let nothing = Element::new(super::tree::Space::Other, "Consignment", shipment.line());
    let consignment = shipment.at("cac:Consignment").unwrap_or(&nothing);
    let stage = main_stage(shipment)?.unwrap_or(&nothing);
    // Whatever their reason, these are charges for the carriage.
    let mut charges = common::charges(consignment, "cac:FreightAllowanceCharge")?;
    charges.iter_mut().for_each(|charge| charge.purpose = ChargePurpose::Freight);
    root.has_code("cbc:WaybillTypeCode", &DocumentType::Waybill.code().to_string());
    let booking = root.optional("cbc:ShippingOrderID", Number::parse)?;
    Ok(Waybill {
        number: root.number("cbc:ID")?,
        issue_date,
        ucr: common::ucr(Some(consignment)),
        carrier: first_party([(root, "cac:CarrierParty"), (consignment, "cac:CarrierParty")])?,
        consignor: first_party([
            (root, "cac:ConsignorParty"),
            (consignment, "cac:ConsignorParty"),
        ])?,
        consignee: common::party(consignment, "cac:ConsigneeParty")?,
        notify: common::party(consignment, "cac:NotifyParty")?,
        forwarder: common::party(root, "cac:FreightForwarderParty")?,
        booking,
        mode: stage.recognised("cbc:TransportModeCode", TransportMode::parse),
        vessel: vessel(stage)?,
        loading_port: stage.locode("cac:LoadingPortLocation/cbc:ID"),
        discharge_port: stage.locode("cac:UnloadingPortLocation/cbc:ID"),
        delivery_place: shipment.locode("cac:Delivery/cac:DeliveryLocation/cbc:ID"),
        on_board_date: stage.date("cac:LoadingTransportEvent/cbc:OccurrenceDate")?,
        planned_arrival: stage.date("cac:PlannedArrivalTransportEvent/cbc:OccurrenceDate")?,
        freight_payment: freight_payment(consignment)?,
        freight: Charge::total_for(&charges, ChargePurpose::Freight),
        delivery_terms: common::delivery_terms(consignment, "cac:DeliveryTerms")?,
        equipment: equipment(shipment)?,
        goods: shipment
            .children("cac:GoodsItem")
            .enumerate()
            .map(|(index, item)| goods(item, index, consignment, issue_date))
            .collect::<Read<_>>()?,
        total_packages: match consignment.count("cbc:TotalPackagesQuantity")? {
            Some(count) => Some(count),
            None => shipment.count("cbc:TotalTransportHandlingUnitQuantity")?,
        },
        gross_mass: shipment.mass("cbc:GrossWeightMeasure")?,
        net_mass: shipment.mass("cbc:NetWeightMeasure")?,
        volume: shipment.volume("cbc:GrossVolumeMeasure")?,
        references: common::references(root, "cac:DocumentReference")?,
        notes: root.all_words("cbc:Note")?,
    })
}

fn first_party(places: [(&Element, &str); 2]) -> Read<Option<crate::types::Party>> {
    for (parent, path) in places {
        if let Some(party) = common::party(parent, path)? {
            return Ok(Some(party));
        }
    }
    Ok(None)
}

fn main_stage(shipment: &Element) -> Read<Option<&Element>> {
    for stage in shipment.children("cac:ShipmentStage") {
        let is =
            |path: &str| stage.at(path).is_some_and(|flag| matches!(flag.text(), "true" | "1"));
        if !is("cbc:PreCarriageIndicator") && !is("cbc:OnCarriageIndicator") {
            return Ok(Some(stage));
        }
    }
    Ok(None)
}

fn vessel(stage: &Element) -> Read<Option<Vessel>> {
    let means = "cac:TransportMeans/cac:MaritimeTransport";
    let vessel = Vessel {
        name: stage.words(&format!("{means}/cbc:VesselName"))?,
        imo: stage.recognised(&format!("{means}/cbc:VesselID"), ImoNumber::parse),
        voyage: stage.words("cac:TransportMeans/cbc:JourneyID")?,
    };
    let known = vessel.name.is_some() || vessel.imo.is_some() || vessel.voyage.is_some();
    Ok(known.then_some(vessel))
}

/// Which terms of payment are there tells who pays the freight.
fn freight_payment(consignment: &Element) -> Read<Option<FreightPayment>> {
    let prepaid = consignment.at("cac:PrepaidPaymentTerms");
    let collect = consignment.at("cac:CollectPaymentTerms");
    match (prepaid, collect) {
        (Some(_), Some(_)) => {
            Err(consignment.unsupported("freight is either prepaid or collect, not both"))
        }
        (Some(_), None) => Ok(Some(FreightPayment::Prepaid)),
        (None, Some(_)) => Ok(Some(FreightPayment::Collect)),
        (None, None) => Ok(None),
    }
}

fn equipment(shipment: &Element) -> Read<Vec<Equipment>> {
    let units = shipment
        .children("cac:TransportHandlingUnit")
        .flat_map(|unit| unit.children("cac:TransportEquipment"));
    let containers = shipment
        .children("cac:GoodsItem")
        .flat_map(|item| item.children("cac:GoodsItemContainer"))
        .flat_map(|container| container.children("cac:TransportEquipment"));
    common::all_equipment(units.chain(containers))
}

fn goods(item: &Element, index: usize, consignment: &Element, day: Date) -> Read<CarriedGoods> {
    let id = match item.optional("cbc:SequenceNumberID", Number::parse)? {
        Some(id) => Some(id),
        None => item.optional("cbc:ID", Number::parse)?,
    };
    let counted = || Number::parse(&(index + 1).to_string()).map_err(|reason| item.invalid(reason));
    let inner = item.at("cac:Item");
    let described = |path: &str| inner.map_or(Ok(None), |inner: &Element| inner.words(path));
    let description = match item.words("cbc:Description")? {
        Some(description) => Some(description),
        None => described("cbc:Description")?,
    };
    let own = inner.and_then(|inner| common::commodity(inner, day));
    let shared = || common::tariff(consignment.at("cbc:TariffCode")?, day);
    Ok(CarriedGoods {
        id: id.map_or_else(counted, Ok)?,
        description,
        hs: own.or_else(shared),
        packaging: packaging(item)?,
        gross_mass: item.mass("cbc:GrossWeightMeasure")?,
        net_mass: item.mass("cbc:NetWeightMeasure")?,
        volume: item.volume("cbc:GrossVolumeMeasure")?,
    })
}

fn packaging(item: &Element) -> Read<Option<Packaging>> {
    let Some(package) = item.at("cac:ContainingPackage") else { return Ok(None) };
    let marks: Option<Text> = package.words("cbc:PackagingType")?;
    common::packaging(package, marks)
}
