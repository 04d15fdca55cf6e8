//! Sending sealed bytes to peers, collecting their receipts, and fetching what is missing.

use super::ExchangeError;
use crate::{
    core::Core,
    p2p::{Class, Peer, SealedMessage},
};
use hansa_contracts::document::Availability;
use hansa_primitives::Digest;
use std::{sync::Arc, time::Duration};
use tokio::{task::spawn_blocking, time::timeout};

/// How long validators have to confirm that they store a document.
const CONFIRM_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a peer may take no chunk.
const STALLED: Duration = Duration::from_secs(15);
/// How long a peer that is asked for bytes may stay silent.
const SILENT: Duration = Duration::from_secs(3);

/// Sends bytes of the own store to a peer, chunk by chunk, as fast as it takes them.
pub(super) async fn send(
    core: Arc<Core>,
    peer: Arc<Peer>,
    digest: Digest,
) -> Result<(), ExchangeError> {
    let _turn = core.sealed.transfers.acquire().await.map_err(|_| ExchangeError::Stopping)?;
    let ledger = Arc::clone(&core.ledger);
    let reader = blocking(move || ledger.sealed().reader(&digest)).await??;
    let Some(mut reader) = reader else { return Ok(()) };
    let (length, mut offset) = (reader.length(), 0);
    loop {
        let (returned, chunk) = blocking(move || {
            let chunk = reader.next_chunk();
            (reader, chunk)
        })
        .await?;
        reader = returned;
        let Some(data) = chunk? else { return Ok(()) };
        let sent = data.len() as u64;
        let frame = SealedMessage::Chunk { digest, length, offset, data }.frame();
        let pushing = peer.outbox(Class::Sealed).push_waiting(frame);
        match timeout(STALLED, pushing).await {
            Ok(Ok(())) => offset += sent,
            Ok(Err(reason)) => {
                tracing::debug!(%peer, %digest, %reason, "sealed bytes not sent");
                return Ok(());
            }
            Err(_) => {
                tracing::debug!(%peer, %digest, "the peer takes no more sealed bytes");
                return Ok(());
            }
        }
    }
}

/// Has validators store bytes that this node stores, and returns their certificate.
pub(crate) async fn certify(
    core: &Arc<Core>,
    digest: Digest,
    length: u64,
) -> Result<Availability, ExchangeError> {
    let need = 2 * core.set.faults_max() + 1;
    let mut count = core.sealed.collect(digest, length);
    if let (Some(_), Some(vote)) = (core.index, &core.keys.vote) {
        let signature = vote.sign(&Availability::signing_bytes(&core.chain, &digest, length));
        let of = (digest, length);
        core.sealed.stored(&core.chain, &core.set, &core.member, of, signature);
    }
    for peer in core.network.validators() {
        let sending = send(Arc::clone(core), Arc::clone(&peer), digest);
        tokio::spawn(async move {
            if let Err(error) = sending.await {
                tracing::debug!(%peer, %error, "sealed bytes not sent");
            }
        });
    }
    let enough = tokio::select! {
        enough = timeout(CONFIRM_TIMEOUT, count.wait_for(|have| *have >= need)) => enough.is_ok(),
        () = core.stop.cancelled() => false,
    };
    let signatures = core.sealed.collected(&digest);
    if enough && signatures.len() >= need {
        Ok(Availability { digest, length, signatures })
    } else {
        Err(ExchangeError::TooFew { have: signatures.len(), need })
    }
}

/// Sees to it that bytes are in the own store; false if no node gives them.
pub(crate) async fn fetch(core: &Arc<Core>, digest: Digest) -> Result<bool, ExchangeError> {
    if core.ledger.sealed().contains(&digest) {
        return Ok(true);
    }
    let mut fetched = core.sealed.await_bytes(digest);
    let mut here = false;
    for peer in core.network.validators() {
        let absent = fetched.borrow_and_update().absent;
        if peer.send(Class::Sealed, SealedMessage::Want(digest).frame()).is_err() {
            continue;
        }
        // A peer has its turn for as long as bytes keep coming.
        loop {
            let changed = tokio::select! {
                changed = timeout(SILENT, fetched.changed()) => changed,
                () = core.stop.cancelled() => return Err(ExchangeError::Stopping),
            };
            let now = *fetched.borrow_and_update();
            here = now.here;
            if here || now.absent > absent || !matches!(changed, Ok(Ok(()))) {
                break;
            }
        }
        if here {
            break;
        }
    }
    drop(fetched);
    core.sealed.give_up(&digest);
    Ok(here || core.ledger.sealed().contains(&digest))
}

/// Runs what waits for the disk where it holds up no task.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, ExchangeError> {
    spawn_blocking(work).await.map_err(|_| ExchangeError::Stopping)
}
