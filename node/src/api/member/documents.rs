//! Documents: upload, read, list, grant, revoke, countersign.

use super::{Services, committed, json, of_client, parse};
use crate::api::error::{failure, malformed};
use futures::{Stream, StreamExt, stream};
use hansa_client::documents::{GrantOrder, Reader, Upload};
use hansa_documents::{grant::GrantPurpose, sealing::SectionName};
use hansa_primitives::{BlockTime, DocumentId, Version, limits};
use hansa_proto::v1::{self, document_service_server::DocumentService, upload_request::Part};
use std::{pin::Pin, time::Duration};
use tonic::{Code, Request, Response, Status, Streaming};

/// An upload that says nothing for this long is cut off.
const SILENCE_MAX: Duration = Duration::from_secs(15);

#[tonic::async_trait]
impl DocumentService for Services {
    type GetStream = Pin<Box<dyn Stream<Item = Result<v1::DocumentChunk, Status>> + Send>>;

    async fn upload(
        &self,
        request: Request<Streaming<v1::UploadRequest>>,
    ) -> Result<Response<v1::UploadResponse>, Status> {
        let member = self.own(&request).await?;
        let (start, source) = collect(request.into_inner()).await?;
        let optional = |text: &String| (!text.is_empty()).then_some(()).map(|()| text.clone());
        let upload = Upload {
            source: &source,
            kind: optional(&start.document_type)
                .map(|text| parse("document_type", &text))
                .transpose()?,
            ucr: optional(&start.ucr).map(|text| parse("ucr", &text)).transpose()?,
            replaces: optional(&start.replaces).map(|text| parse("replaces", &text)).transpose()?,
            readers: start.grant_to.iter().map(reader).collect::<Result<_, _>>()?,
        };
        let uploaded = member.documents().upload(&upload).await.map_err(|e| of_client(&e))?;
        Ok(Response::new(v1::UploadResponse {
            document: uploaded.document.to_string(),
            version: uploaded.version.0,
            document_type: uploaded.kind.to_string(),
            number: uploaded.number,
            committed: Some(committed(&uploaded.committed)),
            residue: uploaded.residue,
        }))
    }

    async fn get(
        &self,
        request: Request<v1::GetDocumentRequest>,
    ) -> Result<Response<Self::GetStream>, Status> {
        let member = self.own(&request).await?;
        let asked = request.into_inner();
        let document: DocumentId = parse("document", &asked.document)?;
        let version = (asked.version > 0).then_some(Version(asked.version));
        let opened =
            member.documents().open(&document, version).await.map_err(|e| of_client(&e))?;
        let bytes = if asked.source {
            opened.source().map(|source| source.bytes.clone())
        } else {
            opened.document().map(json).transpose()?.map(String::into_bytes)
        };
        let bytes = bytes.ok_or_else(|| {
            failure(
                Code::PermissionDenied,
                "DENIED",
                "only parts of the document are granted to this member",
                "ask the owner for the whole",
            )
        })?;
        let chunks: Vec<_> = bytes
            .chunks(limits::CHUNK_BYTES_MAX)
            .map(|chunk| Ok(v1::DocumentChunk { data: chunk.to_vec() }))
            .collect();
        Ok(Response::new(Box::pin(stream::iter(chunks))))
    }

    async fn list(
        &self,
        request: Request<v1::ListDocumentsRequest>,
    ) -> Result<Response<v1::ListDocumentsResponse>, Status> {
        let member = self.own(&request).await?;
        let ucr = request.into_inner().ucr;
        let ucr = (!ucr.is_empty()).then(|| parse("ucr", &ucr)).transpose()?;
        let listed = member.documents().list(ucr.as_ref()).await.map_err(|e| of_client(&e))?;
        let documents = listed
            .into_iter()
            .map(|entry| v1::DocumentSummary {
                document: entry.document.to_string(),
                version: entry.version.0,
                document_type: entry.kind.to_string(),
                owner: entry.owner.to_string(),
                readable: entry.readable,
                countersigned_by: entry.countersigned_by.iter().map(ToString::to_string).collect(),
                registered_at_height: entry.registered_at.0,
            })
            .collect();
        Ok(Response::new(v1::ListDocumentsResponse { documents }))
    }

