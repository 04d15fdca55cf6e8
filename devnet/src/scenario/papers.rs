//! The papers of the milk-powder trade, as the members' systems hold them, and what must not happen to
//! them.

use super::{
    export, financing, import,
    report::Notes,
    trade::{Trade, must, reader},
};
use crate::DevnetError;
use hansa_client::{Error, declarations::Stage, documents::GrantOrder, financing::Application};
use hansa_contracts::{
    call::{Call, Calls},
    declaration::Kind,
    shipment,
};
use hansa_documents::{Document, DocumentType, document::DeclaredContent, types::Text};
use hansa_primitives::{Height, Version};
use std::time::{Duration, Instant};

macro_rules! paper {
    ($name:literal) => {
        include_bytes!(concat!("../../../documents/samples/milk-powder/", $name))
    };
}

pub(super) const CONTRACT: &[u8] = paper!("sales-contract.json");
pub(super) const CERTIFICATE_OF_ORIGIN: &[u8] = paper!("certificate-of-origin.xml");
pub(super) const PURCHASE_ORDER: &[u8] = paper!("purchase-order.xml");
pub(super) const INVOICE: &[u8] = paper!("commercial-invoice.xml");
/// The consignment's reference, which all papers bear.
pub(super) const UCR: &str = "8DEMILCHPULVER20181021001";
/// The invoice's number, which other papers refer to.
pub(super) const INVOICE_NUMBER: &str = "MP-2018-1022";
pub(super) const PACKING_LIST: &[u8] = paper!("packing-list.xml");
pub(super) const BOOKING: &[u8] = paper!("booking.json");
pub(super) const WAYBILL: &[u8] = paper!("waybill.xml");
pub(super) const POLICY: &[u8] = paper!("insurance-policy.json");

/// Tianjin customs, which may not pass the invoice on, does so nevertheless. Returns the rule by which
/// each validator refused the transaction.
pub(super) async fn pass_on_without_right(
    trade: &Trade,
) -> Result<Vec<(String, String)>, DevnetError> {
    let customs = trade.member("tianjin-customs")?;
    let order = GrantOrder {
        documents: vec![trade.document(DocumentType::CommercialInvoice)?],
        reader: reader("second-bank", 0)?,
        sections: Vec::new(),
        expires: None,
        purpose: None,
    };
    // The SDK submits it as asked; the refusal is the validators'.
    let id = match customs.documents().grant(&order).await {
        Err(Error::Rejected { transaction: Some(id), .. }) => id,
        Err(error) => return Err(error.into()),
        Ok(_) => {
            must(false, "the grant is refused")?;
            return Ok(Vec::new());
        }
    };
    let mut refusals = Vec::new();
    for validator in ["german-customs", "tianjin-customs", "bank-of-china", "second-bank"] {
        // Each validator is asked over a connection of its own what it made of the transaction.
        match trade.member(validator)?.wait(&id, Duration::from_secs(30)).await {
            Err(Error::Rejected { rule, .. }) => refusals.push((validator.to_owned(), rule)),
            Err(error) => return Err(error.into()),
            Ok(_) => must(false, format!("{validator} refuses the grant"))?,
        }
    }
    Ok(refusals)
}

/// A second registration, sent although the applicant knows better. Returns the rule that refused it.
pub(super) async fn force_registration(
    trade: &Trade,
    order: Application,
) -> Result<String, DevnetError> {
    let applied = trade.member("fangxin")?.financing().apply(&order).await?;
    let bank = trade.member("second-bank")?;
    match bank.financing().register_application(&applied.application, true).await {
        // The rule is the contract's: validators refused the transaction.
        Err(error) => match error.rule() {
            Some(rule) => Ok(rule.to_owned()),
            None => Err(error.into()),
        },
        Ok(_) => {
            must(false, "the validators reject the second registration")?;
            Ok(String::new())
        }
    }
}

/// Steps 1 to 6 as far as the export declaration needs them.
pub(super) async fn until_export_grants(
    trade: &mut Trade,
    invoice: &[u8],
    notes: &mut Notes,
) -> Result<(), DevnetError> {
    let opened =
        trade.member("milchpulver")?.shipments().open(&trade.ucr, Trade::parties()?).await?;
    notes.committed(&opened);
    trade.upload("ihk", CERTIFICATE_OF_ORIGIN, &[("milchpulver", 3)], notes).await?;
    trade.upload("milchpulver", invoice, &[("mrt", 2)], notes).await?;
    trade.upload("milchpulver", PACKING_LIST, &[("mrt", 2)], notes).await?;
    trade.grant("milchpulver", &[DocumentType::CertificateOfOrigin], "mrt", 2, notes).await?;
    trade.upload("mrt", WAYBILL, &[("milchpulver", 3)], notes).await?;
    Ok(())
}

