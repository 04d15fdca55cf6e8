//! Sending sealed bytes to peers, collecting their receipts, and fetching what is missing.

use super::{ExchangeError, exchange::Receipts};
use crate::{
    core::Core,
    p2p::{Class, Peer, SealedMessage},
};
use hansa_contracts::document::Availability;
use hansa_primitives::Digest;
use std::{sync::Arc, time::Duration};
use tokio::{sync::watch, task::spawn_blocking, time::timeout};

/// How long validators have to confirm that they store a document.
const CONFIRM_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a validator that was sent all of a document has for its receipt before it is sent again: the
/// bytes or the receipt may have been lost with a connection. Twice as long each time.
const RECEIPT_MIN: Duration = Duration::from_millis(500);
const RECEIPT_MAX: Duration = Duration::from_secs(8);
/// How long a peer may take no chunk.
const STALLED: Duration = Duration::from_secs(15);
/// How long a peer that is asked for bytes may stay silent.
const SILENT: Duration = Duration::from_secs(3);

/// Sends bytes of the own store to a peer, chunk by chunk, as fast as it takes them, unless it turns out
/// to need no more of them.
pub(super) async fn send(
    core: &Core,
    peer: &Peer,
    digest: Digest,
    needless: impl Fn() -> bool,
) -> Result<(), ExchangeError> {
    let _turn = peer.transfers.acquire().await.map_err(|_| ExchangeError::Stopping)?;
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
        if needless() {
            return Ok(());
        }
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

/// Sends a validator bytes until it confirms that it stores them.
async fn deliver(
    core: Arc<Core>,
    peer: Arc<Peer>,
    digest: Digest,
    mut receipts: watch::Receiver<Receipts>,
) {
    let member = &peer.at.member;
    let mut pause = RECEIPT_MIN;
    loop {
        peer.outbox(Class::Sealed).opened().await;
        let confirmed = || receipts.borrow().contains_key(member);
        if let Err(error) = send(&core, &peer, digest, confirmed).await {
            tracing::debug!(%peer, %digest, %error, "sealed bytes not sent");
        }
        let receipt = receipts.wait_for(|receipts| receipts.contains_key(member));
        if timeout(pause, receipt).await.is_ok() {
            return;
        }
        pause = (pause * 2).min(RECEIPT_MAX);
    }
}

/// Has validators store bytes that this node stores, and returns their certificate.
pub(crate) async fn certify(
    core: &Arc<Core>,
    digest: Digest,
    length: u64,
) -> Result<Availability, ExchangeError> {
    let need = 2 * core.set.faults_max() + 1;
    let mut receipts = core.sealed.collect(digest, length);
    if let (Some(_), Some(vote)) = (core.index, &core.keys.vote) {
        let signature = vote.sign(&Availability::signing_bytes(&core.chain, &digest, length));
        let of = (digest, length);
        core.sealed.stored(&core.chain, &core.set, &core.member, of, signature);
    }
    for peer in core.network.validators() {
        // Goes on after enough have confirmed: those that are slow shall have the bytes too.
        let delivering = deliver(Arc::clone(core), peer, digest, receipts.clone());
        tokio::spawn(timeout(CONFIRM_TIMEOUT, delivering));
    }
    let enough = receipts.wait_for(|receipts| receipts.len() >= need);
    tokio::select! {
        _ = timeout(CONFIRM_TIMEOUT, enough) => {}
        () = core.stop.cancelled() => return Err(ExchangeError::Stopping),
    };
    let signatures: Vec<_> = receipts.borrow().clone().into_iter().collect();
    if signatures.len() >= need {
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
