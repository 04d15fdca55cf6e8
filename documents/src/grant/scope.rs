//! What of a document a grant covers.

use crate::{byte_code::decode_through, sealing::SectionName};
use bincode::Encode;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Sections that one grant may name.
const SECTIONS_MAX: usize = 64;

/// A whole document version or some of its sections.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Encode, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", try_from = "WireScope")]
pub enum Scope {
    /// All of it, the original bytes included.
    Whole,
    /// These sections, by ascending name.
    Sections(Vec<SectionName>),
}

#[derive(bincode::Decode, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum WireScope {
    Whole,
    Sections(Vec<SectionName>),
}

/// A list of sections that is no scope.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("a scope names 1 to {SECTIONS_MAX} sections in ascending order, each once")]
pub struct InvalidScope;

impl Scope {
    /// A scope of some sections, in any order.
    ///
    /// # Errors
    /// [`InvalidScope`] if there are none or too many.
    pub fn sections(names: impl IntoIterator<Item = SectionName>) -> Result<Self, InvalidScope> {
        let mut names: Vec<_> = names.into_iter().collect();
        names.sort();
        names.dedup();
        Self::try_from(WireScope::Sections(names))
    }

    /// Whether all of this scope lies within another.
    pub fn is_within(&self, other: &Self) -> bool {
        match (self, other) {
            (_, Self::Whole) => true,
            (Self::Whole, Self::Sections(_)) => false,
            (Self::Sections(own), Self::Sections(others)) => {
                own.iter().all(|name| others.binary_search(name).is_ok())
            }
        }
    }

    /// Whether a section is covered.
    pub fn covers(&self, name: &SectionName) -> bool {
        match self {
            Self::Whole => true,
            Self::Sections(names) => names.binary_search(name).is_ok(),
        }
    }
}

impl TryFrom<WireScope> for Scope {
    type Error = InvalidScope;

    fn try_from(wire: WireScope) -> Result<Self, InvalidScope> {
        match wire {
            WireScope::Whole => Ok(Self::Whole),
            WireScope::Sections(names) => {
                let ascending = names.is_sorted_by(|one, other| one < other);
                if names.is_empty() || names.len() > SECTIONS_MAX || !ascending {
                    return Err(InvalidScope);
                }
                Ok(Self::Sections(names))
            }
        }
    }
}

decode_through!(Scope, WireScope, Scope::try_from);
