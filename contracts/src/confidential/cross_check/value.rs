//! V1 to V5 and V8: money.

use super::{
    catalogue::RuleId,
    finding::Side,
    view::{Skip, View, of_item},
};
use crate::{
    confidential::{
        derive::{destination_country, item},
        measure::{Measure, minor_unit, total},
        valuation::Basis,
    },
    declaration::Kind,
};
use hansa_documents::{
    DocumentType::{CommercialInvoice, InsurancePolicy, PurchaseOrder, TradeContract, Waybill},
    types::Amount,
};
use rust_decimal::{Decimal, RoundingStrategy};

const CHARGE: &str = "Commodity/InvoiceLine/ItemChargeAmount";

/// V1: quantity × price = line, lines = line total, lines + charges − allowances + tax + rounding −
/// prepaid = payable.
pub(super) fn invoice_arithmetic(view: &View<'_>) -> Result<(), Skip> {
    let payable = view.need(CommercialInvoice, "/payable/value")?;
    let items = view.items()?;
    let mut amounts = Vec::new();
    for (index, item) in items.iter().enumerate() {
        amounts.extend(item.lines.iter().map(|line| line_amount(view, index, *line)));
    }
    if let Some(stated) = view.field(CommercialInvoice, "/line_total/value") {
        let sum = Side::computed("the sum of the lines", shown(total(amounts.iter().copied())));
        view.equal(RuleId::V1, "InvoiceAmount", "Sum of the invoice's lines", stated, sum);
    }
    for charge in 0..view.count(CommercialInvoice, "/charges") {
        let path = format!("/charges/{charge}");
        let value = view.decimal(CommercialInvoice, &format!("{path}/amount/value"));
        let value = value.unwrap_or_default();
        amounts.push(match view.text(CommercialInvoice, &format!("{path}/effect")) {
            Some("allowance") => -value,
            _ => value,
        });
    }
    let part = |path| view.decimal(CommercialInvoice, path).unwrap_or_default();
    amounts.extend([part("/tax_total/value"), part("/rounding/value"), -part("/prepaid/value")]);
    let sum = Side::computed("lines and charges together", shown(total(amounts)));
    view.equal(RuleId::V1, "InvoiceAmount", "Amount payable", payable, sum);
    Ok(())
}

/// A sum as text; what is too large equals nothing.
fn shown(sum: Option<Decimal>) -> String {
    sum.map_or("a number too large".to_owned(), |sum| sum.normalize().to_string())
}

/// Checks one line and returns its amount.
fn line_amount(view: &View<'_>, item: usize, line: usize) -> Decimal {
    let path = |field: &str| format!("/lines/{line}/{field}");
    let number = |field: &str| view.decimal(CommercialInvoice, &path(field));
    let Some(amount) = number("amount/value") else { return Decimal::ZERO };
    let (Some(quantity), Some(price)) = (number("quantity/value"), number("unit_price/value"))
    else {
        return amount;
    };
    let base = number("price_base/value").unwrap_or(Decimal::ONE);
    let currency = view.text(CommercialInvoice, "/currency").unwrap_or_default();
    let decimals = minor_unit(currency).unwrap_or(2).max(amount.normalize().scale());
    let product = quantity.checked_mul(price).and_then(|product| product.checked_div(base));
    let product = product.map(|product| {
        product.round_dp_with_strategy(decimals, RoundingStrategy::MidpointAwayFromZero)
    });
    if product != Some(amount)
        && let Some(stated) = view.field(CommercialInvoice, &path("amount/value"))
    {
        let computed = Side::computed(&format!("{quantity} × {price}"), shown(product));
        let what = format!("Amount of invoice line {}", line + 1);
        view.equal(RuleId::V1, &of_item(item, CHARGE), &what, stated, computed);
    }
    amount
}

/// V2: each item's declared charge is the sum of its lines, the declared total is what is payable.
pub(super) fn declared_charges(view: &View<'_>) -> Result<(), Skip> {
    view.declaration()?;
    let items = view.items()?;
    for (index, item) in items.iter().enumerate() {
        let element = of_item(index, CHARGE);
        let Some(declared) = view.declared(&element) else { continue };
        if let Ok(amount) = item::charge(&mut view.reader(), item)
            && let Some(line) =
                view.field(CommercialInvoice, &format!("/lines/{}/amount/value", item.lines[0]))
        {
            let invoiced = Side { value: Measure::from(amount).to_string(), ..line };
            let what = format!("Charge of goods item {}", index + 1);
            view.equal(RuleId::V2, &element, &what, declared, invoiced);
        }
    }
    if let Some(declared) = view.declared("InvoiceAmount")
        && let Ok(amount) = view.reader().amount(CommercialInvoice, "/payable")
        && let Some(field) = view.field(CommercialInvoice, "/payable/value")
    {
        let payable = Side { value: Measure::from(amount).to_string(), ..field };
        view.equal(RuleId::V2, "InvoiceAmount", "Amount payable", declared, payable);
    }
    Ok(())
}

/// V3: one currency.
pub(super) fn currencies(view: &View<'_>) -> Result<(), Skip> {
    let invoice = view.need(CommercialInvoice, "/currency")?;
    let others = [
        (TradeContract, "/total/currency"),
        (PurchaseOrder, "/payable/currency"),
        (CommercialInvoice, "/payable/currency"),
    ];
    for (kind, path) in others {
        if let Some(other) = view.field(kind, path) {
            view.same(RuleId::V3, "InvoiceAmount", "Currency", invoice.clone(), other);
        }
    }
    for ending in ["/ItemChargeAmount", "/StatisticalValueAmount"] {
        for (field, side) in view.declared_ending(ending) {
            let unit = Measure::parse(&side.value).map(|measure| measure.unit);
            let declared = Side { value: unit.unwrap_or_default(), ..side };
            let element = field.element.as_str();
            view.same(RuleId::V3, element, "Currency", declared, invoice.clone());
        }
    }
    Ok(())
}

