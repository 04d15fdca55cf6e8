//! An invoice altered by one byte, and declarations that say something else than their documents.

use super::super::{
    papers,
    report::Notes,
    trade::{Trade, must},
};
use crate::{DevnetError, Network};
use hansa_client::documents::Upload;
use hansa_contracts::{
    call::{Call, Calls},
    clearance::{self, Decision, Lane},
    declaration::{self, DeclarationRecord, Kind},
};
use hansa_documents::DocumentType;

/// What is altered in the declaration: the end of the WCO element's path, and the value put in its place.
const ALTERATIONS: [(&str, &str, &str); 5] = [
    ("value", "StatisticalValueAmount", "1850.00 EUR"),
    ("weight", "GoodsMeasure/GrossMassMeasure", "96 KGM"),
    ("quantity", "TariffQuantity", "100 XCX"),
    ("HS code", "Classification/ID", "190110"),
    ("origin", "Origin/CountryCode", "NZ"),
];

pub(super) async fn run(network: &mut Network, notes: &mut Notes) -> Result<(), DevnetError> {
    invoice(network, notes).await?;
    let mut trade = Trade::open(network, "2018DE-MILCHPULVER-ALTERED").await?;
    papers::until_export_draft(&mut trade, papers::INVOICE, notes).await?;
    for (what, element, value) in ALTERATIONS {
        redraft(&trade, element, value).await?;
        let mrt = trade.member("mrt")?;
        mrt.declarations().submit(Kind::Export, &trade.ucr).await?;
        trade.wait_for_cross_check("german-customs", Kind::Export).await?;
        left_the_green_lane(&trade).await?;
        let customs = trade.member("german-customs")?;
        let report = customs.declarations().check_provenance(Kind::Export, &trade.ucr).await?;
        let text = serde_json::to_string(&report).unwrap_or_default();
        must(!report.holds(), format!("the altered {what} is found"))?;
        must(text.contains(element), format!("the altered {what} is named: {element}"))?;
        notes.saw(format!("declared {what}: {element} is named, the shipment left the green lane"));
        customs.declarations().decide(Kind::Export, &trade.ucr, Decision::Hold).await?;
    }
    Ok(())
}

/// One byte of the invoice: the goods become tomatoes, of another heading than the chamber certified.
async fn invoice(network: &Network, notes: &mut Notes) -> Result<(), DevnetError> {
    let mut trade = Trade::open(network, "2018DE-MILCHPULVER-INVOICE").await?;
    let text = String::from_utf8_lossy(papers::INVOICE).into_owned();
    let altered = text.replace("0402.21", "0702.21");
    must(
        altered.bytes().zip(text.bytes()).filter(|(one, other)| one != other).count() == 1,
        "one byte of the sample invoice is altered: its commodity code",
    )?;
    papers::until_export_draft(&mut trade, altered.as_bytes(), notes).await?;
    trade.member("mrt")?.declarations().submit(Kind::Export, &trade.ucr).await?;
    trade.wait_for_cross_check("german-customs", Kind::Export).await?;
    left_the_green_lane(&trade).await?;
    let findings = papers::findings(&trade).await?;
    let named = findings.contains("\"H1\"");
    must(named, "the finding names the commodity code in invoice and certificate")?;
    notes.saw("invoice altered by one byte: the commodity code is named (H1), green lane left");
    Ok(())
}

async fn left_the_green_lane(trade: &Trade) -> Result<(), DevnetError> {
    let ucr = trade.ucr.clone();
    let check = trade
        .member("german-customs")?
        .read(move |view| clearance::cross_check(view, &ucr, Kind::Export))
        .await?;
    must(
        check.is_some_and(|check| check.lane != Lane::Green && check.errors > 0),
        "the shipment leaves the green lane",
    )
}

/// Puts another value into the declaration and records it as the draft, as a forwarder might who types
/// it in.
async fn redraft(trade: &Trade, element: &str, value: &str) -> Result<(), DevnetError> {
    let mrt = trade.member("mrt")?;
    let ucr = trade.ucr.clone();
    let record: DeclarationRecord = mrt
        .read(move |view| declaration::declaration(view, &ucr, Kind::Export))
        .await?
        .ok_or_else(|| DevnetError::Other("there is no declaration".into()))?;
    let draft = record.draft.ok_or_else(|| DevnetError::Other("there is no draft".into()))?;
    let opened = mrt.documents().open(&draft.document, Some(draft.version)).await?;
    let source = papers::alter_declaration(
        opened.document().ok_or_else(|| DevnetError::Other("only parts open".into()))?,
        element,
        value,
    )?;
    let uploaded = mrt
        .documents()
        .upload(&Upload {
            source: &source,
            kind: Some(DocumentType::ExportDeclaration),
            ucr: None,
            replaces: Some(draft.document),
            readers: vec![super::super::trade::reader("german-customs", 0)?],
        })
        .await?;
    mrt.submit_and_wait(Calls(vec![Call::Declaration(declaration::Call::Draft {
        kind: Kind::Export,
        ucr: trade.ucr.clone(),
        document: uploaded.document,
        version: uploaded.version,
        sources: draft.sources,
        rules_version: draft.rules_version,
        completeness_permille: draft.completeness_permille,
        provenance: draft.provenance,
    })]))
    .await?;
    Ok(())
}
