//! Rules for the declaration as a whole: kind, reference, totals, declarant, exporter.

use super::{
    profile::Representation,
    rule::{
        Context,
        Duty::{Absent, Conditional, Mandatory},
        Rule, Scope, Value, rule,
    },
    shipment::{constant, find, need, party_id, party_id_of},
};
use crate::confidential::{gap::Gap, measure::Measure};
use hansa_documents::{
    DocumentType::{CommercialInvoice, PackingList, Waybill},
    types::Party,
};
use rust_decimal::Decimal;

pub(super) const HEADER: &[Rule] = &[
    rule!(
        "D01",
        "TypeCode",
        Mandatory,
        Mandatory,
        Once,
        "kind of declaration; declarant's profile",
        "EX or IM, then A if the goods are there when it is lodged, D if not",
        |c| {
            let side = if c.is_import() { "IM" } else { "EX" };
            Ok(Some(format!("{side}{}", c.reader.profile()?.lodged.code())))
        }
    ),
    rule!(
        "D02",
        "FunctionCode",
        Mandatory,
        Mandatory,
        Once,
        "constant",
        "9: an original declaration",
        |_| constant("9")
    ),
    rule!(
        "D03",
        "FunctionalReferenceID",
        Mandatory,
        Mandatory,
        Once,
        "declarant's profile",
        "as it stands",
        |c| { Ok(Some(c.reader.profile()?.number.to_string())) }
    ),
    rule!(
        "D04",
        "GoodsItemQuantity",
        Mandatory,
        Mandatory,
        Once,
        "commercial invoice /lines/*/hs/code, /lines/*/origin",
        "number of groups of lines with the same commodity code and origin",
        |c| {
            let items = c.items()?.len();
            // Reading once more makes the grouping fields the origin of their number.
            super::item::group(&mut c.reader)?;
            Ok(Some(items.to_string()))
        }
    ),
    rule!(
        "D05",
        "TotalPackageQuantity",
        Mandatory,
        Mandatory,
        Once,
        "packing list /total_packages, else /packages/*/packaging/count",
        "the stated total, else the sum",
        total_packages
    ),
    rule!(
        "D06",
        "TotalGrossMassMeasure",
        Mandatory,
        Mandatory,
        Once,
        "packing list /gross_mass",
        "in kilograms",
        |c| {
            let mass = c.reader.decimal(PackingList, "/gross_mass")?;
            Ok(Some(Measure::kilograms(mass).to_string()))
        }
    ),
    rule!(
        "D07",
        "InvoiceAmount",
        Conditional,
        Mandatory,
        Once,
        "commercial invoice /payable",
        "as it stands",
        |c| {
            let amount = c.reader.amount(CommercialInvoice, "/payable")?;
            Ok(Some(Measure::from(amount).to_string()))
        }
    ),
    rule!(
        "D10",
        "Agent/ID",
        Conditional,
        Conditional,
        Once,
        "declarant's profile",
        "registered identifier, else member id, of a representative",
        |c| agent(c, party_id_of)
    ),
    rule!(
        "D11",
        "Agent/Name",
        Conditional,
        Conditional,
        Once,
        "declarant's profile",
        "name of a representative",
        |c| agent(c, |party| Some(party.name.to_string()))
    ),
    rule!(
        "D12",
        "Agent/FunctionCode",
        Conditional,
        Conditional,
        Once,
        "declarant's profile",
        "2 for direct, 3 for indirect representation",
        |c| {
            Ok(match c.reader.profile()?.representation {
                Representation::Own => None,
                Representation::Direct => Some("2".to_owned()),
                Representation::Indirect => Some("3".to_owned()),
            })
        }
    ),
    rule!(
        "D13",
        "Declarant/ID",
        Mandatory,
        Mandatory,
        Once,
        "declarant's profile",
        "registered identifier, else member id",
        |c| {
            let id = party_id_of(&c.reader.profile()?.declarant);
            id.map(Some).ok_or(Gap::NoStatement("an identifier of the declarant"))
        }
    ),
    rule!(
        "D14",
        "Declarant/Name",
        Mandatory,
        Mandatory,
        Once,
        "declarant's profile",
        "as it stands",
        |c| { Ok(Some(c.reader.profile()?.declarant.name.to_string())) }
    ),
    rule!(
        "D15",
        "ExitOffice/ID",
        Mandatory,
        Absent,
        Once,
        "waybill /loading_port; declarant's profile",
        "the office of exit that the profile gives for the port of loading",
        |c| {
            let port = c.reader.text(Waybill, "/loading_port")?;
            let office = c.reader.profile()?.exit_offices.get(port);
            let office =
                office.ok_or(Gap::NoStatement("the office of exit at the port of loading"));
            Ok(Some(office?.to_string()))
        }
    ),
    rule!(
        "D16",
        "Exporter/ID",
        Mandatory,
        Mandatory,
        Once,
        "commercial invoice /seller",
        "first registered identifier, else member id",
        |c| party_id(&mut c.reader, (CommercialInvoice, "/seller")).map(Some)
    ),
    rule!(
        "D17",
        "Exporter/Name",
        Mandatory,
        Mandatory,
        Once,
        "commercial invoice /seller/name",
        "as it stands",
        |c| need(c, CommercialInvoice, "/seller/name")
    ),
    rule!(
        "D18",
        "Exporter/Address/Line",
        Conditional,
        Conditional,
        Once,
        "commercial invoice /seller/address/street",
        "as it stands",
        |c| find(c, CommercialInvoice, "/seller/address/street")
    ),
    rule!(
        "D19",
        "Exporter/Address/CityName",
        Conditional,
        Conditional,
        Once,
        "commercial invoice /seller/address/city",
        "as it stands",
        |c| find(c, CommercialInvoice, "/seller/address/city")
    ),
    rule!(
        "D20",
        "Exporter/Address/PostcodeID",
        Conditional,
        Conditional,
        Once,
        "commercial invoice /seller/address/postal_code",
        "as it stands",
        |c| find(c, CommercialInvoice, "/seller/address/postal_code")
    ),
    rule!(
        "D21",
        "Exporter/Address/CountryCode",
        Mandatory,
        Mandatory,
        Once,
        "commercial invoice /seller/address/country",
        "as it stands",
        |c| need(c, CommercialInvoice, "/seller/address/country")
    ),
    rule!(
        "D22",
        "ObligationGuarantee/ReferenceID",
        Conditional,
        Conditional,
        Once,
        "declarant's profile",
        "as it stands",
        |c| { Ok(c.reader.profile()?.guarantee.as_ref().map(ToString::to_string)) }
    ),
];

fn total_packages(context: &mut Context<'_>) -> Value {
    let reader = &mut context.reader;
    if let Some(total) = reader.find(PackingList, "/total_packages") {
        return Ok(Some(total.to_owned()));
    }
    let mut sum = reader.decimal(PackingList, "/packages/0/packaging/count")?;
    for package in 1..reader.count(PackingList, "/packages") {
        let count = reader.decimal(PackingList, &format!("/packages/{package}/packaging/count"))?;
        sum = sum.checked_add(count).unwrap_or(Decimal::MAX);
    }
    Ok(Some(sum.to_string()))
}

fn agent(context: &mut Context<'_>, part: fn(&Party) -> Option<String>) -> Value {
    let profile = context.reader.profile()?;
    Ok(match profile.representation {
        Representation::Own => None,
        Representation::Direct | Representation::Indirect => part(&profile.declarant),
    })
}
