//! Who waits for signatures of validators, and who for bytes.

use hansa_consensus::ValidatorSet;
use hansa_contracts::document::Availability;
use hansa_primitives::{ChainId, Digest, MemberId, Signature};
use std::{
    collections::{BTreeMap, HashMap},
    sync::{Mutex, MutexGuard, PoisonError},
};
use tokio::sync::watch;

/// What is under way.
#[derive(Default)]
pub(crate) struct Exchange {
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    collecting: HashMap<(Digest, u64), watch::Sender<Receipts>>,
    fetching: HashMap<Digest, watch::Sender<Fetched>>,
}

/// Validators' signatures for having bytes on their disks.
pub(super) type Receipts = BTreeMap<MemberId, Signature>;

/// How a request for bytes goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Fetched {
    /// The bytes are here.
    pub(crate) here: bool,
    /// Nodes that do not have them, or do not give them.
    pub(crate) absent: usize,
    /// Chunks that have come: it goes on.
    pub(crate) chunks: u64,
}

impl Exchange {
    /// Begins to collect signatures for bytes of a digest and a length. It goes on for as long as a
    /// receiver is kept.
    pub(super) fn collect(&self, digest: Digest, length: u64) -> watch::Receiver<Receipts> {
        let mut inner = self.lock();
        inner.collecting.retain(|_, receipts| receipts.receiver_count() > 0);
        inner.collecting.entry((digest, length)).or_default().subscribe()
    }

    /// Takes a validator's signature, if it is one that is waited for.
    pub(super) fn stored(
        &self,
        chain: &ChainId,
        set: &ValidatorSet,
        member: &MemberId,
        (digest, length): (Digest, u64),
        signature: Signature,
    ) -> bool {
        let key = set.index_of(member).and_then(|index| set.key(index));
        let message = Availability::signing_bytes(chain, &digest, length);
        if key.is_none_or(|key| key.verify(&message, &signature).is_err()) {
            return false;
        }
        if let Some(receipts) = self.lock().collecting.get(&(digest, length)) {
            receipts.send_modify(|receipts| {
                receipts.insert(member.clone(), signature);
            });
        }
        true
    }

    /// Begins to wait for bytes.
    pub(super) fn await_bytes(&self, digest: Digest) -> watch::Receiver<Fetched> {
        self.lock().fetching.entry(digest).or_default().subscribe()
    }

    /// Whether someone waits for the bytes.
    pub(super) fn is_awaited(&self, digest: &Digest) -> bool {
        self.lock().fetching.contains_key(digest)
    }

    /// Tells those who wait for bytes.
    pub(super) fn tell(&self, digest: &Digest, change: impl FnOnce(&mut Fetched)) {
        if let Some(sender) = self.lock().fetching.get(digest) {
            sender.send_modify(change);
        }
    }

    /// Ends waiting, for the last who does.
    pub(super) fn give_up(&self, digest: &Digest) {
        let mut inner = self.lock();
        if inner.fetching.get(digest).is_some_and(|sender| sender.receiver_count() == 0) {
            inner.fetching.remove(digest);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use hansa_primitives::{Epoch, Signer, SigningKey};

    #[test]
    fn only_signatures_of_validators_for_the_right_bytes_count() {
        let chain = ChainId::new("milk").unwrap();
        let member = MemberId::new("bank").unwrap();
        let key = SigningKey::from_seed(&[1; 32]);
        let set = ValidatorSet::new(Epoch(0), vec![(member.clone(), key.verifying_key())]).unwrap();
        let exchange = Exchange::default();
        let digest = Digest([7; 32]);
        let receipts = exchange.collect(digest, 10);
        let sign = |length| key.sign(&Availability::signing_bytes(&chain, &digest, length));
        let stranger = MemberId::new("stranger").unwrap();
        assert!(!exchange.stored(&chain, &set, &stranger, (digest, 10), sign(10)));
        assert!(!exchange.stored(&chain, &set, &member, (digest, 10), sign(11)));
        assert!(exchange.stored(&chain, &set, &member, (digest, 11), sign(11)));
        assert!(receipts.borrow().is_empty());
        assert!(exchange.stored(&chain, &set, &member, (digest, 10), sign(10)));
        assert_eq!(*receipts.borrow(), Receipts::from([(member, sign(10))]));
        // Who begins while another collects has what is there; once all are gone it is forgotten.
        assert_eq!(exchange.collect(digest, 10).borrow().len(), 1);
        drop(receipts);
        assert!(exchange.collect(digest, 10).borrow().is_empty());
    }
}
