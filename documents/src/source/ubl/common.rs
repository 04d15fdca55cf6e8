//! Components that several UBL documents share.

use super::{super::SourceError, tree::Element};
use crate::{
    document::GoodsLine,
    kind::DocumentType,
    types::{
        Address, Amount, Charge, ChargeEffect, ChargePurpose, ContainerNumber, Date, DeliveryTerms,
        DocRef, Equipment, HsCode, HsDigits, HsEdition, Incoterm, IncotermsEdition, Number,
        PackageType, Packaging, Party, PartyId, Period, Quantity, Text, parse_xsd_decimal,
    },
};
use hansa_primitives::{MemberId, Ucr};
use rust_decimal::Decimal;

/// The scheme under which a party's identifier is its member id on this ledger.
const MEMBER_SCHEME: &str = "HANSA";

/// Identifiers of one party.
const PARTY_IDS_MAX: usize = 32;
/// Containers of one document.
const EQUIPMENT_MAX: usize = 1000;

type Read<T> = Result<T, SourceError>;

/// A party, if the element is there.
pub(super) fn party(parent: &Element, path: &str) -> Read<Option<Party>> {
    parent.at(path).map(read_party).transpose()
}

/// A party that must be there.
pub(super) fn required_party(parent: &Element, path: &str) -> Read<Party> {
    party(parent, path)?.ok_or_else(|| parent.missing(path))
}

fn read_party(element: &Element) -> Read<Party> {
    let mut member = None;
    let mut ids = Vec::new();
    for id in element.children("cac:PartyIdentification").filter_map(|part| part.at("cbc:ID")) {
        if id.peek_attribute("schemeID") == Some(MEMBER_SCHEME) && member.is_none() {
            if let Ok(known) = MemberId::new(id.peek()) {
                id.attribute("schemeID");
                id.mark_read();
                member = Some(known);
            }
        } else {
            ids.extend(read_id(id)?);
        }
    }
    for part in ["cac:PartyLegalEntity", "cac:PartyTaxScheme"] {
        let companies = element.children(part).filter_map(|part| part.at("cbc:CompanyID"));
        for id in companies.take(PARTY_IDS_MAX) {
            let id = read_id(id)?.filter(|id| !ids.contains(id));
            ids.extend(id);
        }
    }
    if ids.len() > PARTY_IDS_MAX {
        return Err(element.unsupported("a party has at most 32 identifiers"));
    }
    let name = match element.words("cac:PartyName/cbc:Name")? {
        Some(name) => Some(name),
        None => element.words("cac:PartyLegalEntity/cbc:RegistrationName")?,
    };
    Ok(Party {
        name: name.ok_or_else(|| element.missing("cac:PartyName/cbc:Name"))?,
        member,
        ids,
        address: address(element)?,
    })
}

fn read_id(element: &Element) -> Read<Option<PartyId>> {
    let Some(value) = element.value(Text::parse)? else { return Ok(None) };
    let scheme = element.attribute("schemeID").filter(|scheme| !scheme.is_empty());
    let scheme = scheme.map(Text::parse).transpose().map_err(|reason| element.invalid(reason))?;
    Ok(Some(PartyId { scheme, value }))
}

fn address(party: &Element) -> Read<Option<Address>> {
    let Some(element) = party.at("cac:PostalAddress") else { return Ok(None) };
    let street = element.words("cbc:StreetName")?;
    let house = element.words("cbc:BuildingNumber")?;
    let street = match (street, house) {
        (Some(street), Some(house)) => {
            let joined = Text::parse(&format!("{street} {house}"));
            Some(joined.map_err(|reason| element.invalid(reason))?)
        }
        (street, house) => street.or(house),
    };
    let address = Address {
        street,
        city: element.words("cbc:CityName")?,
        postal_code: element.words("cbc:PostalZone")?,
        region: element.words("cbc:CountrySubentity")?,
        country: element.country("cac:Country/cbc:IdentificationCode")?,
    };
    Ok((address != Address::default()).then_some(address))
}

