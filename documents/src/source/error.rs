//! Why a source cannot be read.

use crate::{kind::DocumentType, types::InvalidValue};
use hansa_primitives::limits::{SOURCE_BYTES_MAX, SOURCE_DEPTH_MAX, SOURCE_NODES_MAX};
use thiserror::Error;

/// Why a source cannot be read, and where.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum SourceError {
    /// More bytes than allowed.
    #[error("the source has {length} bytes; at most {SOURCE_BYTES_MAX} are read")]
    TooLarge {
        /// Bytes received.
        length: usize,
    },
    /// Not UTF-8.
    #[error("byte {offset} is not UTF-8: save the source as UTF-8")]
    Encoding {
        /// The first byte that is not.
        offset: usize,
    },
    /// An XML declaration with another encoding.
    #[error("the source declares the encoding {name}: save it as UTF-8")]
    DeclaredEncoding {
        /// The declared encoding.
        name: String,
    },
    /// Neither XML nor JSON.
    #[error("the source starts neither as XML nor as JSON")]
    UnknownFormat,
    /// A root element that is not read.
    #[error(
        "`{root}` is no document that is read; of UBL 2 these are: Order, Invoice, PackingList, \
         Waybill, CertificateOfOrigin"
    )]
    UnknownRoot {
        /// The root element with its namespace.
        root: String,
    },
    /// Another type than expected.
    #[error("a {expected} is expected, the source is a {found}")]
    OtherType {
        /// The type asked for.
        expected: DocumentType,
        /// The type found.
        found: DocumentType,
    },
    /// Not well-formed.
    #[error("line {line}: {reason}")]
    Malformed {
        /// Where.
        line: usize,
        /// What the parser says.
        reason: String,
    },
    /// Something that is refused because it can be abused.
    #[error("line {line}: {what} is not accepted in a document")]
    Forbidden {
        /// Where.
        line: usize,
        /// What it is.
        what: &'static str,
    },
    /// Elements nested too deep.
    #[error("line {line}: elements are nested more than {SOURCE_DEPTH_MAX} deep")]
    TooDeep {
        /// Where.
        line: usize,
    },
    /// Too many elements, or attributes of one element.
    #[error("line {line}: more than {SOURCE_NODES_MAX} elements, or too many attributes of one")]
    TooMany {
        /// Where.
        line: usize,
    },
    /// An element that the document needs is absent.
    #[error("line {line}: `{parent}` has no `{element}`")]
    Missing {
        /// The line of the element that should hold it.
        line: usize,
        /// The element that should hold it.
        parent: String,
        /// What is absent.
        element: String,
    },
    /// A value that is none of its type.
    #[error("line {line}, `{element}`: {reason}")]
    Invalid {
        /// Where.
        line: usize,
        /// The element.
        element: String,
        /// What is wrong.
        reason: InvalidValue,
    },
    /// Elements that contradict each other, or a case that the document type cannot hold.
    #[error("line {line}, `{element}`: {reason}")]
    Unsupported {
        /// Where.
        line: usize,
        /// The element.
        element: String,
        /// Why.
        reason: &'static str,
    },
    /// JSON that does not fit the document type.
    #[error("line {line}, column {column}: {reason}")]
    Json {
        /// Line from 1.
        line: usize,
        /// Column from 1.
        column: usize,
        /// What the parser says.
        reason: String,
    },
}
