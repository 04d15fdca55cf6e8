//! Steps 1 to 10: from the contract to the release for export.

use super::{
    closed, papers,
    report::Notes,
    trade::{Trade, must},
};
use crate::{DevnetError, Network};
use hansa_client::declarations::Stage;
use hansa_contracts::{
    clearance::{Decision, Lane},
    declaration::{Kind, Status},
    execute::Outcome,
};
use hansa_documents::DocumentType as Type;
use hansa_primitives::{Version, certificate::Role};

/// The papers that milchpulver hands to fangxin.
pub(super) const FULL_SET: [Type; 6] = [
    Type::TradeContract,
    Type::CertificateOfOrigin,
    Type::CommercialInvoice,
    Type::PackingList,
    Type::Waybill,
    Type::InsurancePolicy,
];

/// Step 1. The ledger holds ciphertext and commitments only.
pub(super) async fn contract(
    network: &Network,
    trade: &mut Trade,
    notes: &mut Notes,
) -> Result<(), DevnetError> {
    let opened =
        trade.member("milchpulver")?.shipments().open(&trade.ucr, Trade::parties()?).await?;
    notes.committed(&opened);
    let document = trade.upload("milchpulver", papers::CONTRACT, &[("fangxin", 0)], notes).await?;
    let refused = trade.member("second-bank")?.documents().open(&document, None).await;
    must(refused.is_err(), "second-bank, which was granted nothing, opens the contract")?;
    notes.saw("second-bank, which was granted nothing, cannot open it");
    for node in network.addresses()? {
        must(
            !closed::holds_plaintext(&node.data)?,
            format!("the data directory of {} holds no plaintext of the contract", node.member),
        )?;
    }
    notes.saw("no node's data directory holds a line of it");
    Ok(())
}

/// Step 2. Both signatures verify; a change by the other side is refused.
pub(super) async fn countersign(trade: &mut Trade, notes: &mut Notes) -> Result<(), DevnetError> {
    let document = trade.document(Type::TradeContract)?;
    let fangxin = trade.member("fangxin")?;
    let committed = fangxin.documents().countersign(&document, Version(1)).await?;
    notes.committed(&committed);
    let listed = trade.member("milchpulver")?.documents().list(Some(&trade.ucr)).await?;
    let contract = listed.iter().find(|entry| entry.document == document);
    must(
        contract.is_some_and(|entry| {
            entry.countersigned_by.iter().any(|member| member.as_str() == "fangxin")
        }),
        "the ledger shows fangxin's signature beside milchpulver's",
    )?;
    notes.saw("milchpulver sees fangxin's signature on version 1");
    let change = fangxin
        .documents()
        .upload(&hansa_client::documents::Upload {
            source: papers::CONTRACT,
            kind: None,
            ucr: None,
            replaces: Some(document),
            readers: Vec::new(),
        })
        .await;
    match change {
        Err(error) if error.rule() == Some("DOC-002") => {
            notes.saw(format!("a change by fangxin is refused: {error}"));
        }
        Err(error) => return Err(error.into()),
        Ok(_) => must(false, "fangxin's change of milchpulver's contract is refused")?,
    }
    // Whoever doubts the signature has the transaction that it came with proven under a certificate.
    let doubter = trade.member("second-bank")?;
    let proven = doubter.prove_transaction(&committed.transaction).await?;
    must(proven.outcome == Outcome::Applied, "the countersignature is proven to second-bank")?;
    notes.saw(format!("second-bank has the countersignature proven, in block {}", proven.height));
    Ok(())
}

/// Step 3. Anyone can check that the issuer is a certified chamber.
pub(super) async fn certificate_of_origin(
    trade: &mut Trade,
    notes: &mut Notes,
) -> Result<(), DevnetError> {
    let document =
        trade.upload("ihk", papers::CERTIFICATE_OF_ORIGIN, &[("milchpulver", 3)], notes).await?;
    let issuer = trade.member("second-bank")?.documents().verify_issuer(&document).await?;
    must(issuer.role == Role::Chamber && issuer.country == "DE", "the issuer is a German chamber")?;
    notes.saw(format!("anyone sees that the issuer is {}, a certified chamber", issuer.name));
    Ok(())
}

/// Step 4.
pub(super) async fn purchase_order(
    trade: &mut Trade,
    notes: &mut Notes,
) -> Result<(), DevnetError> {
    trade.upload("fangxin", papers::PURCHASE_ORDER, &[("milchpulver", 1)], notes).await?;
    Ok(())
}

