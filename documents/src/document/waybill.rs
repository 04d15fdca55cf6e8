//! The sea waybill (UNTDID 1001 code 710).

use crate::{
    problem::{Checker, Problem},
    types::{
        Amount, Date, DeliveryTerms, DocRef, Equipment, FreightPayment, HsCode, Locode, Mass,
        Number, Packaging, Party, Text, TransportMode, Vessel, Volume,
    },
};
use hansa_primitives::Ucr;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// A carrier's receipt for goods and its contract to carry them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Waybill {
    /// The waybill's number.
    pub number: Number,
    /// When it was issued.
    pub issue_date: Date,
    /// The consignment.
    pub ucr: Option<Ucr>,
    /// Who carries.
    pub carrier: Option<Party>,
    /// Who ships.
    pub consignor: Option<Party>,
    /// Who receives.
    pub consignee: Option<Party>,
    /// Who is told of the arrival.
    pub notify: Option<Party>,
    /// The forwarder.
    pub forwarder: Option<Party>,
    /// The carrier's number of the booking.
    pub booking: Option<Number>,
    /// Mode of the main carriage.
    pub mode: Option<TransportMode>,
    /// The ship.
    pub vessel: Option<Vessel>,
    /// Port of loading.
    pub loading_port: Option<Locode>,
    /// Port of discharge.
    pub discharge_port: Option<Locode>,
    /// Where the carrier delivers, if not the port.
    pub delivery_place: Option<Locode>,
    /// When the goods were taken on board.
    pub on_board_date: Option<Date>,
    /// When the ship should arrive.
    pub planned_arrival: Option<Date>,
    /// Who pays the freight.
    pub freight_payment: Option<FreightPayment>,
    /// The freight.
    pub freight: Option<Amount>,
    /// Terms of delivery of the sale.
    pub delivery_terms: Option<DeliveryTerms>,
    /// Containers.
    #[serde(default)]
    pub equipment: Vec<Equipment>,
    /// What is carried.
    pub goods: Vec<CarriedGoods>,
    /// Number of packages.
    pub total_packages: Option<u32>,
    /// Gross mass of all.
    pub gross_mass: Option<Mass>,
    /// Net mass of all.
    pub net_mass: Option<Mass>,
    /// Volume of all.
    pub volume: Option<Volume>,
    /// Other documents.
    #[serde(default)]
    pub references: Vec<DocRef>,
    /// Remarks.
    #[serde(default)]
    pub notes: Vec<Text>,
}

/// Goods as a carrier describes them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CarriedGoods {
    /// Its number in the document.
    pub id: Number,
    /// What the goods are.
    pub description: Option<Text>,
    /// Commodity code.
    pub hs: Option<HsCode>,
    /// Packages.
    pub packaging: Option<Packaging>,
    /// Gross mass.
    pub gross_mass: Option<Mass>,
    /// Net mass.
    pub net_mass: Option<Mass>,
    /// Volume.
    pub volume: Option<Volume>,
}

impl Waybill {
    /// What is wrong with the waybill in itself.
    pub fn validate(&self) -> Vec<Problem> {
        let mut checker = Checker::default();
        checker.require("/carrier", "the carrier", &self.carrier);
        checker.require("/consignor", "the consignor", &self.consignor);
        checker.require("/consignee", "the consignee", &self.consignee);
        checker.require("/loading_port", "the port of loading", &self.loading_port);
        checker.require("/discharge_port", "the port of discharge", &self.discharge_port);
        checker.require("/gross_mass", "the gross mass", &self.gross_mass);
        check_goods(&mut checker, &self.goods);
        checker.masses("/net_mass", self.net_mass, self.gross_mass);
        let masses: Option<Vec<Mass>> = self.goods.iter().map(|goods| goods.gross_mass).collect();
        if let Some((stated, masses)) = self.gross_mass.zip(masses) {
            let sum =
                masses.iter().try_fold(Decimal::ZERO, |sum, mass| sum.checked_add(mass.value()));
            checker.figure("/gross_mass", stated.value(), sum, "the sum of the goods");
        }
        let counts: Option<Vec<u32>> = self
            .goods
            .iter()
            .map(|goods| goods.packaging.as_ref().map(|packaging| packaging.count))
            .collect();
        if let Some((stated, counts)) = self.total_packages.zip(counts) {
            let sum = counts.iter().map(|count| Decimal::from(*count)).sum();
            checker.figure("/total_packages", stated.into(), Some(sum), "the sum of the goods");
        }
        checker.equipment("/equipment", &self.equipment);
        let arrival = ("arrival", self.planned_arrival);
        checker.ordered("/planned_arrival", ("on board", self.on_board_date), arrival);
        checker.finish()
    }
}

/// Checks goods as bookings and waybills list them.
pub(super) fn check_goods(checker: &mut Checker, goods: &[CarriedGoods]) {
    checker.require_some("/goods", "an item of goods", goods);
    checker.distinct("/goods", goods.iter().map(|item| &item.id));
    for (index, item) in goods.iter().enumerate() {
        checker.masses(&format!("/goods/{index}"), item.net_mass, item.gross_mass);
    }
}
