//! Signatures of transactions against the registry.

use hansa_contracts::{registry, state::StateView};
use hansa_primitives::{
    ActorId, Transaction, VerifyingKey,
    signature::{SignedMessage, verify_each},
};
use std::collections::BTreeMap;

/// What the registry says of a transaction's signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignatureVerdict {
    /// The actor signed it.
    Holds,
    /// The actor did not sign it. An actor's key never changes, so this is for ever.
    Refused,
    /// No such actor is registered at this height.
    UnknownActor,
}

/// Checks signatures under the keys that the registry holds, all of them in one batch.
pub fn check_signatures(
    view: &dyn StateView,
    transactions: &[&Transaction],
) -> Vec<SignatureVerdict> {
    let mut keys: BTreeMap<ActorId, Option<VerifyingKey>> = BTreeMap::new();
    for transaction in transactions {
        let actor = transaction.body.actor;
        keys.entry(actor).or_insert_with(|| registry::actor(view, &actor).map(|record| record.key));
    }
    let key_of = |transaction: &Transaction| keys.get(&transaction.body.actor).copied().flatten();
    let messages: Vec<(VerifyingKey, Vec<u8>, &Transaction)> = transactions
        .iter()
        .filter_map(|transaction| {
            Some((key_of(transaction)?, transaction.signing_bytes(), *transaction))
        })
        .collect();
    let signed: Vec<SignedMessage<'_>> = messages
        .iter()
        .map(|(key, message, transaction)| SignedMessage {
            key: *key,
            message,
            signature: transaction.signature,
        })
        .collect();
    let mut verdicts = verify_each(&signed).into_iter();
    transactions
        .iter()
        .map(|transaction| match key_of(transaction) {
            None => SignatureVerdict::UnknownActor,
            Some(_) if verdicts.next() == Some(true) => SignatureVerdict::Holds,
            Some(_) => SignatureVerdict::Refused,
        })
        .collect()
}
