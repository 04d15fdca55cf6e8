//! The booking request (UNTDID 1001 code 335).

use super::waybill::{CarriedGoods, check_goods};
use crate::{
    problem::{Checker, Problem},
    types::{
        Date, DocRef, FreightPayment, Locode, Number, Party, Text, TransportMode, Vessel,
        value::code_list,
    },
};
use hansa_primitives::Ucr;
use serde::{Deserialize, Serialize};

code_list! {
    /// Where the carrier takes or hands over the goods (DCSA receipt and delivery type).
    HandoverType, "receipt or delivery type";
    /// At a container yard.
    ContainerYard = "CY",
    /// At the shipper's or consignee's door.
    StoreDoor = "SD",
    /// At a container freight station.
    FreightStation = "CFS",
}

/// A request to a carrier to reserve space.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Booking {
    /// The booking's number.
    pub number: Number,
    /// When it was made.
    pub issue_date: Date,
    /// The consignment.
    pub ucr: Option<Ucr>,
    /// Who books.
    pub forwarder: Option<Party>,
    /// Who ships.
    pub consignor: Party,
    /// Who receives.
    pub consignee: Option<Party>,
    /// Who carries.
    pub carrier: Party,
    /// The carrier's number, once it confirmed.
    pub carrier_number: Option<Number>,
    /// Where the carrier takes the goods over.
    pub receipt_type: HandoverType,
    /// Where it hands them over.
    pub delivery_type: HandoverType,
    /// Mode of the main carriage.
    pub mode: TransportMode,
    /// The ship.
    pub vessel: Option<Vessel>,
    /// Port of loading.
    pub loading_port: Locode,
    /// Port of discharge.
    pub discharge_port: Locode,
    /// When the ship should sail.
    pub planned_departure: Option<Date>,
    /// When it should arrive.
    pub planned_arrival: Option<Date>,
    /// Who pays the freight.
    pub freight_payment: Option<FreightPayment>,
    /// Containers that are asked for.
    pub requested_equipment: Vec<RequestedEquipment>,
    /// What is to be carried.
    pub goods: Vec<CarriedGoods>,
    /// Other documents.
    #[serde(default)]
    pub references: Vec<DocRef>,
    /// Remarks.
    #[serde(default)]
    pub notes: Vec<Text>,
}

/// Containers of one size and type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RequestedEquipment {
    /// Size and type, `22G1` for a 20' dry container (ISO 6346).
    pub size_type: Text,
    /// How many.
    pub count: u32,
}

impl Booking {
    /// What is wrong with the booking in itself.
    pub fn validate(&self) -> Vec<Problem> {
        let mut checker = Checker::default();
        checker.require_some("/requested_equipment", "equipment", &self.requested_equipment);
        check_goods(&mut checker, &self.goods);
        let departure = ("departure", self.planned_departure);
        checker.ordered("/planned_departure", ("booking", Some(self.issue_date)), departure);
        checker.ordered("/planned_arrival", departure, ("arrival", self.planned_arrival));
        if self.loading_port == self.discharge_port {
            checker.add(Problem::Contradiction {
                path: "/discharge_port".to_owned(),
                message: format!("{} is the port of loading too", self.discharge_port),
            });
        }
        checker.finish()
    }
}
