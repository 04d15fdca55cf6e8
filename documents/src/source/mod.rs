//! Reading documents from the formats that trade uses.
//!
//! UBL 2.x is read for orders, invoices, packing lists, waybills and certificates of origin; the
//! JSON form of [`Document`] is read for every type. XML is read into a bounded tree of elements:
//! document type definitions and entities are refused, and bytes, depth, elements and attributes
//! are limited.
//!
//! A source may say more than the typed document holds. What was not read is listed as [`Residue`],
//! never silently dropped; the original bytes are sealed with the document.

mod error;
mod json;
mod ubl;

pub use error::SourceError;

use crate::{document::Document, kind::DocumentType};
use hansa_primitives::limits::SOURCE_BYTES_MAX;

/// The formats that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceFormat {
    /// OASIS Universal Business Language, version 2.
    Ubl,
    /// The JSON form of [`Document`].
    Json,
}

impl SourceFormat {
    /// The media type of the bytes.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Ubl => "application/xml",
            Self::Json => "application/json",
        }
    }
}

/// Paths of what a source says beyond the typed document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Residue {
    /// The first paths, in the order of the source.
    pub paths: Vec<String>,
    /// How many more there are.
    pub more: usize,
}

impl Residue {
    /// Paths that are listed one by one.
    const PATHS_MAX: usize = 1000;

    /// Whether the document holds all that the source says.
    pub fn is_empty(&self) -> bool {
        self.paths.is_empty()
    }

    fn add(&mut self, path: &str) {
        if self.paths.len() < Self::PATHS_MAX {
            self.paths.push(path.to_owned());
        } else {
            self.more += 1;
        }
    }
}

/// A document read from a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// The document.
    pub document: Document,
    /// The format that it was read from.
    pub format: SourceFormat,
    /// What was not read.
    pub residue: Residue,
}

/// Tells format and type of a document without reading it to its end.
///
/// # Errors
/// [`SourceError`] if it is neither UBL nor JSON, or no type that is read.
pub fn detect(bytes: &[u8]) -> Result<(SourceFormat, DocumentType), SourceError> {
    let text = text_of(bytes)?;
    match text.trim_start().chars().next() {
        Some('<') => Ok((SourceFormat::Ubl, ubl::detect(text)?)),
        Some('{') => Ok((SourceFormat::Json, json::detect(text)?)),
        _ => Err(SourceError::UnknownFormat),
    }
}

/// Reads a document. With a type expected, another one is refused.
///
/// # Errors
/// [`SourceError`] says where the source is not what it should be.
pub fn read(bytes: &[u8], expected: Option<DocumentType>) -> Result<Reading, SourceError> {
    let (format, found) = detect(bytes)?;
    if let Some(expected) = expected.filter(|expected| *expected != found) {
        return Err(SourceError::OtherType { expected, found });
    }
    let text = text_of(bytes)?;
    match format {
        SourceFormat::Ubl => {
            let (document, residue) = ubl::read(text)?;
            Ok(Reading { document, format, residue })
        }
        SourceFormat::Json => {
            let document = json::read(found, text)?;
            Ok(Reading { document, format, residue: Residue::default() })
        }
    }
}

/// The text of a source: UTF-8, with or without a byte order mark.
fn text_of(bytes: &[u8]) -> Result<&str, SourceError> {
    if bytes.len() > SOURCE_BYTES_MAX {
        return Err(SourceError::TooLarge { length: bytes.len() });
    }
    let text = std::str::from_utf8(bytes)
        .map_err(|error| SourceError::Encoding { offset: error.valid_up_to() })?;
    Ok(text.strip_prefix('\u{FEFF}').unwrap_or(text))
}

#[cfg(test)]
mod tests;
