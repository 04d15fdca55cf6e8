//! `CertificateOfOrigin` (UBL 2.x) with its `CertificateOfOriginApplication`.

use super::{super::SourceError, common, tree::Element};
use crate::{
    document::{CertificateOfOrigin, Endorsement, OriginItem, OriginRegime},
    kind::DocumentType,
    types::{Country, Date, InvalidValue, Number, Text},
};

type Read<T> = Result<T, SourceError>;

pub(super) fn read(root: &Element) -> Read<CertificateOfOrigin> {
    let issue_date = root.date("cbc:IssueDate")?.ok_or_else(|| root.missing("cbc:IssueDate"))?;
    let path = "cac:CertificateOfOriginApplication";
    let application = root.at(path).ok_or_else(|| root.missing(path))?;
    let shipment =
        application.at("cac:Shipment").ok_or_else(|| application.missing("cac:Shipment"))?;
    let consignment = shipment.at("cac:Consignment");
    let in_consignment =
        |path| consignment.map_or(Ok(Vec::new()), |part: &Element| common::references(part, path));
    let mut references = in_consignment("cac:DocumentReference")?;
    let goods: Vec<&Element> = shipment.children("cac:GoodsItem").collect();
    let country = "cac:IssuingCountry/cbc:IdentificationCode";
    let destination = "cac:FinalDestinationCountry/cbc:IdentificationCode";
    let exporter = either_party(root, application, "cac:ExporterParty")?;
    Ok(CertificateOfOrigin {
        number: root.number("cbc:ID")?,
        issue_date,
        ucr: common::ucr(consignment),
        regime: application.required("cbc:CertificateType", regime)?,
        exporter: exporter.ok_or_else(|| root.missing("cac:ExporterParty"))?,
        importer: either_party(root, application, "cac:ImporterParty")?,
        producer: producer(&goods)?,
        origin: origin(shipment, &goods)?,
        destination: consignment.map_or(Ok(None), |part| part.country(destination))?,
        items: goods
            .iter()
            .enumerate()
            .map(|(index, item)| origin_item(item, index, issue_date))
            .collect::<Read<_>>()?,
        invoice: common::take_reference(&mut references, DocumentType::CommercialInvoice),
        issuer: common::required_party(application, "cac:IssuerParty")?,
        issuing_country: application
            .country(country)?
            .ok_or_else(|| application.missing(country))?,
        endorsement: endorsement(root)?,
        valid_until: None,
        references,
        notes: root.all_words("cbc:Note")?,
    })
}

fn regime(text: &str) -> Result<OriginRegime, InvalidValue> {
    match text.to_lowercase().replace([' ', '-', '_'], "").as_str() {
        "nonpreferential" => Ok(OriginRegime::NonPreferential),
        "preferential" => Ok(OriginRegime::Preferential),
        _ => {
            let rule = "`preferential` or `non-preferential` is expected";
            Err(InvalidValue::new("a kind of certificate of origin", text, rule))
        }
    }
}

/// A party that stands with the certificate or with its application.
fn either_party(
    root: &Element,
    application: &Element,
    name: &str,
) -> Read<Option<crate::types::Party>> {
    match common::party(root, name)? {
        Some(party) => Ok(Some(party)),
        None => common::party(application, name),
    }
}

fn producer(goods: &[&Element]) -> Read<Option<crate::types::Party>> {
    let first = goods.first();
    first.map_or(Ok(None), |item| common::party(item, "cac:Item/cac:ManufacturerParty"))
}

/// The one country that all goods originate in.
fn origin(shipment: &Element, goods: &[&Element]) -> Read<Country> {
    let path = "cac:Item/cac:OriginCountry/cbc:IdentificationCode";
    let mut found: Option<Country> = None;
    for item in goods {
        let country = item.country(path)?.ok_or_else(|| item.missing(path))?;
        if found.is_some_and(|known| known != country) {
            return Err(item.unsupported("a certificate with one country of origin is expected"));
        }
        found = Some(country);
    }
    found.ok_or_else(|| shipment.missing("cac:GoodsItem"))
}

fn origin_item(item: &Element, index: usize, day: Date) -> Read<OriginItem> {
    let id = match item.optional("cbc:ID", Number::parse)? {
        Some(id) => Some(id),
        None => item.optional("cbc:SequenceNumberID", Number::parse)?,
    };
    let counted = || Number::parse(&(index + 1).to_string()).map_err(|reason| item.invalid(reason));
    let inner = item.at("cac:Item").ok_or_else(|| item.missing("cac:Item"))?;
    let description = match item.words("cbc:Description")? {
        Some(description) => Some(description),
        None => inner.words("cbc:Description")?,
    };
    let packaging = item
        .at("cac:ContainingPackage")
        .map_or(Ok(None), |package| common::packaging(package, None))?;
    Ok(OriginItem {
        id: id.map_or_else(counted, Ok)?,
        description: description.ok_or_else(|| item.missing("cbc:Description"))?,
        hs: common::commodity(inner, day),
        criterion: item.words("cbc:PreferenceCriterionCode")?,
        quantity: item.quantity("cbc:Quantity")?,
        gross_mass: item.mass("cbc:GrossWeightMeasure")?,
        net_mass: item.mass("cbc:NetWeightMeasure")?,
        packaging,
    })
}

fn endorsement(root: &Element) -> Read<Option<Endorsement>> {
    let Some(element) = root.at("cac:IssuerEndorsement") else { return Ok(None) };
    let signatory = "cac:EndorserParty/cac:SignatoryContact/cbc:Name";
    Ok(Some(Endorsement {
        status: element.required("cbc:ApprovalStatus", Text::parse)?,
        date: element.date("cac:Signature/cbc:ValidationDate")?,
        signatory: element.words(signatory)?,
    }))
}
