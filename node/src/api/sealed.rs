//! The service of sealed documents.

use super::{
    auth::caller,
    error::{failure, malformed, of_ledger, rejected},
    ledger::parse_digest,
};
use crate::{
    handle::NodeHandle,
    sealed::{self, ExchangeError},
};
use hansa_contracts::rule::{Rejection, Rule};
use hansa_ledger::{SealedError, SealedObject};
use hansa_primitives::{Digest, codec, limits};
use hansa_proto::v1::{self, sealed_service_server::SealedService};
use std::{sync::Arc, time::Duration};
use tokio::{
    sync::{Semaphore, mpsc, oneshot},
    time::timeout,
};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Request, Response, Status, Streaming};

/// Uploads at a time.
const UPLOADS_MAX: usize = 16;
/// Downloads at a time.
const DOWNLOADS_MAX: usize = 256;
/// How long an upload or a download may stand still.
const IDLE_MAX: Duration = Duration::from_secs(15);
/// Chunks between the network and the disk.
const CHUNKS_AHEAD: usize = 4;

/// Stores and gives sealed bytes.
pub(super) struct Sealed {
    handle: NodeHandle,
    uploads: Arc<Semaphore>,
    downloads: Arc<Semaphore>,
}

impl Sealed {
    pub(super) fn new(handle: NodeHandle) -> Self {
        let (uploads, downloads) = (Semaphore::new(UPLOADS_MAX), Semaphore::new(DOWNLOADS_MAX));
        Self { handle, uploads: Arc::new(uploads), downloads: Arc::new(downloads) }
    }

    /// Writes chunks on a thread of its own: a client may be slow, and the threads that all others
    /// share for reading the disk are few.
    fn writer(
        &self,
        digest: Digest,
    ) -> (mpsc::Sender<Vec<u8>>, oneshot::Receiver<Result<SealedObject, SealedError>>) {
        let (sender, mut chunks) = mpsc::channel::<Vec<u8>>(CHUNKS_AHEAD);
        let (done, written) = oneshot::channel();
        let ledger = Arc::clone(self.handle.ledger());
        let write = move || {
            let mut write = || {
                let mut writer = ledger.sealed().writer()?;
                while let Some(chunk) = chunks.blocking_recv() {
                    writer.write(&chunk)?;
                }
                writer.finish(Some(&digest))
            };
            // The client may have gone.
            let _ = done.send(write());
        };
        // Without a thread the receiver hears that nothing will come.
        let _ = std::thread::Builder::new().name("hansa-upload".to_owned()).spawn(write);
        (sender, written)
    }
}

#[tonic::async_trait]
impl SealedService for Sealed {
    type GetStream = ReceiverStream<Result<v1::SealedChunk, Status>>;

    async fn put(
        &self,
        request: Request<Streaming<v1::SealedChunk>>,
    ) -> Result<Response<v1::Availability>, Status> {
        let _turn = self.uploads.try_acquire().map_err(|_| ExchangeError::Busy)?;
        let mut stream = request.into_inner();
        let first = next(&mut stream)
            .await?
            .ok_or_else(|| malformed("the upload is empty", "send at least one chunk"))?;
        let (length, digest) = (first.length, parse_digest(&first.digest)?);
        if length == 0 || length > limits::SEALED_BYTES_MAX as u64 {
            let what = format!("{length} bytes are announced");
            return Err(malformed(&what, "between 1 byte and 64 MiB can be stored"));
        }
        let (chunks, writing) = self.writer(digest);
        let (mut data, mut received) = (first.data, 0);
        loop {
            received += data.len() as u64;
            if data.len() > limits::CHUNK_BYTES_MAX || received > length {
                return Err(malformed(
                    "a chunk is too long, or more came than was announced",
                    "send chunks of at most 64 KiB, together as many bytes as announced",
                ));
            }
            // The writer only goes early when the disk fails; its result says so.
            if chunks.send(data).await.is_err() {
                break;
            }
            match next(&mut stream).await? {
                Some(chunk) => data = chunk.data,
                None => break,
            }
        }
        drop(chunks);
        let written = writing.await.map_err(|_| ExchangeError::Stopping)?;
        let object = written.map_err(ExchangeError::Store)?;
        if object.length != length {
            return Err(malformed(
                &format!("{} bytes came, {length} were announced", object.length),
                "announce the length of the bytes that follow",
            ));
        }
        let availability = self.handle.certify_sealed(digest, length).await?;
        Ok(Response::new(v1::Availability { certificate: codec::encode(&availability) }))
    }

    async fn get(
        &self,
        request: Request<v1::GetSealedRequest>,
    ) -> Result<Response<Self::GetStream>, Status> {
        let caller = caller(&request)?;
        let digest = parse_digest(&request.into_inner().digest)?;
        let allowed = {
            let view = self.handle.ledger().view().map_err(|error| of_ledger(&error))?;
            sealed::may_have(&view, &caller.member, &digest)
        };
        if !allowed {
            let message = format!(
                "`{}` neither owns a document with these sealed bytes nor holds a grant in force",
                caller.member
            );
            let rejection = Rejection::new(Rule::NoAccess, message);
            return Err(rejected(Code::PermissionDenied, &rejection));
        }
        if !self.handle.fetch_sealed(&digest).await? {
            return Err(failure(
                Code::NotFound,
                "NOT_STORED",
                "no node that is connected gives these bytes",
                "try again later, or another node",
            ));
        }
        let turn = Arc::clone(&self.downloads).try_acquire_owned();
        let turn = turn.map_err(|_| ExchangeError::Busy)?;
        let (sender, receiver) = mpsc::channel(CHUNKS_AHEAD);
        let ledger = Arc::clone(self.handle.ledger());
        tokio::spawn(async move {
            if let Err(error) = give(ledger, digest, &sender).await {
                // Whoever asked may have gone.
                let _ = sender.try_send(Err(error.into()));
            }
            drop(turn);
        });
        Ok(Response::new(ReceiverStream::new(receiver)))
    }
}

/// Reads the stored bytes chunk by chunk for as long as the client takes them. Between two chunks no
/// thread is held.
async fn give(
    ledger: Arc<hansa_ledger::Ledger>,
    digest: Digest,
    to: &mpsc::Sender<Result<v1::SealedChunk, Status>>,
) -> Result<(), ExchangeError> {
    let Some(mut reader) = sealed::blocking(move || ledger.sealed().reader(&digest)).await?? else {
        return Ok(());
    };
    let (mut length, mut named) = (reader.length(), digest.as_bytes().to_vec());
    loop {
        let (returned, data) = sealed::blocking(move || {
            let data = reader.next_chunk();
            (reader, data)
        })
        .await?;
        reader = returned;
        let Some(data) = data? else { return Ok(()) };
        let chunk = v1::SealedChunk { length, digest: std::mem::take(&mut named), data };
        length = 0;
        match timeout(IDLE_MAX, to.send(Ok(chunk))).await {
            Ok(Ok(())) => {}
            // The client has gone, or takes nothing any more.
            Ok(Err(_)) | Err(_) => return Ok(()),
        }
    }
}

/// The next chunk; a client that stands still is cut off.
async fn next(stream: &mut Streaming<v1::SealedChunk>) -> Result<Option<v1::SealedChunk>, Status> {
    timeout(IDLE_MAX, stream.message()).await.unwrap_or_else(|_| {
        Err(failure(
            Code::DeadlineExceeded,
            "UPLOAD_STALLED",
            "no chunk came for 15 seconds",
            "send the upload again",
        ))
    })
}
