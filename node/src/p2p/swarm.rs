//! The one task that owns the libp2p swarm: it listens, dials, and drops what is not allowed.

use super::{
    Network, Receive,
    class::Class,
    link,
    peer::{Peer, PeerAddress},
};
use futures::StreamExt;
use hansa_primitives::ChainId;
use libp2p::{
    Multiaddr, PeerId, SwarmBuilder,
    allow_block_list::{self, AllowedPeers},
    connection_limits::{self, ConnectionLimits},
    identify,
    identity::Keypair,
    multiaddr::Protocol,
    noise, ping,
    swarm::{
        NetworkBehaviour, SwarmEvent,
        dial_opts::{DialOpts, PeerCondition},
    },
    tcp, yamux,
};
use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
    time::{Duration, Instant},
};
use thiserror::Error;
use tokio::{sync::mpsc, task::AbortHandle};
use tokio_util::sync::CancellationToken;

const TICK: Duration = Duration::from_millis(250);
const BACKOFF_MIN: Duration = Duration::from_millis(250);
const BACKOFF_MAX: Duration = Duration::from_secs(10);
/// The validator with the greater peer id leaves dialling to the other for this long.
const COURTESY: Duration = Duration::from_secs(3);
const IDLE: Duration = Duration::from_secs(120);
const CONNECTIONS_MAX: u32 = 256;
const PENDING_MAX: u32 = 64;

/// Why there is no network.
#[derive(Debug, Error)]
pub(crate) enum P2pError {
    /// The node's own key is unfit.
    #[error("the node key is no Ed25519 seed: {0}")]
    Key(String),
    /// The transport could not be set up.
    #[error("the transport: {0}")]
    Transport(String),
    /// Nobody can listen there.
    #[error("cannot listen on {address}: {reason}; choose another `p2p.listen`")]
    Listen {
        /// Where.
        address: Multiaddr,
        /// Why.
        reason: String,
    },
}

#[derive(NetworkBehaviour)]
struct Behaviour {
    // First, so that strangers are refused before anything else sees them.
    allowed: allow_block_list::Behaviour<AllowedPeers>,
    limits: connection_limits::Behaviour,
    identify: identify::Behaviour,
    ping: ping::Behaviour,
    stream: libp2p_stream::Behaviour,
}

/// The swarm with what it is told and whom it tells.
pub(crate) struct Swarm {
    swarm: libp2p::Swarm<Behaviour>,
    chain: ChainId,
    own_validator: bool,
    network: Arc<Network>,
    receive: Arc<dyn Receive>,
    roster: mpsc::UnboundedReceiver<Vec<PeerAddress>>,
    dials: HashMap<PeerId, Dial>,
}

/// When to dial a peer next.
struct Dial {
    next: Instant,
    backoff: Duration,
}

/// The peer id of a node key.
pub(crate) fn peer_id(seed: &[u8; 32]) -> Result<PeerId, P2pError> {
    Ok(keypair(seed)?.public().to_peer_id())
}

fn keypair(seed: &[u8; 32]) -> Result<Keypair, P2pError> {
    Keypair::ed25519_from_bytes(*seed).map_err(|error| P2pError::Key(error.to_string()))
}

impl Swarm {
    /// Sets the swarm up and listens. Peers come with the first list from `roster`.
    pub(crate) async fn listen(
        seed: &[u8; 32],
        chain: &ChainId,
        own_validator: bool,
        address: Multiaddr,
        network: Arc<Network>,
        receive: Arc<dyn Receive>,
        roster: mpsc::UnboundedReceiver<Vec<PeerAddress>>,
    ) -> Result<(Self, Multiaddr), P2pError> {
        let transport = |error: &dyn std::fmt::Display| P2pError::Transport(error.to_string());
        let mut swarm = SwarmBuilder::with_existing_identity(keypair(seed)?)
            .with_tokio()
            .with_tcp(
                tcp::Config::default().nodelay(true),
                noise::Config::new,
                yamux::Config::default,
            )
            .map_err(|error| transport(&error))?
            .with_behaviour(|key| behaviour(chain, key))
            .map_err(|error| transport(&error))?
            .with_swarm_config(|config| config.with_idle_connection_timeout(IDLE))
            .build();
        let failed = |reason: String| P2pError::Listen { address: address.clone(), reason };
        swarm.listen_on(address.clone()).map_err(|error| failed(error.to_string()))?;
        let bound = loop {
            match swarm.select_next_some().await {
                SwarmEvent::NewListenAddr { address, .. } => break address,
                SwarmEvent::ListenerError { error, .. } => return Err(failed(error.to_string())),
                SwarmEvent::ListenerClosed { reason: Err(error), .. } => {
                    return Err(failed(error.to_string()));
                }
                _ => {}
            }
        };
        let chain = chain.clone();
        let dials = HashMap::new();
        Ok((Self { swarm, chain, own_validator, network, receive, roster, dials }, bound))
    }

