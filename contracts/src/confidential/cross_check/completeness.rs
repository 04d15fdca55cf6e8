//! C1, C2, N1 and N2: the declaration as a whole, and beside other declarations.

use super::{
    catalogue::{RuleId, Severity},
    finding::Side,
    view::{Skip, View, of_item},
};
use crate::{
    confidential::{
        derive::{FieldOutcome, check_provenance},
        measure::{Measure, total},
    },
    declaration::Kind,
};
use hansa_documents::document::{Declaration, DeclaredContent};
use rust_decimal::Decimal;

/// C1: what cannot be declared is a reason to look.
pub(super) fn mandatory_elements(view: &View<'_>) -> Result<(), Skip> {
    let declaration = view.declaration()?;
    for required in view.kind.required() {
        view.source(*required)?;
    }
    for field in declaration.missing() {
        if let DeclaredContent::Missing { reason, who } = &field.content {
            let element = field.element.as_str();
            let left = view.declared_side(view.kind, element, "missing");
            let right = Side::computed("the documents", reason.as_str());
            let sentence = format!("{element} is not declared: {reason}; {who} could supply it");
            view.find(RuleId::C1, element, left, right, sentence);
        }
    }
    Ok(())
}

/// C2: every declared element is derived again; each deviation that no other rule has named is
/// found here.
pub(super) fn provenance(view: &View<'_>) -> Result<(), Skip> {
    let declaration = view.declaration()?;
    for required in view.kind.required() {
        view.source(*required)?;
    }
    let check = check_provenance(view.kind, declaration, view.sources, None);
    for field in check.fields {
        let reason = match &field.outcome {
            outcome if !outcome.is_deviation() => continue,
            FieldOutcome::Unfounded { reason } => reason.clone(),
            FieldOutcome::OriginDeviates => "it names other fields than those it comes from".into(),
            _ => field.derived.clone().unwrap_or_else(|| "nothing".to_owned()),
        };
        if view.is_named(&field.element) {
            continue;
        }
        let declared = field.declared.unwrap_or_else(|| "nothing".to_owned());
        let sentence = format!(
            "{}: declared is {declared}, the derivation rules give {reason}",
            field.element
        );
        let left = view.declared_side(view.kind, &field.element, &declared);
        let right = Side::computed("the derivation rules", reason);
        view.find(RuleId::C2, &field.element, left, right, sentence);
    }
    Ok(())
}

/// N1: a document supports one declaration of a kind.
pub(super) fn single_use(view: &View<'_>) -> Result<(), Skip> {
    for other in &view.facts.other_uses {
        let Some(source) =
            view.sources.iter().find(|source| source.id().document == other.document)
        else {
            continue;
        };
        let number = source.field("/number").unwrap_or_default();
        let left = Side::of(source.kind(), source.id(), "/number", number);
        let right = Side::ledger("the ledger's declarations", other.declaration.to_string());
        let sentence = format!(
            "Double use: the {} {number} already supports declaration {}",
            super::view::name(source.kind()),
            other.declaration
        );
        view.find(RuleId::N1, &of_item(0, "AdditionalDocument[1]/ID"), left, right, sentence);
    }
    Ok(())
}

/// N2: what left one country is what enters the other.
pub(super) fn mirror(view: &View<'_>) -> Result<(), Skip> {
    if view.kind == Kind::Export {
        return Err(Skip("an export has no earlier declaration to mirror".to_owned()));
    }
    let import = view.declaration()?;
    let export = view.declaration_of(Kind::Export)?;
    let sides = |element: &str| {
        let side = |kind, declaration: &Declaration| {
            Some(view.declared_side(kind, element, declaration.value(element)?))
        };
        side(Kind::Import, import).zip(side(Kind::Export, export))
    };
    if let Some((left, right)) = sides("TotalGrossMassMeasure") {
        let what = "Gross mass at import and export";
        view.close(RuleId::N2, "TotalGrossMassMeasure", what, left, right);
    }
    if let Some((left, right)) = sides("TotalPackageQuantity") {
        view.equal(
            RuleId::N2,
            "TotalPackageQuantity",
            "Packages at import and export",
            left,
            right,
        );
    }
    if import.item_count() == export.item_count() {
        for item in 0..import.item_count() {
            let code = of_item(item, "Commodity/Classification/ID");
            if let Some((left, right)) = sides(&code)
                && left.value.get(..6) != right.value.get(..6)
            {
                view.same(RuleId::N2, &code, "Commodity code at import and export", left, right);
            }
            let quantity = of_item(item, "Commodity/GoodsMeasure/TariffQuantity");
            if let Some((left, right)) = sides(&quantity) {
                let what = "Quantity at import and export";
                view.equal(RuleId::N2, &quantity, what, left, right);
            }
        }
    }
    value_gap(view, import, export);
    Ok(())
}

/// Freight and insurance lie between the export's FOB value and the import's CIF value: the gap
/// runs from −2 % to +20 % of the export value.
fn value_gap(view: &View<'_>, import: &Declaration, export: &Declaration) {
    let sum = |declaration: &Declaration| {
        let values = (0..declaration.item_count()).map(|item| {
            Measure::parse(declaration.value(&of_item(item, "StatisticalValueAmount"))?)
        });
        let values: Option<Vec<Measure>> = values.collect();
        let values = values.filter(|values| !values.is_empty())?;
        let unit = values[0].unit.clone();
        let same = values.iter().all(|value| value.unit == unit);
        same.then(|| total(values.iter().map(|value| value.value)))?.map(|sum| (sum, unit))
    };
    let (Some((cif, unit)), Some((fob, export_unit))) = (sum(import), sum(export)) else { return };
    let share = |permille| fob.checked_mul(Decimal::new(permille, 3)).unwrap_or(Decimal::MAX);
    if unit == export_unit && (cif < share(980) || cif > share(1200)) {
        let element = of_item(0, "StatisticalValueAmount");
        let shown = |value| Measure { value, unit: unit.clone() }.to_string();
        let left = view.declared_side(Kind::Import, &element, &shown(cif));
        let right = view.declared_side(Kind::Export, &element, &shown(fob));
        let sentence = format!(
            "Value at import and export: {} at import, {} at export; between −2 % and +20 % is \
             usual",
            left.value, right.value
        );
        view.find_as(RuleId::N2, Severity::Warning, &element, left, right, sentence);
    }
}
