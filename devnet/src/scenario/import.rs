//! Steps 11 to 13: from departure to clearance.

use super::{
    export::lane_is_green,
    report::Notes,
    trade::{Trade, must},
};
use crate::DevnetError;
use hansa_client::declarations::Stage;
use hansa_contracts::{
    clearance::{Decision, Suggestion},
    declaration::Kind,
    shipment::{Classifier, Movement, MovementCode, Vessel},
};
use hansa_documents::DocumentType;

/// Step 11. Suto's node builds the import declaration by itself.
pub(super) async fn departure(trade: &mut Trade, notes: &mut Notes) -> Result<(), DevnetError> {
    let before = trade.last_event("suto").await?;
    report(trade, MovementCode::Depa, "DEHAM", notes).await?;
    trade.wait_for_declaration("suto", Kind::Import, Stage::Drafted).await?;
    notes.saw("suto's node built the import declaration by itself");
    let told = trade.told_since("suto", before).await?;
    let told: Vec<&str> = told.iter().map(|event| event.event.name()).collect();
    must(told.contains(&"movement-reported"), "suto is notified that the goods have left")?;
    must(told.contains(&"declaration-drafted"), "suto is notified of the declaration")?;
    let status = trade.member("suto")?.shipments().status(&trade.ucr).await?;
    let prompt = status.awaited.iter().find(|awaited| awaited.from.as_str() == "suto");
    let prompt = prompt.ok_or_else(|| DevnetError::Other("nothing is awaited from suto".into()))?;
    notes.saw(format!("suto is notified ({}) and prompted: {}", told.join(", "), prompt.what));
    Ok(())
}

/// Step 12. Tianjin customs' node cross-checks it and suggests pre-clearance.
pub(super) async fn import_declaration(
    trade: &mut Trade,
    notes: &mut Notes,
) -> Result<(), DevnetError> {
    let committed = trade.member("suto")?.declarations().submit(Kind::Import, &trade.ucr).await?;
    notes.committed(&committed);
    trade.wait_for_declaration("tianjin-customs", Kind::Import, Stage::Checked).await?;
    lane_is_green(trade, "tianjin-customs", Kind::Import, notes).await?;
    let ucr = trade.ucr.clone();
    let suggestion = trade
        .member("tianjin-customs")?
        .read(move |view| hansa_contracts::clearance::cross_check(view, &ucr, Kind::Import))
        .await?
        .map(|check| check.suggestion);
    must(suggestion == Some(Suggestion::PreClear), "low risk: pre-clearance is suggested")?;
    notes.saw("low risk: pre-clearance suggested");
    Ok(())
}

/// Step 13. The clearance certificate is granted to fangxin.
pub(super) async fn clearance(trade: &mut Trade, notes: &mut Notes) -> Result<(), DevnetError> {
    report(trade, MovementCode::Arri, "CNTXG", notes).await?;
    let customs = trade.member("tianjin-customs")?;
    let decided = customs.declarations().decide(Kind::Import, &trade.ucr, Decision::Clear).await?;
    notes.committed(&decided.committed);
    let (certificate, version) = decided
        .certificate
        .ok_or_else(|| DevnetError::Other("clearance gave no certificate".into()))?;
    let opened = trade.member("fangxin")?.documents().open(&certificate, Some(version)).await?;
    must(
        opened.document().is_some_and(|notice| notice.kind() == DocumentType::ClearanceNotice),
        "fangxin opens the clearance certificate",
    )?;
    trade.keep(DocumentType::ClearanceNotice, certificate);
    notes.saw("fangxin opens the clearance certificate");
    let elapsed = decided.committed.events.iter().find_map(|event| match event {
        hansa_contracts::Event::DeclarationDecided { elapsed_ms, .. } => Some(*elapsed_ms),
        _ => None,
    });
    trade.upload_to_clearance_ms = elapsed.unwrap_or_default();
    notes.saw(format!("from upload to clearance: {} ms", trade.upload_to_clearance_ms));
    Ok(())
}

async fn report(
    trade: &Trade,
    code: MovementCode,
    location: &str,
    notes: &mut Notes,
) -> Result<(), DevnetError> {
    let location =
        location.parse().map_err(|_| DevnetError::Other(format!("{location} is no UN/LOCODE")))?;
    let movement = Movement {
        code,
        classifier: Classifier::Act,
        occurred: hansa_client::clock::now(),
        location,
        container: None,
        vessel: Some(Vessel { imo: Some(9_700_017), voyage: "843E".to_owned() }),
        remark: String::new(),
    };
    let committed = trade.member("carrier")?.shipments().report(&trade.ucr, movement).await?;
    notes.committed(&committed);
    Ok(())
}
