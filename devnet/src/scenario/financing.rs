//! Steps 14 to 16: financing, and the second attempt.

use super::{
    papers,
    report::{Notes, TransactionEntry},
    trade::{Trade, must},
};
use crate::DevnetError;
use hansa_client::{Error, FollowedEvent, financing::Application};
use hansa_primitives::{MemberId, amount::Amount};
use rust_decimal::Decimal;

fn order(trade: &Trade, bank: &str, force: bool) -> Result<Application, DevnetError> {
    let currency = "EUR".parse().map_err(|_| DevnetError::Other("EUR is no currency".into()))?;
    Ok(Application {
        ucr: trade.ucr.clone(),
        amount: Amount { value: Decimal::new(1_921_500, 2), currency },
        bank: MemberId::new(bank)?,
        force,
    })
}

/// Step 14. The bank verifies the proof; the ledger tells nobody anything.
pub(super) async fn apply(trade: &mut Trade, notes: &mut Notes) -> Result<(), DevnetError> {
    let before = trade.last_event("second-bank").await?;
    let order = order(trade, "bank-of-china", false)?;
    let applied = trade.member("fangxin")?.financing().apply(&order).await?;
    must(applied.is_verified(), format!("the bank's verdict is `{}`", applied.verdict))?;
    notes.saw(format!("bank-of-china verified application {}", applied.application));
    trade.application = Some(applied.application);
    let seen = trade.events_since("second-bank", before).await?;
    let seen: Vec<&str> = seen.iter().map(|event| event.event.name()).collect();
    must(seen.is_empty(), format!("an application leaves no trace on the ledger, not {seen:?}"))?;
    notes.saw("the application left no trace on the ledger");
    Ok(())
}

/// Step 15. What second-bank sees of it: a nullifier and a claim.
pub(super) async fn register(trade: &mut Trade, notes: &mut Notes) -> Result<(), DevnetError> {
    let before = trade.last_event("second-bank").await?;
    let application = trade
        .application
        .clone()
        .ok_or_else(|| DevnetError::Other("there is no application".into()))?;
    let bank = trade.member("bank-of-china")?;
    let done = bank.financing().register_application(&application, false).await?;
    notes
        .transactions
        .push(TransactionEntry { id: done.transaction.to_string(), height: done.height.0 });
    let seen = trade.events_since("second-bank", before).await?;
    must(!seen.is_empty(), "the registration is on second-bank's ledger")?;
    for event in &seen {
        let event = as_json(event)?;
        for secret in ["fangxin", "milchpulver", trade.ucr.as_str(), "19215", "1921500"] {
            must(!event.contains(secret), format!("second-bank's ledger tells `{secret}`"))?;
        }
    }
    notes.saw("second-bank sees that a financing was registered: not whose, for what, how much");
    Ok(())
}

/// Step 16. The proof cannot be made, and a forced registration is rejected by the validators.
pub(super) async fn apply_again(trade: &mut Trade, notes: &mut Notes) -> Result<(), DevnetError> {
    let honest = order(trade, "second-bank", false)?;
    match trade.member("fangxin")?.financing().apply(&honest).await {
        Err(error @ Error::AlreadyFinanced { .. }) => {
            notes.saw(format!("the proof cannot be made: {error}"));
        }
        Err(error) => return Err(error.into()),
        Ok(_) => return must(false, "the second application is refused"),
    }
    let rule = papers::force_registration(trade, order(trade, "second-bank", true)?).await?;
    notes.saw(format!("a forced registration is rejected by the validators ({rule})"));
    Ok(())
}

/// An event as a member's node shows it.
fn as_json(event: &FollowedEvent) -> Result<String, DevnetError> {
    serde_json::to_string(&event.event)
        .map_err(|error| DevnetError::Other(format!("an event does not become JSON: {error}")))
}
