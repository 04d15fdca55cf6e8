//! Goods items of a declaration: invoice lines of one commodity and origin, with their share of
//! masses, charges and values.

use super::super::{
    gap::Gap,
    measure::{Measure, minor_unit},
    reader::Reader,
    valuation::{self, Adjustment, Apart, Basis, Cost, ValuationError},
};
use hansa_documents::{
    DocumentType::{self, CommercialInvoice, InsurancePolicy, PackingList, Waybill},
    types::{Amount, Incoterm},
};
use rust_decimal::{Decimal, RoundingStrategy};

/// Decimals of a share of a mass: grams.
const MASS_DECIMALS: u32 = 3;

/// One goods item: the places of its lines in the invoice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Item {
    pub(crate) lines: Vec<usize>,
}

/// Commodity code and origin.
type Key<'a> = (Option<&'a str>, Option<&'a str>);

/// The goods items, in the order in which the invoice first mentions them.
pub(crate) fn group(reader: &mut Reader<'_>) -> Result<Vec<Item>, Gap> {
    if !reader.has(CommercialInvoice) {
        return Err(Gap::NoDocument(CommercialInvoice));
    }
    let mut items: Vec<(Key<'_>, Item)> = Vec::new();
    for line in 0..reader.count(CommercialInvoice, "/lines") {
        let commodity = reader.find(CommercialInvoice, &format!("/lines/{line}/hs/code"));
        let origin = reader.find(CommercialInvoice, &format!("/lines/{line}/origin"));
        match items.iter_mut().find(|(key, _)| *key == (commodity, origin)) {
            Some((_, item)) => item.lines.push(line),
            None => items.push(((commodity, origin), Item { lines: vec![line] })),
        }
    }
    if items.is_empty() {
        return Err(Gap::NoField { kind: CommercialInvoice, path: "/lines/0".to_owned() });
    }
    Ok(items.into_iter().map(|(_, item)| item).collect())
}

/// The sum of the lines of one item.
pub(crate) fn charge(reader: &mut Reader<'_>, item: &Item) -> Result<Amount, Gap> {
    let mut sum: Option<Amount> = None;
    for line in &item.lines {
        let path = format!("/lines/{line}/amount");
        let amount = reader.amount(CommercialInvoice, &path)?;
        sum = Some(match sum {
            None => amount,
            Some(sum) => sum
                .checked_add(&amount)
                .ok_or(Gap::Arithmetic("the invoice's lines are not of one currency"))?,
        });
    }
    sum.ok_or(Gap::Arithmetic("the item has no line"))
}

/// The number of units of one item, if its lines count in one unit.
pub(crate) fn quantity(reader: &mut Reader<'_>, item: &Item) -> Result<Measure, Gap> {
    let mut sum: Option<Measure> = None;
    for line in &item.lines {
        let value = reader.decimal(CommercialInvoice, &format!("/lines/{line}/quantity/value"))?;
        let unit = reader.text(CommercialInvoice, &format!("/lines/{line}/quantity/unit"))?;
        sum = Some(match sum {
            None => Measure { value, unit: unit.to_owned() },
            Some(sum) if sum.unit == unit => {
                let total = sum.value.checked_add(value);
                Measure { value: total.ok_or(TOO_LARGE)?, ..sum }
            }
            Some(_) => return Err(Gap::Arithmetic("the item's lines count in different units")),
        });
    }
    sum.ok_or(Gap::Arithmetic("the item has no line"))
}

const TOO_LARGE: Gap = Gap::Arithmetic("the numbers are too large to compute with");

/// Which of the masses of a package.
#[derive(Clone, Copy)]
pub(crate) enum MassKind {
    Gross,
    Net,
}

impl MassKind {
    fn field(self) -> &'static str {
        match self {
            Self::Gross => "gross_mass",
            Self::Net => "net_mass",
        }
    }
}

