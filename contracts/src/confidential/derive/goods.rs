//! Rules for goods items: what they are, where from, how much, how heavy, how packed, what worth.

use super::{
    classify::{classification, origin},
    item::{self, MassKind},
    rule::{
        Context,
        Duty::{Absent, Conditional, Mandatory},
        Rule, Scope, Value, rule,
    },
    shipment::{accompanying, constant},
    transport::destination_country,
};
use crate::confidential::{
    gap::Gap,
    measure::Measure,
    valuation::{Basis, Cost},
};
use hansa_documents::{
    DocumentType::{CertificateOfOrigin, CommercialInvoice, PackingList},
    types::Amount,
};

/// An element of a goods item.
macro_rules! item {
    ($element:literal) => {
        concat!("GoodsShipment/GovernmentAgencyGoodsItem[i]/", $element)
    };
}

pub(super) const GOODS: &[Rule] = &[
    rule!(
        "G01",
        item!("SequenceNumeric"),
        Mandatory,
        Mandatory,
        Items,
        "the order of the invoice's lines",
        "counted from 1",
        |c| Ok(Some((c.place.item + 1).to_string()))
    ),
    rule!(
        "G02",
        item!("StatisticalValueAmount"),
        Mandatory,
        Mandatory,
        Items,
        "commercial invoice /lines/*/amount, /charges, /delivery_terms; waybill /freight, \
         packing list masses, policy /premium as the term asks",
        "export: FOB value; import: CIF value, FOB in countries that value so; freight shared \
         by gross mass, all else by value, the last item takes the remainder",
        statistical_value
    ),
    rule!(
        "G03",
        item!("AdditionalDocument[n]/CategoryCode"),
        Conditional,
        Mandatory,
        Documents,
        "constant",
        "N: a document of UNTDID 1001",
        |_| constant("N")
    ),
    rule!(
        "G04",
        item!("AdditionalDocument[n]/TypeCode"),
        Conditional,
        Mandatory,
        Documents,
        "commercial invoice, packing list, certificate of origin, waybill; on import the contract",
        "the document's UNTDID 1001 code",
        |c| {
            let kind = accompanying(c)[c.place.nth];
            c.reader.text(kind, "/number")?;
            Ok(Some(kind.code().to_string()))
        }
    ),
    rule!(
        "G05",
        item!("AdditionalDocument[n]/ID"),
        Conditional,
        Mandatory,
        Documents,
        "commercial invoice, packing list, certificate of origin, waybill; on import the \
         contract: /number",
        "as it stands",
        |c| {
            let kind = accompanying(c)[c.place.nth];
            Ok(Some(c.reader.text(kind, "/number")?.to_owned()))
        }
    ),
    rule!(
        "G06",
        item!("Commodity/Description"),
        Mandatory,
        Mandatory,
        Items,
        "commercial invoice /lines/*/description",
        "the lines' descriptions, each once, joined by `; `",
        description
    ),
    rule!(
        "G07",
        item!("Commodity/Classification/ID"),
        Mandatory,
        Mandatory,
        Items,
        "commercial invoice /lines/*/hs/code, else certificate of origin /items/*/hs/code",
        "as it stands; nothing if the two differ within six digits",
        classification
    ),
    rule!(
        "G08",
        item!("Commodity/GoodsMeasure/GrossMassMeasure"),
        Mandatory,
        Mandatory,
        Items,
        "packing list /packages/*/gross_mass and contents",
        "in kilograms; mixed packages shared by quantity",
        |c| mass(c, MassKind::Gross)
    ),
    rule!(
        "G09",
        item!("Commodity/GoodsMeasure/NetNetWeightMeasure"),
        Mandatory,
        Mandatory,
        Items,
        "packing list /packages/*/net_mass and contents, else /net_mass",
        "in kilograms; mixed packages shared by quantity",
        |c| mass(c, MassKind::Net)
    ),
    rule!(
        "G10",
        item!("Commodity/GoodsMeasure/TariffQuantity"),
        Conditional,
        Conditional,
        Items,
        "commercial invoice /lines/*/quantity",
        "the lines' sum",
        |c| {
            let item = c.item()?;
            Ok(Some(item::quantity(&mut c.reader, item)?.to_string()))
        }
    ),
    rule!(
        "G11",
        item!("Commodity/InvoiceLine/ItemChargeAmount"),
        Conditional,
        Mandatory,
        Items,
        "commercial invoice /lines/*/amount",
        "the lines' sum",
        |c| {
            let item = c.item()?;
            let amount = item::charge(&mut c.reader, item)?;
            Ok(Some(Measure::from(amount).to_string()))
        }
    ),
    rule!(
        "G12",
        item!("Commodity/DutyTaxFee[n]/DutyRegimeCode"),
        Absent,
        Mandatory,
        Taxes,
        "certificate of origin /regime; declarant's profile",
        "300 with a preferential certificate of origin, else 100; one for each duty or tax",
        |c| {
            c.reader.profile()?;
            let regime = c.reader.text(CertificateOfOrigin, "/regime")?;
            constant(if regime == "preferential" { "300" } else { "100" })
        }
    ),
    rule!(
        "G13",
        item!("Commodity/DutyTaxFee[n]/TypeCode"),
        Absent,
        Conditional,
        Taxes,
        "declarant's profile",
        "the duties and taxes that apply",
        |c| { Ok(c.reader.profile()?.tax_types.get(c.place.nth).map(ToString::to_string)) }
    ),
    rule!(
        "G14",
        item!("CustomsValuation/MethodCode"),
        Absent,
        Mandatory,
        Items,
        "commercial invoice /payable",
        "1: transaction value, as there is an invoice",
        |c| {
            c.reader.amount(CommercialInvoice, "/payable")?;
            constant("1")
        }
    ),
    rule!(
        "G15",
        item!("CustomsValuation/ChargeDeduction[1]/ChargesTypeCode"),
        Absent,
        Conditional,
        Items,
        "waybill /freight, else commercial invoice /charges",
        "FC: freight",
        |c| cost_code(c, Cost::Freight, "FC")
    ),
    rule!(
        "G16",
        item!("CustomsValuation/ChargeDeduction[1]/OtherChargeDeductionAmount"),
        Absent,
        Conditional,
        Items,
        "waybill /freight, else commercial invoice /charges",
        "shared by gross mass, the last item takes the remainder",
        |c| cost(c, Cost::Freight).map(Some)
    ),
    rule!(
        "G17",
        item!("CustomsValuation/ChargeDeduction[2]/ChargesTypeCode"),
        Absent,
        Conditional,
        Items,
        "policy /premium, else commercial invoice /charges",
        "IN: insurance",
        |c| cost_code(c, Cost::Insurance, "IN")
    ),
    rule!(
        "G18",
        item!("CustomsValuation/ChargeDeduction[2]/OtherChargeDeductionAmount"),
        Absent,
        Conditional,
        Items,
        "policy /premium, else commercial invoice /charges",
        "shared by value, the last item takes the remainder",
        |c| cost(c, Cost::Insurance).map(Some)
    ),
    rule!(
        "G19",
        item!("ValuationAdjustment/AdditionCode"),
        Absent,
        Conditional,
        Items,
        "declarant's profile",
        "as it stands",
        |c| { Ok(c.reader.profile()?.valuation_indicators.as_ref().map(ToString::to_string)) }
    ),
    rule!(
        "G20",
        item!("GovernmentProcedure[1]/CurrentCode"),
        Mandatory,
        Mandatory,
        Items,
        "declarant's profile",
        "as it stands",
        |c| Ok(Some(c.reader.profile()?.procedure.current.to_string()))
    ),
    rule!(
        "G21",
        item!("GovernmentProcedure[1]/PreviousCode"),
        Mandatory,
        Mandatory,
        Items,
        "declarant's profile",
        "as it stands",
        |c| Ok(Some(c.reader.profile()?.procedure.previous.to_string()))
    ),
    rule!(
        "G22",
        item!("GovernmentProcedure[2]/CurrentCode"),
        Mandatory,
        Mandatory,
        Items,
        "declarant's profile",
        "as it stands",
        |c| Ok(Some(c.reader.profile()?.procedure.additional.to_string()))
    ),
    rule!(
        "G23",
        item!("Origin/CountryCode"),
        Conditional,
        Mandatory,
        Items,
        "certificate of origin /origin, else commercial invoice /lines/*/origin",
        "as it stands; nothing if the two differ",
        origin
    ),
    rule!(
        "G24",
        item!("Origin/TypeCode"),
        Conditional,
        Mandatory,
        Items,
        "certificate of origin /regime",
        "1 non-preferential, 2 preferential",
        |c| {
            let regime = c.reader.text(CertificateOfOrigin, "/regime")?;
            constant(if regime == "preferential" { "2" } else { "1" })
        }
    ),
    rule!(
        "G25",
        item!("Packaging[n]/TypeCode"),
        Mandatory,
        Mandatory,
        Packages,
        "packing list /packages/*/packaging/kind",
        "code of UN/ECE Recommendation 21",
        |c| {
            let (package, _) = package(c)?;
            let path = format!("/packages/{package}/packaging/kind");
            Ok(Some(c.reader.text(PackingList, &path)?.to_owned()))
        }
    ),
    rule!(
        "G26",
        item!("Packaging[n]/QuantityQuantity"),
        Mandatory,
        Mandatory,
        Packages,
        "packing list /packages/*/packaging/count",
        "the count with the first item in the package, 0 with the others",
        |c| {
            let (package, first) = package(c)?;
            let path = format!("/packages/{package}/packaging/count");
            let count = c.reader.text(PackingList, &path)?;
            constant(if first { count } else { "0" })
        }
    ),
    rule!(
        "G27",
        item!("Packaging[n]/MarksNumbersID"),
        Conditional,
        Conditional,
        Packages,
        "packing list /packages/*/packaging/marks",
        "as it stands",
        |c| {
            let (package, _) = package(c)?;
            let path = format!("/packages/{package}/packaging/marks");
            Ok(c.reader.find(PackingList, &path).map(str::to_owned))
        }
    ),
];

