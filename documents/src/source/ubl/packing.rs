//! `PackingList` (UBL 2.x).
//!
//! Packages stand in `TransportHandlingUnit/ActualPackage`. The invoice line of packed goods is the
//! id of `GoodsItem/InvoiceLine`, or a `DespatchLineReference` into a document of type 380.

use super::{super::SourceError, common, tree::Element};
use crate::{
    document::{PackedGoods, PackedLine, PackingList},
    kind::DocumentType,
    types::{Mass, Number, PackageType, Packaging},
};

type Read<T> = Result<T, SourceError>;

pub(super) fn read(root: &Element) -> Read<PackingList> {
    let shipment = root.at("cac:Shipment").ok_or_else(|| root.missing("cac:Shipment"))?;
    let consignment = shipment.at("cac:Consignment");
    let mut packages = Vec::new();
    let mut handling_units = Vec::new();
    for unit in shipment.children("cac:TransportHandlingUnit") {
        handling_units.extend(handling_unit(unit)?);
        for package in unit.children("cac:ActualPackage") {
            packages.push(packed_goods(unit, package)?);
        }
    }
    let units = shipment.children("cac:TransportHandlingUnit");
    let equipment =
        common::all_equipment(units.flat_map(|unit| unit.children("cac:TransportEquipment")))?;
    let mut references = common::references(root, "cac:DocumentReference")?;
    let gross = shipment.mass("cbc:GrossWeightMeasure")?;
    let inner = |path| consignment.map_or(Ok(None), |part: &Element| common::party(part, path));
    Ok(PackingList {
        number: root.number("cbc:ID")?,
        issue_date: root.date("cbc:IssueDate")?.ok_or_else(|| root.missing("cbc:IssueDate"))?,
        ucr: common::ucr(consignment),
        invoice: common::take_reference(&mut references, DocumentType::CommercialInvoice),
        consignor: match common::party(root, "cac:ConsignorParty")? {
            Some(consignor) => Some(consignor),
            None => inner("cac:ConsignorParty")?,
        },
        consignee: inner("cac:ConsigneeParty")?,
        packages,
        handling_units,
        equipment,
        total_packages: consignment
            .map_or(Ok(None), |part| part.count("cbc:TotalPackagesQuantity"))?,
        gross_mass: gross.ok_or_else(|| shipment.missing("cbc:GrossWeightMeasure"))?,
        net_mass: shipment.mass("cbc:NetWeightMeasure")?,
        volume: shipment.volume("cbc:GrossVolumeMeasure")?,
        references,
        notes: root.all_words("cbc:Note")?,
    })
}

/// What packages stand on or in, if its kind is known.
fn handling_unit(unit: &Element) -> Read<Option<Packaging>> {
    let path = "cbc:TransportHandlingUnitTypeCode";
    let Some(kind) = unit.recognised(path, PackageType::parse) else { return Ok(None) };
    let marks = unit.words("cbc:ShippingMarks")?;
    Ok(Some(Packaging { count: 1, kind, marks }))
}

fn packed_goods(unit: &Element, package: &Element) -> Read<PackedGoods> {
    let id = match package.optional("cbc:ID", Number::parse)? {
        Some(id) => id,
        None => unit.number("cbc:ID")?,
    };
    let marks = match unit.at("cbc:TransportHandlingUnitTypeCode") {
        Some(_) => None,
        None => unit.words("cbc:ShippingMarks")?,
    };
    let missing = || package.missing("cbc:PackagingTypeCode and cbc:Quantity");
    let packaging = common::packaging(package, marks)?.ok_or_else(missing)?;
    let goods: Vec<&Element> = package.children("cac:GoodsItem").collect();
    let gross = total(&goods, "cbc:GrossWeightMeasure")?;
    let volume = match goods.as_slice() {
        [item] => item.volume("cbc:GrossVolumeMeasure")?,
        _ => None,
    };
    Ok(PackedGoods {
        id,
        packaging,
        gross_mass: gross.ok_or_else(|| package.missing("cac:GoodsItem/cbc:GrossWeightMeasure"))?,
        net_mass: total(&goods, "cbc:NetWeightMeasure")?,
        volume,
        contents: goods.into_iter().map(packed_line).collect::<Read<_>>()?,
    })
}

/// The sum of one mass over all goods, nothing if one of them lacks it.
fn total(goods: &[&Element], path: &str) -> Read<Option<Mass>> {
    let mut sum: Option<Mass> = None;
    for item in goods {
        let Some(mass) = item.mass(path)? else { return Ok(None) };
        let added = sum.map_or(Some(mass), |sum| sum.checked_add(mass));
        sum = Some(added.ok_or_else(|| item.unsupported("the masses are too large to add"))?);
    }
    Ok(sum)
}

fn packed_line(item: &Element) -> Read<PackedLine> {
    let quantity = item.quantity("cbc:Quantity")?;
    let description = match item.words("cbc:Description")? {
        Some(description) => Some(description),
        None => item.words("cac:Item/cbc:Description")?,
    };
    Ok(PackedLine {
        invoice_line: invoice_line(item)?,
        description: match description {
            Some(description) => Some(description),
            None => item.words("cac:Item/cbc:Name")?,
        },
        quantity: quantity.ok_or_else(|| item.missing("cbc:Quantity"))?,
    })
}

fn invoice_line(item: &Element) -> Read<Option<Number>> {
    if let Some(id) = item.optional("cac:InvoiceLine/cbc:ID", Number::parse)? {
        return Ok(Some(id));
    }
    let Some(reference) = item.at("cac:DespatchLineReference") else { return Ok(None) };
    if !reference.has_code("cac:DocumentReference/cbc:DocumentTypeCode", "380") {
        return Ok(None);
    }
    // Which invoice it is stands with the packing list itself.
    reference.words("cac:DocumentReference/cbc:ID")?;
    reference.optional("cbc:LineID", Number::parse)
}
