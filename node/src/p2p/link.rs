//! The streams of one peer: a writer for each class that opens its stream again when it breaks, and
//! a reader for each stream that the peer opens.

use super::{
    Receive,
    class::Class,
    frame::{self, FrameError},
    peer::Peer,
};
use futures::{AsyncReadExt, AsyncWriteExt, io::BufReader};
use libp2p::{Stream, StreamProtocol};
use libp2p_stream::Control;
use std::{sync::Arc, time::Duration};
use tokio::time::{sleep, timeout};

const PAUSE_MIN: Duration = Duration::from_millis(50);
const PAUSE_MAX: Duration = Duration::from_secs(5);
const OPEN_TIMEOUT: Duration = Duration::from_secs(5);
/// Frames are put together up to this size before they are written.
const WRITE_BYTES: usize = 64 * 1024;
/// How long a stream with a malformed frame stays unread before it is closed, so that a peer gains
/// nothing by opening the next one.
const FAULT_PAUSE: Duration = Duration::from_secs(1);

/// Keeps a stream to the peer open and writes what is queued.
pub(super) async fn run_writer(
    mut control: Control,
    peer: Arc<Peer>,
    class: Class,
    protocol: StreamProtocol,
    receive: Arc<dyn Receive>,
) {
    let mut connected = peer.connected.subscribe();
    let mut pause = PAUSE_MIN;
    loop {
        if connected.wait_for(|up| *up).await.is_err() {
            return;
        }
        let opening = control.open_stream(peer.at.id, protocol.clone());
        match timeout(OPEN_TIMEOUT, opening).await {
            Ok(Ok(stream)) => {
                pause = PAUSE_MIN;
                peer.outbox(class).set_open(true);
                receive.link_up(&peer, class);
                let ended = tokio::select! {
                    ended = write(stream, &peer, class) => ended,
                    _ = connected.wait_for(|up| !*up) => Ok(()),
                };
                peer.outbox(class).set_open(false);
                if let Err(error) = ended {
                    tracing::debug!(%peer, class = class.name(), %error, "stream closed");
                }
            }
            Ok(Err(error)) => {
                tracing::debug!(%peer, class = class.name(), %error, "stream not opened");
            }
            Err(_) => tracing::debug!(%peer, class = class.name(), "no stream in time"),
        }
        sleep(pause).await;
        pause = (pause * 2).min(PAUSE_MAX);
    }
}

/// Writes until the stream breaks. Flushes only when nothing more is queued: on a busy stream one
/// write carries many frames.
async fn write(stream: Stream, peer: &Peer, class: Class) -> std::io::Result<()> {
    let outbox = peer.outbox(class);
    let (mut reader, mut writer) = stream.split();
    let mut buffer = Vec::new();
    let writing = async {
        loop {
            outbox.filled().await;
            while outbox.take(WRITE_BYTES, |payload| frame::append(payload, &mut buffer)) > 0 {
                writer.write_all(&buffer).await?;
                buffer.clear();
                buffer.shrink_to(2 * WRITE_BYTES);
                if outbox.is_empty() {
                    break;
                }
            }
            writer.flush().await?;
        }
    };
    // Nothing is ever said on the way back; that it ends tells that the peer is gone.
    let mut nothing = [0; 1];
    tokio::select! {
        result = writing => result,
        ended = reader.read(&mut nothing) => match ended {
            Ok(0) => Err(std::io::ErrorKind::UnexpectedEof.into()),
            Ok(_) => Err(std::io::ErrorKind::InvalidData.into()),
            Err(error) => Err(error),
        },
    }
}

/// Reads a peer's stream until it ends or yields something that no honest node sends.
pub(super) async fn run_reader(
    stream: Stream,
    peer: Arc<Peer>,
    class: Class,
    receive: Arc<dyn Receive>,
) {
    let mut reader = BufReader::with_capacity(16 * 1024, stream);
    let max = class.frame_bytes_max();
    let reason = loop {
        let payload = match frame::read(&mut reader, max).await {
            Ok(Some(payload)) => payload,
            Ok(None) | Err(FrameError::Io(_)) => {
                tracing::debug!(%peer, class = class.name(), "peer's stream ended");
                return;
            }
            Err(fault) => break fault.to_string(),
        };
        // What is not taken off the stream fills its window and slows the peer down.
        while !receive.is_ready(class) {
            sleep(Duration::from_millis(2)).await;
        }
        if let Err(fault) = receive.receive(&peer, class, payload) {
            break fault;
        }
    };
    tracing::warn!(%peer, class = class.name(), %reason, "closing a stream with a malformed frame");
    sleep(FAULT_PAUSE).await;
}
