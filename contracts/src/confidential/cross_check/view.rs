//! What a rule sees, and how it tells what it found.

use super::{
    catalogue::{RuleId, Severity, Tolerance, Tolerances},
    facts::PublicFacts,
    finding::{Finding, Side},
};
use crate::{
    confidential::{
        derive::item::{Item, group},
        measure::Measure,
        pointer::wco_pointer,
        reader::Reader,
        source::{Source, SourceSet},
    },
    declaration::Kind,
};
use hansa_documents::{
    Document, DocumentType,
    document::{Declaration, DeclaredField},
    types::{Date, parse_decimal},
};
use rust_decimal::Decimal;
use std::cell::RefCell;

/// Why a rule could not be evaluated.
pub(super) struct Skip(pub(super) String);

/// The documents, the facts, and the findings so far.
pub(super) struct View<'a> {
    pub(super) kind: Kind,
    pub(super) sources: &'a SourceSet,
    pub(super) facts: &'a PublicFacts,
    tolerances: &'a Tolerances,
    findings: RefCell<Vec<Finding>>,
}

impl<'a> View<'a> {
    pub(super) fn new(
        kind: Kind,
        sources: &'a SourceSet,
        facts: &'a PublicFacts,
        tolerances: &'a Tolerances,
    ) -> Self {
        Self { kind, sources, facts, tolerances, findings: RefCell::default() }
    }

    pub(super) fn into_findings(self) -> Vec<Finding> {
        self.findings.into_inner()
    }

    /// Whether a finding already names this element.
    pub(super) fn is_named(&self, element: &str) -> bool {
        self.findings.borrow().iter().any(|finding| finding.element == element)
    }

    pub(super) fn source(&self, kind: DocumentType) -> Result<&'a Source, Skip> {
        self.sources.get(kind).ok_or_else(|| Skip(format!("there is no {}", name(kind))))
    }

    /// The declaration that is checked.
    pub(super) fn declaration(&self) -> Result<&'a Declaration, Skip> {
        self.declaration_of(self.kind)
    }

    pub(super) fn declaration_of(&self, kind: Kind) -> Result<&'a Declaration, Skip> {
        match self.source(kind.document_type())?.document() {
            Some(Document::ExportDeclaration(it) | Document::ImportDeclaration(it)) => Ok(it),
            _ => Err(Skip("the declaration is not known whole".to_owned())),
        }
    }

    /// A declared element with its value.
    pub(super) fn declared(&self, element: &str) -> Option<Side> {
        let value = self.declaration().ok()?.value(element)?;
        Some(self.declared_side(self.kind, element, value))
    }

    pub(super) fn declared_side(&self, kind: Kind, element: &str, value: &str) -> Side {
        let kind = kind.document_type();
        match self.sources.get(kind) {
            Some(source) => Side::of(kind, source.id(), element, value),
            None => Side::computed(element, value),
        }
    }

    /// All declared elements whose path, counters aside, ends so.
    pub(super) fn declared_ending(&self, ending: &str) -> Vec<(&'a DeclaredField, Side)> {
        let Ok(declaration) = self.declaration() else { return Vec::new() };
        let fields = declaration.elements.iter();
        let matching = fields.filter(|field| bare(field.element.as_str()).ends_with(ending));
        matching
            .filter_map(|field| {
                let side = self.declared_side(self.kind, field.element.as_str(), field.value()?);
                Some((field, side))
            })
            .collect()
    }

    /// A field of a document, if both are there.
    pub(super) fn field(&self, kind: DocumentType, path: &str) -> Option<Side> {
        let source = self.sources.get(kind)?;
        Some(Side::of(kind, source.id(), path, source.field(path)?))
    }

    pub(super) fn need(&self, kind: DocumentType, path: &str) -> Result<Side, Skip> {
        self.source(kind)?;
        self.field(kind, path)
            .ok_or_else(|| Skip(format!("the {} does not state {path}", name(kind))))
    }

    pub(super) fn text(&self, kind: DocumentType, path: &str) -> Option<&'a str> {
        self.sources.get(kind)?.field(path)
    }

    pub(super) fn decimal(&self, kind: DocumentType, path: &str) -> Option<Decimal> {
        parse_decimal(self.text(kind, path)?).ok()
    }

    pub(super) fn date(&self, kind: DocumentType, path: &str) -> Option<Date> {
        Date::parse(self.text(kind, path)?.get(..10)?).ok()
    }

    pub(super) fn count(&self, kind: DocumentType, list: &str) -> usize {
        self.sources.get(kind).map_or(0, |source| source.count(list))
    }

    pub(super) fn reader(&self) -> Reader<'a> {
        Reader::new(self.sources, None)
    }

    /// The goods items of the invoice.
    pub(super) fn items(&self) -> Result<Vec<Item>, Skip> {
        group(&mut self.reader()).map_err(|gap| Skip(gap.to_string()))
    }

    pub(super) fn tolerance(&self, rule: RuleId) -> Tolerance {
        self.tolerances.of(rule)
    }

    /// Records a finding of the rule's own severity.
    pub(super) fn find(
        &self,
        rule: RuleId,
        element: &str,
        left: Side,
        right: Side,
        sentence: String,
    ) {
        self.find_as(rule, rule.rule().severity, element, left, right, sentence);
    }

    /// Records a finding.
    pub(super) fn find_as(
        &self,
        rule: RuleId,
        severity: Severity,
        element: &str,
        left: Side,
        right: Side,
        sentence: String,
    ) {
        let finding = Finding {
            rule,
            severity,
            pointer: wco_pointer(element),
            element: element.to_owned(),
            delta: None,
            left,
            right,
            tolerance: self.tolerance(rule).to_string(),
            sentence,
        };
        self.record(finding);
    }

    fn record(&self, finding: Finding) {
        let mut findings = self.findings.borrow_mut();
        if !findings.contains(&finding) {
            findings.push(finding);
        }
    }

    /// Records that two numbers differ.
    fn differ(
        &self,
        rule: RuleId,
        severity: Severity,
        element: &str,
        what: &str,
        sides: [Side; 2],
    ) {
        let [left, right] = sides;
        let delta = delta(&left.value, &right.value);
        let mut sentence = contradiction(what, &left, &right);
        if let Some(delta) = &delta {
            sentence.push_str(&format!(" (difference {delta})"));
        }
        let (pointer, element) = (wco_pointer(element), element.to_owned());
        let tolerance = self.tolerance(rule).to_string();
        self.record(Finding {
            rule,
            severity,
            pointer,
            element,
            left,
            right,
            delta,
            tolerance,
            sentence,
        });
    }

    /// Finds texts that differ.
    pub(super) fn same(&self, rule: RuleId, element: &str, what: &str, left: Side, right: Side) {
        if left.value != right.value {
            let sentence = contradiction(what, &left, &right);
            self.find(rule, element, left, right, sentence);
        }
    }

    /// Finds numbers, with units or without, that differ by more than the rule's tolerance.
    pub(super) fn close(&self, rule: RuleId, element: &str, what: &str, left: Side, right: Side) {
        let severity = match difference(&left.value, &right.value, self.tolerance(rule)) {
            Difference::Within => return,
            Difference::Noted => Severity::Note,
            Difference::Beyond => rule.rule().severity,
        };
        self.differ(rule, severity, element, what, [left, right]);
    }

    /// Finds numbers that differ at all.
    pub(super) fn equal(&self, rule: RuleId, element: &str, what: &str, left: Side, right: Side) {
        if difference(&left.value, &right.value, Tolerance::NONE) != Difference::Within {
            self.differ(rule, rule.rule().severity, element, what, [left, right]);
        }
    }
}

