//! The nodes this one knows, and sending to them.

use super::{class::Class, peer::Peer};
use bytes::Bytes;
use hansa_primitives::{MemberId, ValidatorIndex};
use libp2p::PeerId;
use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError, RwLock},
};

/// All peers by member. Cheap to read from any thread.
#[derive(Default)]
pub(crate) struct Network {
    peers: RwLock<Arc<BTreeMap<MemberId, Arc<Peer>>>>,
}

impl Network {
    /// The peers as of now.
    pub(crate) fn peers(&self) -> Arc<BTreeMap<MemberId, Arc<Peer>>> {
        Arc::clone(&self.peers.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn replace(&self, peers: BTreeMap<MemberId, Arc<Peer>>) {
        *self.peers.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(peers);
    }

    pub(super) fn by_id(&self, id: &PeerId) -> Option<Arc<Peer>> {
        self.peers().values().find(|peer| peer.at.id == *id).cloned()
    }

    /// The node of a validator, unless that is this one.
    pub(crate) fn validator(&self, index: ValidatorIndex) -> Option<Arc<Peer>> {
        self.peers().values().find(|peer| peer.at.validator == Some(index)).cloned()
    }

    /// The nodes of all other validators.
    pub(crate) fn validators(&self) -> Vec<Arc<Peer>> {
        let peers = self.peers();
        peers.values().filter(|peer| peer.at.validator.is_some()).cloned().collect()
    }

    /// Queues a frame for every peer that `to` picks. Who is not connected or has too much waiting
    /// catches up by asking.
    pub(crate) fn broadcast(&self, class: Class, frame: &Bytes, to: impl Fn(&Peer) -> bool) {
        for peer in self.peers().values().filter(|peer| to(peer)) {
            if let Err(reason) = peer.send(class, frame.clone()) {
                tracing::trace!(%peer, class = class.name(), %reason, "frame not sent");
            }
        }
    }

    /// How many validators other than this one are connected.
    pub(crate) fn validators_connected(&self) -> usize {
        let peers = self.peers();
        peers.values().filter(|peer| peer.at.validator.is_some() && peer.is_connected()).count()
    }
}
