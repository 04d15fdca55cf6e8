//! Another member's node.

use super::{
    class::Class,
    outbox::{NotSent, Outbox},
};
use bytes::Bytes;
use hansa_primitives::{MemberId, ValidatorIndex};
use libp2p::{Multiaddr, PeerId};
use std::fmt;
use tokio::sync::{Semaphore, watch};
use tokio_util::sync::CancellationToken;

/// Sealed documents that are sent to one peer at a time.
const TRANSFERS_MAX: usize = 4;

/// What the registry says of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PeerAddress {
    /// The member that runs it.
    pub(crate) member: MemberId,
    /// Its identity.
    pub(crate) id: PeerId,
    /// Where it listens.
    pub(crate) address: Multiaddr,
    /// Its place among the validators, if it is one.
    pub(crate) validator: Option<ValidatorIndex>,
}

/// Another member's node, with a queue for each class of traffic.
pub(crate) struct Peer {
    /// What the registry says of it.
    pub(crate) at: PeerAddress,
    outboxes: [Outbox; Class::ALL.len()],
    pub(super) connected: watch::Sender<bool>,
    /// Sealed documents that are sent to the peer at a time: a slow one holds up itself alone.
    pub(crate) transfers: Semaphore,
    /// Cancelled when the registry names the node no more.
    pub(super) gone: CancellationToken,
}

impl Peer {
    pub(super) fn new(at: PeerAddress) -> Self {
        Self {
            at,
            outboxes: Class::ALL.map(Outbox::new),
            connected: watch::Sender::new(false),
            transfers: Semaphore::new(TRANSFERS_MAX),
            gone: CancellationToken::new(),
        }
    }

    /// The queue of a class.
    pub(crate) fn outbox(&self, class: Class) -> &Outbox {
        &self.outboxes[class as usize]
    }

    /// Queues a frame.
    pub(crate) fn send(&self, class: Class, frame: Bytes) -> Result<(), NotSent> {
        self.outbox(class).push(frame)
    }

    /// Whether there is a connection.
    pub(crate) fn is_connected(&self) -> bool {
        *self.connected.borrow()
    }
}

impl fmt::Debug for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.at.member.fmt(f)
    }
}
