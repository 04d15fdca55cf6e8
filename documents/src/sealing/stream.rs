//! STREAM over ChaCha20-Poly1305 with a 32-bit counter.
//!
//! Nonce of a chunk: seven zero bytes, the chunk's number in four bytes big-endian, and one byte
//! that is 1 for the last chunk. A key is used for one stream only, which is why the prefix may be
//! zero.

use chacha20poly1305::{AeadInOut, ChaCha20Poly1305, KeyInit};
use hansa_primitives::limits::CHUNK_BYTES_MAX;

/// Bytes of an authentication tag.
pub(super) const TAG_BYTES: usize = 16;

/// The stream does not authenticate under the key and the additional data.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unauthentic;

/// Encrypts a message to one stream.
pub(super) fn encrypt(key: &[u8; 32], aad: &[u8], message: &[u8]) -> Vec<u8> {
    let cipher = ChaCha20Poly1305::new(key.into());
    let mut out = Vec::with_capacity(encrypted_length(message.len()));
    let chunks = chunks_of(message, CHUNK_BYTES_MAX);
    let last = chunks.len() - 1;
    for (number, chunk) in chunks.into_iter().enumerate() {
        let mut sealed = chunk.to_vec();
        cipher
            .encrypt_in_place(&nonce(number, number == last).into(), aad, &mut sealed)
            .expect("a chunk is far below the cipher's limit of 256 GiB");
        out.extend_from_slice(&sealed);
    }
    out
}

/// Decrypts a stream that was encrypted under the key with the same additional data.
pub(super) fn decrypt(key: &[u8; 32], aad: &[u8], stream: &[u8]) -> Result<Vec<u8>, Unauthentic> {
    let cipher = ChaCha20Poly1305::new(key.into());
    let mut out = Vec::with_capacity(stream.len());
    let chunks = chunks_of(stream, CHUNK_BYTES_MAX + TAG_BYTES);
    let last = chunks.len() - 1;
    for (number, chunk) in chunks.into_iter().enumerate() {
        let mut opened = chunk.to_vec();
        cipher
            .decrypt_in_place(&nonce(number, number == last).into(), aad, &mut opened)
            .map_err(|_| Unauthentic)?;
        out.extend_from_slice(&opened);
    }
    Ok(out)
}

/// How long the stream of a message is.
pub(super) fn encrypted_length(message: usize) -> usize {
    message + message.div_ceil(CHUNK_BYTES_MAX).max(1) * TAG_BYTES
}

/// Full chunks and a last one, which is there even if it is empty.
fn chunks_of(bytes: &[u8], size: usize) -> Vec<&[u8]> {
    if bytes.is_empty() { vec![bytes] } else { bytes.chunks(size).collect() }
}

fn nonce(number: usize, last: bool) -> [u8; 12] {
    // Sealed documents hold at most 64 MiB, so there are at most 1024 chunks.
    let number = u32::try_from(number).expect("a sealed section has far fewer than 2^32 chunks");
    let mut nonce = [0; 12];
    nonce[7..11].copy_from_slice(&number.to_be_bytes());
    nonce[11] = u8::from(last);
    nonce
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const KEY: [u8; 32] = [7; 32];
    const SEALED: usize = CHUNK_BYTES_MAX + TAG_BYTES;

    fn message(length: usize) -> Vec<u8> {
        (0..length).map(|index| (index % 251) as u8).collect()
    }

    #[test]
    fn lengths_around_chunk_borders_survive() {
        for length in [0, 1, CHUNK_BYTES_MAX - 1, CHUNK_BYTES_MAX, CHUNK_BYTES_MAX + 1, 3 * SEALED]
        {
            let stream = encrypt(&KEY, b"aad", &message(length));
            assert_eq!(stream.len(), encrypted_length(length));
            assert_eq!(decrypt(&KEY, b"aad", &stream), Ok(message(length)), "{length}");
        }
    }

    #[test]
    fn cut_swapped_repeated_and_foreign_chunks_are_refused() {
        let stream = encrypt(&KEY, b"aad", &message(3 * CHUNK_BYTES_MAX));
        let chunk = |number: usize| &stream[number * SEALED..(number + 1) * SEALED];
        let orders: [&[usize]; 6] =
            [&[0, 1], &[0], &[0, 2], &[1, 0, 2], &[0, 1, 2, 2], &[0, 0, 1, 2]];
        for order in orders {
            let forged: Vec<u8> = order.iter().flat_map(|number| chunk(*number).to_vec()).collect();
            assert_eq!(decrypt(&KEY, b"aad", &forged), Err(Unauthentic), "{order:?}");
        }
        assert_eq!(decrypt(&KEY, b"aad", &[]), Err(Unauthentic));
        assert_eq!(decrypt(&KEY, b"other", &stream), Err(Unauthentic));
        assert_eq!(decrypt(&[8; 32], b"aad", &stream), Err(Unauthentic));
    }

    #[test]
    fn a_prefix_is_not_a_message() {
        let stream = encrypt(&KEY, b"", &message(100));
        for length in 0..stream.len() {
            assert_eq!(decrypt(&KEY, b"", &stream[..length]), Err(Unauthentic), "cut at {length}");
        }
    }
}
