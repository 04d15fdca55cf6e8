//! Connections to nodes: mutual TLS, deadlines, bounds, and another try at another node where a
//! call may be repeated without harm.

mod retry;
mod tls;

pub(crate) use retry::Repeat;
pub use tls::TlsMaterial;

use crate::{
    error::{Error, Result},
    profile::NodeEndpoint,
};
use hansa_primitives::Height;
use hansa_proto::{
    AT_LEAST_HEIGHT,
    v1::{
        self, ledger_service_client::LedgerServiceClient,
        sealed_service_client::SealedServiceClient,
    },
};
use retry::Attempts;
use std::{
    future::Future,
    sync::atomic::{AtomicU64, AtomicUsize, Ordering},
    time::Duration,
};
use tokio::time::Instant;
use tonic::{Request, Response, Status, transport::Channel};

/// Bytes of the largest answer: a page of 1,000 entries of ordinary size, a block's proof.
const ANSWER_BYTES_MAX: usize = 32 * 1024 * 1024;
/// How long a call may take if nothing else is said.
pub(crate) const DEADLINE: Duration = Duration::from_secs(15);

/// The nodes that a member talks to, the preferred one first.
pub struct Connection {
    targets: Vec<Target>,
    preferred: AtomicUsize,
    /// No answer may show the ledger before this block.
    at_least: AtomicU64,
}

/// Under which terms one attempt of a call is made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terms {
    /// The time that is left.
    left: Duration,
    /// The block before which the node must not show the ledger.
    at_least: Height,
}

impl Terms {
    /// The same, with an answer from whatever the node has.
    pub(crate) fn at_any_height(self) -> Self {
        Self { at_least: Height(0), ..self }
    }
}

struct Target {
    endpoint: NodeEndpoint,
    channel: Channel,
}

impl Connection {
    /// Prepares connections; they are made when they are first needed, and again when they broke.
    ///
    /// # Errors
    /// [`Error::Usage`] if a URL or the TLS material is malformed.
    pub fn new(nodes: &[NodeEndpoint], tls: &TlsMaterial) -> Result<Self> {
        if nodes.is_empty() {
            return Err(Error::usage("no node is named", "name at least one node's URL"));
        }
        let target = |endpoint: &NodeEndpoint| {
            Ok(Target { endpoint: endpoint.clone(), channel: tls.channel(endpoint)? })
        };
        let targets = nodes.iter().map(target).collect::<Result<_>>()?;
        Ok(Self { targets, preferred: AtomicUsize::new(0), at_least: AtomicU64::new(0) })
    }

    /// The node that calls go to first at present.
    pub fn preferred(&self) -> &NodeEndpoint {
        &self.targets[self.preferred.load(Ordering::Relaxed) % self.targets.len()].endpoint
    }

    /// From now on no answer shows the ledger before this block, whichever node gives it.
    pub(crate) fn show_at_least(&self, height: Height) {
        self.at_least.fetch_max(height.0, Ordering::Relaxed);
    }

    /// Who the preferred node is and how far it has come.
    ///
    /// # Errors
    /// [`Error::Unavailable`] if no node answers.
    pub async fn node_status(&self) -> Result<v1::NodeStatus> {
        let ask = |channel, terms| async move {
            let terms: Terms = terms;
            let query = request(v1::GetNodeStatusRequest {}, terms.at_any_height());
            Self::ledger(channel).get_node_status(query).await
        };
        self.call("the node's status", DEADLINE, Repeat::Idempotent, ask).await
    }

    /// A client of the ledger for one channel.
    pub(crate) fn ledger(channel: Channel) -> LedgerServiceClient<Channel> {
        LedgerServiceClient::new(channel).max_decoding_message_size(ANSWER_BYTES_MAX)
    }

    /// A client of the store of sealed bytes for one channel.
    pub(crate) fn sealed(channel: Channel) -> SealedServiceClient<Channel> {
        SealedServiceClient::new(channel).max_decoding_message_size(256 * 1024)
    }

    /// Makes a call, at the preferred node first. The future gets the channel and the terms of the
    /// attempt.
    ///
    /// A node that does not answer loses its preference. Calls that must not be repeated are tried
    /// once.
    pub(crate) async fn call<T, F, Fut>(
        &self,
        what: &str,
        deadline: Duration,
        repeat: Repeat,
        attempt: F,
    ) -> Result<T>
    where
        F: Fn(Channel, Terms) -> Fut,
        Fut: Future<Output = Result<Response<T>, Status>>,
    {
        let end = Instant::now() + deadline;
        let mut attempts = Attempts::new(repeat, self.targets.len());
        loop {
            let place = self.preferred.load(Ordering::Relaxed) % self.targets.len();
            let left = end.saturating_duration_since(Instant::now());
            let at_least = Height(self.at_least.load(Ordering::Relaxed));
            let terms = Terms { left, at_least };
            let answer = attempt(self.targets[place].channel.clone(), terms);
            let status = match tokio::time::timeout(left, answer).await {
                Ok(Ok(response)) => return Ok(response.into_inner()),
                Ok(Err(status)) => status,
                Err(_) => return Err(timed_out(what, deadline)),
            };
            let Some(pause) = attempts.pause_after(&status) else {
                return Err(Error::from_status(what, &status));
            };
            let node = &self.targets[place].endpoint.url;
            tracing::debug!(what, node, %status, "trying again");
            // Only if nobody else has moved on already.
            let next = (place + 1) % self.targets.len();
            let (from, order) = (place, Ordering::Relaxed);
            let _ = self.preferred.compare_exchange(from, next, order, order);
            if Instant::now() + pause >= end {
                return Err(Error::from_status(what, &status));
            }
            tokio::time::sleep(pause).await;
        }
    }
}

/// A request whose server learns how long the client waits, and for which block.
pub(crate) fn request<M>(message: M, terms: Terms) -> Request<M> {
    let mut request = Request::new(message);
    request.set_timeout(terms.left);
    if terms.at_least > Height(0) {
        request.metadata_mut().insert(AT_LEAST_HEIGHT, terms.at_least.0.into());
    }
    request
}

fn timed_out(what: &str, deadline: Duration) -> Error {
    Error::Timeout {
        what: what.to_owned(),
        seconds: deadline.as_secs(),
        next: "check the node's load and try again".to_owned(),
    }
}