/// The element of an item.
pub(super) fn of_item(item: usize, rest: &str) -> String {
    format!("GoodsShipment/GovernmentAgencyGoodsItem[{}]/{rest}", item + 1)
}

/// A path without counters.
pub(super) fn bare(path: &str) -> String {
    let bare = path.split('/').map(|segment| segment.split('[').next().unwrap_or_default());
    bare.collect::<Vec<_>>().join("/")
}

/// The document type in words.
pub(super) fn name(kind: DocumentType) -> String {
    kind.name().replace('-', " ")
}

fn contradiction(what: &str, left: &Side, right: &Side) -> String {
    let shown = |side: &Side| side.value.chars().take(80).collect::<String>();
    format!("{what}: {} states {}, {} {}", left.name(), shown(left), right.name(), shown(right))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Difference {
    Within,
    Noted,
    Beyond,
}

fn number(text: &str) -> Option<(Decimal, Option<String>)> {
    match Measure::parse(text) {
        Some(measure) => Some((measure.value, Some(measure.unit))),
        None => parse_decimal(text).ok().map(|value| (value, None)),
    }
}

fn difference(left: &str, right: &str, tolerance: Tolerance) -> Difference {
    let (Some((one, unit)), Some((other, other_unit))) = (number(left), number(right)) else {
        return if left == right { Difference::Within } else { Difference::Beyond };
    };
    if unit.is_some() && other_unit.is_some() && unit != other_unit {
        return Difference::Beyond;
    }
    let Some(gap) = one.checked_sub(other).map(|gap| gap.abs()) else { return Difference::Beyond };
    if gap.is_zero() {
        return Difference::Within;
    }
    let share = |permille: u32| {
        one.abs().max(other.abs()).checked_mul(Decimal::new(i64::from(permille), 3))
    };
    let allowed = share(tolerance.permille).unwrap_or_default();
    if gap > allowed && gap > Decimal::from(tolerance.units) {
        Difference::Beyond
    } else if tolerance.note_permille > 0
        && gap > share(tolerance.note_permille).unwrap_or_default()
    {
        Difference::Noted
    } else {
        Difference::Within
    }
}

/// The difference of two numbers.
fn delta(left: &str, right: &str) -> Option<String> {
    let ((one, unit), (other, other_unit)) = (number(left)?, number(right)?);
    if unit.is_some() && other_unit.is_some() && unit != other_unit {
        return None;
    }
    let value = one.checked_sub(other)?;
    if value.is_zero() {
        return None;
    }
    Some(match unit.or(other_unit) {
        Some(unit) => Measure { value, unit }.to_string(),
        None => value.normalize().to_string(),
    })
}
