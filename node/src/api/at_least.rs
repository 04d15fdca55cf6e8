//! Answers from no earlier state than the caller has heard of.
//!
//! Nodes execute blocks each in its own time. A caller that heard of a change from somebody else names the
//! height of its block in the metadata of any call ([`AT_LEAST_HEIGHT`]), and the call waits here until
//! this node has executed that block.

use super::error::{failure, malformed};
use crate::{handle::NodeHandle, publish::Tip};
use hansa_primitives::Height;
use hansa_proto::AT_LEAST_HEIGHT;
use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};
use tokio::sync::watch;
use tonic::{
    Code, Status,
    codegen::http::{HeaderMap, Request, Response},
};
use tower::{Layer, Service};

/// A node that keeps up is a block or two behind, which is a fraction of a second; one that is further
/// behind says so, and the caller may ask another one.
const WAIT: Duration = Duration::from_secs(3);

/// Makes calls wait for the block that they name.
#[derive(Clone)]
pub(super) struct AtLeastLayer {
    tip: watch::Receiver<Tip>,
}

impl AtLeastLayer {
    pub(super) fn new(handle: NodeHandle) -> Self {
        Self { tip: handle.tip() }
    }
}

impl<S> Layer<S> for AtLeastLayer {
    type Service = AtLeast<S>;

    fn layer(&self, inner: S) -> AtLeast<S> {
        AtLeast { tip: self.tip.clone(), inner }
    }
}

#[derive(Clone)]
pub(super) struct AtLeast<S> {
    tip: watch::Receiver<Tip>,
    inner: S,
}

impl<S, B, R> Service<Request<B>> for AtLeast<S>
where
    S: Service<Request<B>, Response = Response<R>> + Clone + Send + 'static,
    S::Future: Send,
    B: Send + 'static,
    R: Default,
{
    type Response = Response<R>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response<R>, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        // The service that was polled ready is the one to call; its clone is polled next.
        let clone = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, clone);
        let mut tip = self.tip.clone();
        Box::pin(async move {
            let waited = match named(request.headers()) {
                Ok(Some(height)) => executed(&mut tip, height, WAIT).await,
                Ok(None) => Ok(()),
                Err(status) => Err(status),
            };
            match waited {
                Ok(()) => inner.call(request).await,
                Err(status) => Ok(status.into_http()),
            }
        })
    }
}

/// The height that a caller names, if it does.
fn named(headers: &HeaderMap) -> Result<Option<Height>, Status> {
    let Some(value) = headers.get(AT_LEAST_HEIGHT) else { return Ok(None) };
    let height = value.to_str().ok().and_then(|text| text.parse().ok());
    height.map(|height| Some(Height(height))).ok_or_else(|| {
        malformed(
            &format!("the metadata `{AT_LEAST_HEIGHT}` is no height"),
            "give a block's height as a decimal number, or leave it out",
        )
    })
}

/// Waits a while until a block is executed here.
async fn executed(
    tip: &mut watch::Receiver<Tip>,
    height: Height,
    wait: Duration,
) -> Result<(), Status> {
    let reached = tip.wait_for(|tip| tip.executed.height >= height);
    match tokio::time::timeout(wait, reached).await {
        Ok(Ok(_)) => return Ok(()),
        Ok(Err(_)) => return Err(Status::unavailable("the node is stopping")),
        Err(_) => {}
    }
    let present = tip.borrow().executed.height;
    Err(failure(
        Code::Unavailable,
        "BEHIND",
        &format!("this node has executed block {present}; the call asks for block {height}"),
        "ask another node, or wait until this one has caught up; see its status",
    ))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use hansa_consensus::Executed;
    use hansa_primitives::{BlockHash, BlockTime, Digest};
    use tonic_types::StatusExt;

    fn tip(height: u64) -> Tip {
        let executed = Executed { height: Height(height), state_root: Digest([0; 32]) };
        let block = BlockHash(Digest([0; 32]));
        Tip { executed, block, time: BlockTime(0), proven: Height(0) }
    }

    fn headers(value: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(AT_LEAST_HEIGHT, value.parse().unwrap());
        headers
    }

    #[test]
    fn only_a_height_is_a_height() {
        assert_eq!(named(&HeaderMap::new()).unwrap(), None);
        assert_eq!(named(&headers("42")).unwrap(), Some(Height(42)));
        for odd in ["", "-1", "4.2", "18446744073709551616", "latest", "\u{e9}"] {
            assert_eq!(named(&headers(odd)).unwrap_err().code(), Code::InvalidArgument, "{odd}");
        }
    }

    #[tokio::test]
    async fn a_call_waits_for_its_block_and_hears_if_it_does_not_come() {
        const SHORT: Duration = Duration::from_millis(20);
        let (sender, receiver) = watch::channel(tip(6));
        executed(&mut receiver.clone(), Height(6), WAIT).await.unwrap();

        let mut waiting = receiver.clone();
        let waits = tokio::spawn(async move { executed(&mut waiting, Height(7), WAIT).await });
        tokio::task::yield_now().await;
        assert!(!waits.is_finished());
        sender.send_replace(tip(7));
        waits.await.unwrap().unwrap();

        let status = executed(&mut receiver.clone(), Height(9), SHORT).await.unwrap_err();
        assert_eq!(status.code(), Code::Unavailable);
        assert_eq!(status.get_details_error_info().unwrap().reason, "BEHIND");
        assert!(status.message().contains("block 7") && status.message().contains("block 9"));

        drop(sender);
        let status = executed(&mut receiver.clone(), Height(9), SHORT).await.unwrap_err();
        assert_eq!(status.code(), Code::Unavailable);
    }
}
