//! Power cuts: one validator, then everything.

use super::super::{
    export, papers,
    report::Notes,
    trade::{Trade, must},
};
use crate::{DevnetError, Network};
use hansa_contracts::declaration::{Kind, Status};
use hansa_primitives::{Height, MemberId};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(60);

/// Kills one validator before each of the steps up to the release, each time another one, and starts it
/// again after the step.
pub(super) async fn one_validator(
    network: &mut Network,
    notes: &mut Notes,
) -> Result<(), DevnetError> {
    let mut trade = Trade::open(network, "2018DE-MILCHPULVER-CRASH").await?;
    // Customs' nodes act for them and are the chamber's gateway, so they go down only where neither is
    // waited for.
    let victims = ["second-bank", "bank-of-china", "tianjin-customs", "german-customs"];
    for step in 1..=10_u8 {
        let victim = MemberId::new(if step < 8 {
            victims[usize::from(step + 1) % victims.len()]
        } else {
            victims[usize::from(step) % 2]
        })?;
        network.kill_node(&victim);
        papers::export_step(&mut trade, step, notes).await?;
        let height = papers::height(&trade, "mrt").await?;
        network.start_node(&victim)?;
        network.wait_for_node(&victim, height, PATIENCE).await?;
    }
    notes.saw("ten steps with a validator killed before each; each caught up before the next kill");
    Ok(())
}

/// Kills all nodes in the middle of step 9.
pub(super) async fn all_nodes(network: &mut Network, notes: &mut Notes) -> Result<(), DevnetError> {
    let mut trade = Trade::open(network, "2018DE-MILCHPULVER-POWER").await?;
    let mut before = Notes::default();
    papers::until_export_grants(&mut trade, papers::INVOICE, &mut before).await?;
    // mrt's node is deriving the declaration now.
    network.kill_all();
    network.start_all()?;
    network.wait_for_height(Height(1), PATIENCE).await?;
    let trade_again = {
        let mut again = Trade::open(network, trade.ucr.as_str()).await?;
        again.take_documents(&trade);
        again
    };
    for transaction in &before.transactions {
        let id = transaction
            .id
            .parse()
            .map_err(|_| DevnetError::Other(format!("{} is no id", transaction.id)))?;
        for member in ["german-customs", "fangxin", "second-bank"] {
            let standing = trade_again.member(member)?.wait(&id, PATIENCE).await?;
            must(
                standing.height.0 == transaction.height,
                format!("{member} holds {} at height {}", transaction.id, transaction.height),
            )?;
        }
    }
    notes.saw(format!(
        "{} acknowledged transactions are on the ledgers of all after the power cut",
        before.transactions.len()
    ));
    trade_again.wait_for_declaration("mrt", Kind::Export, Status::Drafted).await?;
    trade = trade_again;
    trade.member("mrt")?.declarations().submit(Kind::Export, &trade.ucr).await?;
    export::release(&mut trade, notes).await
}
