//! A leader that proposes two blocks at one height, on a network of its own.

use super::super::{
    papers,
    report::Notes,
    trade::{Trade, must},
};
use crate::{DevnetError, Layout, Network, StartOptions};
use futures::StreamExt;
use hansa_client::Follow;
use hansa_contracts::Event;
use hansa_primitives::{Height, MemberId};
use std::{
    pin::pin,
    time::{Duration, Instant},
};

const PATIENCE: Duration = Duration::from_secs(60);

pub(super) async fn run(network: &mut Network, notes: &mut Notes) -> Result<(), DevnetError> {
    let layout = Layout::new(network.layout().root().join("equivocating-leader"));
    let topology = network.topology().clone();
    crate::create(&layout, &topology)?;
    // The first validator leads from the first height on.
    let liar = MemberId::new("german-customs")?;
    let options = StartOptions { misbehave: Some((liar.clone(), "equivocate".to_owned())) };
    let mut lying = Network::start(network.program(), layout, topology, options)?;
    lying.wait_for_height(Height(0), PATIENCE).await?;
    let trade = Trade::open(&lying, "2018DE-MILCHPULVER-LIAR").await?;
    let mut trade = trade.invoiced_as("MP-2018-3022");
    for step in 1..=8 {
        papers::step_with_three(&mut trade, step, notes).await?;
    }
    notes.saw("the trade goes on: eight steps with the leader proposing two blocks at a height");
    let fangxin = trade.member("fangxin")?;
    let deadline = Instant::now() + PATIENCE;
    let mut evidence = None;
    let mut opened = 0;
    while evidence.is_none() && Instant::now() < deadline {
        let ucr = hansa_primitives::Ucr::new(format!("2018DE-LIAR-{opened:04}"))?;
        let committed = fangxin.shipments().open(&ucr, Trade::parties()?).await?;
        notes.committed(&committed);
        opened += 1;
        let kinds = vec!["evidence-recorded".to_owned()];
        let follow = Follow { kinds, until_now: true, ..Follow::default() };
        let mut events = pin!(trade.member("second-bank")?.follow(follow));
        while let Some(event) = events.next().await {
            if let Event::EvidenceRecorded { validator, misbehaviour, .. } = event?.event {
                evidence = Some((validator, misbehaviour));
            }
        }
    }
    lying.stop();
    let (validator, misbehaviour) = evidence.ok_or_else(|| {
        DevnetError::Other(format!("no evidence after {opened} committed shipments"))
    })?;
    must(validator == liar, format!("the evidence names {liar}, not {validator}"))?;
    notes.saw(format!(
        "{opened} shipments committed meanwhile; evidence of {misbehaviour} by {validator} is on the ledger"
    ));
    Ok(())
}
