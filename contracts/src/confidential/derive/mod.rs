//! Declarations derived from documents.
//!
//! An ordered table of [`Rule`]s says for each element of the WCO data model where its value comes
//! from. A rule reads fields of the sources; what it read becomes the origin of the value. An
//! element that cannot be derived is listed as missing, with the reason and who could supply it:
//! two documents that contradict each other leave a gap, never a choice.
//!
//! [`derive_export`] and [`derive_import`] give the same bytes to everyone who has the same
//! documents and profile. [`check_provenance`] derives again and names each element that deviates;
//! [`provenance`] lists the origins with their values and has a digest that the ledger can hold.
//!
//! The map of elements and the shares of declarations that carry them follow the WCO Data Model 3.6
//! as customs authorities fill it; values follow [`super::valuation`].

mod check;
mod classify;
mod goods;
mod header;
pub(crate) mod item;
mod origin;
mod profile;
mod provenance;
mod rule;
mod shipment;
mod transport;

#[cfg(test)]
pub(crate) mod samples;
#[cfg(test)]
mod tests;

pub use check::{FieldCheck, FieldOutcome, ProvenanceCheck, check_provenance};
pub(crate) use origin::expand;
pub use profile::{DeclarantProfile, ExchangeRate, Lodged, OwnCosts, Procedure, Representation};
pub use provenance::{
    Provenance, ProvenanceEntry, ProvenanceError, ProvenanceOrigin, blinding, field_proofs,
    provenance,
};
pub use rule::{Duty, Rule};
pub(crate) use transport::destination_country;

use super::{
    gap::Gap,
    reader::{Read, Reader},
    source::SourceSet,
};
use crate::declaration::Kind;
use hansa_documents::{
    DocumentType::{self, CommercialInvoice, ExportDeclaration, ImportDeclaration, Waybill},
    document::{Declaration, DeclaredContent, DeclaredField, FieldOrigin, WcoPath},
    types::{DocRef, Number, Text},
};
use rule::{Context, Place, Value, places};

/// Version of the table of rules as a whole; a declaration names it.
pub const RULES_VERSION: u32 = 1;

const TABLES: [&[Rule]; 5] =
    [header::HEADER, transport::BORDER, shipment::SHIPMENT, transport::CARRIAGE, goods::GOODS];

/// All rules, in the order of the elements that they make.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    TABLES.into_iter().flatten()
}

/// The rule that a declared element names, if this version of the table has it.
pub fn rule_of(reference: &str) -> Option<&'static Rule> {
    rules().find(|rule| rule.reference() == reference)
}

/// The export declaration (UNTDID 1001 code 830) that the documents give.
pub fn derive_export(sources: &SourceSet, profile: &DeclarantProfile) -> Declaration {
    declaration(ExportDeclaration, sources, profile)
}

/// The import declaration (UNTDID 1001 code 929) that the documents give.
pub fn derive_import(sources: &SourceSet, profile: &DeclarantProfile) -> Declaration {
    declaration(ImportDeclaration, sources, profile)
}

/// The declaration of a kind that the documents give.
pub fn derive(kind: Kind, sources: &SourceSet, profile: &DeclarantProfile) -> Declaration {
    declaration(kind.document_type(), sources, profile)
}

fn declaration(kind: DocumentType, sources: &SourceSet, profile: &DeclarantProfile) -> Declaration {
    let used: Vec<_> = sources.iter().filter(|source| !source.kind().is_declaration()).collect();
    let references = used.iter().filter_map(|source| {
        let document = source.document()?;
        Some(DocRef {
            kind: source.kind(),
            number: document.number().clone(),
            issue_date: Some(document.issue_date()),
            document: Some(source.id().document),
            version: Some(source.id().version),
        })
    });
    let ucr = [CommercialInvoice, Waybill]
        .into_iter()
        .find_map(|kind| sources.get(kind)?.field("/ucr")?.parse().ok());
    Declaration {
        number: profile.number.clone(),
        issue_date: profile.day,
        ucr,
        declarant: profile.declarant.clone(),
        customs: profile.customs.clone(),
        rules_version: RULES_VERSION,
        sources: references.collect(),
        elements: derive_elements(kind, sources, Some(profile))
            .into_iter()
            .map(|derived| derived.declared(sources))
            .collect(),
        references: Vec::new(),
        notes: Vec::new(),
    }
}

