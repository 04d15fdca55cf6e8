//! The unhappy ways: what must hold when somebody alters, lies, dies or may not.

mod altered;
mod crashes;
mod intruders;
mod liar;

use super::{
    milliseconds,
    report::{Notes, UnhappyEntry},
};
use crate::{DevnetError, Network};
use std::time::Instant;

const WAYS: [&str; 6] = [
    "altered invoice and declarations are named field by field and leave the low-risk lane",
    "a validator is killed and started again: the trade goes on, the validator catches up",
    "a validator proposes two blocks at one height: the trade goes on, the evidence is on the ledger",
    "mrt tries to read the policy, which nobody granted to it",
    "all nodes are killed in the middle of step 9 and started again: no acknowledged step is lost",
    // Last, because the member cannot take part in anything afterwards.
    "a member's certificate is revoked: its next transaction is refused by every validator",
];

/// Runs them one after the other on a network whose trade is done.
pub(super) async fn run(
    network: &mut Network,
    said: &mut dyn FnMut(&str),
) -> Result<Vec<UnhappyEntry>, DevnetError> {
    let mut entries = Vec::new();
    for (number, name) in WAYS.into_iter().enumerate() {
        let started = Instant::now();
        let mut notes = Notes::default();
        let result = match number {
            0 => altered::run(network, &mut notes).await,
            1 => crashes::one_validator(network, &mut notes).await,
            2 => liar::run(network, &mut notes).await,
            3 => intruders::curious(network, &mut notes).await,
            4 => crashes::all_nodes(network, &mut notes).await,
            _ => intruders::revoked(network, &mut notes).await,
        };
        // A way that failed half-way may have left a node killed.
        network.start_all()?;
        if let Err(error) = &result {
            notes.saw(format!("FAILED: {error}"));
        }
        let entry = UnhappyEntry {
            name: name.to_owned(),
            ok: result.is_ok(),
            seen: notes.seen,
            ms: milliseconds(started),
        };
        said(&format!("unhappy {} · {name} ({} ms)", number + 1, entry.ms));
        if !entry.ok {
            said(&format!("        {}", entry.seen.last().cloned().unwrap_or_default()));
        }
        entries.push(entry);
    }
    Ok(entries)
}
