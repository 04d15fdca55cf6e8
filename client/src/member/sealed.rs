//! Sealed bytes: stored on the validators, fetched by digest.

use super::Inner;
use crate::{
    connection::{Connection, Repeat, request},
    error::{Error, Result},
};
use bincode::{Decode, Encode};
use futures::stream;
use hansa_contracts::document::Availability;
use hansa_primitives::{
    Digest,
    codec::{self, Canonical},
    hash,
    limits::{CHUNK_BYTES_MAX, SEALED_BYTES_MAX},
};
use hansa_proto::v1;
use std::{collections::BTreeSet, future::Future, pin::Pin, time::Duration};

/// Moving sealed bytes may take this long: 64 MiB at some 5 Mbit/s.
const TRANSFER: Duration = Duration::from_secs(120);

/// Where sealed bytes are fetched from. A node that holds them itself can stand in for its API.
pub trait SealedSource: Sync {
    /// The bytes of a digest. The caller checks them.
    fn fetch<'a>(
        &'a self,
        digest: &'a Digest,
    ) -> Pin<Box<dyn Future<Output = Result<Vec<u8>>> + Send + 'a>>;
}

impl SealedSource for super::Member {
    fn fetch<'a>(
        &'a self,
        digest: &'a Digest,
    ) -> Pin<Box<dyn Future<Output = Result<Vec<u8>>> + Send + 'a>> {
        Box::pin(self.inner.get_sealed(digest))
    }
}

/// A certificate of availability by itself on the wire.
#[derive(Encode, Decode)]
struct Wire(Availability);

impl Canonical for Wire {
    const BYTES_MAX: usize = 64 * 1024;
}

impl Inner {
    /// Stores bytes on the validators and checks what comes back: enough validators' signatures for
    /// these very bytes.
    pub(crate) async fn put_sealed(&self, bytes: &[u8]) -> Result<Availability> {
        if bytes.is_empty() || bytes.len() > SEALED_BYTES_MAX {
            let what = format!("{} sealed bytes cannot be stored", bytes.len());
            return Err(Error::usage(what, format!("at most {SEALED_BYTES_MAX} are allowed")));
        }
        let digest = hash::sha256(&[bytes]);
        let chunks = chunks(bytes, &digest);
        let put = |channel, terms| {
            let chunks = stream::iter(chunks.clone());
            async move { Connection::sealed(channel).put(request(chunks, terms)).await }
        };
        let what = format!("storing sealed bytes {digest}");
        let answer = self.connection.call(&what, TRANSFER, Repeat::Idempotent, put).await?;
        let Wire(availability) =
            codec::decode(&answer.certificate).map_err(|error| Error::integrity(&what, error))?;
        self.check_availability(&availability, &digest, bytes.len() as u64)
            .map_err(|reason| Error::integrity(&what, reason))?;
        Ok(availability)
    }

    fn check_availability(
        &self,
        availability: &Availability,
        digest: &Digest,
        length: u64,
    ) -> Result<(), String> {
        if availability.digest != *digest || availability.length != length {
            return Err("the certificate is for other bytes".to_owned());
        }
        let chain = &self.genesis.chain;
        let message = Availability::signing_bytes(chain, digest, length);
        let mut signers = BTreeSet::new();
        for (member, signature) in &availability.signatures {
            let index = self.validators.index_of(member);
            let key = index.and_then(|index| self.validators.key(index));
            let key = key.ok_or_else(|| format!("`{member}` is no validator"))?;
            key.verify(&message, signature).map_err(|error| format!("`{member}`: {error}"))?;
            signers.insert(member);
        }
        let needed = 2 * self.validators.faults_max() + 1;
        if signers.len() < needed {
            return Err(format!("{} validators signed, {needed} are needed", signers.len()));
        }
        Ok(())
    }

    /// Fetches bytes and checks them against their digest.
    pub(crate) async fn get_sealed(&self, digest: &Digest) -> Result<Vec<u8>> {
        let what = format!("sealed bytes {digest}");
        let query = v1::GetSealedRequest { digest: digest.as_bytes().to_vec() };
        let open = |channel, terms| {
            let query = query.clone();
            async move { Connection::sealed(channel).get(request(query, terms)).await }
        };
        let mut chunks = self.connection.call(&what, TRANSFER, Repeat::Idempotent, open).await?;
        let mut bytes = Vec::new();
        let mut length = None;
        let collect = async {
            while let Some(chunk) =
                chunks.message().await.map_err(|status| Error::from_status(&what, &status))?
            {
                let expected = *length.get_or_insert(chunk.length);
                if expected > SEALED_BYTES_MAX as u64
                    || (bytes.len() + chunk.data.len()) as u64 > expected
                {
                    return Err(Error::integrity(&what, "more bytes than the node announced"));
                }
                bytes.extend_from_slice(&chunk.data);
            }
            Ok(())
        };
        tokio::time::timeout(TRANSFER, collect).await.map_err(|_| Error::Timeout {
            what: what.clone(),
            seconds: TRANSFER.as_secs(),
            next: "check the line to the node and try again".to_owned(),
        })??;
        check_digest(&what, digest, &bytes)?;
        Ok(bytes)
    }
}

/// Refuses bytes that are not those of the digest.
pub(crate) fn check_digest(what: &str, digest: &Digest, bytes: &[u8]) -> Result<()> {
    if hash::sha256(&[bytes]) == *digest {
        Ok(())
    } else {
        Err(Error::integrity(what, "the bytes have another digest"))
    }
}

fn chunks(bytes: &[u8], digest: &Digest) -> Vec<v1::SealedChunk> {
    let mut chunks: Vec<v1::SealedChunk> = bytes
        .chunks(CHUNK_BYTES_MAX)
        .map(|data| v1::SealedChunk { length: 0, digest: Vec::new(), data: data.to_vec() })
        .collect();
    if let Some(first) = chunks.first_mut() {
        first.length = bytes.len() as u64;
        first.digest = digest.as_bytes().to_vec();
    }
    chunks
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_first_chunk_announces_all_and_none_is_too_large() {
        let bytes = vec![7; 2 * CHUNK_BYTES_MAX + 5];
        let digest = hash::sha256(&[&bytes]);
        let chunks = chunks(&bytes, &digest);
        assert_eq!(chunks.len(), 3);
        assert_eq!(chunks[0].length, bytes.len() as u64);
        assert_eq!(chunks[0].digest, digest.as_bytes());
        assert!(chunks[1..].iter().all(|chunk| chunk.length == 0 && chunk.digest.is_empty()));
        assert!(chunks.iter().all(|chunk| chunk.data.len() <= CHUNK_BYTES_MAX));
        let joined: Vec<u8> = chunks.into_iter().flat_map(|chunk| chunk.data).collect();
        assert_eq!(joined, bytes);
        check_digest("x", &digest, &joined).unwrap();
        assert_eq!(check_digest("x", &digest, &joined[1..]).unwrap_err().exit_code(), 7);
    }
}
