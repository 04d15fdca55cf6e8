//! Goods declarations for export and import (UNTDID 1001 codes 830 and 929).
//!
//! A declaration is derived from other documents by the contracts. Each declared element names the
//! fields that its value comes from and the rule that made it, so that anyone who may read the
//! sources can derive it again and check each source field against the ledger's commitments. What
//! could not be derived is listed as missing, never filled in.

use crate::{
    problem::{Checker, Problem},
    types::{Date, DocRef, InvalidValue, Number, Party, Text, value::text_forms},
};
use hansa_primitives::{DocumentId, MemberId, Ucr, Version};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeSet, fmt};

/// A goods declaration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Declaration {
    /// The declarant's local reference number (LRN).
    pub number: Number,
    /// The day that it was derived on.
    pub issue_date: Date,
    /// The consignment.
    pub ucr: Option<Ucr>,
    /// Who declares.
    pub declarant: Party,
    /// The customs authority that it is for.
    pub customs: MemberId,
    /// Version of the rules that derived it.
    pub rules_version: u32,
    /// The documents that it was derived from.
    pub sources: Vec<DocRef>,
    /// Every element, in the order of the WCO data model.
    pub elements: Vec<DeclaredField>,
    /// Other documents.
    #[serde(default)]
    pub references: Vec<DocRef>,
    /// Remarks.
    #[serde(default)]
    pub notes: Vec<Text>,
}

/// One element of a declaration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeclaredField {
    /// Which element.
    pub element: WcoPath,
    /// What it holds, or why it holds nothing.
    pub content: DeclaredContent,
}

/// What an element of a declaration holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum DeclaredContent {
    /// A value with its origin.
    Value {
        /// The value in canonical text.
        value: Text,
        /// The fields that it comes from; none for a constant or a value of the declarant's own.
        #[serde(default)]
        origins: Vec<FieldOrigin>,
        /// The rule that made it.
        rule: Number,
    },
    /// No document gives it.
    Missing {
        /// Why not.
        reason: Text,
        /// Who could supply it.
        who: Text,
    },
}

/// A field of a document on the ledger.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FieldOrigin {
    /// The document.
    pub document: DocumentId,
    /// Its version.
    pub version: Version,
    /// The field's path, as [`crate::fields::Field::path`] gives it.
    pub path: Text,
}

/// The path of an element in the WCO data model, from `Declaration` down:
/// `GoodsShipment/GovernmentAgencyGoodsItem[1]/Commodity/Classification/ID`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WcoPath(String);

impl WcoPath {
    /// Reads a path.
    ///
    /// # Errors
    /// [`InvalidValue`] unless it is class names, each with an optional number from 1 in brackets.
    pub fn parse(text: &str) -> Result<Self, InvalidValue> {
        let well_formed = text.len() <= 200 && text.split('/').all(is_segment);
        if !well_formed {
            let rule = "names of the WCO data model joined by `/` are expected";
            return Err(InvalidValue::new("a WCO path", text, rule));
        }
        Ok(Self(text.to_owned()))
    }

    /// The path.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_segment(segment: &str) -> bool {
    let (name, index) = match segment.split_once('[') {
        Some((name, rest)) => (name, rest.strip_suffix(']')),
        None => (segment, Some("1")),
    };
    let named = name.starts_with(|first: char| first.is_ascii_uppercase())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let numbered = index.is_some_and(|digits| {
        !digits.starts_with('0')
            && (1..=5).contains(&digits.len())
            && digits.bytes().all(|byte| byte.is_ascii_digit())
    });
    named && numbered
}

impl fmt::Display for WcoPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

text_forms!(WcoPath);

impl DeclaredField {
    /// The value, if there is one.
    pub fn value(&self) -> Option<&str> {
        match &self.content {
            DeclaredContent::Value { value, .. } => Some(value.as_str()),
            DeclaredContent::Missing { .. } => None,
        }
    }

    /// The fields that the value comes from.
    pub fn origins(&self) -> &[FieldOrigin] {
        match &self.content {
            DeclaredContent::Value { origins, .. } => origins,
            DeclaredContent::Missing { .. } => &[],
        }
    }
}

impl Declaration {
    /// The element at a path.
    pub fn element(&self, path: &str) -> Option<&DeclaredField> {
        self.elements.iter().find(|field| field.element.as_str() == path)
    }

    /// The value at a path.
    pub fn value(&self, path: &str) -> Option<&str> {
        self.element(path)?.value()
    }

    /// The elements that hold nothing.
    pub fn missing(&self) -> impl Iterator<Item = &DeclaredField> {
        self.elements.iter().filter(|field| field.value().is_none())
    }

    /// How many in a thousand elements hold a value, rounded down; 0 for a declaration without
    /// elements.
    pub fn completeness_permille(&self) -> u16 {
        let filled = self.elements.len() - self.missing().count();
        let permille = (filled * 1000).checked_div(self.elements.len()).unwrap_or(0);
        permille as u16
    }

    /// The number of goods items that the elements speak of.
    pub fn item_count(&self) -> usize {
        let prefix = "GoodsShipment/GovernmentAgencyGoodsItem[";
        let index = |field: &DeclaredField| {
            let rest = field.element.as_str().strip_prefix(prefix)?;
            rest.split(']').next()?.parse::<usize>().ok()
        };
        self.elements.iter().filter_map(index).max().unwrap_or(0)
    }

    /// What is wrong with the declaration in itself.
    pub fn validate(&self) -> Vec<Problem> {
        let mut checker = Checker::default();
        checker.require_some("/elements", "an element", &self.elements);
        checker.require_some("/sources", "a source document", &self.sources);
        let mut seen = BTreeSet::new();
        let sources: BTreeSet<_> =
            self.sources.iter().filter_map(|source| source.document.zip(source.version)).collect();
        for (index, field) in self.elements.iter().enumerate() {
            let path = format!("/elements/{index}");
            if !seen.insert(&field.element) {
                let number = field.element.to_string();
                checker.add(Problem::Duplicate { path: path.clone(), number });
            }
            for origin in field.origins() {
                if !sources.contains(&(origin.document, origin.version)) {
                    checker.add(Problem::Contradiction {
                        path: path.clone(),
                        message: format!("document {} is not among the sources", origin.document),
                    });
                }
            }
        }
        checker.finish()
    }
}
