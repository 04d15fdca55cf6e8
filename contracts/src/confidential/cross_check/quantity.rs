//! Q1 to Q3: how many.

use super::{
    catalogue::{RuleId, Severity},
    finding::Side,
    value::item_of,
    view::{Skip, View, of_item},
};
use crate::confidential::{
    derive::item,
    measure::{Measure, total},
};
use hansa_documents::DocumentType::{
    self, CommercialInvoice, PackingList, PurchaseOrder, TradeContract, Waybill,
};
use rust_decimal::Decimal;

const QUANTITY: &str = "Commodity/GoodsMeasure/TariffQuantity";

/// Units of goods in bulk, where quantities are measured rather than counted.
fn is_bulk(unit: &str) -> bool {
    matches!(unit, "KGM" | "TNE" | "GRM" | "DTN" | "LBR" | "LTR" | "HLT" | "MTQ" | "MTR" | "MTK")
}

/// Compares quantities: exactly if they are counted, within the tolerance if they are measured.
fn compare(view: &View<'_>, rule: RuleId, element: &str, what: &str, sides: [Side; 2]) {
    let [left, right] = sides;
    let bulk = Measure::parse(&left.value).is_some_and(|measure| is_bulk(&measure.unit));
    if bulk {
        view.close(rule, element, what, left, right);
    } else {
        view.equal(rule, element, what, left, right);
    }
}

/// A line's quantity with its unit.
fn quantity(view: &View<'_>, kind: DocumentType, line: &str) -> Option<Side> {
    let unit = view.text(kind, &format!("{line}/quantity/unit"))?;
    let side = view.field(kind, &format!("{line}/quantity/value"))?;
    Some(Side { value: format!("{} {unit}", side.value), ..side })
}

/// Q1: what is packed is what is invoiced is what is declared.
pub(super) fn packed(view: &View<'_>) -> Result<(), Skip> {
    view.source(CommercialInvoice)?;
    let lines = view.count(CommercialInvoice, "/lines");
    for (line, packed) in packed_quantities(view, lines)?.into_iter().enumerate() {
        let Some(invoiced) = quantity(view, CommercialInvoice, &format!("/lines/{line}")) else {
            continue;
        };
        let element = of_item(item_of(view, line), QUANTITY);
        let what = format!("Quantity of invoice line {}", line + 1);
        let path = format!("/lines/{line}/quantity/value");
        match packed {
            Some(packed) => compare(view, RuleId::Q1, &element, &what, [invoiced, packed]),
            None => {
                let list = view.need(PackingList, "/number")?;
                let missing =
                    Side { path: "/packages".to_owned(), value: "nothing".into(), ..list };
                let sentence = format!("{what}: the packing list has no package for {path}");
                view.find(RuleId::Q1, &element, invoiced, missing, sentence);
            }
        }
    }
    for (index, item) in view.items()?.iter().enumerate() {
        let element = of_item(index, QUANTITY);
        let line = item.lines[0];
        if let Some(declared) = view.declared(&element)
            && let Ok(sum) = item::quantity(&mut view.reader(), item)
            && let Some(first) = quantity(view, CommercialInvoice, &format!("/lines/{line}"))
        {
            let invoiced = Side { value: sum.to_string(), ..first };
            let what = format!("Quantity of goods item {}", index + 1);
            view.equal(RuleId::Q1, &element, &what, declared, invoiced);
        }
    }
    Ok(())
}

/// The packed quantity of each invoice line, at the first place where it is packed.
fn packed_quantities(view: &View<'_>, lines: usize) -> Result<Vec<Option<Side>>, Skip> {
    view.source(PackingList)?;
    let mut sums: Vec<Option<Side>> = vec![None; lines];
    let mut contents = 0;
    for package in 0..view.count(PackingList, "/packages") {
        for content in 0..view.count(PackingList, &format!("/packages/{package}/contents")) {
            contents += 1;
            let path = format!("/packages/{package}/contents/{content}");
            let Some(side) = quantity(view, PackingList, &path) else { continue };
            let number = view.text(PackingList, &format!("{path}/invoice_line"));
            let line = (0..lines).find(|line| {
                let id = view.text(CommercialInvoice, &format!("/lines/{line}/id"));
                (number.is_some() && id == number) || (number.is_none() && lines == 1)
            });
            let Some(line) = line else {
                let invoice = view.need(CommercialInvoice, "/number")?;
                let missing =
                    Side { path: "/lines".to_owned(), value: "no such line".into(), ..invoice };
                let sentence =
                    format!("Packed goods: {path} of the packing list is of no invoice line");
                view.find(RuleId::Q1, &of_item(0, QUANTITY), missing, side, sentence);
                continue;
            };
            sums[line] = Some(match sums[line].take() {
                None => side,
                Some(sum) => added(sum, &side),
            });
        }
    }
    if contents == 0 {
        return Err(Skip("the packing list does not state what is in the packages".to_owned()));
    }
    Ok(sums)
}

/// The sum of two quantities; of different units, their listing, which equals nothing.
fn added(sum: Side, more: &Side) -> Side {
    let total = match (Measure::parse(&sum.value), Measure::parse(&more.value)) {
        (Some(one), Some(other)) if one.unit == other.unit => one
            .value
            .checked_add(other.value)
            .map(|value| Measure { value, unit: one.unit }.to_string()),
        _ => None,
    };
    let value = total.unwrap_or_else(|| format!("{} + {}", sum.value, more.value));
    Side { value, ..sum }
}