/// The same, until mrt's node has built the export declaration.
pub(super) async fn until_export_draft(
    trade: &mut Trade,
    invoice: &[u8],
    notes: &mut Notes,
) -> Result<(), DevnetError> {
    until_export_grants(trade, invoice, notes).await?;
    trade.wait_for_declaration("mrt", Kind::Export, Stage::Drafted).await?;
    Ok(())
}

/// The source of a declaration with one element's value replaced: the first whose path ends as given.
pub(super) fn alter_declaration(
    document: &Document,
    element: &str,
    altered: &str,
) -> Result<Vec<u8>, DevnetError> {
    let mut document = document.clone();
    let Document::ExportDeclaration(declaration) = &mut document else {
        return Err(DevnetError::Other("it is no export declaration".into()));
    };
    let mut values = declaration.elements.iter_mut().filter_map(|field| match &mut field.content {
        DeclaredContent::Value { value, .. } if field.element.as_str().ends_with(element) => {
            Some(value)
        }
        _ => None,
    });
    let value = values
        .next()
        .ok_or_else(|| DevnetError::Other(format!("the declaration declares no {element}")))?;
    must(value.as_str() != altered, format!("{element} is not {altered} already"))?;
    *value = Text::parse(altered).map_err(|error| DevnetError::Other(error.to_string()))?;
    serde_json::to_vec(&document)
        .map_err(|error| DevnetError::Other(format!("the declaration as JSON: {error}")))
}

/// A call that any member may make, for tests of who may call at all.
pub(super) fn harmless_call(trade: &Trade) -> Result<Calls, DevnetError> {
    let call =
        shipment::Call::Open { ucr: trade.ucr.clone(), parties: Box::new(Trade::parties()?) };
    Ok(Calls(vec![Call::Shipment(call)]))
}

/// The height that a member's node has executed.
pub(super) async fn height(trade: &Trade, member: &str) -> Result<Height, DevnetError> {
    Ok(Height(trade.member(member)?.node_status().await?.executed_height))
}

/// Waits until a member's node has executed a height.
pub(super) async fn wait_for_height_at(
    trade: &Trade,
    member: &str,
    wanted: Height,
) -> Result<(), DevnetError> {
    let deadline = Instant::now() + Duration::from_secs(30);
    while height(trade, member).await.unwrap_or_default() < wanted {
        if Instant::now() > deadline {
            return Err(DevnetError::Other(format!("{member} does not reach height {wanted}")));
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}

/// One of the steps, without what needs all four validators.
pub(super) async fn step_with_three(
    trade: &mut Trade,
    step: u8,
    notes: &mut Notes,
) -> Result<(), DevnetError> {
    match step {
        1 => {
            let opened = trade
                .member("milchpulver")?
                .shipments()
                .open(&trade.ucr, Trade::parties()?)
                .await?;
            notes.committed(&opened);
            trade.upload("milchpulver", CONTRACT, &[("fangxin", 0)], notes).await?;
        }
        2 => {
            let contract = trade.document(DocumentType::TradeContract)?;
            let fangxin = trade.member("fangxin")?.documents();
            notes.committed(&fangxin.countersign(&contract, Version(1)).await?);
        }
        3 => {
            trade.upload("ihk", CERTIFICATE_OF_ORIGIN, &[("milchpulver", 3)], notes).await?;
        }
        4 => export::purchase_order(trade, notes).await?,
        5 => export::invoice_and_packing_list(trade, notes).await?,
        6 => export::waybill(trade, notes).await?,
        7 => export::policy(trade, notes).await?,
        8 => export::hand_on(trade, notes).await?,
        9 => export::export_declaration(trade, notes).await?,
        10 => export::release(trade, notes).await?,
        11 => import::departure(trade, notes).await?,
        12 => import::import_declaration(trade, notes).await?,
        13 => import::clearance(trade, notes).await?,
        14 => financing::apply(trade, notes).await?,
        15 => financing::register(trade, notes).await?,
        _ => financing::apply_again(trade, notes).await?,
    }
    Ok(())
}
