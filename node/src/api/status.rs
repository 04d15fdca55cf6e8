//! How far the node has come, and in whole sentences what it waits for.

use crate::handle::NodeHandle;
use hansa_consensus::{Phase, Report, Vote, Waiting};
use hansa_primitives::{Height, MemberId};
use hansa_proto::v1;

/// Blocks by which a follower may lag before it is worth a sentence.
const LAG_MAX: u64 = 5;

/// The status of a node.
pub(super) async fn of(handle: &NodeHandle) -> v1::NodeStatus {
    let report = handle.report().await;
    let core = &handle.core;
    let tip = *handle.tip().borrow();
    let peers: Vec<v1::Peer> = core
        .network
        .peers()
        .values()
        .map(|peer| {
            let told = core.peers_told.of(&peer.at.member);
            v1::Peer {
                member: peer.at.member.to_string(),
                connected: peer.is_connected(),
                height: told.height.max(told.vote.map_or(Height(0), |vote| vote.height)).0,
                last_vote: told.vote.map(describe).unwrap_or_default(),
            }
        })
        .collect();
    v1::NodeStatus {
        chain: core.chain.to_string(),
        genesis_hash: core.ledger.genesis_hash().as_bytes().to_vec(),
        member: core.member.to_string(),
        validator: core.index.is_some(),
        height: core.ledger.committed_height().0,
        block_hash: tip.block.as_bytes().to_vec(),
        view: report.as_ref().map_or(0, |report| report.view.0),
        executed_height: tip.executed.height.0,
        state_root: tip.executed.state_root.as_bytes().to_vec(),
        why: why(handle, report.as_ref(), &peers),
        peers,
        pending: core.mempool.len() as u64,
        version: env!("CARGO_PKG_VERSION").to_owned(),
    }
}

fn describe(vote: Vote) -> String {
    let phase = match vote.phase {
        Phase::Prepare => "prepare",
        Phase::Commit => "commit",
    };
    format!("{phase} view {} height {}", vote.view, vote.height)
}

/// Sentences on what is wrong; none if nothing is.
fn why(handle: &NodeHandle, report: Option<&Report>, peers: &[v1::Peer]) -> Vec<String> {
    let core = &handle.core;
    let mut why = Vec::new();
    if let Some(reason) = handle.halted() {
        why.push(format!("The node is halted: {reason}."));
    }
    let missing: Vec<&str> = core
        .set
        .members()
        .iter()
        .filter(|(member, _)| *member != core.member)
        .filter_map(|(member, _)| absent(peers, member))
        .collect();
    if !missing.is_empty() {
        why.push(format!("No connection to the validators {}.", missing.join(", ")));
    }
    let committed = core.ledger.committed_height();
    let executed = core.ledger.executed().height;
    if committed.0 > executed.0 {
        why.push(format!(
            "Block {} is committed and not executed yet: batches are being fetched or applied.",
            executed.next()
        ));
    }
    if let Some(report) = report {
        match &report.waiting {
            Waiting::Nothing => {}
            waiting => why.push(format!("Consensus waits {}.", named(handle, waiting))),
        }
    } else if core.index.is_none() {
        let ahead = peers.iter().map(|peer| peer.height).max().unwrap_or(0);
        if ahead > committed.0 + LAG_MAX {
            why.push(format!("Catching up: block {committed} of {ahead}."));
        }
        if core.network.validators_connected() == 0 {
            why.push("No validator is connected: nothing new is heard.".to_owned());
        }
    }
    why
}

fn absent<'a>(peers: &'a [v1::Peer], member: &'a MemberId) -> Option<&'a str> {
    let peer = peers.iter().find(|peer| peer.member == member.as_str());
    (!peer.is_some_and(|peer| peer.connected)).then(|| member.as_str())
}

/// What consensus waits for, with members in the place of indexes where people need to know whom.
fn named(handle: &NodeHandle, waiting: &Waiting) -> String {
    let member = |index| {
        let member = handle.core.set.member(index);
        member.map_or_else(|| format!("validator {index}"), ToString::to_string)
    };
    match waiting {
        Waiting::Proposal { leader, height } => {
            format!("for {} to propose height {height}", member(*leader))
        }
        Waiting::Votes { phase, height, missing } => {
            let missing: Vec<String> = missing.iter().map(|index| member(*index)).collect();
            let phase = if *phase == Phase::Prepare { "prepare" } else { "commit" };
            format!("for votes to {phase} height {height}; none came from {}", missing.join(", "))
        }
        other => other.to_string(),
    }
}