/// The mass of every item: the packages' masses, those of mixed packages by quantity.
pub(crate) fn masses(
    reader: &mut Reader<'_>,
    items: &[Item],
    kind: MassKind,
) -> Result<Vec<Decimal>, Gap> {
    let field = kind.field();
    let packages = reader.count(PackingList, "/packages");
    let itemised =
        (0..packages).all(|package| peek(reader, &format!("/packages/{package}/{field}")));
    if packages == 0 || (items.len() == 1 && !itemised) {
        let total = reader.decimal(PackingList, &format!("/{field}"))?;
        if items.len() == 1 {
            return Ok(vec![total]);
        }
        return Err(Gap::NoField { kind: PackingList, path: "/packages/0".to_owned() });
    }
    let mut sums = vec![Decimal::ZERO; items.len()];
    for package in 0..packages {
        let mass = reader.decimal(PackingList, &format!("/packages/{package}/{field}"))?;
        let shares = if items.len() == 1 {
            vec![mass]
        } else {
            let weights = content_weights(reader, items, package)?;
            valuation::apportion(mass, &weights, MASS_DECIMALS.max(mass.scale()))
                .map_err(arithmetic)?
        };
        for (sum, share) in sums.iter_mut().zip(shares) {
            *sum = sum.checked_add(share).ok_or(TOO_LARGE)?;
        }
    }
    Ok(sums)
}

/// Whether the packing list has a field, without making it an origin.
fn peek(reader: &Reader<'_>, path: &str) -> bool {
    reader.sources().get(PackingList).is_some_and(|list| list.field(path).is_some())
}

/// How much of a package's content belongs to each item, by quantity.
fn content_weights(
    reader: &mut Reader<'_>,
    items: &[Item],
    package: usize,
) -> Result<Vec<Decimal>, Gap> {
    let mut weights = vec![Decimal::ZERO; items.len()];
    let contents = format!("/packages/{package}/contents");
    for content in 0..reader.count(PackingList, &contents) {
        let path = format!("{contents}/{content}");
        let item = item_of_content(reader, items, &path)?;
        let quantity = reader.decimal(PackingList, &format!("{path}/quantity/value"))?;
        weights[item] = weights[item].checked_add(quantity).ok_or(TOO_LARGE)?;
    }
    Ok(weights)
}

/// The item that packed goods belong to, by the number of their invoice line.
fn item_of_content(reader: &mut Reader<'_>, items: &[Item], path: &str) -> Result<usize, Gap> {
    let path = format!("{path}/invoice_line");
    let number = reader.text(PackingList, &path)?;
    for (index, item) in items.iter().enumerate() {
        for line in &item.lines {
            if reader.find(CommercialInvoice, &format!("/lines/{line}/id")) == Some(number) {
                return Ok(index);
            }
        }
    }
    Err(Gap::Unmatched { kind: PackingList, path })
}

/// Packages with goods of an item: the package's place in the packing list, and whether the item is
/// the first that it holds. Only there the package counts, so that items add up to the total.
pub(crate) fn packages(
    reader: &mut Reader<'_>,
    items: &[Item],
    item: usize,
) -> Result<Vec<(usize, bool)>, Gap> {
    let count = reader.count(PackingList, "/packages");
    if items.len() == 1 {
        return Ok((0..count).map(|package| (package, true)).collect());
    }
    let mut found = Vec::new();
    for package in 0..count {
        let contents = format!("/packages/{package}/contents");
        let mut held = Vec::new();
        for content in 0..reader.count(PackingList, &contents) {
            held.push(item_of_content(reader, items, &format!("{contents}/{content}"))?);
        }
        if held.contains(&item) {
            found.push((package, held.first() == Some(&item)));
        }
    }
    Ok(found)
}

