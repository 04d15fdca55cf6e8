//! The story of declared values, for people: which rule made them, from which fields of which
//! documents.

use super::{
    derive::{Duty, expand, rule_of, rules},
    pointer::wco_pointer,
    source::{SourceId, SourceSet},
};
use hansa_documents::{
    DocumentType,
    commitment::FieldProof,
    document::{Declaration, DeclaredContent, DeclaredField, FieldOrigin},
};
use hansa_primitives::{DocumentId, Version};
use serde::Serialize;

/// The explanation of a declaration or of some of its elements.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// The declaration's reference number.
    pub number: String,
    /// Version of the rules.
    pub rules_version: u32,
    /// How many in a thousand elements hold a value.
    pub completeness_permille: u16,
    /// The elements asked for.
    pub fields: Vec<ExplainedField>,
}

/// The explanation of one element.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ExplainedField {
    /// The element's path in the WCO data model.
    pub element: String,
    /// Its WCO pointer.
    pub pointer: String,
    /// What it holds and why.
    pub story: Story,
}

/// What an element holds and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "story")]
pub enum Story {
    /// A value.
    Value {
        /// The value.
        value: String,
        /// The rule's id and version.
        rule: String,
        /// Where the rule takes values from; nothing if this software does not know the rule.
        sources: Option<&'static str>,
        /// What it makes of them.
        transformation: Option<&'static str>,
        /// The fields that it took this value from.
        origins: Vec<ExplainedOrigin>,
    },
    /// Nothing.
    Missing {
        /// Why.
        reason: String,
        /// Who could supply it.
        who: String,
        /// Where the value would come from.
        sources: Option<&'static str>,
    },
}

/// A field that a value comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ExplainedOrigin {
    /// What kind of document; nothing if it is not at hand.
    pub kind: Option<DocumentType>,
    /// The document's number.
    pub number: Option<String>,
    /// The document.
    pub document: DocumentId,
    /// Its version.
    pub version: Version,
    /// The field's path.
    pub path: String,
    /// The field's value; nothing if it is not at hand.
    pub value: Option<String>,
    /// The Merkle path from the field to the root that its document's registration committed to;
    /// nothing if the field is not at hand. It convinces whoever knows the ledger, without the
    /// document.
    pub proof: Option<Box<FieldProof>>,
}

impl Explanation {
    /// Puts proofs beside the fields that they are for.
    pub fn attach(&mut self, proofs: &[FieldProof]) {
        for field in &mut self.fields {
            let Story::Value { origins, .. } = &mut field.story else { continue };
            for origin in origins {
                let proof = proofs.iter().find(|proof| {
                    (proof.document, proof.version, &proof.path)
                        == (origin.document, origin.version, &origin.path)
                });
                origin.proof = proof.cloned().map(Box::new);
            }
        }
    }
}

/// Explains a declaration.
///
/// `wanted` chooses elements: a path, the end of a path, or a WCO pointer, with or without
/// counters. Without it every element is explained.
pub fn explain(
    declaration: &Declaration,
    sources: &SourceSet,
    wanted: Option<&str>,
) -> Explanation {
    let chosen = declaration
        .elements
        .iter()
        .filter(|field| wanted.is_none_or(|wanted| matches(field.element.as_str(), wanted)));
    Explanation {
        number: declaration.number.to_string(),
        rules_version: declaration.rules_version,
        completeness_permille: declaration.completeness_permille(),
        fields: chosen.map(|field| explained(field, declaration, sources)).collect(),
    }
}

/// Whether an element is the one that a person asks for.
fn matches(element: &str, wanted: &str) -> bool {
    let wanted = wanted.trim_start_matches('/').to_ascii_lowercase();
    [element.to_owned(), wco_pointer(element)].into_iter().any(|name| {
        let name = name.to_ascii_lowercase();
        let bare = without_counters(&name);
        [name, bare].into_iter().any(|name| {
            name == wanted || name.strip_suffix(&wanted).is_some_and(|rest| rest.ends_with('/'))
        })
    })
}

fn without_counters(path: &str) -> String {
    let bare = path.split('/').map(|segment| segment.split('[').next().unwrap_or_default());
    bare.collect::<Vec<_>>().join("/")
}

fn explained(
    field: &DeclaredField,
    declaration: &Declaration,
    sources: &SourceSet,
) -> ExplainedField {
    let element = field.element.to_string();
    let story = match &field.content {
        DeclaredContent::Value { value, origins, rule } => {
            let known = rule_of(rule.as_str());
            Story::Value {
                value: value.to_string(),
                rule: rule.to_string(),
                sources: known.map(|rule| rule.sources),
                transformation: known.map(|rule| rule.transformation),
                origins: origins
                    .iter()
                    .flat_map(|origin| explained_origins(origin, declaration, sources))
                    .collect(),
            }
        }
        DeclaredContent::Missing { reason, who } => Story::Missing {
            reason: reason.to_string(),
            who: who.to_string(),
            sources: rules()
                .find(|rule| {
                    let duties = [rule.export, rule.import];
                    duties.iter().any(|duty| *duty != Duty::Absent)
                        && without_counters(rule.element) == without_counters(&element)
                })
                .map(|rule| rule.sources),
        },
    };
    ExplainedField { pointer: wco_pointer(&element), element, story }
}

/// The fields that one listed origin stands for; if they are not at hand, the origin as listed.
fn explained_origins(
    origin: &FieldOrigin,
    declaration: &Declaration,
    sources: &SourceSet,
) -> Vec<ExplainedOrigin> {
    let listed = declaration.sources.iter().find(|source| {
        source.document == Some(origin.document) && source.version == Some(origin.version)
    });
    let source = sources.by_id(SourceId { document: origin.document, version: origin.version });
    let explained = |path: &str, value: Option<&str>| ExplainedOrigin {
        kind: listed.map(|listed| listed.kind).or(source.map(|source| source.kind())),
        number: listed.map(|listed| listed.number.to_string()),
        document: origin.document,
        version: origin.version,
        path: path.to_owned(),
        value: value.map(str::to_owned),
        proof: None,
    };
    let fields = source.into_iter().flat_map(|source| expand(source, origin.path.as_str()));
    let found: Vec<_> = fields.map(|(path, value)| explained(path, Some(value))).collect();
    if found.is_empty() { vec![explained(origin.path.as_str(), None)] } else { found }
}
