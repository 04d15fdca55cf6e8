//! Rules for the declaration and the shipment as a whole: kind, reference, totals, parties, terms, earlier
//! documents.

use super::{
    profile::Representation,
    rule::{
        Context,
        Duty::{Absent, Conditional, Mandatory},
        Rule, Scope, Value,
    },
};
use crate::confidential::{gap::Gap, measure::Measure, reader::Reader};
use hansa_documents::{
    DocumentType::{
        self, CertificateOfOrigin, ClearanceNotice, CommercialInvoice, PackingList, TradeContract,
        Waybill,
    },
    types::Party,
};
use rust_decimal::Decimal;

macro_rules! rule {
    ($id:literal, $element:literal, $export:ident, $import:ident, $scope:ident,
     $sources:literal, $transformation:literal, $derive:expr) => {
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

pub(super) const SHIPMENT: &[Rule] = &[
    rule!(
        "S01",
        "GoodsShipment/TransactionNatureCode",
        Mandatory,
        Mandatory,
        Once,
        "commercial invoice /payable",
        "11: outright sale, as there is an invoice",
        |c| {
            c.reader.amount(CommercialInvoice, "/payable")?;
            constant("11")
        }
    ),
    rule!(
        "S02",
        "GoodsShipment/Consignee/ID",
        Conditional,
        Absent,
        Once,
        "waybill /consignee, else commercial invoice /consignee, else /buyer",
        "first registered identifier, else member id",
        |c| {
            let consignee = consignee(c);
            party_id(&mut c.reader, consignee).map(Some)
        }
    ),
    rule!(
        "S03",
        "GoodsShipment/Consignee/Name",
        Mandatory,
        Absent,
        Once,
        "waybill /consignee, else commercial invoice /consignee, else /buyer",
        "as it stands",
        |c| consignee_field(c, "name", true)
    ),
    rule!(
        "S04",
        "GoodsShipment/Consignee/Address/CityName",
        Conditional,
        Absent,
        Once,
        "waybill /consignee, else commercial invoice /consignee, else /buyer",
        "as it stands",
        |c| consignee_field(c, "address/city", false)
    ),
    rule!(
        "S05",
        "GoodsShipment/Consignee/Address/CountryCode",
        Conditional,
        Absent,
        Once,
        "waybill /consignee, else commercial invoice /consignee, else /buyer",
        "as it stands",
        |c| consignee_field(c, "address/country", false)
    ),
    rule!(
        "S06",
        "GoodsShipment/Importer/ID",
        Absent,
        Mandatory,
        Once,
        "commercial invoice /buyer",
        "first registered identifier, else member id",
        |c| party_id(&mut c.reader, (CommercialInvoice, "/buyer")).map(Some)
    ),
    rule!(
        "S07",
        "GoodsShipment/Importer/Name",
        Absent,
        Mandatory,
        Once,
        "commercial invoice /buyer/name",
        "as it stands",
        |c| need(c, CommercialInvoice, "/buyer/name")
    ),
    rule!(
        "S08",
        "GoodsShipment/Importer/Address/CityName",
        Absent,
        Conditional,
        Once,
        "commercial invoice /buyer/address/city",
        "as it stands",
        |c| find(c, CommercialInvoice, "/buyer/address/city")
    ),
    rule!(
        "S09",
        "GoodsShipment/Importer/Address/CountryCode",
        Absent,
        Mandatory,
        Once,
        "commercial invoice /buyer/address/country",
        "as it stands",
        |c| need(c, CommercialInvoice, "/buyer/address/country")
    ),
    rule!(
        "S10",
        "GoodsShipment/PreviousDocument[n]/TypeCode",
        Mandatory,
        Mandatory,
        Previous,
        "export: waybill /booking, else /ucr; import: waybill, clearance notice of the export",
        "UNTDID 1001 code of the earlier document; UCR for a consignment reference",
        |c| Ok(Some(previous(c)?.0))
    ),
    rule!(
        "S11",
        "GoodsShipment/PreviousDocument[n]/ID",
        Mandatory,
        Mandatory,
        Previous,
        "export: waybill /booking, else /ucr; import: waybill /number, clearance notice /registration_number, else /number",
        "as it stands",
        |c| Ok(Some(previous(c)?.1))
    ),
    rule!(
        "S12",
        "GoodsShipment/TradeTerms/ConditionCode",
        Conditional,
        Mandatory,
        Once,
        "commercial invoice /delivery_terms/code",
        "as it stands",
        |c| need(c, CommercialInvoice, "/delivery_terms/code")
    ),
    rule!(
        "S13",
        "GoodsShipment/TradeTerms/LocationID",
        Conditional,
        Mandatory,
        Once,
        "commercial invoice /delivery_terms/place, else /delivery_terms/place_name",
        "UN/LOCODE, else the name of the place",
        |c| {
            match c.reader.find(CommercialInvoice, "/delivery_terms/place") {
                Some(place) => Ok(Some(place.to_owned())),
                None => need(c, CommercialInvoice, "/delivery_terms/place_name"),
            }
        }
    ),
    rule!(
        "S14",
        "GoodsShipment/UCR/ID",
        Conditional,
        Conditional,
        Once,
        "commercial invoice /ucr, else waybill /ucr",
        "as it stands",
        |c| {
            let ucr = c.reader.find(CommercialInvoice, "/ucr");
            Ok(ucr.or_else(|| c.reader.find(Waybill, "/ucr")).map(str::to_owned))
        }
    ),
];

pub(super) fn constant(value: &str) -> Value {
    Ok(Some(value.to_owned()))
}

pub(super) fn need(context: &mut Context<'_>, kind: DocumentType, path: &str) -> Value {
    context.reader.text(kind, path).map(|value| Some(value.to_owned()))
}

pub(super) fn find(context: &mut Context<'_>, kind: DocumentType, path: &str) -> Value {
    Ok(context.reader.find(kind, path).map(str::to_owned))
}

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

pub(super) fn party_id_of(party: &Party) -> Option<String> {
    let registered = party.ids.first().map(|id| id.value.to_string());
    registered.or_else(|| party.member.as_ref().map(ToString::to_string))
}

/// A party in a document: the document and the path to it.
type PartyPlace = (DocumentType, &'static str);

pub(super) fn party_id(reader: &mut Reader<'_>, (kind, party): PartyPlace) -> Result<String, Gap> {
    if let Some(id) = reader.find(kind, &format!("{party}/ids/0/value")) {
        return Ok(id.to_owned());
    }
    reader.text(kind, &format!("{party}/member")).map(str::to_owned)
}

/// Where the consignee stands.
fn consignee(context: &mut Context<'_>) -> PartyPlace {
    [(Waybill, "/consignee"), (CommercialInvoice, "/consignee")]
        .into_iter()
        .find(|(kind, party)| context.reader.find(*kind, &format!("{party}/name")).is_some())
        .unwrap_or((CommercialInvoice, "/buyer"))
}

fn consignee_field(context: &mut Context<'_>, field: &str, needed: bool) -> Value {
    let (kind, party) = consignee(context);
    let path = format!("{party}/{field}");
    if needed { need(context, kind, &path) } else { find(context, kind, &path) }
}

/// Earlier documents: what they are, and where their number stands.
pub(super) fn previous_documents(
    context: &mut Context<'_>,
) -> Vec<(&'static str, DocumentType, &'static str)> {
    let reader = &mut context.reader.fresh();
    let has = |reader: &mut Reader<'_>, kind, path| reader.find(kind, path).is_some();
    if context.kind == DocumentType::ExportDeclaration {
        return vec![if has(reader, Waybill, "/booking") {
            ("335", Waybill, "/booking")
        } else {
            ("UCR", Waybill, "/ucr")
        }];
    }
    let mut documents = vec![("710", Waybill, "/number")];
    if has(reader, ClearanceNotice, "/registration_number") {
        documents.push(("830", ClearanceNotice, "/registration_number"));
    } else if has(reader, ClearanceNotice, "/number") {
        documents.push(("132", ClearanceNotice, "/number"));
    }
    documents
}

fn previous(context: &mut Context<'_>) -> Result<(String, String), Gap> {
    let documents = previous_documents(context);
    let (code, kind, path) = documents[context.place.nth];
    let number = context.reader.text(kind, path)?;
    Ok((code.to_owned(), number.to_owned()))
}

/// Documents that go with the goods, as far as they are there.
pub(super) fn accompanying(context: &mut Context<'_>) -> Vec<DocumentType> {
    let mut kinds = vec![CommercialInvoice, PackingList, CertificateOfOrigin, Waybill];
    if context.is_import() {
        kinds.push(TradeContract);
    }
    kinds.retain(|kind| context.reader.has(*kind));
    kinds
}
