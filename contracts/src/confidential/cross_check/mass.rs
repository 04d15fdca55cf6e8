//! W1 and W2: how heavy.

use super::{
    catalogue::RuleId,
    finding::Side,
    view::{Skip, View, of_item},
};
use crate::confidential::{
    derive::item::{self, MassKind},
    measure::{Measure, total},
};
use hansa_documents::DocumentType::{
    self, CertificateOfOrigin, CommercialInvoice, PackingList, Waybill,
};
use rust_decimal::Decimal;

const TOTAL: &str = "TotalGrossMassMeasure";
const GROSS: &str = "Commodity/GoodsMeasure/GrossMassMeasure";
const NET: &str = "Commodity/GoodsMeasure/NetNetWeightMeasure";

/// W1: nothing weighs less gross than net; parts add up.
pub(super) fn net_within_gross(view: &View<'_>) -> Result<(), Skip> {
    view.source(PackingList)?;
    ordered(view, PackingList, "", TOTAL);
    ordered(view, Waybill, "", TOTAL);
    for (kind, list, element) in [
        (PackingList, "/packages", of_item(0, GROSS)),
        (Waybill, "/goods", of_item(0, GROSS)),
        (CertificateOfOrigin, "/items", of_item(0, GROSS)),
        (CommercialInvoice, "/lines", of_item(0, GROSS)),
    ] {
        for index in 0..view.count(kind, list) {
            ordered(view, kind, &format!("{list}/{index}"), &element);
        }
    }
    for (field, element) in [("gross_mass", TOTAL.to_owned()), ("net_mass", of_item(0, NET))] {
        sums_up(view, PackingList, "/packages", field, &element);
        sums_up(view, Waybill, "/goods", field, &element);
    }
    declared_masses(view);
    Ok(())
}

/// Net and gross of one thing, in kilograms.
fn ordered(view: &View<'_>, kind: DocumentType, path: &str, element: &str) {
    let gross = view.field(kind, &format!("{path}/gross_mass"));
    let net = view.field(kind, &format!("{path}/net_mass"));
    if let (Some(gross), Some(net)) = (gross, net) {
        check_order(view, element, gross, net);
    }
}

fn check_order(view: &View<'_>, element: &str, gross: Side, net: Side) {
    let value = |side: &Side| match Measure::parse(&side.value) {
        Some(measure) => Some(measure.value),
        None => side.value.parse::<Decimal>().ok(),
    };
    let (Some(gross_value), Some(net_value)) = (value(&gross), value(&net)) else { return };
    if net_value <= Decimal::ZERO || net_value > gross_value {
        let sentence = format!(
            "Masses in {}: {} net at {}, {} gross at {}; net must be above zero and not exceed \
             gross",
            gross.name(),
            net.value,
            net.path,
            gross.value,
            gross.path
        );
        view.find(RuleId::W1, element, gross, net, sentence);
    }
}

/// Whether the parts of a document add up to the mass that it states.
fn sums_up(view: &View<'_>, kind: DocumentType, list: &str, field: &str, element: &str) {
    let Some(stated) = view.field(kind, &format!("/{field}")) else { return };
    let parts: Option<Vec<Decimal>> = (0..view.count(kind, list))
        .map(|index| view.decimal(kind, &format!("{list}/{index}/{field}")))
        .collect();
    if let Some(parts) = parts.filter(|parts| !parts.is_empty()) {
        let sum = sum_of(parts);
        let name = "the sum of the document's parts";
        let sum = Side::computed(name, sum.normalize().to_string());
        let what = field.replace('_', " ");
        view.equal(RuleId::W1, element, &format!("Total {what}"), stated, sum);
    }
}

fn declared_masses(view: &View<'_>) {
    let Ok(declaration) = view.declaration() else { return };
    let mut masses = Vec::new();
    for item in 0..declaration.item_count() {
        let element = of_item(item, GROSS);
        let Some(gross) = view.declared(&element) else { continue };
        masses.extend(Measure::parse(&gross.value).map(|mass| mass.value));
        if let Some(net) = view.declared(&of_item(item, NET)) {
            check_order(view, &element, gross, net);
        }
    }
    if let Some(declared) = view.declared(TOTAL) {
        let sum = Measure::kilograms(sum_of(masses)).to_string();
        let sum = Side::computed("the sum of the goods items", sum);
        view.equal(RuleId::W1, TOTAL, "Total gross mass declared", declared, sum);
    }
}

/// W2: the gross mass is the same everywhere, within what scales and practice allow. The invoice is
/// the exporter's own like the packing list, so there nothing is allowed.
pub(super) fn gross_everywhere(view: &View<'_>) -> Result<(), Skip> {
    let list = view.need(PackingList, "/gross_mass")?;
    let carried = view.field(Waybill, "/gross_mass").or_else(|| {
        let side = view.field(Waybill, "/goods/0/gross_mass")?;
        (view.count(Waybill, "/goods") == 1).then_some(side)
    });
    let declared = view.declared(TOTAL);
    if carried.is_none() && declared.is_none() {
        return Err(Skip("nothing else states the gross mass".to_owned()));
    }
    for other in [carried, declared].into_iter().flatten() {
        view.close(RuleId::W2, TOTAL, "Gross mass", list.clone(), other);
    }
    declared_shares(view, MassKind::Gross, GROSS, "/gross_mass", "Gross mass");
    declared_shares(view, MassKind::Net, NET, "/net_mass", "Net mass");
    for (kind, parts) in [(CommercialInvoice, "/lines"), (CertificateOfOrigin, "/items")] {
        for (field, element) in [("gross_mass", TOTAL.to_owned()), ("net_mass", of_item(0, NET))] {
            let values: Option<Vec<Decimal>> = (0..view.count(kind, parts))
                .map(|part| view.decimal(kind, &format!("{parts}/{part}/{field}")))
                .collect();
            let first = view.field(kind, &format!("{parts}/0/{field}"));
            let listed = view.field(PackingList, &format!("/{field}"));
            if let (Some(values), Some(first), Some(listed)) = (values, first, listed) {
                let stated = Side { value: sum_of(values).normalize().to_string(), ..first };
                let what = if field == "gross_mass" { "Gross mass" } else { "Net mass" };
                view.equal(RuleId::W2, &element, what, stated, listed);
            }
        }
    }
    if let (Some(carried), Some(list)) =
        (view.field(Waybill, "/net_mass"), view.field(PackingList, "/net_mass"))
    {
        view.close(RuleId::W2, &of_item(0, NET), "Net mass", list, carried);
    }
    Ok(())
}

/// Each declared item weighs what its packages do.
fn declared_shares(view: &View<'_>, kind: MassKind, element: &str, path: &str, what: &str) {
    let Ok(items) = view.items() else { return };
    let Ok(masses) = item::masses(&mut view.reader(), &items, kind) else { return };
    let Some(list) = view.field(PackingList, path) else { return };
    for (index, mass) in masses.into_iter().enumerate() {
        let element = of_item(index, element);
        if let Some(declared) = view.declared(&element) {
            let path = "/packages".to_owned();
            let packed = Side { path, value: Measure::kilograms(mass).to_string(), ..list.clone() };
            let what = format!("{what} of goods item {}", index + 1);
            view.close(RuleId::W2, &element, &what, declared, packed);
        }
    }
}

/// The sum; what is too large is larger than any mass.
fn sum_of(values: impl IntoIterator<Item = Decimal>) -> Decimal {
    total(values).unwrap_or(Decimal::MAX)
}
