//! Forwards transactions from a node that is no validator to one that is. What stays undecided goes
//! to the next validator after a while, until a block decides it or it expires.

use crate::{
    core::Core,
    p2p::{Class, Forward},
};
use hansa_primitives::{Transaction, TransactionId, codec, limits};
use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

/// How long a validator has before another one is given the transaction.
const PATIENCE: Duration = Duration::from_secs(3);
/// Bytes of one message.
const MESSAGE_BYTES: usize = 2 * limits::TRANSACTION_BYTES_MAX;
/// Bytes forwarded in one round.
const ROUND_BYTES: usize = 2 * 1024 * 1024;

/// Forwards what was just accepted, and what was forwarded long ago without effect.
pub(super) fn forward(core: &Core) {
    let due = core.mempool.to_forward(PATIENCE, ROUND_BYTES);
    if due.is_empty() {
        return;
    }
    let validators = core.network.validators();
    let connected: Vec<_> =
        validators.iter().filter(|peer| peer.outbox(Class::Transactions).is_open()).collect();
    if connected.is_empty() {
        core.mempool.not_forwarded(&ids(due.iter().map(|(bytes, _)| bytes)));
        return;
    }
    // Nodes prefer different validators, so that lanes share the load.
    let preferred = core.member.as_str().bytes().map(usize::from).sum::<usize>();
    let mut by_attempt: BTreeMap<usize, Vec<Arc<Vec<u8>>>> = BTreeMap::new();
    for (bytes, attempts) in due {
        by_attempt.entry(attempts).or_default().push(bytes);
    }
    for (attempts, transactions) in by_attempt {
        let peer = connected[(preferred + attempts) % connected.len()];
        for message in messages(&transactions) {
            let frame = Forward(message.iter().map(|bytes| bytes.to_vec()).collect()).frame();
            if let Err(reason) = peer.send(Forward::CLASS, frame) {
                tracing::debug!(%peer, %reason, "transactions not forwarded yet");
                core.mempool.not_forwarded(&ids(message.iter()));
            }
        }
    }
}

fn messages(transactions: &[Arc<Vec<u8>>]) -> Vec<&[Arc<Vec<u8>>]> {
    let mut messages = Vec::new();
    let (mut from, mut bytes) = (0, 0);
    for (place, transaction) in transactions.iter().enumerate() {
        let length = transaction.len() + 8;
        if bytes + length > MESSAGE_BYTES && place > from {
            messages.push(&transactions[from..place]);
            (from, bytes) = (place, 0);
        }
        bytes += length;
    }
    messages.push(&transactions[from..]);
    messages
}

fn ids<'a>(transactions: impl Iterator<Item = &'a Arc<Vec<u8>>>) -> Vec<TransactionId> {
    transactions
        .filter_map(|bytes| codec::decode::<Transaction>(bytes).ok())
        .map(|transaction| transaction.id())
        .collect()
}

/// When to look again.
pub(super) fn next_look() -> Instant {
    Instant::now() + Duration::from_millis(500)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_holds_what_fits_and_at_least_one() {
        let transactions: Vec<_> =
            [MESSAGE_BYTES, 10, 20, MESSAGE_BYTES / 2, MESSAGE_BYTES / 2 + 1, 5]
                .map(|length| Arc::new(vec![0; length]))
                .to_vec();
        let lengths: Vec<usize> =
            messages(&transactions).iter().map(|message| message.len()).collect();
        assert_eq!(lengths, [1, 3, 2]);
        assert_eq!(lengths.iter().sum::<usize>(), transactions.len());
    }
}
