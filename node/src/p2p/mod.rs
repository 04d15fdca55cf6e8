//! Connections to the other members' nodes: TCP, Noise and Yamux by libp2p.
//!
//! Who may connect is what the registry says: any other identity is refused right after the Noise
//! handshake. Between two nodes there is one long-lived stream for each class of traffic and
//! direction; answers travel on the answerer's own stream of the class. Queues are bounded, and
//! none of them ever blocks the thread that fills it.

mod class;
mod frame;
mod link;
mod message;
mod network;
mod outbox;
mod peer;
mod swarm;

pub(crate) use class::Class;
pub(crate) use message::{
    BatchMessage, BlocksMessage, Forward, HeaderRun, SealedMessage, WANTED_MAX,
};
pub(crate) use network::Network;
pub(crate) use outbox::NotSent;
pub(crate) use peer::{Peer, PeerAddress};
pub(crate) use swarm::{Swarm, peer_id};

use std::sync::Arc;

/// What becomes of what peers send.
pub(crate) trait Receive: Send + Sync + 'static {
    /// Whether there is room for more of a class. If not, the stream is not read on.
    fn is_ready(&self, class: Class) -> bool;
    /// Takes a frame. An error says what is malformed about it; the stream is then closed.
    fn receive(&self, peer: &Arc<Peer>, class: Class, payload: Vec<u8>) -> Result<(), String>;
    /// A stream to the peer has come up.
    fn link_up(&self, peer: &Arc<Peer>, class: Class);
}
