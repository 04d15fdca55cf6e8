//! The packing list (UNTDID 1001 code 271).

use crate::{
    problem::{Checker, Problem},
    types::{Date, DocRef, Equipment, Mass, Number, Packaging, Party, Quantity, Text, Volume},
};
use hansa_primitives::Ucr;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// A list of packages and what is in them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PackingList {
    /// The list's number.
    pub number: Number,
    /// When it was issued.
    pub issue_date: Date,
    /// The consignment that it is for.
    pub ucr: Option<Ucr>,
    /// The invoice whose goods it lists.
    pub invoice: Option<DocRef>,
    /// Who sends.
    pub consignor: Option<Party>,
    /// Who receives.
    pub consignee: Option<Party>,
    /// The packages.
    pub packages: Vec<PackedGoods>,
    /// What the packages stand on or in: pallets.
    #[serde(default)]
    pub handling_units: Vec<Packaging>,
    /// Containers.
    #[serde(default)]
    pub equipment: Vec<Equipment>,
    /// Number of packages.
    pub total_packages: Option<u32>,
    /// Gross mass of all.
    pub gross_mass: Mass,
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

/// Packages of one kind with like contents.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PackedGoods {
    /// Its number in the list.
    pub id: Number,
    /// How many packages of which kind.
    pub packaging: Packaging,
    /// Gross mass.
    pub gross_mass: Mass,
    /// Net mass.
    pub net_mass: Option<Mass>,
    /// Volume.
    pub volume: Option<Volume>,
    /// What is in them.
    pub contents: Vec<PackedLine>,
}

/// Goods of one invoice line in packages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PackedLine {
    /// The invoice line.
    pub invoice_line: Option<Number>,
    /// What the goods are.
    pub description: Option<Text>,
    /// How many.
    pub quantity: Quantity,
}

impl PackingList {
    /// What is wrong with the list in itself.
    pub fn validate(&self) -> Vec<Problem> {
        let mut checker = Checker::default();
        checker.require("/invoice", "the invoice", &self.invoice);
        checker.require("/consignor", "the consignor", &self.consignor);
        checker.require("/consignee", "the consignee", &self.consignee);
        checker.require("/total_packages", "the number of packages", &self.total_packages);
        checker.require("/net_mass", "the net mass", &self.net_mass);
        checker.require_some("/packages", "a package", &self.packages);
        checker.distinct("/packages", self.packages.iter().map(|package| &package.id));
        for (index, package) in self.packages.iter().enumerate() {
            let path = format!("/packages/{index}");
            checker.positive(format!("{path}/packaging/count"), package.packaging.count.into());
            checker.positive(format!("{path}/gross_mass"), package.gross_mass.value());
            checker.masses(&path, package.net_mass, Some(package.gross_mass));
            for (place, line) in package.contents.iter().enumerate() {
                let quantity = format!("{path}/contents/{place}/quantity/value");
                checker.positive(quantity, line.quantity.value);
            }
        }
        self.check_totals(&mut checker);
        checker.equipment("/equipment", &self.equipment);
        checker.finish()
    }

    fn check_totals(&self, checker: &mut Checker) {
        let rule = "the sum of the packages";
        let gross = sum(self.packages.iter().map(|package| package.gross_mass.value()));
        checker.figure("/gross_mass", self.gross_mass.value(), gross, rule);
        let nets: Option<Vec<Mass>> =
            self.packages.iter().map(|package| package.net_mass).collect();
        if let Some((stated, nets)) = self.net_mass.zip(nets) {
            let net = sum(nets.into_iter().map(Mass::value));
            checker.figure("/net_mass", stated.value(), net, rule);
        }
        if let Some(stated) = self.total_packages {
            let counts = self.packages.iter().map(|package| Decimal::from(package.packaging.count));
            checker.figure("/total_packages", stated.into(), sum(counts), rule);
        }
        checker.masses("/net_mass", self.net_mass, Some(self.gross_mass));
    }
}

fn sum(mut values: impl Iterator<Item = Decimal>) -> Option<Decimal> {
    values.try_fold(Decimal::ZERO, |sum, value| sum.checked_add(value))
}
