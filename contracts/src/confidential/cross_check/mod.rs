//! Compares a declaration with all documents that go with it, and with what the ledger knows.
//!
//! The rules are data ([`RuleId::rule`]): what must hold, how bad it is if not, how far values may
//! differ and where that comes from. Each finding names both values with the documents and fields
//! that they stand in and the WCO pointer of the element concerned. A rule whose documents are not
//! there is listed as not evaluated; a declaration whose core rules were not all evaluated is never
//! green.
//!
//! | lane | when | suggestion |
//! |---|---|---|
//! | green | nothing found, or notes only | low risk: pre-clearance |
//! | blue | the price, currency or insurance raise questions | clear, and audit afterwards |
//! | yellow | documents contradict each other, or one cannot be made | look at the documents |
//! | red | the goods are in question: quantity, mass, commodity, origin | inspect the goods |

mod catalogue;
mod commodity;
mod completeness;
mod dates;
mod facts;
mod finding;
mod mass;
mod movement;
mod party;
mod quantity;
mod report;
mod route;
mod terms;
mod value;
mod view;

#[cfg(test)]
mod tests;

pub use catalogue::{CheckRule, RuleId, Severity, Tolerance, Tolerances, UnknownRule};
pub use facts::{IssuerFact, OtherUse, PublicFacts};
pub use finding::{Finding, Side};
pub use report::{CHECK_VERSION, CheckedDocument, Counts, CrossCheckReport, NotEvaluated};

use super::source::SourceSet;
use crate::declaration::Kind;
use report::Evaluation;
use view::{Skip, View};

/// Evaluates every rule over the documents that are there.
///
/// `documents` holds the declaration of the kind among its sources; for an import, the export
/// declaration may be there too, to be compared with.
pub fn cross_check(
    kind: Kind,
    documents: &SourceSet,
    facts: &PublicFacts,
    tolerances: &Tolerances,
) -> CrossCheckReport {
    let view = View::new(kind, documents, facts, tolerances);
    let mut evaluated = Vec::new();
    let mut not_evaluated = Vec::new();
    for (rule, evaluate) in EVALUATORS {
        match evaluate(&view) {
            Ok(()) => evaluated.push(rule),
            Err(Skip(reason)) => not_evaluated.push(NotEvaluated { rule, reason }),
        }
    }
    let checked = documents.iter().map(|source| CheckedDocument {
        kind: source.kind(),
        document: source.id().document,
        version: source.id().version,
        fields_root: source.fields_root(),
    });
    Evaluation {
        kind,
        documents: checked.collect(),
        findings: view.into_findings(),
        evaluated,
        not_evaluated,
    }
    .report()
}

type Evaluate = fn(&View<'_>) -> Result<(), Skip>;

/// The rules in the order of evaluation. C2 comes last: it only names elements that no other rule
/// named.
const EVALUATORS: [(RuleId, Evaluate); RuleId::ALL.len()] = [
    (RuleId::C1, completeness::mandatory_elements),
    (RuleId::V1, value::invoice_arithmetic),
    (RuleId::V2, value::declared_charges),
    (RuleId::V3, value::currencies),
    (RuleId::V4, value::unit_prices),
    (RuleId::V5, value::declared_values),
    (RuleId::V8, value::insured_amount),
    (RuleId::Q1, quantity::packed),
    (RuleId::Q2, quantity::ordered),
    (RuleId::Q3, quantity::packages),
    (RuleId::W1, mass::net_within_gross),
    (RuleId::W2, mass::gross_everywhere),
    (RuleId::H1, commodity::codes),
    (RuleId::O1, commodity::origins),
    (RuleId::O2, commodity::departure),
    (RuleId::O3, commodity::certificate),
    (RuleId::P1, party::parties),
    (RuleId::T1, terms::delivery_terms),
    (RuleId::T2, terms::freight_payment),
    (RuleId::T3, terms::insurance),
    (RuleId::R1, route::voyage),
    (RuleId::R2, route::containers),
    (RuleId::D1, dates::course),
    (RuleId::N1, completeness::single_use),
    (RuleId::N2, completeness::mirror),
    (RuleId::C2, completeness::provenance),
];