/// Charges and allowances of a document.
pub(super) fn charges(parent: &Element, name: &str) -> Read<Vec<Charge>> {
    parent.children(name).map(read_charge).collect()
}

fn read_charge(element: &Element) -> Read<Charge> {
    let effect = match element.at("cbc:ChargeIndicator").map(Element::text) {
        Some("true" | "1") => ChargeEffect::Charge,
        Some("false" | "0") => ChargeEffect::Allowance,
        Some(_) => return Err(element.unsupported("the charge indicator is true or false")),
        None => return Err(element.missing("cbc:ChargeIndicator")),
    };
    let reason = element.words("cbc:AllowanceChargeReason")?;
    let mentions = |word: &str| {
        reason.as_ref().is_some_and(|text| text.as_str().to_lowercase().contains(word))
    };
    let freight_code = element.has_code("cbc:AllowanceChargeReasonCode", "FC");
    let purpose = if freight_code || mentions("freight") {
        ChargePurpose::Freight
    } else if mentions("insurance") {
        ChargePurpose::Insurance
    } else {
        ChargePurpose::Other
    };
    let amount = element.amount("cbc:Amount")?.ok_or_else(|| element.missing("cbc:Amount"))?;
    Ok(Charge { effect, purpose, reason, amount })
}

/// Marks stated totals of charges and allowances as read where they are the sum of those that were
/// read.
pub(super) fn check_charge_totals(totals: Option<&Element>, charges: &[Charge]) -> Read<()> {
    let Some(totals) = totals else { return Ok(()) };
    for (path, effect) in [
        ("cbc:ChargeTotalAmount", ChargeEffect::Charge),
        ("cbc:AllowanceTotalAmount", ChargeEffect::Allowance),
    ] {
        let Some(element) = totals.at(path) else { continue };
        let mut of_effect = charges.iter().filter(|charge| charge.effect == effect);
        let sum =
            of_effect.try_fold(Decimal::ZERO, |sum, charge| sum.checked_add(charge.amount.value));
        if parse_xsd_decimal(element.peek()).ok() == sum && sum.is_some() {
            totals.amount(path)?;
        }
    }
    Ok(())
}

/// Terms of delivery, if they are an Incoterm.
pub(super) fn delivery_terms(parent: &Element, path: &str) -> Read<Option<DeliveryTerms>> {
    let Some(element) = parent.at(path) else { return Ok(None) };
    let Some(code) = element.recognised("cbc:ID", Incoterm::parse) else { return Ok(None) };
    if let Some(id) = element.at("cbc:ID") {
        for attribute in ["schemeID", "schemeAgencyID", "schemeName"] {
            id.attribute(attribute);
        }
    }
    let edition = |text: &str| IncotermsEdition::parse(text.trim_start_matches("Incoterms").trim());
    let place = element.at("cac:DeliveryLocation");
    let name = |path| place.map_or(Ok(None), |place| place.words(path));
    Ok(Some(DeliveryTerms {
        code,
        place: element.locode("cac:DeliveryLocation/cbc:ID"),
        place_name: match name("cbc:Name")? {
            Some(name) => Some(name),
            None => name("cbc:Description")?,
        },
        edition: element.recognised("cbc:SpecialTerms", edition),
    }))
}

/// A reference to a document of a known type.
pub(super) fn reference(parent: &Element, path: &str, kind: DocumentType) -> Read<Option<DocRef>> {
    let Some(element) = parent.at(path) else { return Ok(None) };
    let Some(number) = element.optional("cbc:ID", Number::parse)? else { return Ok(None) };
    element.has_code("cbc:DocumentTypeCode", &kind.code().to_string());
    let issue_date = element.date("cbc:IssueDate")?;
    Ok(Some(DocRef { issue_date, ..DocRef::to(kind, number) }))
}

