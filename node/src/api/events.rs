//! The stream of events: from a cursor on, then as blocks are executed.

use super::{
    auth::{self, Caller},
    error::of_ledger,
};
use crate::handle::NodeHandle;
use hansa_ledger::{Cursor, EventPage, LoggedEvent};
use hansa_primitives::{Height, codec};
use hansa_proto::v1;
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Status;

/// Events read at a time, and kept for a client that reads slowly.
const PAGE: usize = 128;

/// What a client asks for.
struct Wanted {
    mine: bool,
    kinds: Vec<String>,
    until_now: bool,
}

/// Begins a stream of events.
pub(super) fn subscribe(
    handle: NodeHandle,
    caller: Caller,
    request: v1::SubscribeEventsRequest,
) -> ReceiverStream<Result<v1::Event, Status>> {
    let (sender, receiver) = mpsc::channel(PAGE);
    let cursor = request.after.map_or(Cursor::START, |after| Cursor {
        height: Height(after.height),
        position: after.position,
    });
    let wanted = Wanted { mine: request.mine, kinds: request.kinds, until_now: request.until_now };
    tokio::spawn(async move {
        if let Err(status) = follow(&handle, &caller, cursor, &wanted, &sender).await {
            // Whoever listened may have gone.
            let _ = sender.send(Err(status)).await;
        }
    });
    ReceiverStream::new(receiver)
}

async fn follow(
    handle: &NodeHandle,
    caller: &Caller,
    mut cursor: Cursor,
    wanted: &Wanted,
    sender: &mpsc::Sender<Result<v1::Event, Status>>,
) -> Result<(), Status> {
    let mut tip = handle.tip();
    loop {
        // Marked before reading, so that a block executed meanwhile is noticed.
        tip.borrow_and_update();
        auth::check(handle, &caller.member)?;
        let page = read(handle, cursor).await?;
        for logged in page.events.iter().filter(|logged| wanted.includes(caller, logged)) {
            if sender.send(Ok(message(logged)?)).await.is_err() {
                return Ok(());
            }
        }
        cursor = page.reached;
        if !page.end {
            continue;
        }
        if wanted.until_now {
            return Ok(());
        }
        tokio::select! {
            changed = tip.changed() => if changed.is_err() { return Ok(()) },
            () = sender.closed() => return Ok(()),
            () = handle.stopped() => {
                return Err(Status::unavailable("the node is stopping; go on with another one"));
            }
        }
    }
}

async fn read(handle: &NodeHandle, cursor: Cursor) -> Result<EventPage, Status> {
    let ledger = Arc::clone(handle.ledger());
    tokio::task::spawn_blocking(move || ledger.events_after(cursor, PAGE))
        .await
        .map_err(|_| Status::unavailable("the node is stopping"))?
        .map_err(|error| of_ledger(&error))
}

impl Wanted {
    fn includes(&self, caller: &Caller, logged: &LoggedEvent) -> bool {
        if !self.kinds.is_empty() && !self.kinds.iter().any(|kind| kind == logged.event.name()) {
            return false;
        }
        if !self.mine {
            return true;
        }
        let concerned = logged.event.concerns();
        concerned.is_empty() || concerned.contains(&caller.member)
    }
}

fn message(logged: &LoggedEvent) -> Result<v1::Event, Status> {
    let json = serde_json::to_string(&logged.event)
        .map_err(|error| Status::internal(format!("an event has no JSON form: {error}")))?;
    Ok(v1::Event {
        cursor: Some(v1::Cursor {
            height: logged.cursor.height.0,
            position: logged.cursor.position,
        }),
        transaction_id: logged.transaction.as_bytes().to_vec(),
        block_time_ms: logged.time.0,
        kind: logged.event.name().to_owned(),
        event: codec::encode(&logged.event),
        json,
    })
}