/// The value of one item on a basis. Without anything to share, only its own lines are read.
pub(crate) fn value_of(
    reader: &mut Reader<'_>,
    items: &[Item],
    index: usize,
    basis: Basis,
) -> Result<Amount, Gap> {
    let own = charge(reader, &items[index])?;
    let term = term(reader)?;
    let (others, apart) = other_charges(reader, &own)?;
    if others.is_zero() && valuation::adjustments(term, apart, basis).is_empty() {
        return Ok(own);
    }
    Ok(values(reader, items, basis)?[index])
}

/// The value of every item on a basis, in the invoice's currency.
pub(crate) fn values(
    reader: &mut Reader<'_>,
    items: &[Item],
    basis: Basis,
) -> Result<Vec<Amount>, Gap> {
    let term = term(reader)?;
    let charges: Vec<Amount> =
        items.iter().map(|item| charge(reader, item)).collect::<Result<_, _>>()?;
    let currency = charges[0].currency;
    let by_value: Vec<Decimal> = charges.iter().map(|charge| charge.value).collect();
    let (others, apart) = other_charges(reader, &charges[0])?;
    let mut prices = by_value.clone();
    if !others.is_zero() {
        let shares = share(others, &by_value, currency.as_str())?;
        for (price, share) in prices.iter_mut().zip(shares) {
            *price = price.checked_add(share).ok_or(TOO_LARGE)?;
        }
    }
    let mut changes: Vec<Vec<(Adjustment, Decimal)>> = vec![Vec::new(); items.len()];
    for adjustment in valuation::adjustments(term, apart, basis) {
        let shares = cost_shares(reader, items, adjustment.cost, &charges)?;
        for (changes, share) in changes.iter_mut().zip(shares) {
            changes.push((adjustment, share));
        }
    }
    prices
        .into_iter()
        .zip(changes)
        .map(|(price, changes)| {
            let value = valuation::adjusted(price, &changes).map_err(arithmetic)?;
            Ok(Amount { value, currency })
        })
        .collect()
}

/// The delivery term of the sale.
pub(crate) fn term(reader: &mut Reader<'_>) -> Result<Incoterm, Gap> {
    let path = "/delivery_terms/code";
    let text = reader.text(CommercialInvoice, path)?;
    Incoterm::parse(text).map_err(|_| Gap::Unreadable {
        kind: CommercialInvoice,
        path: path.to_owned(),
        value: text.to_owned(),
        expected: "a delivery term of the Incoterms rules",
    })
}

/// Charges less allowances that are neither freight nor insurance, and which of those stand apart.
fn other_charges(reader: &mut Reader<'_>, like: &Amount) -> Result<(Decimal, Apart), Gap> {
    let mut sum = Decimal::ZERO;
    let mut apart = Apart::default();
    for index in 0..reader.count(CommercialInvoice, "/charges") {
        let path = format!("/charges/{index}");
        match reader.text(CommercialInvoice, &format!("{path}/purpose"))? {
            "freight" => apart.freight = true,
            "insurance" => apart.insurance = true,
            _ => {
                let amount = signed_charge(reader, &path)?;
                if amount.currency != like.currency {
                    return Err(Gap::Arithmetic("the invoice's charges are not of its currency"));
                }
                sum = sum.checked_add(amount.value).ok_or(TOO_LARGE)?;
            }
        }
    }
    Ok((sum, apart))
}

fn signed_charge(reader: &mut Reader<'_>, path: &str) -> Result<Amount, Gap> {
    let effect = reader.text(CommercialInvoice, &format!("{path}/effect"))?;
    let amount = reader.amount(CommercialInvoice, &format!("{path}/amount"))?;
    let sign = if effect == "allowance" { -Decimal::ONE } else { Decimal::ONE };
    Ok(Amount { value: amount.value * sign, ..amount })
}