/// References whose type code is one of UNTDID 1001 that is known here; others stay unread.
pub(super) fn references(parent: &Element, name: &str) -> Read<Vec<DocRef>> {
    let mut found = Vec::new();
    for element in parent.children(name) {
        let code = |text: &str| {
            let known = text.parse::<u16>().ok().and_then(|code| DocumentType::try_from(code).ok());
            known.ok_or_else(|| unknown_code(text))
        };
        let Some(kind) = element.recognised("cbc:DocumentTypeCode", code) else { continue };
        let number = element.number("cbc:ID")?;
        let issue_date = element.date("cbc:IssueDate")?;
        found.push(DocRef { issue_date, ..DocRef::to(kind, number) });
    }
    Ok(found)
}

/// Takes the first reference of a type out of a list.
pub(super) fn take_reference(references: &mut Vec<DocRef>, kind: DocumentType) -> Option<DocRef> {
    let place = references.iter().position(|reference| reference.kind == kind)?;
    Some(references.remove(place))
}

fn unknown_code(code: &str) -> crate::types::InvalidValue {
    crate::types::InvalidValue::new("a document type", code, "a code of UNTDID 1001 is expected")
}

/// A unique consignment reference: the id of a consignment under that scheme.
pub(super) fn ucr(consignment: Option<&Element>) -> Option<Ucr> {
    let id = consignment?.at("cbc:ID")?;
    let scheme = |name: &str| id.peek_attribute(name).unwrap_or_default();
    let is_ucr =
        scheme("schemeID") == "UCR" || scheme("schemeName") == "Unique Consignment Reference";
    let ucr = Ucr::new(id.peek()).ok().filter(|_| is_ucr)?;
    id.mark_read();
    for attribute in ["schemeID", "schemeName", "schemeAgencyID", "schemeAgencyName"] {
        id.attribute(attribute);
    }
    Some(ucr)
}

/// A commodity code among an item's classifications.
pub(super) fn commodity(item: &Element, day: Date) -> Option<HsCode> {
    let parts = item.children("cac:CommodityClassification");
    parts.filter_map(|part| commodity_in(part, day)).next()
}

fn commodity_in(part: &Element, day: Date) -> Option<HsCode> {
    let harmonised = |element: &&Element| {
        let list = element.peek_attribute("listID").unwrap_or_default();
        ["HS", "CN", "TARIC", "HTS"].contains(&list)
    };
    let code = part
        .at("cbc:CommodityCode")
        .or_else(|| part.at("cbc:ItemClassificationCode").filter(harmonised))?;
    tariff(code, day)
}

/// A commodity code from an element that holds one; anything else stays unread.
pub(super) fn tariff(code: &Element, day: Date) -> Option<HsCode> {
    let digits = HsDigits::parse(code.peek()).ok()?;
    code.mark_read();
    code.attribute("listID");
    let stated = code.peek_attribute("listVersionID").and_then(|text| HsEdition::parse(text).ok());
    if stated.is_some() {
        code.attribute("listVersionID");
    }
    Some(HsCode { code: digits, edition: stated.unwrap_or_else(|| HsEdition::on(day)) })
}

/// Parts of a priced line that orders and invoices name differently.
pub(super) struct LineParts {
    pub(super) quantity: Quantity,
    pub(super) amount: Option<Amount>,
}

