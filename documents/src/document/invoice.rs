//! The commercial invoice (UNTDID 1001 code 380).

use super::goods::{GoodsLine, Totals};
use crate::{
    problem::{Checker, Problem},
    types::{
        Amount, Charge, ChargePurpose, Currency, Date, DeliveryTerms, DocRef, Number, Party, Text,
    },
};
use hansa_primitives::Ucr;
use serde::{Deserialize, Serialize};

/// An invoice of the seller to the buyer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CommercialInvoice {
    /// The invoice's number.
    pub number: Number,
    /// When it was issued.
    pub issue_date: Date,
    /// When it is to be paid.
    pub due_date: Option<Date>,
    /// The consignment that it is for.
    pub ucr: Option<Ucr>,
    /// Who sells.
    pub seller: Party,
    /// Who buys.
    pub buyer: Party,
    /// Who receives the goods, if not the buyer.
    pub consignee: Option<Party>,
    /// The invoice's currency.
    pub currency: Currency,
    /// What is invoiced.
    pub lines: Vec<GoodsLine>,
    /// The sum of the lines.
    pub line_total: Option<Amount>,
    /// What is added to or taken off: freight and insurance stand here.
    #[serde(default)]
    pub charges: Vec<Charge>,
    /// Tax.
    pub tax_total: Option<Amount>,
    /// What was paid in advance.
    pub prepaid: Option<Amount>,
    /// What rounding added.
    pub rounding: Option<Amount>,
    /// What is to be paid.
    pub payable: Amount,
    /// Where cost and risk pass.
    pub delivery_terms: Option<DeliveryTerms>,
    /// How and when the buyer pays.
    pub payment_terms: Option<Text>,
    /// The seller's account (IBAN or other).
    pub payee_account: Option<Text>,
    /// The order.
    pub order: Option<DocRef>,
    /// The contract.
    pub contract: Option<DocRef>,
    /// The transport document.
    pub transport_document: Option<DocRef>,
    /// Other documents.
    #[serde(default)]
    pub references: Vec<DocRef>,
    /// Remarks.
    #[serde(default)]
    pub notes: Vec<Text>,
}

impl CommercialInvoice {
    /// What is wrong with the invoice in itself.
    pub fn validate(&self) -> Vec<Problem> {
        let mut checker = Checker::default();
        checker.require("/line_total", "the sum of the lines", &self.line_total);
        checker.require("/delivery_terms", "the delivery term", &self.delivery_terms);
        let document = Amount { currency: self.currency, ..self.payable };
        checker.currency("/payable/currency".to_owned(), &self.payable, &document);
        let plus = self.tax_total.iter().chain(&self.rounding).map(|amount| amount.value);
        Totals {
            lines: &self.lines,
            charges: &self.charges,
            others: plus.chain(self.prepaid.iter().map(|amount| -amount.value)).collect(),
            line_total: self.line_total.as_ref(),
            total: &self.payable,
            path: "/payable",
        }
        .check(&mut checker);
        for (path, amount) in [
            ("/tax_total/currency", &self.tax_total),
            ("/prepaid/currency", &self.prepaid),
            ("/rounding/currency", &self.rounding),
        ] {
            if let Some(amount) = amount {
                checker.currency(path.to_owned(), amount, &document);
            }
        }
        checker.ordered("/due_date", ("issue", Some(self.issue_date)), ("due", self.due_date));
        checker.finish()
    }

    /// Freight that is invoiced beside the goods.
    pub fn freight(&self) -> Option<Amount> {
        Charge::total_for(&self.charges, ChargePurpose::Freight)
    }

    /// Insurance that is invoiced beside the goods.
    pub fn insurance(&self) -> Option<Amount> {
        Charge::total_for(&self.charges, ChargePurpose::Insurance)
    }
}