/// Every item's share of a cost, in the currency of its charge: freight by gross mass, all else by
/// value.
pub(crate) fn cost_shares(
    reader: &mut Reader<'_>,
    items: &[Item],
    cost: Cost,
    charges: &[Amount],
) -> Result<Vec<Decimal>, Gap> {
    let currency = charges[0].currency.to_string();
    let total = cost_total(reader, cost)?;
    let total = converted(reader, total, &currency)?;
    if items.len() == 1 {
        return Ok(vec![total]);
    }
    let weights = match cost {
        Cost::Freight => masses(reader, items, MassKind::Gross)?,
        _ => charges.iter().map(|charge| charge.value).collect(),
    };
    share(total, &weights, &currency)
}

fn share(total: Decimal, weights: &[Decimal], currency: &str) -> Result<Vec<Decimal>, Gap> {
    let decimals = minor_unit(currency).unwrap_or(0).max(total.normalize().scale());
    valuation::apportion(total, weights, decimals).map_err(arithmetic)
}

/// The amount of a cost for all goods: the carrier's freight and the insurer's premium, else what
/// the invoice shows, else the declarant's own statement.
pub(crate) fn cost_total(reader: &mut Reader<'_>, cost: Cost) -> Result<Amount, Gap> {
    let (kind, path, purpose) = match cost {
        Cost::Freight => (Waybill, "/freight", "freight"),
        Cost::Insurance => (InsurancePolicy, "/premium", "insurance"),
        Cost::Inland | Cost::Loading | Cost::Onward | Cost::Duties => {
            let own = &reader.profile()?.costs;
            let amount = match cost {
                Cost::Inland => own.inland,
                Cost::Loading => own.loading,
                Cost::Onward => own.onward,
                _ => own.duties,
            };
            return amount.ok_or(Gap::NoStatement(cost.name()));
        }
    };
    if let Some(amount) = reader.find_amount(kind, path)? {
        return Ok(amount);
    }
    invoiced(reader, purpose)?.ok_or_else(|| missing_cost(reader, kind, path))
}

fn missing_cost(reader: &Reader<'_>, kind: DocumentType, path: &str) -> Gap {
    if reader.has(kind) {
        Gap::NoField { kind, path: path.to_owned() }
    } else {
        Gap::NoDocument(kind)
    }
}

/// What the invoice asks for a purpose beside the goods.
pub(crate) fn invoiced(reader: &mut Reader<'_>, purpose: &str) -> Result<Option<Amount>, Gap> {
    let mut sum: Option<Amount> = None;
    for index in 0..reader.count(CommercialInvoice, "/charges") {
        let path = format!("/charges/{index}");
        if reader.text(CommercialInvoice, &format!("{path}/purpose"))? != purpose {
            continue;
        }
        let amount = signed_charge(reader, &path)?;
        sum = Some(match sum {
            None => amount,
            Some(sum) => sum
                .checked_add(&amount)
                .ok_or(Gap::Arithmetic("the invoice's charges are not of one currency"))?,
        });
    }
    Ok(sum)
}

/// An amount in another currency, at the declarant's customs rate, rounded half up to the minor
/// unit.
fn converted(reader: &mut Reader<'_>, amount: Amount, to: &str) -> Result<Decimal, Gap> {
    if amount.currency.as_str() == to {
        return Ok(amount.value);
    }
    let profile = reader.profile()?;
    let rate = profile
        .rates
        .iter()
        .find(|rate| rate.from == amount.currency && rate.to.as_str() == to)
        .ok_or_else(|| Gap::NoRate { from: amount.currency.to_string(), to: to.to_owned() })?;
    let value = amount.value.checked_mul(rate.rate).ok_or(TOO_LARGE)?;
    let strategy = RoundingStrategy::MidpointAwayFromZero;
    Ok(value.round_dp_with_strategy(minor_unit(to).unwrap_or(2), strategy))
}

fn arithmetic(error: ValuationError) -> Gap {
    Gap::Arithmetic(match error {
        ValuationError::TooLarge => "the numbers are too large to compute with",
        ValuationError::Negative => "the costs to be taken off exceed the price",
        ValuationError::NoWeights => "there is nothing to apportion in proportion to",
    })
}