    /// Runs until told to stop.
    pub(crate) async fn run(mut self, stop: CancellationToken) {
        for class in Class::ALL {
            self.accept(class, &stop);
        }
        let mut tick = tokio::time::interval(TICK);
        loop {
            tokio::select! {
                event = self.swarm.select_next_some() => self.handle_event(event),
                Some(peers) = self.roster.recv() => self.handle_roster(peers),
                _ = tick.tick() => self.dial_due().await,
                () = stop.cancelled() => break,
            }
        }
        for peer in self.network.peers().values() {
            peer.connected.send_replace(false);
            peer.gone.cancel();
        }
    }

    /// Accepts a class's streams. The task only hands them on: streams that arrive while it is busy
    /// are dropped by libp2p.
    fn accept(&mut self, class: Class, stop: &CancellationToken) {
        let mut control = self.swarm.behaviour().stream.new_control();
        let mut incoming = control
            .accept(class.protocol(&self.chain))
            .expect("each class is registered once, here");
        let (network, receive, stop) =
            (Arc::clone(&self.network), Arc::clone(&self.receive), stop.clone());
        tokio::spawn(async move {
            let mut readers: HashMap<PeerId, AbortHandle> = HashMap::new();
            loop {
                let next = tokio::select! {
                    next = incoming.next() => next,
                    () = stop.cancelled() => None,
                };
                let Some((id, stream)) = next else { break };
                let Some(peer) = network.by_id(&id) else { continue };
                let reader = link::run_reader(stream, peer, class, Arc::clone(&receive));
                // A peer has one stream a class: a new one means that it gave up the old one.
                if let Some(old) = readers.insert(id, tokio::spawn(reader).abort_handle()) {
                    old.abort();
                }
            }
            for reader in readers.values() {
                reader.abort();
            }
        });
    }

    fn handle_event(&mut self, event: SwarmEvent<BehaviourEvent>) {
        match event {
            SwarmEvent::ConnectionEstablished { peer_id, .. } => {
                self.dials.remove(&peer_id);
                if let Some(peer) = self.network.by_id(&peer_id)
                    && !peer.connected.send_replace(true)
                {
                    tracing::info!(%peer, "connected");
                }
            }
            SwarmEvent::ConnectionClosed { peer_id, num_established: 0, cause, .. } => {
                if let Some(peer) = self.network.by_id(&peer_id) {
                    peer.connected.send_replace(false);
                    let cause = cause.map_or_else(|| "closed".to_owned(), |c| c.to_string());
                    tracing::info!(%peer, cause, "disconnected");
                }
            }
            SwarmEvent::OutgoingConnectionError { peer_id: Some(id), error, .. } => {
                if let Some(peer) = self.network.by_id(&id) {
                    tracing::debug!(%peer, %error, "not reached");
                }
            }
            SwarmEvent::IncomingConnectionError { error, send_back_addr, .. } => {
                tracing::warn!(from = %send_back_addr, %error, "connection refused");
            }
            SwarmEvent::Behaviour(BehaviourEvent::Ping(event)) => {
                if let Err(error) = event.result
                    && !matches!(error, ping::Failure::Unsupported)
                {
                    tracing::debug!(peer = %event.peer, %error, "no answer to a ping");
                    self.swarm.close_connection(event.connection);
                }
            }
            SwarmEvent::ListenerClosed { reason, .. } => {
                tracing::error!(?reason, "no longer listening for peers");
            }
            _ => {}
        }
    }

