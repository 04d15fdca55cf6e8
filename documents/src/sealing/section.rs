//! Names of sections.

use crate::byte_code::decode_through;
use bincode::Encode;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use thiserror::Error;

/// Bytes of a section's name.
const NAME_BYTES_MAX: usize = 32;

/// The name of a section: a top-level field of a document, or `source`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SectionName(String);

/// Text that is no section's name.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("`{0}` is no section: 1 to 32 lower-case letters, digits and underscores are expected")]
pub struct InvalidSectionName(String);

impl SectionName {
    /// The section that holds the bytes which the document was read from.
    pub const SOURCE: &'static str = "source";

    /// Checks a name.
    ///
    /// # Errors
    /// [`InvalidSectionName`] unless it is 1 to 32 lower-case letters, digits and underscores.
    pub fn new(name: impl Into<String>) -> Result<Self, InvalidSectionName> {
        let name = name.into();
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        if name.is_empty() || name.len() > NAME_BYTES_MAX || !name.bytes().all(allowed) {
            return Err(InvalidSectionName(name.chars().take(64).collect()));
        }
        Ok(Self(name))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

decode_through!(SectionName, String, SectionName::new);

impl TryFrom<String> for SectionName {
    type Error = InvalidSectionName;
    fn try_from(name: String) -> Result<Self, InvalidSectionName> {
        Self::new(name)
    }
}

impl From<SectionName> for String {
    fn from(name: SectionName) -> Self {
        name.0
    }
}

impl FromStr for SectionName {
    type Err = InvalidSectionName;
    fn from_str(name: &str) -> Result<Self, InvalidSectionName> {
        Self::new(name)
    }
}

impl fmt::Display for SectionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for SectionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
