//! Rules for the shipment: consignee, importer, terms, earlier and accompanying documents.

use super::rule::{
    Context,
    Duty::{Absent, Conditional, Mandatory},
    Rule, Scope, Value, rule,
};
use crate::confidential::{gap::Gap, reader::Reader};
use hansa_documents::{
    DocumentType::{
        self, CertificateOfOrigin, ClearanceNotice, CommercialInvoice, PackingList, TradeContract,
        Waybill,
    },
    types::Party,
};
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
        "export: waybill /booking, else /ucr; import: waybill /number, clearance notice \
         /registration_number, else /number",
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
