//! Checks a declaration against its sources, element by element.

use super::{DeclarantProfile, Derived, RULES_VERSION, derive_elements, origin::expand, rule_of};
use crate::{
    confidential::{
        gap::Gap,
        pointer::wco_pointer,
        source::{SourceId, SourceSet},
    },
    declaration::Kind,
};
use hansa_documents::{
    DocumentType,
    document::{Declaration, DeclaredContent, DeclaredField, FieldOrigin},
};
use serde::Serialize;
use std::collections::BTreeMap;

/// What a check of a declaration's provenance found, element by element.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ProvenanceCheck {
    /// Version of the rules that the declaration names.
    pub rules_version: u32,
    /// Every element, in the declaration's order; then those that it lacks.
    pub fields: Vec<FieldCheck>,
}

/// What the check found for one element.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FieldCheck {
    /// The element.
    pub element: String,
    /// Its WCO pointer.
    pub pointer: String,
    /// What is declared.
    pub declared: Option<String>,
    /// What the rule makes of the sources.
    pub derived: Option<String>,
    /// What that means.
    pub outcome: FieldOutcome,
}

/// What the check of one element means.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "outcome")]
pub enum FieldOutcome {
    /// The rule gives the declared value from the named fields.
    Confirmed,
    /// It does from the disclosed fields; what is not disclosed could change it.
    ConfirmedAsDisclosed,
    /// The declarant's own statement, which no document could confirm or refute.
    Stated,
    /// Missing, as it must be: the sources do not give it.
    Missing,
    /// The rule gives another value.
    ValueDeviates,
    /// The value is right, but the named fields or the named rule are not those that give it.
    OriginDeviates,
    /// The declaration leaves out what the sources give.
    Withheld,
    /// The declaration states what no rule gives from the sources.
    Unfounded {
        /// Why no rule gives it.
        reason: String,
    },
    /// Fields that the value comes from are not at hand.
    NotProven {
        /// Their paths.
        paths: Vec<String>,
    },
}

impl FieldOutcome {
    /// Whether the declaration is at fault, as far as this element goes.
    pub fn is_deviation(&self) -> bool {
        matches!(
            self,
            Self::ValueDeviates | Self::OriginDeviates | Self::Withheld | Self::Unfounded { .. }
        )
    }
}

impl ProvenanceCheck {
    /// The elements at which the declaration deviates from its sources.
    pub fn deviations(&self) -> impl Iterator<Item = &FieldCheck> {
        self.fields.iter().filter(|field| field.outcome.is_deviation())
    }

    /// Whether every element is confirmed, honestly missing, or the declarant's own statement.
    pub fn holds(&self) -> bool {
        self.fields.iter().all(|field| {
            matches!(
                field.outcome,
                FieldOutcome::Confirmed | FieldOutcome::Stated | FieldOutcome::Missing
            )
        })
    }
}

/// Derives every element again from the sources and compares.
///
/// The sources' constructors have proven their fields against the roots that the ledger registered.
/// With the declarant's profile its own statements are compared too; without, they are only checked
/// against the declaration's head and counted as stated.
pub fn check_provenance(
    kind: Kind,
    declaration: &Declaration,
    sources: &SourceSet,
    profile: Option<&DeclarantProfile>,
) -> ProvenanceCheck {
    let kind = kind.document_type();
    let mut derived: BTreeMap<String, Derived> = derive_elements(kind, sources, profile)
        .into_iter()
        .map(|derived| (derived.element.clone(), derived))
        .collect();
    let known_rules = declaration.rules_version == RULES_VERSION;
    let mut fields: Vec<FieldCheck> = declaration
        .elements
        .iter()
        .map(|field| {
            let own = derived.remove(field.element.as_str());
            let outcome = if known_rules {
                outcome(kind, declaration, field, own.as_ref(), sources)
            } else {
                let version = declaration.rules_version;
                FieldOutcome::Unfounded { reason: format!("rules version {version} is not known") }
            };
            let value = own.and_then(|own| own.value.ok());
            field_check(field.element.as_str(), field.value(), value, outcome)
        })
        .collect();
    // What is left was derived, but not declared. A repeated element would be left out silently
    // above: the second one finds nothing derived and counts as unfounded.
    fields.extend(derived.into_values().filter_map(|own| {
        let mandatory = own.rule.duty(kind) == super::Duty::Mandatory;
        match &own.value {
            Ok(value) => {
                let withheld = FieldOutcome::Withheld;
                Some(field_check(&own.element, None, Some(value.clone()), withheld))
            }
            Err(_) if mandatory => {
                Some(field_check(&own.element, None, None, FieldOutcome::Withheld))
            }
            Err(_) => None,
        }
    }));
    ProvenanceCheck { rules_version: declaration.rules_version, fields }
}

