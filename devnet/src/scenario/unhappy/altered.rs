//! An invoice altered by one byte, and declarations that say something else than their documents.

use super::super::{
    papers,
    report::Notes,
    trade::{Trade, must},
};
use crate::{DevnetError, Network};
use hansa_client::{declarations::Stage, documents::Upload};
use hansa_contracts::{
    call::{Call, Calls},
    clearance::{self, Decision, Lane},
    declaration::{self, Draft, Kind},
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
    let honest = draft(&trade).await?;
    for (what, element, value) in ALTERATIONS {
        redraft(&trade, &honest, element, value).await?;
        let mrt = trade.member("mrt")?;
        mrt.declarations().submit(Kind::Export, &trade.ucr).await?;
        trade.wait_for_declaration("german-customs", Kind::Export, Stage::Checked).await?;
        let finding = finding_on_the_ledger(&trade, element).await?;
        let customs = trade.member("german-customs")?;
        let provenance = customs.declarations().check_provenance(Kind::Export, &trade.ucr).await?;
        let deviating: Vec<_> = provenance.check.deviations().map(|field| &field.element).collect();
        must(
            deviating.iter().all(|named| named.ends_with(element)) && deviating.len() == 1,
            format!("the altered {what} alone deviates from the documents, not {deviating:?}"),
        )?;
        notes.saw(format!("declared {what}, the green lane is left: {finding}"));
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
    trade.wait_for_declaration("german-customs", Kind::Export, Stage::Checked).await?;
    let finding = finding_on_the_ledger(&trade, "Classification/ID").await?;
    notes.saw(format!("invoice altered by one byte, the green lane is left: {finding}"));
    Ok(())
}

/// What customs found at an element, read by the declarant from the report whose digest is on the ledger.
/// The ledger shows everybody that the shipment is not in the green lane.
async fn finding_on_the_ledger(trade: &Trade, element: &str) -> Result<String, DevnetError> {
    let ucr = trade.ucr.clone();
    let check = trade
        .member("fangxin")?
        .read(move |view| clearance::cross_check(view, &ucr, Kind::Export))
        .await?;
    must(
        check.is_some_and(|check| check.lane != Lane::Green && check.errors + check.warnings > 0),
        "the shipment leaves the green lane",
    )?;
    let report = trade.member("mrt")?.declarations().findings(Kind::Export, &trade.ucr).await?;
    let found = report.findings.iter().find(|finding| finding.element.ends_with(element));
    found.map(|finding| format!("{}, {}", finding.rule, finding.sentence)).ok_or_else(|| {
        DevnetError::Other(format!("no finding names {element}: {:?}", report.findings))
    })
}

/// The export declaration as mrt's node built it.
async fn draft(trade: &Trade) -> Result<Draft, DevnetError> {
    let ucr = trade.ucr.clone();
    let record = trade
        .member("mrt")?
        .read(move |view| declaration::declaration(view, &ucr, Kind::Export))
        .await?;
    record
        .and_then(|record| record.draft)
        .ok_or_else(|| DevnetError::Other("there is no draft".into()))
}

/// Puts another value into the honest declaration and records it as the draft, as a forwarder might who
/// types it in.
async fn redraft(
    trade: &Trade,
    honest: &Draft,
    element: &str,
    value: &str,
) -> Result<(), DevnetError> {
    let mrt = trade.member("mrt")?;
    let opened = mrt.documents().open(&honest.document, Some(honest.version)).await?;
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
            replaces: Some(honest.document),
            readers: vec![super::super::trade::reader("german-customs", 0)?],
        })
        .await?;
    mrt.submit_and_wait(Calls(vec![Call::Declaration(declaration::Call::Draft {
        kind: Kind::Export,
        ucr: trade.ucr.clone(),
        document: uploaded.document,
        version: uploaded.version,
        sources: honest.sources.clone(),
        rules_version: honest.rules_version,
        completeness_permille: honest.completeness_permille,
        provenance: honest.provenance,
    })]))
    .await?;
    Ok(())
}
