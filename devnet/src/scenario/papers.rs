//! The papers of the milk-powder trade, as the members' systems hold them, and what must not happen to
//! them.

use super::trade::{Trade, must, reader};
use crate::DevnetError;
use hansa_client::{Error, documents::GrantOrder, financing::Application};
use hansa_documents::DocumentType;
use std::{fs, path::Path};

macro_rules! paper {
    ($name:literal) => {
        include_bytes!(concat!("../../../documents/samples/milk-powder/", $name))
    };
}

pub(super) const CONTRACT: &[u8] = paper!("sales-contract.json");
pub(super) const CERTIFICATE_OF_ORIGIN: &[u8] = paper!("certificate-of-origin.xml");
pub(super) const PURCHASE_ORDER: &[u8] = paper!("purchase-order.xml");
pub(super) const INVOICE: &[u8] = paper!("commercial-invoice.xml");
pub(super) const PACKING_LIST: &[u8] = paper!("packing-list.xml");
pub(super) const BOOKING: &[u8] = paper!("booking.json");
pub(super) const WAYBILL: &[u8] = paper!("waybill.xml");
pub(super) const POLICY: &[u8] = paper!("insurance-policy.json");

/// Text of the contract that stands nowhere else, neither in the registry nor in a shipment.
const PLAINTEXT: [&[u8]; 2] = [b"whole milk powder", b"Whole milk powder"];

/// Whether any file below a node's data directory holds a line of the contract.
pub(super) fn holds_plaintext(data: &Path) -> Result<bool, DevnetError> {
    for entry in fs::read_dir(data).map_err(DevnetError::file(data))? {
        let path = entry.map_err(DevnetError::file(data))?.path();
        let found = if path.is_dir() {
            holds_plaintext(&path)?
        } else {
            // A file may go while the node compacts its store; what is gone holds nothing.
            let bytes = fs::read(&path).unwrap_or_default();
            PLAINTEXT
                .iter()
                .any(|needle| bytes.windows(needle.len()).any(|window| window == *needle))
        };
        if found {
            return Ok(true);
        }
    }
    Ok(false)
}

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
        purpose: "curiosity".to_owned(),
    };
    let forced = customs.documents().grant_unchecked(&order).await?;
    let mut refusals = Vec::new();
    for validator in ["german-customs", "tianjin-customs", "bank-of-china", "second-bank"] {
        // Each validator is asked over a connection of its own what it made of the transaction.
        let waited = trade
            .member(validator)?
            .submit_signed_and_wait(&forced)
            .await;
        match waited {
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
    application: Application,
) -> Result<String, DevnetError> {
    match trade.member("fangxin")?.financing().apply(&application).await {
        Ok(applied) => {
            let bank = trade.member("second-bank")?;
            match bank.financing().register_unchecked(&applied.application).await {
                Err(Error::Rejected { rule, .. }) => Ok(rule),
                Err(error) => Err(error.into()),
                Ok(_) => {
                    must(false, "the validators reject the second registration")?;
                    Ok(String::new())
                }
            }
        }
        Err(Error::Rejected { rule, .. }) => Ok(rule),
        Err(error) => Err(error.into()),
    }
}