fn field_check(
    element: &str,
    declared: Option<&str>,
    derived: Option<String>,
    outcome: FieldOutcome,
) -> FieldCheck {
    FieldCheck {
        element: element.to_owned(),
        pointer: wco_pointer(element),
        declared: declared.map(str::to_owned),
        derived,
        outcome,
    }
}

fn outcome(
    kind: DocumentType,
    declaration: &Declaration,
    field: &DeclaredField,
    own: Option<&Derived>,
    sources: &SourceSet,
) -> FieldOutcome {
    let DeclaredContent::Value { value, origins, rule } = &field.content else {
        return match own.map(|own| &own.value) {
            Some(Ok(_)) => FieldOutcome::Withheld,
            _ => FieldOutcome::Missing,
        };
    };
    let unproven = unproven(origins, sources);
    match own.map(|own| (own, &own.value)) {
        Some((own, Ok(derived))) => {
            let same_rule = own.rule.reference() == rule.as_str();
            if !unproven.is_empty() {
                FieldOutcome::NotProven { paths: unproven }
            } else if derived != value.as_str() {
                FieldOutcome::ValueDeviates
            } else if !same_rule || own.origins(sources) != *origins {
                FieldOutcome::OriginDeviates
            } else if own.assumed_absent {
                FieldOutcome::ConfirmedAsDisclosed
            } else {
                FieldOutcome::Confirmed
            }
        }
        Some((own, Err(Gap::NoProfile))) => {
            if own.rule.reference() != rule.as_str() {
                return FieldOutcome::OriginDeviates;
            }
            stated(kind, declaration, field, value.as_str())
        }
        _ if !unproven.is_empty() => FieldOutcome::NotProven { paths: unproven },
        Some((_, Err(gap))) => FieldOutcome::Unfounded { reason: gap.to_string() },
        None if repeats_a_statement(field, rule.as_str()) => FieldOutcome::Stated,
        None => FieldOutcome::Unfounded { reason: "no rule gives this element".to_owned() },
    }
}

/// Paths that an element names and that are not at hand.
fn unproven(origins: &[FieldOrigin], sources: &SourceSet) -> Vec<String> {
    let is_unproven = |origin: &&FieldOrigin| {
        let id = SourceId { document: origin.document, version: origin.version };
        match sources.by_id(id) {
            Some(source) => {
                let path = origin.path.as_str();
                expand(source, path).next().is_none() && !source.knows(path)
            }
            None => true,
        }
    };
    origins.iter().filter(is_unproven).map(|origin| origin.path.to_string()).collect()
}

/// Compares the declarant's own statement with what the declaration says elsewhere.
fn stated(
    kind: DocumentType,
    declaration: &Declaration,
    field: &DeclaredField,
    value: &str,
) -> FieldOutcome {
    let declarant = &declaration.declarant;
    let expected = match field.element.as_str() {
        "FunctionalReferenceID" => Some(declaration.number.to_string()),
        "Declarant/Name" | "Agent/Name" => Some(declarant.name.to_string()),
        "Declarant/ID" | "Agent/ID" => super::shipment::party_id_of(declarant),
        "TypeCode" => {
            let side = if kind == DocumentType::ImportDeclaration { "IM" } else { "EX" };
            let known = value == format!("{side}A") || value == format!("{side}D");
            Some(if known { value.to_owned() } else { format!("{side}A or {side}D") })
        }
        "Agent/FunctionCode" => {
            let known = matches!(value, "2" | "3");
            Some(if known { value.to_owned() } else { "2 or 3".to_owned() })
        }
        _ => None,
    };
    match expected {
        Some(expected) if expected != value => FieldOutcome::ValueDeviates,
        _ => FieldOutcome::Stated,
    }
}

/// Whether the element is a further one of a list that only the declarant can state the length of.
fn repeats_a_statement(field: &DeclaredField, reference: &str) -> bool {
    let Some(rule) = rule_of(reference) else { return false };
    rule.scope == super::rule::Scope::Taxes && same_shape(rule.element, field.element.as_str())
}

/// Whether an element is an instance of a rule's element.
fn same_shape(pattern: &str, element: &str) -> bool {
    let name = |segment: &str| segment.split('[').next().unwrap_or_default().to_owned();
    pattern.split('/').map(name).eq(element.split('/').map(name))
}
