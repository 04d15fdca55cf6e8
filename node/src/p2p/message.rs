//! What nodes say to each other besides consensus. Consensus frames are
//! [`hansa_consensus::Envelope`]s.

use super::class::Class;
use bincode::{Decode, Encode};
use bytes::Bytes;
use hansa_consensus::{Certificate, Header};
use hansa_primitives::{
    Digest, Height, Signature,
    codec::{self, Canonical},
    limits,
};
use std::sync::Arc;

/// Batches that one message may ask for.
pub(crate) const WANTED_MAX: usize = 64;

/// On the batches' streams.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub(crate) enum BatchMessage {
    /// The canonical bytes of a batch.
    Batch(Vec<u8>),
    /// Batches that the sender lacks, at most [`WANTED_MAX`].
    Want(Vec<Digest>),
}

/// Transactions that the sender has accepted, their canonical bytes.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub(crate) struct Forward(pub(crate) Vec<Vec<u8>>);

/// Committed headers, the last under the certificate.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub(crate) struct HeaderRun {
    /// Ascending, without gaps.
    pub(crate) headers: Vec<Arc<Header>>,
    /// A quorum committed the last of them.
    pub(crate) certificate: Certificate,
}

/// On the blocks' streams.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub(crate) enum BlocksMessage {
    /// What comes after this height? Answered by [`Self::Run`], or [`Self::Tip`] if nothing does.
    Ask(Height),
    /// An answer, or what was just committed.
    Run(HeaderRun),
    /// The last height that the sender has committed.
    Tip(Height),
}

/// On the streams of sealed documents.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub(crate) enum SealedMessage {
    /// A part of sealed bytes. Parts come in order.
    Chunk {
        /// Digest of all bytes.
        digest: Digest,
        /// Length of all bytes.
        length: u64,
        /// Where this part begins.
        offset: u64,
        /// The part, at most [`limits::CHUNK_BYTES_MAX`].
        data: Vec<u8>,
    },
    /// The sender, a validator, stores these bytes durably.
    Stored {
        /// Digest of the bytes.
        digest: Digest,
        /// Their length.
        length: u64,
        /// By the vote key, on the signing bytes of sealed availability.
        signature: Signature,
    },
    /// The sender lacks these bytes.
    Want(Digest),
    /// The sender has no such bytes, or the asker may not have them.
    Absent(Digest),
}

impl Canonical for BatchMessage {
    const BYTES_MAX: usize = limits::BATCH_BYTES_MAX + 1024;
}

impl Canonical for Forward {
    const BYTES_MAX: usize = 2 * limits::TRANSACTION_BYTES_MAX + 1024;
}

impl Canonical for BlocksMessage {
    const BYTES_MAX: usize = limits::CONSENSUS_MESSAGE_BYTES_MAX;
}

impl Canonical for SealedMessage {
    const BYTES_MAX: usize = limits::CHUNK_BYTES_MAX + 1024;
}

macro_rules! framed {
    ($($message:ty => $class:ident),+) => {
        $(impl $message {
            /// The class it travels in.
            pub(crate) const CLASS: Class = Class::$class;

            /// The frame that carries it.
            pub(crate) fn frame(&self) -> Bytes {
                codec::encode(self).into()
            }
        })+
    };
}

framed!(
    BatchMessage => Batches,
    Forward => Transactions,
    BlocksMessage => Blocks,
    SealedMessage => Sealed
);

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    fn messages() -> impl Strategy<Value = SealedMessage> {
        let digest = any::<[u8; 32]>().prop_map(Digest);
        let data = prop::collection::vec(any::<u8>(), 0..200);
        prop_oneof![
            (digest.clone(), any::<u64>(), any::<u64>(), data).prop_map(
                |(digest, length, offset, data)| SealedMessage::Chunk {
                    digest,
                    length,
                    offset,
                    data
                }
            ),
            (digest.clone(), any::<u64>()).prop_map(|(digest, length)| SealedMessage::Stored {
                digest,
                length,
                signature: Signature([5; 64])
            }),
            digest.clone().prop_map(SealedMessage::Want),
            digest.prop_map(SealedMessage::Absent),
        ]
    }

    proptest! {
        #[test]
        fn messages_round_trip(message in messages()) {
            prop_assert_eq!(codec::decode::<SealedMessage>(&message.frame()).unwrap(), message);
        }

        #[test]
        fn random_bytes_are_no_message_or_exactly_one(
            bytes in prop::collection::vec(any::<u8>(), 0..400),
        ) {
            if let Ok(message) = codec::decode::<BatchMessage>(&bytes) {
                prop_assert_eq!(codec::encode(&message), &bytes[..]);
            }
            if let Ok(message) = codec::decode::<Forward>(&bytes) {
                prop_assert_eq!(codec::encode(&message), &bytes[..]);
            }
            if let Ok(message) = codec::decode::<BlocksMessage>(&bytes) {
                prop_assert_eq!(codec::encode(&message), &bytes[..]);
            }
            if let Ok(message) = codec::decode::<SealedMessage>(&bytes) {
                prop_assert_eq!(codec::encode(&message), bytes);
            }
        }
    }

    #[test]
    fn every_frame_fits_the_bound_of_its_class() {
        assert!(BatchMessage::BYTES_MAX <= BatchMessage::CLASS.frame_bytes_max());
        assert!(Forward::BYTES_MAX <= Forward::CLASS.frame_bytes_max());
        assert!(BlocksMessage::BYTES_MAX <= BlocksMessage::CLASS.frame_bytes_max());
        assert!(SealedMessage::BYTES_MAX <= SealedMessage::CLASS.frame_bytes_max());
    }
}
