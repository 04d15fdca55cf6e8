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
use hansa_proto::v1::{
    self, ledger_service_client::LedgerServiceClient, sealed_service_client::SealedServiceClient,
};
use retry::Attempts;
use std::{
    future::Future,
    sync::atomic::{AtomicUsize, Ordering},
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
        Ok(Self { targets, preferred: AtomicUsize::new(0) })
    }

    /// The node that calls go to first at present.
    pub fn preferred(&self) -> &NodeEndpoint {
        &self.targets[self.preferred.load(Ordering::Relaxed) % self.targets.len()].endpoint
    }

    /// Who the preferred node is and how far it has come.
    ///
    /// # Errors
    /// [`Error::Unavailable`] if no node answers.
    pub async fn node_status(&self) -> Result<v1::NodeStatus> {
        let ask = |channel, left| async move {
            Self::ledger(channel).get_node_status(request(v1::GetNodeStatusRequest {}, left)).await
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

    /// Makes a call, at the preferred node first. The future gets the channel and the time that is
    /// left.
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
        F: Fn(Channel, Duration) -> Fut,
        Fut: Future<Output = Result<Response<T>, Status>>,
    {
        let end = Instant::now() + deadline;
        let mut attempts = Attempts::new(repeat, self.targets.len());
        loop {
            let place = self.preferred.load(Ordering::Relaxed) % self.targets.len();
            let left = end.saturating_duration_since(Instant::now());
            let answer = attempt(self.targets[place].channel.clone(), left);
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

/// A request whose server learns how long the client waits.
pub(crate) fn request<M>(message: M, left: Duration) -> Request<M> {
    let mut request = Request::new(message);
    request.set_timeout(left);
    request
}

fn timed_out(what: &str, deadline: Duration) -> Error {
    Error::Timeout {
        what: what.to_owned(),
        seconds: deadline.as_secs(),
        next: "check the node's load and try again".to_owned(),
    }
}