    fn handle_roster(&mut self, addresses: Vec<PeerAddress>) {
        let old = self.network.peers();
        let mut peers = BTreeMap::new();
        for at in addresses {
            let known = old.get(&at.member).filter(|peer| peer.at == at);
            let peer = known.cloned().unwrap_or_else(|| self.add(at));
            peers.insert(peer.at.member.clone(), peer);
        }
        for peer in old.values() {
            let kept = peers.get(&peer.at.member);
            if !kept.is_some_and(|kept| Arc::ptr_eq(kept, peer)) {
                peer.gone.cancel();
                peer.connected.send_replace(false);
            }
            if peers.values().all(|kept| kept.at.id != peer.at.id) {
                self.swarm.behaviour_mut().allowed.disallow_peer(peer.at.id);
                tracing::info!(%peer, "no longer allowed");
            }
        }
        self.network.replace(peers);
    }

    fn add(&mut self, at: PeerAddress) -> Arc<Peer> {
        self.swarm.behaviour_mut().allowed.allow_peer(at.id);
        let peer = Arc::new(Peer::new(at));
        peer.connected.send_replace(self.swarm.is_connected(&peer.at.id));
        for class in Class::ALL {
            let control = self.swarm.behaviour().stream.new_control();
            let protocol = class.protocol(&self.chain);
            let receive = Arc::clone(&self.receive);
            let (writer, gone) = (Arc::clone(&peer), peer.gone.clone());
            tokio::spawn(async move {
                let writing = link::run_writer(control, writer, class, protocol, receive);
                gone.run_until_cancelled(writing).await;
            });
        }
        peer
    }

    /// Dials the validators that are not connected. Who is none dials and is never dialled, so that
    /// members behind a firewall can take part.
    async fn dial_due(&mut self) {
        let now = Instant::now();
        let own = *self.swarm.local_peer_id();
        for peer in self.network.validators() {
            let id = peer.at.id;
            if self.swarm.is_connected(&id) {
                continue;
            }
            let dial = self.dials.entry(id).or_insert_with(|| {
                let waits = self.own_validator && own > id;
                Dial { next: if waits { now + COURTESY } else { now }, backoff: BACKOFF_MIN }
            });
            if dial.next > now {
                continue;
            }
            dial.next = now + dial.backoff;
            dial.backoff = (dial.backoff * 2).min(BACKOFF_MAX);
            let Some(address) = resolve(&peer.at.address).await else {
                tracing::warn!(%peer, address = %peer.at.address, "the host name does not resolve");
                continue;
            };
            let options = DialOpts::peer_id(id)
                .addresses(vec![address])
                .condition(PeerCondition::DisconnectedAndNotDialing)
                .build();
            if let Err(error) = self.swarm.dial(options) {
                tracing::trace!(%peer, %error, "not dialled");
            }
        }
    }
}

fn behaviour(chain: &ChainId, key: &Keypair) -> Behaviour {
    let limits = ConnectionLimits::default()
        .with_max_pending_incoming(Some(PENDING_MAX))
        .with_max_established(Some(CONNECTIONS_MAX))
        .with_max_established_per_peer(Some(2));
    let identify = identify::Config::new(format!("/hansa/{chain}/1"), key.public())
        .with_agent_version(format!("hansa/{}", env!("CARGO_PKG_VERSION")))
        .with_hide_listen_addrs(true);
    let ping = ping::Config::new()
        .with_interval(Duration::from_secs(5))
        .with_timeout(Duration::from_secs(10));
    Behaviour {
        allowed: allow_block_list::Behaviour::default(),
        limits: connection_limits::Behaviour::new(limits),
        identify: identify::Behaviour::new(identify),
        ping: ping::Behaviour::new(ping),
        stream: libp2p_stream::Behaviour::new(),
    }
}

/// Puts an IP address in the place of a host name.
async fn resolve(address: &Multiaddr) -> Option<Multiaddr> {
    let mut parts = address.iter();
    let host = match parts.next()? {
        Protocol::Dns(host) | Protocol::Dns4(host) | Protocol::Dns6(host) => host,
        _ => return Some(address.clone()),
    };
    let lookup = tokio::net::lookup_host((host.as_ref(), 0));
    let found = tokio::time::timeout(Duration::from_secs(2), lookup).await.ok()?.ok()?.next()?;
    let mut resolved = Multiaddr::from(found.ip());
    for part in parts {
        resolved.push(part);
    }
    Some(resolved)
}