/// V4: prices of contract and order hold.
pub(super) fn unit_prices(view: &View<'_>) -> Result<(), Skip> {
    view.need(CommercialInvoice, "/lines/0/unit_price/value")?;
    let mut compared = false;
    for kind in [TradeContract, PurchaseOrder] {
        let allowed = view.decimal(TradeContract, "/price_tolerance").unwrap_or_default();
        for (line, other) in super::quantity::matched_lines(view, kind) {
            let side = |kind, line| view.field(kind, &format!("/lines/{line}/unit_price/value"));
            let (Some(invoiced), Some(agreed)) = (side(CommercialInvoice, line), side(kind, other))
            else {
                continue;
            };
            compared = true;
            if !within_percent(&invoiced.value, &agreed.value, allowed) {
                let element = of_item(item_of(view, line), CHARGE);
                let what = format!("Unit price of invoice line {}", line + 1);
                view.equal(RuleId::V4, &element, &what, invoiced, agreed);
            }
        }
    }
    if compared { Ok(()) } else { Err(Skip("there is no contract or order".to_owned())) }
}

fn within_percent(one: &str, other: &str, percent: Decimal) -> bool {
    let (Ok(one), Ok(other)) = (one.parse::<Decimal>(), other.parse::<Decimal>()) else {
        return one == other;
    };
    let allowed = other.checked_mul(percent).map(|product| product / Decimal::ONE_HUNDRED);
    one.checked_sub(other).is_some_and(|gap| gap.abs() <= allowed.unwrap_or_default())
}

/// The item that an invoice line belongs to.
pub(super) fn item_of(view: &View<'_>, line: usize) -> usize {
    let items = view.items().unwrap_or_default();
    items.iter().position(|item| item.lines.contains(&line)).unwrap_or_default()
}

/// V5: declared values are what price, term, freight and insurance make.
pub(super) fn declared_values(view: &View<'_>) -> Result<(), Skip> {
    let freight = (Waybill, "/freight/value", "freight", "Freight");
    let premium = (InsurancePolicy, "/premium/value", "insurance", "Insurance premium");
    for (kind, path, purpose, what) in [freight, premium] {
        let invoiced = item::invoiced(&mut view.reader(), purpose).ok().flatten();
        if let (Some(invoiced), Some(stated)) = (invoiced, view.field(kind, path))
            && let Some(charge) = view.field(CommercialInvoice, "/payable/value")
        {
            let value = invoiced.value.normalize().to_string();
            let invoiced = Side { path: "/charges".to_owned(), value, ..charge };
            let element =
                of_item(0, "CustomsValuation/ChargeDeduction[1]/OtherChargeDeductionAmount");
            view.close(RuleId::V5, &element, what, invoiced, stated);
        }
    }
    view.declaration()?;
    let basis = match view.kind {
        Kind::Export => Basis::Fob,
        Kind::Import => destination_country(&mut view.reader())
            .map(|country| Basis::of_imports_into(&country))
            .map_err(|gap| Skip(gap.to_string()))?,
    };
    let items = view.items()?;
    let values = item::values(&mut view.reader(), &items, basis);
    let values = values.map_err(|gap| Skip(gap.to_string()))?;
    for (index, value) in values.into_iter().enumerate() {
        let element = of_item(index, "StatisticalValueAmount");
        if let Some(declared) = view.declared(&element) {
            let name = match basis {
                Basis::Fob => "the FOB value from the documents",
                Basis::Cif => "the CIF value from the documents",
            };
            let computed = Side::computed(name, Measure::from(value).to_string());
            let what = format!("Value of goods item {}", index + 1);
            view.close(RuleId::V5, &element, &what, declared, computed);
        }
    }
    Ok(())
}

/// V8: the insured amount covers the CIF value, with a tenth on top under a letter of credit.
pub(super) fn insured_amount(view: &View<'_>) -> Result<(), Skip> {
    let insured = view.need(InsurancePolicy, "/insured_amount/value")?;
    let currency = view.need(InsurancePolicy, "/insured_amount/currency")?;
    let items = view.items()?;
    let values = item::values(&mut view.reader(), &items, Basis::Cif);
    let values: Vec<Amount> = values.map_err(|gap| Skip(gap.to_string()))?;
    let invoice = view.need(CommercialInvoice, "/currency")?;
    let element = of_item(0, "CustomsValuation/ChargeDeduction[2]/OtherChargeDeductionAmount");
    if currency.value != invoice.value {
        view.same(RuleId::V8, &element, "Currency of the insurance", currency, invoice);
        return Ok(());
    }
    let cif = total(values.iter().map(|value| value.value));
    let percent = Decimal::from(if view.facts.letter_of_credit { 110 } else { 100 });
    let least =
        cif.and_then(|cif| cif.checked_mul(percent)).map(|product| product / Decimal::ONE_HUNDRED);
    let amount = view.decimal(InsurancePolicy, "/insured_amount/value");
    if let (Some(amount), Some(least)) = (amount, least)
        && amount < least
    {
        let needed = Side::computed(&format!("{percent} % of the CIF value"), least.to_string());
        let sentence = format!(
            "Insured amount: the policy covers {amount} {}, {percent} % of the CIF value are {}",
            currency.value,
            least.normalize()
        );
        view.find(RuleId::V8, &element, insured, needed, sentence);
    }
    Ok(())
}