/// An element with what its rule made of it.
pub(crate) struct Derived {
    pub(crate) element: String,
    pub(crate) rule: &'static Rule,
    pub(crate) value: Result<String, Gap>,
    reads: Vec<Read>,
    assumed_absent: bool,
}

impl Derived {
    fn declared(self, sources: &SourceSet) -> DeclaredField {
        let origins = self.origins(sources);
        let content = match self.value {
            Ok(value) => value_content(&value, origins, self.rule),
            Err(gap) => missing(&gap),
        };
        let element = WcoPath::parse(&self.element)
            .expect("the table's elements are names of the data model with counters from 1");
        DeclaredField { element, content }
    }

    /// The fields that the value comes from.
    fn origins(&self, sources: &SourceSet) -> Vec<FieldOrigin> {
        origin::origins(&self.reads, sources)
    }
}

fn value_content(value: &str, origins: Vec<FieldOrigin>, rule: &Rule) -> DeclaredContent {
    let number = Number::parse(&rule.reference()).expect("ids of rules are visible text");
    match Text::parse(value) {
        Ok(value) => DeclaredContent::Value { value, origins, rule: number },
        Err(_) => missing(&Gap::Arithmetic("the value is too long for a declared element")),
    }
}

fn missing(gap: &Gap) -> DeclaredContent {
    let reason: String = gap.to_string().chars().take(1000).collect();
    let text = |text: &str| Text::parse(text).ok();
    let unnamed = || Text::parse("unknown").expect("a word is text");
    DeclaredContent::Missing {
        reason: text(&reason).unwrap_or_else(unnamed),
        who: text(gap.supplier()).unwrap_or_else(unnamed),
    }
}

/// Runs the table. Without a profile, what only the declarant can state ends in [`Gap::NoProfile`].
pub(crate) fn derive_elements(
    kind: DocumentType,
    sources: &SourceSet,
    profile: Option<&DeclarantProfile>,
) -> Vec<Derived> {
    let reader = Reader::new(sources, profile);
    let items = item::group(&mut reader.fresh());
    let mut derived = Vec::new();
    for table in TABLES {
        let mut part: Vec<(usize, Derived)> = Vec::new();
        for rule in table {
            if rule.duty(kind) == Duty::Absent {
                continue;
            }
            let mut context =
                Context { kind, reader: reader.fresh(), items: &items, place: Place::default() };
            match places(rule.scope, &mut context) {
                Ok(places) => part.extend(places.into_iter().filter_map(|place| {
                    Some((place.item, apply(kind, rule, place, &reader, &items)?))
                })),
                Err(gap) => {
                    let failed = |_: &mut Context<'_>| -> Value { Err(gap.clone()) };
                    let element = run(kind, rule, Place::default(), &reader, &items, failed);
                    part.extend(element.map(|element| (0, element)));
                }
            }
        }
        // Rules of a table come in the order of the data model; items come one after the other.
        part.sort_by_key(|(item, _)| *item);
        derived.extend(part.into_iter().map(|(_, element)| element));
    }
    derived
}

fn apply(
    kind: DocumentType,
    rule: &'static Rule,
    place: Place,
    reader: &Reader<'_>,
    items: &Result<Vec<item::Item>, Gap>,
) -> Option<Derived> {
    run(kind, rule, place, reader, items, rule.derive)
}

/// Runs one rule at one place; nothing if the element does not apply there.
fn run(
    kind: DocumentType,
    rule: &'static Rule,
    place: Place,
    reader: &Reader<'_>,
    items: &Result<Vec<item::Item>, Gap>,
    derive: impl FnOnce(&mut Context<'_>) -> Value,
) -> Option<Derived> {
    let mut context = Context { kind, reader: reader.fresh(), items, place };
    let value = match (derive(&mut context), rule.duty(kind)) {
        (Ok(Some(value)), _) => Ok(value),
        (Ok(None), Duty::Mandatory) => Err(Gap::NoStatement("this element")),
        (Ok(None), _) => return None,
        // A conditional element is left out where nothing gives it, not where something is wrong.
        (
            Err(Gap::NoDocument(_) | Gap::NoField { .. } | Gap::NoStatement(_)),
            Duty::Conditional,
        ) => return None,
        (Err(gap), _) => Err(gap),
    };
    let assumed_absent = context.reader.assumed_absent();
    Some(Derived {
        element: rule.element_at(place),
        rule,
        value,
        reads: context.reader.reads(),
        assumed_absent,
    })
}
