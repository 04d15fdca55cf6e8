//! Power cuts: one validator, then everything.

use super::super::{
    export, papers,
    report::Notes,
    trade::{Trade, must},
};
use crate::{DevnetError, Network};
use hansa_client::declarations::Stage;
use hansa_contracts::declaration::Kind;
use hansa_primitives::{Height, MemberId};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(60);

/// Who is killed before each step. Customs' nodes act for them and are the chamber's gateway, and banks
/// assess and register, so they go down only where they are not waited for.
const VICTIMS: [&str; 16] = [
    "tianjin-customs",
    "german-customs",
    "second-bank",
    "bank-of-china",
    "tianjin-customs",
    "german-customs",
    "second-bank",
    "bank-of-china",
    "second-bank",
    "bank-of-china",
    "second-bank",
    "bank-of-china",
    "second-bank",
    "german-customs",
    "tianjin-customs",
    "german-customs",
];

/// Kills one validator before each step, and starts it again after the step.
pub(super) async fn one_validator(
    network: &mut Network,
    notes: &mut Notes,
) -> Result<(), DevnetError> {
    let trade = Trade::open(network, "2018DE-MILCHPULVER-CRASH").await?;
    let mut trade = trade.invoiced_as("MP-2018-2022");
    for (number, victim) in (1..).zip(VICTIMS) {
        let victim = MemberId::new(victim)?;
        network.kill_node(&victim);
        papers::step_with_three(&mut trade, number, notes).await?;
        let height = papers::height(&trade, "mrt").await?;
        network.start_node(&victim)?;
        network.wait_for_node(&victim, height, PATIENCE).await?;
    }
    notes.saw("16 steps with a validator killed before each; each caught up before the next kill");
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
        for node in network.topology().nodes() {
            let member = node.member.as_str();
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
    trade_again.wait_for_declaration("mrt", Kind::Export, Stage::Drafted).await?;
    trade = trade_again;
    trade.member("mrt")?.declarations().submit(Kind::Export, &trade.ucr).await?;
    export::release(&mut trade, notes).await
}
