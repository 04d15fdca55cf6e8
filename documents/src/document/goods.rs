//! Lines of goods with a price, as contracts, orders and invoices have them.

use crate::{
    problem::{Checker, PricedLine},
    types::{Amount, Charge, Country, Date, HsCode, Mass, Number, Quantity, Text},
};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// One line of goods with its price.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GoodsLine {
    /// The line's number in its document.
    pub id: Number,
    /// What the goods are.
    pub description: Text,
    /// The seller's number for the item.
    pub sellers_item: Option<Number>,
    /// The buyer's number for the item.
    pub buyers_item: Option<Number>,
    /// Commodity code.
    pub hs: Option<HsCode>,
    /// Country of origin.
    pub origin: Option<Country>,
    /// How many.
    pub quantity: Quantity,
    /// Price of one unit, or of `price_base` units.
    pub unit_price: Amount,
    /// How many units the price is for, if not one.
    pub price_base: Option<Quantity>,
    /// What is added to or taken off this line.
    #[serde(default)]
    pub charges: Vec<Charge>,
    /// Amount of the line: quantity times price, charges added, allowances taken off.
    pub amount: Amount,
    /// Net mass of the line.
    pub net_mass: Option<Mass>,
    /// Gross mass of the line.
    pub gross_mass: Option<Mass>,
    /// When the goods were made.
    pub production_date: Option<Date>,
}

/// Checks the lines and returns the sum of their amounts, nothing if it is too large.
pub(super) fn check_lines(
    checker: &mut Checker,
    lines: &[GoodsLine],
    document: &Amount,
) -> Option<Decimal> {
    checker.require_some("/lines", "a line", lines);
    checker.distinct("/lines", lines.iter().map(|line| &line.id));
    for (index, line) in lines.iter().enumerate() {
        let path = format!("/lines/{index}");
        checker.currency(format!("{path}/amount/currency"), &line.amount, document);
        let priced = PricedLine {
            quantity: &line.quantity,
            unit_price: &line.unit_price,
            price_base: line.price_base.as_ref(),
            charges: &line.charges,
            amount: &line.amount,
        };
        checker.line_amount(&path, priced);
        checker.masses(&path, line.net_mass, line.gross_mass);
    }
    lines.iter().try_fold(Decimal::ZERO, |sum, line| sum.checked_add(line.amount.value))
}

/// A total that the lines and charges of a document must give.
pub(super) struct Totals<'a> {
    pub(super) lines: &'a [GoodsLine],
    pub(super) charges: &'a [Charge],
    /// Other amounts with the sign that they count with.
    pub(super) others: Vec<Decimal>,
    pub(super) line_total: Option<&'a Amount>,
    pub(super) total: &'a Amount,
    /// Path of `total`.
    pub(super) path: &'static str,
}

impl Totals<'_> {
    /// Checks lines, charges, sum of lines and total.
    pub(super) fn check(self, checker: &mut Checker) {
        checker.known_currency(&format!("{}/currency", self.path), self.total);
        let lines = check_lines(checker, self.lines, self.total);
        checker.charges(self.charges, self.total);
        if let Some(stated) = self.line_total {
            checker.currency("/line_total/currency".to_owned(), stated, self.total);
            checker.figure("/line_total/value", stated.value, lines, "the sum of the lines");
        }
        let charges = self.charges.iter().map(|charge| charge.signed().value);
        let computed =
            charges.chain(self.others).try_fold(lines, |sum, part| Some(sum?.checked_add(part)));
        let path = format!("{}/value", self.path);
        let rule = "lines + charges − allowances + tax − prepaid";
        checker.figure(&path, self.total.value, computed.flatten(), rule);
    }
}
