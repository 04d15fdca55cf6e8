//! The purchase order (UNTDID 1001 code 105).

use super::goods::{GoodsLine, Totals};
use crate::{
    problem::{Checker, Problem},
    types::{Amount, Charge, Country, Date, DeliveryTerms, DocRef, Number, Party, Period, Text},
};
use hansa_primitives::Ucr;
use serde::{Deserialize, Serialize};

/// An order of goods.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PurchaseOrder {
    /// The order's number.
    pub number: Number,
    /// When it was issued.
    pub issue_date: Date,
    /// The consignment that it leads to.
    pub ucr: Option<Ucr>,
    /// Who buys.
    pub buyer: Party,
    /// Who sells.
    pub seller: Party,
    /// The contract that it draws on.
    pub contract: Option<DocRef>,
    /// What is ordered.
    pub lines: Vec<GoodsLine>,
    /// What is added to or taken off the goods' value.
    #[serde(default)]
    pub charges: Vec<Charge>,
    /// The sum of the lines.
    pub line_total: Option<Amount>,
    /// Tax.
    pub tax_total: Option<Amount>,
    /// What the buyer expects to pay.
    pub payable: Option<Amount>,
    /// Where cost and risk pass.
    pub delivery_terms: Option<DeliveryTerms>,
    /// When the goods are wanted.
    pub delivery_period: Option<Period>,
    /// How and when the buyer pays.
    pub payment_terms: Option<Text>,
    /// Where the goods go.
    pub destination: Option<Country>,
    /// Other documents.
    #[serde(default)]
    pub references: Vec<DocRef>,
    /// Remarks.
    #[serde(default)]
    pub notes: Vec<Text>,
}

impl PurchaseOrder {
    /// What is wrong with the order in itself.
    pub fn validate(&self) -> Vec<Problem> {
        let mut checker = Checker::default();
        checker.require("/payable", "the expected total", &self.payable);
        let first = self.lines.first().map(|line| line.amount);
        if let Some(total) = self.payable.or(self.line_total).or(first) {
            let totals = Totals {
                lines: &self.lines,
                charges: &self.charges,
                others: self.tax_total.iter().map(|tax| tax.value).collect(),
                line_total: self.line_total.as_ref(),
                total: &total,
                path: "/payable",
            };
            match self.payable {
                Some(_) => totals.check(&mut checker),
                None => drop(super::goods::check_lines(&mut checker, &self.lines, &total)),
            }
        }
        checker.require_some("/lines", "a line", &self.lines);
        if let Some(period) = self.delivery_period {
            checker.ordered("/delivery_period/to", ("start", period.from), ("end", period.to));
        }
        checker.finish()
    }
}