    async fn grant(
        &self,
        request: Request<v1::GrantRequest>,
    ) -> Result<Response<v1::GrantResponse>, Status> {
        let member = self.own(&request).await?;
        let asked = request.into_inner();
        if asked.documents.is_empty() || asked.documents.len() > limits::GRANTS_PER_CALL_MAX {
            return Err(malformed("1 to 256 documents are granted at once", "name the documents"));
        }
        let to = asked.reader.ok_or_else(|| malformed("no reader", "name the reader"))?;
        let order = GrantOrder {
            documents: asked
                .documents
                .iter()
                .map(|text| parse("documents", text))
                .collect::<Result<_, _>>()?,
            reader: reader(&to)?,
            sections: asked
                .sections
                .iter()
                .map(|text| parse::<SectionName>("sections", text))
                .collect::<Result<_, _>>()?,
            expires: (asked.expires_ms > 0).then_some(BlockTime(asked.expires_ms)),
            purpose: (!asked.purpose.is_empty()).then(|| purpose(&asked.purpose)).transpose()?,
        };
        let granted = member.documents().grant(&order).await.map_err(|e| of_client(&e))?;
        Ok(Response::new(v1::GrantResponse {
            grants: granted.grants.iter().map(ToString::to_string).collect(),
            committed: Some(committed(&granted.committed)),
        }))
    }

    async fn revoke(
        &self,
        request: Request<v1::RevokeRequest>,
    ) -> Result<Response<v1::Committed>, Status> {
        let member = self.own(&request).await?;
        let grant = parse("grant", &request.into_inner().grant)?;
        let done = member.documents().revoke(&grant).await.map_err(|e| of_client(&e))?;
        Ok(Response::new(committed(&done)))
    }

    async fn countersign(
        &self,
        request: Request<v1::CountersignRequest>,
    ) -> Result<Response<v1::Committed>, Status> {
        let member = self.own(&request).await?;
        let asked = request.into_inner();
        let document = parse("document", &asked.document)?;
        let done = member
            .documents()
            .countersign(&document, Version(asked.version))
            .await
            .map_err(|e| of_client(&e))?;
        Ok(Response::new(committed(&done)))
    }
}

fn purpose(text: &str) -> Result<GrantPurpose, Status> {
    serde_json::from_value(serde_json::Value::from(text))
        .map_err(|error| malformed(&format!("purpose: {error}"), "choose one of these"))
}

fn reader(reader: &v1::Reader) -> Result<Reader, Status> {
    let passing_on = u8::try_from(reader.passing_on)
        .map_err(|_| malformed("passing_on is too large", "at most 8 times are allowed"))?;
    Ok(Reader { member: parse("reader", &reader.member)?, passing_on })
}

/// The first message and all bytes after it, within the bound of a source document.
async fn collect(
    mut parts: Streaming<v1::UploadRequest>,
) -> Result<(v1::UploadStart, Vec<u8>), Status> {
    let mut start = None;
    let mut source = Vec::new();
    loop {
        let next = tokio::time::timeout(SILENCE_MAX, parts.next()).await.map_err(|_| {
            failure(Code::DeadlineExceeded, "SILENCE", "the upload stood still", "upload again")
        })?;
        let Some(message) = next else { break };
        match (message?.part, &start) {
            (Some(Part::Start(first)), None) => start = Some(first),
            (Some(Part::Data(data)), Some(_)) => {
                if source.len() + data.len() > limits::SOURCE_BYTES_MAX {
                    return Err(malformed("the source is larger than 4 MiB", "upload less"));
                }
                source.extend_from_slice(&data);
            }
            _ => {
                return Err(malformed(
                    "an upload begins with one `start` and goes on with `data`",
                    "send the messages in this order",
                ));
            }
        }
    }
    let start = start.ok_or_else(|| malformed("an empty upload", "send `start`, then `data`"))?;
    Ok((start, source))
}
