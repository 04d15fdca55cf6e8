//! Reads fields for a rule and remembers which.
//!
//! What a rule read is the origin of the value that it made: no rule states its origins by hand.

use super::{derive::DeclarantProfile, gap::Gap, source::SourceSet};
use hansa_documents::{
    DocumentType,
    types::{Amount, parse_decimal},
};
use rust_decimal::Decimal;
use std::collections::BTreeSet;

/// A field that a rule read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Read {
    pub(crate) kind: DocumentType,
    pub(crate) path: String,
}

/// The sources and profile as one rule sees them.
#[derive(Clone)]
pub(crate) struct Reader<'a> {
    sources: &'a SourceSet,
    profile: Option<&'a DeclarantProfile>,
    reads: Vec<Read>,
    seen: BTreeSet<(DocumentType, String)>,
    assumed_absent: bool,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(sources: &'a SourceSet, profile: Option<&'a DeclarantProfile>) -> Self {
        Self { sources, profile, reads: Vec::new(), seen: BTreeSet::new(), assumed_absent: false }
    }

    /// A reader of the same things that has read nothing yet.
    pub(crate) fn fresh(&self) -> Self {
        Self::new(self.sources, self.profile)
    }

    /// What was read, each field once, in the order of first reading.
    pub(crate) fn reads(self) -> Vec<Read> {
        self.reads
    }

    /// Whether a field or list element of a partly disclosed document was taken not to exist.
    pub(crate) fn assumed_absent(&self) -> bool {
        self.assumed_absent
    }

    pub(crate) fn sources(&self) -> &'a SourceSet {
        self.sources
    }

    pub(crate) fn profile(&self) -> Result<&'a DeclarantProfile, Gap> {
        self.profile.ok_or(Gap::NoProfile)
    }

    pub(crate) fn has(&self, kind: DocumentType) -> bool {
        self.sources.get(kind).is_some()
    }

    pub(crate) fn count(&mut self, kind: DocumentType, list: &str) -> usize {
        let Some(source) = self.sources.get(kind) else { return 0 };
        self.assumed_absent |= !source.knows(list);
        source.count(list)
    }

    /// The field's value if the document is there and has it.
    pub(crate) fn find(&mut self, kind: DocumentType, path: &str) -> Option<&'a str> {
        let source = self.sources.get(kind)?;
        let Some(value) = source.field(path) else {
            self.assumed_absent |= !source.knows(path);
            return None;
        };
        if self.seen.insert((kind, path.to_owned())) {
            self.reads.push(Read { kind, path: path.to_owned() });
        }
        Some(value)
    }

    pub(crate) fn text(&mut self, kind: DocumentType, path: &str) -> Result<&'a str, Gap> {
        if !self.has(kind) {
            return Err(Gap::NoDocument(kind));
        }
        self.find(kind, path).ok_or_else(|| Gap::NoField { kind, path: path.to_owned() })
    }

    pub(crate) fn find_decimal(
        &mut self,
        kind: DocumentType,
        path: &str,
    ) -> Result<Option<Decimal>, Gap> {
        let unreadable = |value: &str| Gap::Unreadable {
            kind,
            path: path.to_owned(),
            value: value.to_owned(),
            expected: "a decimal number",
        };
        self.find(kind, path)
            .map(|value| parse_decimal(value).map_err(|_| unreadable(value)))
            .transpose()
    }

    pub(crate) fn decimal(&mut self, kind: DocumentType, path: &str) -> Result<Decimal, Gap> {
        self.text(kind, path)?;
        self.find_decimal(kind, path)?.ok_or_else(|| Gap::NoField { kind, path: path.to_owned() })
    }

    pub(crate) fn find_amount(
        &mut self,
        kind: DocumentType,
        path: &str,
    ) -> Result<Option<Amount>, Gap> {
        let value_path = format!("{path}/value");
        let currency_path = format!("{path}/currency");
        let Some(value) = self.find(kind, &value_path) else { return Ok(None) };
        let currency = self.text(kind, &currency_path)?;
        let amount = Amount::parse(value, currency).map_err(|_| Gap::Unreadable {
            kind,
            path: path.to_owned(),
            value: format!("{value} {currency}"),
            expected: "an amount of money",
        })?;
        Ok(Some(amount))
    }

    pub(crate) fn amount(&mut self, kind: DocumentType, path: &str) -> Result<Amount, Gap> {
        self.text(kind, &format!("{path}/value"))?;
        self.find_amount(kind, path)?.ok_or_else(|| Gap::NoField { kind, path: path.to_owned() })
    }
}