/// Lines of the invoice with those of a contract or order: by number of lines, else by commodity
/// code.
pub(super) fn matched_lines(view: &View<'_>, kind: DocumentType) -> Vec<(usize, usize)> {
    let (lines, others) = (view.count(CommercialInvoice, "/lines"), view.count(kind, "/lines"));
    if lines == others {
        return (0..lines).map(|line| (line, line)).collect();
    }
    let code = |kind, line| view.text(kind, &format!("/lines/{line}/hs/code"));
    let matching = |line: usize| {
        (0..others).find(|other| {
            let own = code(CommercialInvoice, line);
            own.is_some() && own == code(kind, *other)
        })
    };
    (0..lines).filter_map(|line| Some((line, matching(line)?))).collect()
}

/// Q2: no more is invoiced than was agreed.
pub(super) fn ordered(view: &View<'_>) -> Result<(), Skip> {
    view.source(CommercialInvoice)?;
    if view.source(TradeContract).is_err() && view.source(PurchaseOrder).is_err() {
        return Err(Skip("there is no contract or order".to_owned()));
    }
    for kind in [TradeContract, PurchaseOrder] {
        for (line, other) in matched_lines(view, kind) {
            let invoiced = quantity(view, CommercialInvoice, &format!("/lines/{line}"));
            let agreed = quantity(view, kind, &format!("/lines/{other}"));
            let (Some(invoiced), Some(agreed)) = (invoiced, agreed) else { continue };
            let what = format!("Quantity of invoice line {} against what was agreed", line + 1);
            let element = of_item(item_of(view, line), QUANTITY);
            match exceeds(view, &invoiced.value, &agreed.value) {
                Some(false) => {}
                Some(true) => view.equal(RuleId::Q2, &element, &what, invoiced, agreed),
                None => view.same(RuleId::Q2, &element, &what, invoiced, agreed),
            }
        }
    }
    Ok(())
}

/// Whether a quantity is more than was agreed; nothing if units differ.
fn exceeds(view: &View<'_>, invoiced: &str, agreed: &str) -> Option<bool> {
    let (invoiced, agreed) = (Measure::parse(invoiced)?, Measure::parse(agreed)?);
    if invoiced.unit != agreed.unit {
        return None;
    }
    let stated = view.decimal(TradeContract, "/quantity_tolerance");
    let usual = Decimal::new(i64::from(view.tolerance(RuleId::Q2).permille), 1);
    let percent = stated.unwrap_or(if is_bulk(&agreed.unit) { usual } else { Decimal::ZERO });
    let more = agreed.value.checked_mul(percent)? / Decimal::ONE_HUNDRED;
    Some(invoiced.value > agreed.value.checked_add(more)?)
}

/// Q3: as many packages everywhere.
pub(super) fn packages(view: &View<'_>) -> Result<(), Skip> {
    let list = package_count(view, PackingList, "/packages")
        .ok_or_else(|| Skip("no packing list states the number of packages".to_owned()))?;
    let carried = package_count(view, Waybill, "/goods");
    let declared = view.declared("TotalPackageQuantity");
    if carried.is_none() && declared.is_none() {
        return Err(Skip("nothing else states the number of packages".to_owned()));
    }
    if let Some(carried) = carried {
        let handled = total((0..view.count(PackingList, "/handling_units")).filter_map(|unit| {
            view.decimal(PackingList, &format!("/handling_units/{unit}/count"))
        }))
        .unwrap_or_default();
        let counts_pallets = carried.value.parse() == Ok(handled) && !handled.is_zero();
        if counts_pallets && carried.value != list.value {
            let sentence = format!(
                "Number of packages: the waybill counts the {handled} handling units that the \
                 packing \
                 list names, not the {} packages on them",
                list.value
            );
            let (rule, element) = (RuleId::Q3, "TotalPackageQuantity");
            view.find_as(rule, Severity::Note, element, list.clone(), carried, sentence);
        } else {
            let what = "Number of packages";
            view.equal(RuleId::Q3, "TotalPackageQuantity", what, list.clone(), carried);
        }
    }
    if let Some(declared) = declared {
        let items = view.declared_ending("/Packaging/QuantityQuantity");
        let sum = total(items.iter().filter_map(|(_, side)| side.value.parse().ok()));
        let sum = sum.unwrap_or(Decimal::MAX);
        if !items.is_empty() {
            // Which package is wrong is told by C2; here only that they do not add up.
            let sum = Side::computed("the sum of the goods items' packages", sum.to_string());
            let what = "Number of packages declared";
            view.equal(RuleId::Q3, "TotalPackageQuantity", what, declared.clone(), sum);
        }
        view.equal(RuleId::Q3, "TotalPackageQuantity", "Number of packages", declared, list);
    }
    Ok(())
}

/// The number of packages that a document states, else that of its parts.
fn package_count(view: &View<'_>, kind: DocumentType, parts: &str) -> Option<Side> {
    if let Some(total) = view.field(kind, "/total_packages") {
        return Some(total);
    }
    let count = view.count(kind, parts);
    let counts: Option<Vec<Decimal>> = (0..count)
        .map(|part| view.decimal(kind, &format!("{parts}/{part}/packaging/count")))
        .collect();
    let sum = total(counts.filter(|counts| !counts.is_empty())?)?;
    let first = view.field(kind, &format!("{parts}/0/packaging/count"))?;
    Some(Side { value: sum.to_string(), ..first })
}
