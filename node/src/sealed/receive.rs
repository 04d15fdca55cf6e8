//! The thread that writes sealed bytes of peers to disk and answers for them.

use super::{may_have, transfer};
use crate::{
    core::Core,
    mailbox::Drained,
    p2p::{Peer, SealedMessage},
};
use hansa_contracts::document::Availability;
use hansa_ledger::SealedWriter;
use hansa_primitives::{Digest, MemberId};
use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

/// Documents that one peer sends at a time.
const PER_PEER_MAX: usize = 16;
/// How long a document may stand still before it is given up.
const IDLE_MAX: Duration = Duration::from_secs(30);

/// Bytes on their way in.
struct Incoming<'a> {
    /// Absent when the bytes could not be written: the rest is passed over.
    writer: Option<SealedWriter<'a>>,
    length: u64,
    next: u64,
    touched: Instant,
}

/// Runs until the mailbox is closed.
pub(crate) fn run(core: Arc<Core>) {
    let ledger = Arc::clone(&core.ledger);
    let mut incoming: HashMap<(MemberId, Digest), Incoming<'_>> = HashMap::new();
    let mut messages = Vec::new();
    loop {
        let deadline = (!incoming.is_empty()).then(|| Instant::now() + IDLE_MAX);
        if core.sealer.drain(&mut messages, 64, deadline) == Drained::Closed {
            return;
        }
        for (peer, message) in messages.drain(..) {
            match message {
                SealedMessage::Chunk { digest, length, offset, data } => {
                    let key = (peer.at.member.clone(), digest);
                    let at = (length, offset);
                    if offset == 0 && may_send(&core, &incoming, &peer, &digest) {
                        if ledger.sealed().contains(&digest) {
                            // Said at once: who hears it sends no more of them.
                            confirm(&core, &peer, digest);
                            incoming.remove(&key);
                            continue;
                        }
                        let touched = Instant::now();
                        let begun = Incoming { writer: open(&ledger), length, next: 0, touched };
                        incoming.insert(key.clone(), begun);
                    }
                    let Some(part) = incoming.get_mut(&key) else { continue };
                    match take(part, at, &data) {
                        Taken::More => core.sealed.tell(&digest, |fetched| fetched.chunks += 1),
                        Taken::Broken => drop(incoming.remove(&key)),
                        Taken::All => {
                            if let Some(part) = incoming.remove(&key) {
                                finish(&core, &peer, digest, part);
                            }
                        }
                    }
                }
                SealedMessage::Stored { digest, length, signature } => {
                    let member = &peer.at.member;
                    let of = (digest, length);
                    if !core.sealed.stored(&core.chain, &core.set, member, of, signature) {
                        tracing::warn!(%peer, %digest, "a receipt is not signed by a validator");
                    }
                }
                SealedMessage::Want(digest) => serve(&core, peer, digest),
                SealedMessage::Absent(digest) => {
                    core.sealed.tell(&digest, |fetched| fetched.absent += 1);
                }
            }
        }
        incoming.retain(|_, part| part.touched.elapsed() < IDLE_MAX);
    }
}

/// Validators take what members' nodes send; everyone takes what it has asked for.
fn may_send(
    core: &Core,
    incoming: &HashMap<(MemberId, Digest), Incoming<'_>>,
    peer: &Peer,
    digest: &Digest,
) -> bool {
    let count = incoming.keys().filter(|(member, _)| *member == peer.at.member).count();
    count < PER_PEER_MAX && (core.index.is_some() || core.sealed.is_awaited(digest))
}

fn open(ledger: &hansa_ledger::Ledger) -> Option<SealedWriter<'_>> {
    match ledger.sealed().writer() {
        Ok(writer) => Some(writer),
        Err(error) => {
            tracing::error!(%error, "sealed bytes cannot be stored");
            None
        }
    }
}

enum Taken {
    More,
    All,
    Broken,
}

fn take(part: &mut Incoming<'_>, (length, offset): (u64, u64), data: &[u8]) -> Taken {
    if length != part.length || offset != part.next {
        return Taken::Broken;
    }
    if let Some(writer) = &mut part.writer
        && let Err(error) = writer.write(data)
    {
        tracing::error!(%error, "sealed bytes cannot be stored");
        part.writer = None;
    }
    part.next += data.len() as u64;
    part.touched = Instant::now();
    if part.next == length { Taken::All } else { Taken::More }
}

/// Makes the bytes durable and says so.
fn finish(core: &Core, peer: &Peer, digest: Digest, part: Incoming<'_>) {
    let Some(writer) = part.writer else { return };
    if let Err(error) = writer.finish(Some(&digest)) {
        tracing::warn!(%peer, %digest, %error, "sealed bytes not stored");
        return;
    }
    confirm(core, peer, digest);
}

/// Tells who waits here that the bytes are on disk, and the peer that sent them under a signature.
fn confirm(core: &Core, peer: &Peer, digest: Digest) {
    // The length is part of what is signed: it must be that of the bytes on disk.
    let Ok(Some(length)) = core.ledger.sealed().length(&digest) else { return };
    core.sealed.tell(&digest, |fetched| fetched.here = true);
    if core.index.is_some()
        && let Some(vote) = &core.keys.vote
    {
        let message = Availability::signing_bytes(&core.chain, &digest, length);
        let signature = vote.sign(&message);
        let stored = SealedMessage::Stored { digest, length, signature };
        if let Err(reason) = peer.send(SealedMessage::CLASS, stored.frame()) {
            tracing::debug!(%peer, %digest, %reason, "receipt not sent");
        }
    }
}

fn serve(core: &Arc<Core>, peer: Arc<Peer>, digest: Digest) {
    let allowed = peer.at.validator.is_some()
        || core.ledger.view().is_ok_and(|view| may_have(&view, &peer.at.member, &digest));
    // Who asks for more at a time than is sent at a time asks again.
    let busy = peer.transfers.available_permits() == 0;
    if busy || !allowed || !core.ledger.sealed().contains(&digest) {
        tracing::debug!(%peer, %digest, allowed, busy, "sealed bytes not given");
        // Who is not answered asks another node.
        let _ = peer.send(SealedMessage::CLASS, SealedMessage::Absent(digest).frame());
        return;
    }
    let core = Arc::clone(core);
    core.runtime.clone().spawn(async move {
        if let Err(error) = transfer::send(&core, &peer, digest, || false).await {
            tracing::debug!(%digest, %error, "sealed bytes not sent");
        }
    });
}
