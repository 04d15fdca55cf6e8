//! Customs' clearance notice (UNTDID 1001 code 132).

use crate::{
    problem::{Checker, Problem},
    types::{Date, DocRef, Instant, Number, Party, Text, value::code_list},
};
use hansa_primitives::Ucr;
use serde::{Deserialize, Serialize};

code_list! {
    /// What a response of customs says (WCO data model, response function).
    ResponseFunction, "function of a customs response";
    /// The declaration is accepted.
    Accepted = "01",
    /// The declaration is received.
    Received = "02",
    /// The declaration is rejected.
    Rejected = "03",
    /// The goods are selected for control.
    Control = "05",
    /// Documents are required.
    DocumentsRequired = "06",
    /// The goods are released.
    Released = "08",
    /// The goods are cleared.
    Cleared = "09",
    /// The declaration is invalidated.
    Invalidated = "10",
}

/// The notice by which customs tells its decision on goods.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClearanceNotice {
    /// The notice's number.
    pub number: Number,
    /// When it was issued.
    pub issue_date: Date,
    /// The consignment.
    pub ucr: Option<Ucr>,
    /// What it says.
    pub function: ResponseFunction,
    /// The declaration that it answers.
    pub declaration: DocRef,
    /// The number that customs gave the declaration (MRN).
    pub registration_number: Option<Number>,
    /// The authority.
    pub customs: Party,
    /// Who declared.
    pub declarant: Option<Party>,
    /// Whose goods they are.
    pub importer: Option<Party>,
    /// When it was decided.
    pub decided: Instant,
    /// Under which conditions.
    #[serde(default)]
    pub conditions: Vec<Text>,
    /// Other documents.
    #[serde(default)]
    pub references: Vec<DocRef>,
    /// Remarks.
    #[serde(default)]
    pub notes: Vec<Text>,
}

impl ClearanceNotice {
    /// What is wrong with the notice in itself.
    pub fn validate(&self) -> Vec<Problem> {
        let mut checker = Checker::default();
        if !self.declaration.kind.is_declaration() {
            checker.add(Problem::Contradiction {
                path: "/declaration/type".to_owned(),
                message: format!("a {} is no declaration", self.declaration.kind),
            });
        }
        checker.finish()
    }
}
