//! Typed identifiers.
//!
//! Ids that people write (chain, member) are slugs: 1 to 32 of `a-z`, `0-9` and `-`. Ids that name
//! content are its hash.

use crate::{codec::Canonical, hash::Digest, limits};
use bincode::{
    Decode, Encode,
    de::{BorrowDecoder, Decoder},
    error::DecodeError,
};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use thiserror::Error;

/// Text that is no identifier of the kind asked for.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("`{text}` is not a {kind}: {rule}")]
pub struct InvalidId {
    kind: &'static str,
    text: String,
    rule: &'static str,
}

fn check_slug(kind: &'static str, text: &str) -> Result<(), InvalidId> {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if text.is_empty() || text.len() > limits::SLUG_BYTES_MAX || !text.bytes().all(allowed) {
        return Err(InvalidId {
            kind,
            text: text.chars().take(64).collect(),
            rule: "1 to 32 lower-case letters, digits and hyphens are expected",
        });
    }
    Ok(())
}

fn check_ucr(kind: &'static str, text: &str) -> Result<(), InvalidId> {
    let allowed = |byte: u8| byte.is_ascii_graphic() && byte != b'/';
    if text.is_empty() || text.len() > limits::UCR_BYTES_MAX || !text.bytes().all(allowed) {
        return Err(InvalidId {
            kind,
            text: text.chars().take(64).collect(),
            rule: "1 to 35 printable ASCII characters without `/` are expected (WCO UCR)",
        });
    }
    Ok(())
}

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident, $kind:literal, $check:ident, $max:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Checks the text and makes it an id.
            ///
            /// # Errors
            /// [`InvalidId`] if the text breaks the rule of this kind of id.
            pub fn new(text: impl Into<String>) -> Result<Self, InvalidId> {
                let text = text.into();
                $check($kind, &text)?;
                Ok(Self(text))
            }

            /// The text of the id.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl<Context> Decode<Context> for $name {
            fn decode<D: Decoder<Context = Context>>(decoder: &mut D) -> Result<Self, DecodeError> {
                let text = String::decode(decoder)?;
                Self::new(text).map_err(|error| DecodeError::OtherString(error.to_string()))
            }
        }

        impl<'de, Context> bincode::BorrowDecode<'de, Context> for $name {
            fn borrow_decode<D: BorrowDecoder<'de, Context = Context>>(
                decoder: &mut D,
            ) -> Result<Self, DecodeError> {
                Self::decode(decoder)
            }
        }

        impl Canonical for $name {
            const BYTES_MAX: usize = 8 + $max;
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;
            fn try_from(text: String) -> Result<Self, InvalidId> {
                Self::new(text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                Self::new(text)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text_id!(
    /// The name of one ledger. It enters every hash and signature made for it.
    ChainId, "chain id", check_slug, limits::SLUG_BYTES_MAX
);
text_id!(
    /// A member of the consortium, by the short name that its registration fixed.
    MemberId, "member id", check_slug, limits::SLUG_BYTES_MAX
);
text_id!(
    /// A unique consignment reference (WCO UCR, ISO 15459): names one shipment.
    Ucr, "unique consignment reference", check_ucr, limits::UCR_BYTES_MAX
);

macro_rules! digest_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, Serialize,
            Deserialize,
        )]
        #[serde(transparent)]
        pub struct $name(pub Digest);

        impl $name {
            /// The 32 bytes of the id.
            pub fn as_bytes(&self) -> &[u8; 32] {
                self.0.as_bytes()
            }
        }

        impl Canonical for $name {
            const BYTES_MAX: usize = 32;
        }

        impl FromStr for $name {
            type Err = crate::hash::NotADigest;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0, f)
            }
        }
    };
}

digest_id!(
    /// An actor: the SHA-256 hash of the DER certificate that it signs transactions under.
    ActorId
);
digest_id!(
    /// A transaction: the hash of its body, which the signature is not part of.
    TransactionId
);
digest_id!(
    /// A block: the hash of its header.
    BlockHash
);
digest_id!(
    /// A document over all its versions.
    DocumentId
);
digest_id!(
    /// One grant of a key.
    GrantId
);

macro_rules! number_id {
    ($(#[$doc:meta])* $name:ident, $inner:ty) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode,
            Serialize, Deserialize,
        )]
        #[serde(transparent)]
        pub struct $name(pub $inner);

        impl $name {
            /// The next one; stays at the largest rather than wrap.
            pub fn next(self) -> Self {
                Self(self.0.saturating_add(1))
            }
        }

        impl Canonical for $name {
            const BYTES_MAX: usize = size_of::<$inner>();
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}", self.0)
            }
        }
    };
}

number_id!(
    /// The number of a block; the genesis state has height 0, the first block 1.
    Height, u64
);
number_id!(
    /// The number of a view (PBFT): a period with one order of leaders.
    View, u64
);
number_id!(
    /// The number of a validator set.
    Epoch, u64
);
number_id!(
    /// A validator's place in the set of its epoch.
    ValidatorIndex, u16
);
number_id!(
    /// The version of a document, from 1.
    Version, u32
);

/// Sixteen bytes that the sender chooses to tell its requests apart, a UUID for instance.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub struct RequestId(pub [u8; 16]);

impl fmt::Debug for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::codec;

    #[test]
    fn slugs_are_checked_on_every_way_in() {
        assert!(MemberId::new("german-customs").is_ok());
        for bad in ["", "German", "a b", "a/b", &"x".repeat(33), "ä"] {
            assert!(MemberId::new(bad).is_err(), "{bad}");
            assert!(codec::decode::<MemberId>(&codec::encode(&bad.to_owned())).is_err(), "{bad}");
            assert!(serde_like(bad).is_err(), "{bad}");
        }
    }

    fn serde_like(text: &str) -> Result<MemberId, InvalidId> {
        MemberId::try_from(text.to_owned())
    }

    #[test]
    fn a_consignment_reference_has_at_most_35_characters() {
        assert!(Ucr::new("2018DE-MILCHPULVER-0001").is_ok());
        assert!(Ucr::new("x".repeat(36)).is_err());
        assert!(Ucr::new("a/b").is_err());
    }

    #[test]
    fn counting_never_wraps() {
        assert_eq!(Height(u64::MAX).next(), Height(u64::MAX));
        assert_eq!(View(1).next(), View(2));
    }
}
