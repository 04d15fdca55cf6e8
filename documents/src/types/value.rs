//! What all checked values share: their error, and a macro for those that are text.

use thiserror::Error;

/// Text that is not a value of the kind asked for.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("`{text}` is not {kind}: {rule}")]
pub struct InvalidValue {
    kind: &'static str,
    text: String,
    rule: &'static str,
}

impl InvalidValue {
    pub(crate) fn new(kind: &'static str, text: &str, rule: &'static str) -> Self {
        Self { kind, text: text.chars().take(64).collect(), rule }
    }

    /// What the value should have been.
    pub fn rule(&self) -> &'static str {
        self.rule
    }
}

/// Gives a type with `parse(&str) -> Result<Self, InvalidValue>` and `Display` the other ways in
/// and out.
macro_rules! text_forms {
    ($name:ident) => {
        impl std::str::FromStr for $name {
            type Err = $crate::types::InvalidValue;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::parse(text)
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Display::fmt(self, f)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                Self::parse(&text).map_err(serde::de::Error::custom)
            }
        }
    };
}
pub(crate) use text_forms;

/// A closed code list: an enum whose variants are written as the standard's codes.
macro_rules! code_list {
    (
        $(#[$doc:meta])* $name:ident, $kind:literal;
        $($(#[$variant_doc:meta])* $variant:ident = $code:literal,)*
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)*
        }

        impl $name {
            /// All codes, in the order of the list.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The code.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code),* }
            }

            /// Reads a code.
            ///
            /// # Errors
            /// [`InvalidValue`]($crate::types::InvalidValue) if the list has no such code.
            pub fn parse(text: &str) -> Result<Self, $crate::types::InvalidValue> {
                let found = Self::ALL.iter().find(|code| code.as_str() == text);
                found.copied().ok_or_else(|| {
                    $crate::types::InvalidValue::new(
                        concat!("a ", $kind), text, concat!("the codes are ", $($code, " "),*),
                    )
                })
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        $crate::types::value::text_forms!($name);
    };
}
pub(crate) use code_list;
