//! The one canonical encoding of everything that is hashed, signed, sent or stored.
//!
//! Little-endian, fixed-width integers, `u64` lengths: the layout known as bincode 1. Fixed width leaves
//! one encoding for each value. Decoding is bounded, consumes every byte, and encodes the result again
//! to compare it with the input, so that it is a bijection whatever the type.
//!
//! Types derive `bincode::{Encode, Decode}` where they are defined; only this module calls bincode.
//! Maps, floats, `usize` and zero-sized elements have no place in such types.
//!
//! ```
//! use hansa_primitives::{codec, Height};
//! let bytes = codec::encode(&Height(7));
//! assert_eq!(bytes, [7, 0, 0, 0, 0, 0, 0, 0]);
//! assert_eq!(codec::decode::<Height>(&bytes).unwrap(), Height(7));
//! assert!(codec::decode::<Height>(&bytes[..7]).is_err());
//! ```

#![expect(clippy::disallowed_methods, reason = "the one module that calls bincode")]

use bincode::{Decode, Encode, config, error::DecodeError};
use thiserror::Error;

/// A type that has a canonical encoding of its own and a bound on it.
pub trait Canonical: Encode + Decode<()> {
    /// More bytes than this are refused before they are looked at.
    const BYTES_MAX: usize;
}

/// Why bytes are not the canonical encoding of a value.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum CodecError {
    /// The input is longer than the bound of its type.
    #[error("{length} bytes exceed the limit of {limit}")]
    TooLong {
        /// Bytes received.
        length: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// The input ends early, claims more elements than fit, or holds a value that does not exist.
    #[error("malformed: {0}")]
    Malformed(String),
    /// Bytes are left after the value.
    #[error("{0} bytes follow the value")]
    Trailing(usize),
    /// The bytes decode, but are not the one encoding of their value.
    #[error("not the canonical encoding of its value")]
    NotCanonical,
}

/// Encodes a value to its canonical bytes.
pub fn encode<T: Encode>(value: &T) -> Vec<u8> {
    bincode::encode_to_vec(value, config::legacy())
        .expect("encoding to memory fails for no type without maps and custom encoders")
}

/// Decodes exactly one value from canonical bytes.
///
/// # Errors
/// [`CodecError`] says how the bytes fall short.
pub fn decode<T: Canonical>(bytes: &[u8]) -> Result<T, CodecError> {
    if bytes.len() > T::BYTES_MAX {
        return Err(CodecError::TooLong { length: bytes.len(), limit: T::BYTES_MAX });
    }
    // The decoder counts memory, not wire bytes, hence the head room; the limit must be a constant.
    let result = match T::BYTES_MAX {
        0..=4_096 => decode_within::<T, 65_536>(bytes),
        4_097..=1_048_576 => decode_within::<T, 8_388_608>(bytes),
        _ => decode_within::<T, 134_217_728>(bytes),
    };
    let (value, consumed) = result.map_err(|error| CodecError::Malformed(error.to_string()))?;
    if consumed != bytes.len() {
        return Err(CodecError::Trailing(bytes.len() - consumed));
    }
    if encode(&value) != bytes {
        return Err(CodecError::NotCanonical);
    }
    Ok(value)
}

fn decode_within<T: Decode<()>, const LIMIT: usize>(
    bytes: &[u8],
) -> Result<(T, usize), DecodeError> {
    bincode::decode_from_slice(bytes, config::legacy().with_limit::<LIMIT>())
}

impl Canonical for Vec<u8> {
    const BYTES_MAX: usize = crate::limits::SEALED_BYTES_MAX;
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    #[derive(
        Debug, Clone, PartialEq, Encode, Decode, wincode::SchemaWrite, wincode::SchemaRead,
    )]
    struct Sample {
        number: u64,
        flag: bool,
        hash: [u8; 32],
        bytes: Vec<u8>,
        list: Vec<(u16, Option<u32>)>,
        text: String,
    }
    impl Canonical for Sample {
        const BYTES_MAX: usize = 4096;
    }

    fn samples() -> impl Strategy<Value = Sample> {
        (
            any::<u64>(),
            any::<bool>(),
            any::<[u8; 32]>(),
            prop::collection::vec(any::<u8>(), 0..64),
            prop::collection::vec((any::<u16>(), any::<Option<u32>>()), 0..16),
            ".{0,20}",
        )
            .prop_map(|(number, flag, hash, bytes, list, text)| Sample {
                number,
                flag,
                hash,
                bytes,
                list,
                text,
            })
    }

    proptest! {
        #[test]
        fn decoding_inverts_encoding(sample in samples()) {
            prop_assert_eq!(decode::<Sample>(&encode(&sample)).unwrap(), sample);
        }

        #[test]
        fn another_codec_of_the_same_layout_agrees(sample in samples()) {
            prop_assert_eq!(wincode::serialize(&sample).unwrap(), encode(&sample));
        }

        #[test]
        fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            if let Ok(sample) = decode::<Sample>(&bytes) {
                prop_assert_eq!(encode(&sample), bytes);
            }
        }
    }

    fn sample() -> Sample {
        Sample {
            number: 7,
            flag: true,
            hash: [1; 32],
            bytes: vec![1, 2, 3],
            list: vec![(1, Some(2))],
            text: "milk".into(),
        }
    }

    #[test]
    fn every_truncation_and_every_extension_is_refused() {
        let bytes = encode(&sample());
        for length in 0..bytes.len() {
            assert!(decode::<Sample>(&bytes[..length]).is_err(), "cut at {length}");
        }
        let mut longer = bytes;
        longer.push(0);
        assert_eq!(decode::<Sample>(&longer), Err(CodecError::Trailing(1)));
    }

    #[test]
    fn a_length_bomb_is_refused_without_allocating() {
        let mut bytes = encode(&sample());
        bytes[41..49].copy_from_slice(&u64::MAX.to_le_bytes());
        assert!(matches!(decode::<Sample>(&bytes), Err(CodecError::Malformed(_))));
    }

    #[test]
    fn a_boolean_has_one_encoding() {
        let mut bytes = encode(&sample());
        bytes[8] = 2;
        assert!(decode::<Sample>(&bytes).is_err());
    }

    #[test]
    fn too_many_bytes_are_refused_before_decoding() {
        let bytes = vec![0; 4097];
        assert_eq!(
            decode::<Sample>(&bytes),
            Err(CodecError::TooLong { length: 4097, limit: 4096 })
        );
    }
}
