//! The cargo insurance policy (UNTDID 1001 code 530).

use crate::{
    problem::{Checker, Problem},
    types::{Amount, Date, DocRef, HsCode, Locode, Number, Packaging, Party, Text, Vessel},
};
use hansa_primitives::Ucr;
use serde::{Deserialize, Serialize};

/// A policy that insures a cargo.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InsurancePolicy {
    /// The policy's number.
    pub number: Number,
    /// When it was issued.
    pub issue_date: Date,
    /// The consignment.
    pub ucr: Option<Ucr>,
    /// Who insures.
    pub insurer: Party,
    /// Who is insured.
    pub insured: Party,
    /// The cargo's value.
    pub insured_value: Amount,
    /// What is paid at most.
    pub insured_amount: Amount,
    /// What the insurance costs.
    pub premium: Option<Amount>,
    /// Conditions, such as `Institute Cargo Clauses (A)`.
    pub conditions: Text,
    /// Where the cover begins.
    pub from: Locode,
    /// Where it ends.
    pub to: Locode,
    /// The ship.
    pub vessel: Option<Vessel>,
    /// What is insured.
    pub goods: Vec<InsuredGoods>,
    /// The invoice for the goods.
    pub invoice: Option<DocRef>,
    /// The transport document.
    pub transport_document: Option<DocRef>,
    /// From when on the cover holds.
    pub effective_date: Date,
    /// Who settles claims.
    pub claims_agent: Option<Party>,
    /// Where claims are paid.
    pub claims_payable_at: Option<Text>,
    /// Other documents.
    #[serde(default)]
    pub references: Vec<DocRef>,
    /// Remarks.
    #[serde(default)]
    pub notes: Vec<Text>,
}

/// Goods that are insured.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InsuredGoods {
    /// What the goods are.
    pub description: Text,
    /// Commodity code.
    pub hs: Option<HsCode>,
    /// Packages.
    pub packaging: Option<Packaging>,
}

impl InsurancePolicy {
    /// What is wrong with the policy in itself.
    pub fn validate(&self) -> Vec<Problem> {
        let mut checker = Checker::default();
        checker.require_some("/goods", "an item of goods", &self.goods);
        checker.require("/invoice", "the invoice", &self.invoice);
        checker.known_currency("/insured_amount/currency", &self.insured_amount);
        let currency = "/insured_value/currency".to_owned();
        checker.currency(currency, &self.insured_value, &self.insured_amount);
        checker.positive("/insured_value/value".to_owned(), self.insured_value.value);
        if self.insured_amount.value < self.insured_value.value {
            checker.add(Problem::Contradiction {
                path: "/insured_amount/value".to_owned(),
                message: format!(
                    "{} is insured, less than the value of {}",
                    self.insured_amount, self.insured_value
                ),
            });
        }
        checker.finish()
    }
}
