//! Closed lists that are one byte on the wire: suites and purposes.

/// Defines an enum whose encoding is its number in one byte; unknown numbers are refused.
macro_rules! byte_code {
    (
        $(#[$doc:meta])* $name:ident;
        $($(#[$variant_doc:meta])* $variant:ident = $number:literal $text:literal,)*
    ) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize,
            serde::Deserialize,
        )]
        pub enum $name {
            $($(#[$variant_doc])* #[serde(rename = $text)] $variant,)*
        }

        impl $name {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The number that it is encoded as.
            pub const fn number(self) -> u8 {
                match self { $(Self::$variant => $number),* }
            }

            /// Its name.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $text),* }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.name())
            }
        }

        impl bincode::Encode for $name {
            fn encode<E: bincode::enc::Encoder>(
                &self,
                encoder: &mut E,
            ) -> Result<(), bincode::error::EncodeError> {
                self.number().encode(encoder)
            }
        }

        impl<Context> bincode::Decode<Context> for $name {
            fn decode<D: bincode::de::Decoder<Context = Context>>(
                decoder: &mut D,
            ) -> Result<Self, bincode::error::DecodeError> {
                let number = u8::decode(decoder)?;
                let known = Self::ALL.iter().find(|code| code.number() == number);
                known.copied().ok_or_else(|| {
                    let message = format!("{number} is no {}", stringify!($name));
                    bincode::error::DecodeError::OtherString(message)
                })
            }
        }

        impl<'de, Context> bincode::BorrowDecode<'de, Context> for $name {
            fn borrow_decode<D: bincode::de::BorrowDecoder<'de, Context = Context>>(
                decoder: &mut D,
            ) -> Result<Self, bincode::error::DecodeError> {
                Self::decode(decoder)
            }
        }
    };
}
pub(crate) use byte_code;

/// Gives a checked type a decoder that builds another type first and then checks.
macro_rules! decode_through {
    ($name:ident, $wire:ty, $check:expr) => {
        impl<Context> bincode::Decode<Context> for $name {
            fn decode<D: bincode::de::Decoder<Context = Context>>(
                decoder: &mut D,
            ) -> Result<Self, bincode::error::DecodeError> {
                let wire = <$wire as bincode::Decode<Context>>::decode(decoder)?;
                $check(wire)
                    .map_err(|error| bincode::error::DecodeError::OtherString(error.to_string()))
            }
        }

        impl<'de, Context> bincode::BorrowDecode<'de, Context> for $name {
            fn borrow_decode<D: bincode::de::BorrowDecoder<'de, Context = Context>>(
                decoder: &mut D,
            ) -> Result<Self, bincode::error::DecodeError> {
                <Self as bincode::Decode<Context>>::decode(decoder)
            }
        }
    };
}
pub(crate) use decode_through;
