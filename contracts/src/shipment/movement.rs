//! Movements of goods and means of transport (DCSA Track & Trace 2.2, transport and equipment
//! events).

use crate::rule::{Rejection, ensure, rejection};
use bincode::{
    BorrowDecode, Decode, Encode,
    de::{BorrowDecoder, Decoder},
    error::DecodeError,
};
use hansa_documents::types::{CheckDigit, ContainerNumber, ImoNumber};
use hansa_primitives::{BlockTime, limits};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// Bytes of a voyage number (DCSA `carrierExportVoyageNumber`).
const VOYAGE_BYTES_MAX: usize = 50;
/// How far an actual movement may lie after the block that reports it: clocks differ.
const AHEAD_MILLIS_MAX: u64 = 15 * 60 * 1000;

/// A movement that a carrier reports.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
pub struct Movement {
    /// What moved how.
    pub code: MovementCode,
    /// Whether it has happened, or is planned or expected.
    pub classifier: Classifier,
    /// When.
    pub occurred: BlockTime,
    /// Where.
    pub location: Locode,
    /// The container, for equipment events.
    pub container: Option<Container>,
    /// The vessel.
    pub vessel: Option<Vessel>,
    /// Whatever else is to be said.
    pub remark: String,
}

impl Movement {
    /// Whether goods have left: what the import declaration waits for.
    pub fn is_departure(&self) -> bool {
        self.code == MovementCode::Depa && self.classifier == Classifier::Act
    }

    pub(crate) fn check(&self, now: BlockTime) -> Result<(), Rejection> {
        ensure!(
            self.remark.len() <= limits::REMARK_BYTES_MAX,
            BadEvent,
            "the remark has {} bytes, {} are allowed",
            self.remark.len(),
            limits::REMARK_BYTES_MAX
        );
        if let Some(Vessel { imo, voyage }) = &self.vessel {
            ensure!(
                imo.is_none_or(|imo| ImoNumber::parse(&format!("{imo:07}")).is_ok()),
                BadEvent,
                "the vessel's IMO number has a wrong check digit"
            );
            ensure!(
                !voyage.is_empty()
                    && voyage.len() <= VOYAGE_BYTES_MAX
                    && voyage.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' '),
                BadEvent,
                "the voyage number is not 1 to {VOYAGE_BYTES_MAX} printable characters"
            );
        }
        ensure!(
            self.classifier != Classifier::Act
                || self.occurred <= now.plus_millis(AHEAD_MILLIS_MAX),
            EventInFuture,
            "the movement is dated {}, block time is {now}",
            self.occurred
        );
        Ok(())
    }
}

macro_rules! codes {
    ($(#[$doc:meta])* $name:ident { $($(#[$what:meta])* $variant:ident $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, Serialize,
            Deserialize,
        )]
        #[serde(rename_all = "UPPERCASE")]
        pub enum $name {
            $($(#[$what])* $variant,)+
        }

        impl $name {
            /// The four or three letters that the standard gives it.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = Rejection;

            fn from_str(text: &str) -> Result<Self, Rejection> {
                match text {
                    $($text => Ok(Self::$variant),)+
                    _ => Err(rejection!(
                        BadEvent,
                        "`{}` is no code of this kind: {}",
                        text.chars().take(16).collect::<String>(),
                        [$($text),+].join(", ")
                    )),
                }
            }
        }
    };
}

codes! {
    /// What moved how; new codes go to the end.
    MovementCode {
        /// Means of transport arrived.
        Arri "ARRI",
        /// Means of transport departed.
        Depa "DEPA",
        /// Container loaded.
        Load "LOAD",
        /// Container discharged.
        Disc "DISC",
        /// Container entered a terminal's gate.
        Gtin "GTIN",
        /// Container left a terminal's gate.
        Gtot "GTOT",
        /// Container stuffed.
        Stuf "STUF",
        /// Container stripped.
        Strp "STRP",
        /// Container picked up.
        Pick "PICK",
        /// Container dropped off.
        Drop "DROP",
        /// Container inspected.
        Insp "INSP",
        /// Container sealed again.
        Rsea "RSEA",
        /// Seal removed.
        Rmvd "RMVD",
    }
}

codes! {
    /// Whether a movement has happened.
    Classifier {
        /// It has.
        Act "ACT",
        /// It is expected then.
        Est "EST",
        /// It is planned for then.
        Pln "PLN",
    }
}

/// A vessel on a voyage.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
pub struct Vessel {
    /// Its IMO number.
    pub imo: Option<u32>,
    /// The voyage.
    pub voyage: String,
}

macro_rules! code_text {
    ($(#[$doc:meta])* $name:ident[$length:literal], $what:literal, $is:expr) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Serialize, Deserialize,
        )]
        #[serde(try_from = "String", into = "String")]
        pub struct $name([u8; $length]);

        impl $name {
            /// The code's letters and digits.
            pub fn as_str(&self) -> &str {
                std::str::from_utf8(&self.0).unwrap_or("")
            }
        }

        impl FromStr for $name {
            type Err = Rejection;

            fn from_str(text: &str) -> Result<Self, Rejection> {
                let is: fn(&str) -> bool = $is;
                let bytes = text.as_bytes().try_into().ok().filter(|_| is(text));
                bytes.map(Self).ok_or_else(|| {
                    rejection!(
                        BadEvent,
                        "`{}` is not {}",
                        text.chars().take(16).collect::<String>(),
                        $what
                    )
                })
            }
        }

        impl TryFrom<String> for $name {
            type Error = Rejection;
            fn try_from(text: String) -> Result<Self, Rejection> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(code: $name) -> Self {
                code.as_str().to_owned()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl<Context> Decode<Context> for $name {
            fn decode<D: Decoder<Context = Context>>(decoder: &mut D) -> Result<Self, DecodeError> {
                let bytes = <[u8; $length]>::decode(decoder)?;
                let text = std::str::from_utf8(&bytes)
                    .map_err(|_| DecodeError::Other(concat!("not ", $what)))?;
                text.parse().map_err(|_| DecodeError::Other(concat!("not ", $what)))
            }
        }

        impl<'de, Context> BorrowDecode<'de, Context> for $name {
            fn borrow_decode<D: BorrowDecoder<'de, Context = Context>>(
                decoder: &mut D,
            ) -> Result<Self, DecodeError> {
                Self::decode(decoder)
            }
        }
    };
}

code_text!(
    /// A place, by the form of its UN/LOCODE. Which codes are in use is not a matter of state.
    Locode[5], "a UN/LOCODE, as DEHAM for Hamburg", |text| {
        text.bytes().enumerate().all(|(place, byte)| {
            byte.is_ascii_uppercase() || place >= 2 && (b'2'..=b'9').contains(&byte)
        })
    }
);
code_text!(
    /// A container, by its number with a right check digit.
    Container[11], "a container number with a right check digit (ISO 6346)", |text| {
        ContainerNumber::parse(text).is_ok_and(|number| number.check() == CheckDigit::Valid)
    }
);