/// Step 5.
pub(super) async fn invoice_and_packing_list(
    trade: &mut Trade,
    notes: &mut Notes,
) -> Result<(), DevnetError> {
    for paper in [papers::INVOICE, papers::PACKING_LIST] {
        trade.upload("milchpulver", paper, &[("mrt", 2)], notes).await?;
    }
    trade.grant("milchpulver", &[Type::CertificateOfOrigin], "mrt", 2, notes).await
}

/// Step 6.
pub(super) async fn waybill(trade: &mut Trade, notes: &mut Notes) -> Result<(), DevnetError> {
    trade.upload("mrt", papers::BOOKING, &[("carrier", 0)], notes).await?;
    trade.upload("mrt", papers::WAYBILL, &[("milchpulver", 3)], notes).await?;
    Ok(())
}

/// Step 7.
pub(super) async fn policy(trade: &mut Trade, notes: &mut Notes) -> Result<(), DevnetError> {
    trade.upload("insurer", papers::POLICY, &[("milchpulver", 3)], notes).await?;
    Ok(())
}

/// Step 8. A grant from someone who may not pass on is refused by every validator.
pub(super) async fn pass_on(trade: &mut Trade, notes: &mut Notes) -> Result<(), DevnetError> {
    hand_on(trade, notes).await?;
    let refusals = papers::pass_on_without_right(trade).await?;
    for (validator, rule) in refusals {
        notes.saw(format!("{validator} refuses tianjin-customs' passing on ({rule})"));
    }
    Ok(())
}

/// Milchpulver grants the full set to fangxin, who passes it on to those who work for the import.
pub(super) async fn hand_on(trade: &Trade, notes: &mut Notes) -> Result<(), DevnetError> {
    trade.grant("milchpulver", &FULL_SET, "fangxin", 2, notes).await?;
    let mut with_order = FULL_SET.to_vec();
    with_order.push(Type::PurchaseOrder);
    trade.grant("fangxin", &with_order, "suto", 1, notes).await?;
    trade.grant("fangxin", &with_order, "tianjin-customs", 0, notes).await
}

/// Step 9. Every declared field names its source, and customs can check it.
pub(super) async fn export_declaration(
    trade: &mut Trade,
    notes: &mut Notes,
) -> Result<(), DevnetError> {
    trade.wait_for_declaration("mrt", Kind::Export, Stage::Drafted).await?;
    let mrt = trade.member("mrt")?;
    let explained = mrt.declarations().explain(Kind::Export, &trade.ucr, None).await?;
    must(!explained.fields.is_empty(), "the export declaration explains its fields")?;
    notes.saw(format!(
        "mrt's node built it by itself: {} fields name their source",
        explained.fields.len()
    ));
    let committed = mrt.declarations().submit(Kind::Export, &trade.ucr).await?;
    notes.committed(&committed);
    let customs = trade.member("german-customs")?;
    let checked = customs.declarations().check_provenance(Kind::Export, &trade.ucr).await?;
    must(checked.holds(), "every declared field follows from the commitments")?;
    notes.saw("german-customs checked every field's origin against the commitments");
    Ok(())
}

/// Step 10.
pub(super) async fn release(trade: &mut Trade, notes: &mut Notes) -> Result<(), DevnetError> {
    trade.wait_for_declaration("german-customs", Kind::Export, Stage::Checked).await?;
    lane_is_green(trade, "german-customs", Kind::Export, notes).await?;
    let customs = trade.member("german-customs")?;
    let decided =
        customs.declarations().decide(Kind::Export, &trade.ucr, Decision::Release).await?;
    notes.committed(&decided.committed);
    let decided = trade.wait_for_declaration("milchpulver", Kind::Export, Stage::Decided).await?;
    must(decided == Status::Released, format!("the goods are released, not {decided:?}"))?;
    notes.saw("the release is on the ledger");
    Ok(())
}

/// The cross-check of customs' node found nothing against the declaration.
pub(super) async fn lane_is_green(
    trade: &Trade,
    customs: &str,
    kind: Kind,
    notes: &mut Notes,
) -> Result<(), DevnetError> {
    let ucr = trade.ucr.clone();
    let check = trade
        .member(customs)?
        .read(move |view| hansa_contracts::clearance::cross_check(view, &ucr, kind))
        .await?
        .ok_or_else(|| DevnetError::Other("there is no cross-check".into()))?;
    must(
        check.lane == Lane::Green && check.errors == 0,
        format!("the lane is green, with no error; it is {}, {} errors", check.lane, check.errors),
    )?;
    notes.saw(format!(
        "{customs}'s node cross-checked: {} lane, {} warnings, {} notes",
        check.lane, check.warnings, check.notes
    ));
    Ok(())
}
