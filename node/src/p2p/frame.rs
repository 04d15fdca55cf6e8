//! Frames on a stream: a length of four bytes, little-endian, then that many bytes.

use futures::{AsyncRead, AsyncReadExt};
use thiserror::Error;

/// Bytes before the payload.
pub(crate) const HEADER_BYTES: usize = 4;

/// Memory that a length alone can claim. A longer frame gets more only as its bytes arrive.
const STEP_BYTES: usize = 64 * 1024;

/// Why a stream yields no further frame.
#[derive(Debug, Error)]
pub(crate) enum FrameError {
    /// The length exceeds the bound of the class.
    #[error("a frame of {length} bytes exceeds the limit of {max}")]
    TooLong {
        /// What the header claims.
        length: usize,
        /// What is allowed.
        max: usize,
    },
    /// A frame without content means nothing.
    #[error("an empty frame")]
    Empty,
    /// The connection broke.
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

/// Appends a frame to bytes about to be written.
pub(crate) fn append(payload: &[u8], to: &mut Vec<u8>) {
    let length = u32::try_from(payload.len()).expect("frames are far smaller than 4 GiB");
    to.extend_from_slice(&length.to_le_bytes());
    to.extend_from_slice(payload);
}

/// Reads one frame; `None` when the stream ended between two frames.
pub(crate) async fn read<R: AsyncRead + Unpin>(
    reader: &mut R,
    max: usize,
) -> Result<Option<Vec<u8>>, FrameError> {
    let mut header = [0; HEADER_BYTES];
    let first = reader.read(&mut header).await?;
    if first == 0 {
        return Ok(None);
    }
    reader.read_exact(&mut header[first..]).await?;
    let length = u32::from_le_bytes(header) as usize;
    if length == 0 {
        return Err(FrameError::Empty);
    }
    if length > max {
        return Err(FrameError::TooLong { length, max });
    }
    let mut payload = Vec::new();
    while payload.len() < length {
        let from = payload.len();
        payload.resize(length.min(from + STEP_BYTES.max(from)), 0);
        reader.read_exact(&mut payload[from..]).await?;
    }
    Ok(Some(payload))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use futures::executor::block_on;
    use futures::io::Cursor;
    use proptest::prelude::*;

    fn read_all(bytes: &[u8], max: usize) -> (Vec<Vec<u8>>, Option<FrameError>) {
        let mut reader = Cursor::new(bytes);
        let mut frames = Vec::new();
        loop {
            match block_on(read(&mut reader, max)) {
                Ok(Some(frame)) => frames.push(frame),
                Ok(None) => return (frames, None),
                Err(error) => return (frames, Some(error)),
            }
        }
    }

    proptest! {
        #[test]
        fn frames_come_out_as_they_went_in(
            frames in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..300), 0..20),
        ) {
            let mut bytes = Vec::new();
            for frame in &frames {
                append(frame, &mut bytes);
            }
            let (read, error) = read_all(&bytes, 300);
            prop_assert_eq!(read, frames);
            prop_assert!(error.is_none());
        }

        #[test]
        fn a_cut_stream_yields_whole_frames_only(
            frames in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..50), 1..5),
            cut in 1_usize..40,
        ) {
            let mut bytes = Vec::new();
            for frame in &frames {
                append(frame, &mut bytes);
            }
            bytes.truncate(bytes.len().saturating_sub(cut));
            let (read, _) = read_all(&bytes, 300);
            prop_assert!(read.len() < frames.len());
            prop_assert_eq!(&frames[..read.len()], &read[..]);
        }

        #[test]
        fn random_bytes_never_yield_more_than_they_are(
            bytes in prop::collection::vec(any::<u8>(), 0..2000),
        ) {
            let (read, _) = read_all(&bytes, 1000);
            let total: usize = read.iter().map(|frame| frame.len() + HEADER_BYTES).sum();
            prop_assert!(total <= bytes.len());
        }
    }

    #[test]
    fn a_length_beyond_the_limit_is_refused_before_memory_is_taken() {
        let (frames, error) = read_all(&u32::MAX.to_le_bytes(), 1000);
        assert!(frames.is_empty());
        assert!(matches!(error, Some(FrameError::TooLong { .. })));
        assert!(matches!(read_all(&[0; 4], 1000).1, Some(FrameError::Empty)));
    }

    #[test]
    fn long_frames_are_read_in_steps() {
        let payload = vec![7; 5 * STEP_BYTES + 3];
        let mut bytes = Vec::new();
        append(&payload, &mut bytes);
        assert_eq!(read_all(&bytes, payload.len()).0, [payload]);
    }
}