/// A line of goods; without an amount of its own it takes quantity times price.
pub(super) fn line(element: &Element, parts: LineParts, day: Date) -> Read<GoodsLine> {
    let item = element.at("cac:Item").ok_or_else(|| element.missing("cac:Item"))?;
    let description = match item.words("cbc:Description")? {
        Some(description) => Some(description),
        None => item.words("cbc:Name")?,
    };
    let unit_price = element
        .amount("cac:Price/cbc:PriceAmount")?
        .ok_or_else(|| element.missing("cac:Price/cbc:PriceAmount"))?;
    let price_base = base_quantity(element, &parts.quantity)?;
    let charges = charges(element, "cac:AllowanceCharge")?;
    let computed = || {
        let base = price_base.map_or(Decimal::ONE, |base| base.value);
        let value = unit_price.value.checked_mul(parts.quantity.value)?.checked_div(base)?;
        let goods = Amount { value, ..unit_price }.rounded();
        charges.iter().try_fold(goods, |sum, charge| sum.checked_add(&charge.signed()))
    };
    let amount = parts
        .amount
        .or_else(computed)
        .ok_or_else(|| element.unsupported("quantity times price cannot be computed"))?;
    Ok(GoodsLine {
        id: element.number("cbc:ID")?,
        description: description.ok_or_else(|| item.missing("cbc:Description"))?,
        sellers_item: item.optional("cac:SellersItemIdentification/cbc:ID", Number::parse)?,
        buyers_item: item.optional("cac:BuyersItemIdentification/cbc:ID", Number::parse)?,
        hs: commodity(item, day),
        origin: item.country("cac:OriginCountry/cbc:IdentificationCode")?,
        quantity: parts.quantity,
        unit_price,
        price_base,
        charges,
        amount,
        net_mass: element.mass("cac:Delivery/cac:Shipment/cbc:NetWeightMeasure")?,
        gross_mass: element.mass("cac:Delivery/cac:Shipment/cbc:GrossWeightMeasure")?,
        production_date: item.date("cac:ItemInstance/cbc:ManufactureDate")?,
    })
}

/// How many units a price is for. Without a unit of its own the number counts units of the line.
fn base_quantity(line: &Element, quantity: &Quantity) -> Read<Option<Quantity>> {
    let path = "cac:Price/cbc:BaseQuantity";
    let Some(element) = line.at(path) else { return Ok(None) };
    if element.peek_attribute("unitCode").is_some() {
        return line.quantity(path);
    }
    let value = element.value(parse_xsd_decimal)?;
    Ok(value.map(|value| Quantity { value, ..*quantity }))
}

/// A stretch of days.
pub(super) fn period(parent: &Element, path: &str) -> Read<Option<Period>> {
    let Some(element) = parent.at(path) else { return Ok(None) };
    let period = Period { from: element.date("cbc:StartDate")?, to: element.date("cbc:EndDate")? };
    Ok((period.from.is_some() || period.to.is_some()).then_some(period))
}

/// All containers among some elements, each once; other equipment stays unread.
pub(super) fn all_equipment<'a>(
    elements: impl Iterator<Item = &'a Element>,
) -> Read<Vec<Equipment>> {
    let mut found: Vec<Equipment> = Vec::new();
    for element in elements {
        let unit = equipment(element)?.filter(|unit| !found.contains(unit));
        found.extend(unit);
        if found.len() > EQUIPMENT_MAX {
            return Err(element.unsupported("a document has at most 1000 containers"));
        }
    }
    Ok(found)
}

fn equipment(element: &Element) -> Read<Option<Equipment>> {
    let Some(number) = element.recognised("cbc:ID", ContainerNumber::parse) else {
        return Ok(None);
    };
    let seals = element
        .children("cac:TransportEquipmentSeal")
        .map(|seal| seal.number("cbc:ID"))
        .collect::<Read<Vec<Number>>>()?;
    let size_type = element.words("cbc:SizeTypeCode")?;
    Ok(Some(Equipment { number, size_type, seals }))
}

/// Packages: number and kind, if both are there.
pub(super) fn packaging(package: &Element, marks: Option<Text>) -> Read<Option<Packaging>> {
    let Some(kind) = package.recognised("cbc:PackagingTypeCode", PackageType::parse) else {
        return Ok(None);
    };
    let count = package.count("cbc:Quantity")?;
    Ok(count.map(|count| Packaging { count, kind, marks }))
}