fn statistical_value(context: &mut Context<'_>) -> Value {
    let items = context.items()?;
    let basis = if context.is_import() {
        Basis::of_imports_into(&destination_country(&mut context.reader)?)
    } else {
        Basis::Fob
    };
    let value = item::value_of(&mut context.reader, items, context.place.item, basis)?;
    Ok(Some(Measure::from(value).to_string()))
}

fn cost_code(context: &mut Context<'_>, cost: Cost, code: &str) -> Value {
    item::cost_total(&mut context.reader, cost)?;
    constant(code)
}

fn cost(context: &mut Context<'_>, cost: Cost) -> Result<String, Gap> {
    let items = context.items()?;
    let reader = &mut context.reader;
    let charges: Vec<Amount> =
        items.iter().map(|item| item::charge(reader, item)).collect::<Result<_, _>>()?;
    let shares = item::cost_shares(reader, items, cost, &charges)?;
    let amount = Amount { value: shares[context.place.item], ..charges[context.place.item] };
    Ok(Measure::from(amount).to_string())
}

fn mass(context: &mut Context<'_>, kind: MassKind) -> Value {
    let items = context.items()?;
    let masses = item::masses(&mut context.reader, items, kind)?;
    Ok(masses.get(context.place.item).map(|mass| Measure::kilograms(*mass).to_string()))
}

fn package(context: &mut Context<'_>) -> Result<(usize, bool), Gap> {
    let items = context.items()?;
    let packages = item::packages(&mut context.reader, items, context.place.item)?;
    packages.get(context.place.nth).copied().ok_or(Gap::Arithmetic("there is no such package"))
}

fn description(context: &mut Context<'_>) -> Value {
    let mut texts: Vec<&str> = Vec::new();
    for line in &context.item()?.lines {
        let text = context.reader.text(CommercialInvoice, &format!("/lines/{line}/description"))?;
        if !texts.contains(&text) {
            texts.push(text);
        }
    }
    Ok(Some(texts.join("; ")))
}
