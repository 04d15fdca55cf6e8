//! What a derivation rule is, and how a rule becomes declared elements.

use super::{item::Item, shipment, transport};
use crate::confidential::{gap::Gap, reader::Reader};
use hansa_documents::DocumentType;

/// Whether declarations of a kind have an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Duty {
    /// They must: if it cannot be derived it is listed as missing.
    Mandatory,
    /// They have it if the sources give it.
    Conditional,
    /// They do not.
    Absent,
}

/// How one element of a declaration is derived.
#[derive(Clone, Copy)]
pub struct Rule {
    /// The rule's stable id.
    pub id: &'static str,
    /// The rule's version; a declaration names both.
    pub version: u32,
    /// The element below `Declaration`; `[i]`, `[n]`, `[m]` stand for counters from 1.
    pub element: &'static str,
    /// For export declarations.
    pub export: Duty,
    /// For import declarations.
    pub import: Duty,
    /// Where the value comes from.
    pub sources: &'static str,
    /// How it is made from them.
    pub transformation: &'static str,
    pub(super) scope: Scope,
    pub(super) derive: Derive,
}

impl Rule {
    /// Whether declarations of a kind have the element.
    pub fn duty(&self, kind: DocumentType) -> Duty {
        match kind {
            DocumentType::ImportDeclaration => self.import,
            _ => self.export,
        }
    }

    /// The reference by which a declared element names its rule.
    pub fn reference(&self) -> String {
        format!("{}/{}", self.id, self.version)
    }

    /// The element at a place.
    pub(super) fn element_at(&self, place: Place) -> String {
        [("[i]", place.item), ("[n]", place.nth), ("[m]", place.inner)]
            .into_iter()
            .fold(self.element.to_owned(), |element, (counter, index)| {
                element.replace(counter, &format!("[{}]", index + 1))
            })
    }
}

/// What an element of a rule repeats over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    /// Once in the declaration.
    Once,
    /// Countries on the route.
    Route,
    /// Containers of the waybill.
    Containers,
    /// Seals of each container.
    Seals,
    /// Earlier documents.
    Previous,
    /// Goods items.
    Items,
    /// Packages of each item.
    Packages,
    /// Accompanying documents of each item.
    Documents,
    /// Duty and tax of each item.
    Taxes,
}

/// One of the things that a scope repeats over, from 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) item: usize,
    pub(super) nth: usize,
    pub(super) inner: usize,
}

/// A value; nothing if the element does not apply.
pub(super) type Value = Result<Option<String>, Gap>;
/// Makes the value of an element at a place.
pub(super) type Derive = fn(&mut Context<'_>) -> Value;

/// What a rule works with.
pub(super) struct Context<'a> {
    pub(super) kind: DocumentType,
    pub(super) reader: Reader<'a>,
    pub(super) items: &'a Result<Vec<Item>, Gap>,
    pub(super) place: Place,
}

impl<'a> Context<'a> {
    pub(super) fn items(&self) -> Result<&'a [Item], Gap> {
        match self.items {
            Ok(items) => Ok(items),
            Err(gap) => Err(gap.clone()),
        }
    }

    pub(super) fn item(&self) -> Result<&'a Item, Gap> {
        self.items()?.get(self.place.item).ok_or(Gap::Arithmetic("there is no such goods item"))
    }

    pub(super) fn is_import(&self) -> bool {
        self.kind == DocumentType::ImportDeclaration
    }
}

/// The places of a scope.
pub(super) fn places(scope: Scope, context: &mut Context<'_>) -> Result<Vec<Place>, Gap> {
    let nth = |count: usize| (0..count).map(|nth| Place { nth, ..Place::default() }).collect();
    Ok(match scope {
        Scope::Once => vec![Place::default()],
        Scope::Route => nth(transport::route(&mut context.reader)?.len()),
        Scope::Containers => {
            present(context, DocumentType::Waybill)?;
            nth(context.reader.count(DocumentType::Waybill, "/equipment"))
        }
        Scope::Seals => transport::seals(&mut context.reader),
        Scope::Previous => nth(shipment::previous_documents(context).len()),
        Scope::Items => of_items(context, |_, _| Ok(1))?,
        Scope::Packages => of_items(context, |context, item| {
            let kind = present(context, DocumentType::PackingList)?;
            let items = context.items()?;
            let packages = super::item::packages(&mut context.reader, items, item)?;
            let absent = || Gap::NoField { kind, path: "/packages/0".to_owned() };
            if packages.is_empty() { Err(absent()) } else { Ok(packages.len()) }
        })?,
        Scope::Documents => {
            of_items(context, |context, _| Ok(shipment::accompanying(context).len()))?
        }
        Scope::Taxes => {
            of_items(context, |context, _| match context.reader.profile()?.tax_types.len() {
                0 => Err(Gap::NoStatement("which duties and taxes apply")),
                count => Ok(count),
            })?
        }
    })
}

fn present(context: &Context<'_>, kind: DocumentType) -> Result<DocumentType, Gap> {
    if context.reader.has(kind) { Ok(kind) } else { Err(Gap::NoDocument(kind)) }
}

fn of_items(
    context: &mut Context<'_>,
    count: fn(&mut Context<'_>, usize) -> Result<usize, Gap>,
) -> Result<Vec<Place>, Gap> {
    let mut places = Vec::new();
    for item in 0..context.items()?.len() {
        let count = count(context, item)?;
        places.extend((0..count).map(|nth| Place { item, nth, inner: 0 }));
    }
    Ok(places)
}

/// One row of the table.
macro_rules! rule {
    ($id:literal, $element:expr, $export:ident, $import:ident, $scope:ident,
     $sources:expr, $transformation:literal, $derive:expr) => {
        Rule {
            id: $id,
            version: 1,
            element: $element,
            export: $export,
            import: $import,
            sources: $sources,
            transformation: $transformation,
            scope: Scope::$scope,
            derive: $derive,
        }
    };
}
pub(super) use rule;
