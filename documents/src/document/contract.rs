//! The contract of sale (UNTDID 1001 code 315).

use super::goods::{GoodsLine, Totals};
use crate::{
    problem::{Checker, Problem},
    types::{Amount, Charge, Date, DeliveryTerms, DocRef, Number, Party, Percent, Period, Text},
};
use hansa_primitives::Ucr;
use serde::{Deserialize, Serialize};

/// A contract of sale.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TradeContract {
    /// The contract's number.
    pub number: Number,
    /// When it was made out.
    pub issue_date: Date,
    /// The consignment that it leads to.
    pub ucr: Option<Ucr>,
    /// Who sells.
    pub seller: Party,
    /// Who buys.
    pub buyer: Party,
    /// What is sold.
    pub lines: Vec<GoodsLine>,
    /// What is added to or taken off the goods' value.
    #[serde(default)]
    pub charges: Vec<Charge>,
    /// The contract's value.
    pub total: Amount,
    /// Where cost and risk pass.
    pub delivery_terms: Option<DeliveryTerms>,
    /// How and when the buyer pays.
    pub payment_terms: Option<Text>,
    /// When the goods are to be delivered.
    pub delivery_period: Option<Period>,
    /// The last day on which the goods may be shipped.
    pub latest_shipment: Option<Date>,
    /// How far the quantity may deviate, either way.
    pub quantity_tolerance: Option<Percent>,
    /// How far the price may deviate, either way.
    pub price_tolerance: Option<Percent>,
    /// The law that the parties chose.
    pub governing_law: Option<Text>,
    /// Other documents.
    #[serde(default)]
    pub references: Vec<DocRef>,
    /// Remarks.
    #[serde(default)]
    pub notes: Vec<Text>,
}

impl TradeContract {
    /// What is wrong with the contract in itself.
    pub fn validate(&self) -> Vec<Problem> {
        let mut checker = Checker::default();
        checker.require("/delivery_terms", "the delivery term", &self.delivery_terms);
        checker.require("/payment_terms", "the terms of payment", &self.payment_terms);
        Totals {
            lines: &self.lines,
            charges: &self.charges,
            others: Vec::new(),
            line_total: None,
            total: &self.total,
            path: "/total",
        }
        .check(&mut checker);
        let latest = ("latest shipment", self.latest_shipment);
        checker.ordered("/latest_shipment", ("issue", Some(self.issue_date)), latest);
        if let Some(period) = self.delivery_period {
            checker.ordered("/delivery_period/to", ("start", period.from), ("end", period.to));
        }
        checker.finish()
    }
}
