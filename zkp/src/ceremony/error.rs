//! Why a ceremony does not go on, or does not convince.

use crate::{groth16::KeyError, statement::shape::ShapeError};
use hansa_primitives::MemberId;
use std::path::PathBuf;
use thiserror::Error;

/// What is wrong, and with which file of the transcript.
#[derive(Debug, Error)]
pub enum CeremonyError {
    /// A file is not there.
    #[error("`{0}` is missing from the transcript")]
    Missing(String),
    /// A file is there that the transcript has no place for.
    #[error("`{0}` is not a file of this transcript; remove it")]
    Stray(String),
    /// A file is cut, too long, or holds a point that is not in its group.
    #[error("`{0}` is malformed")]
    Malformed(String),
    /// A file belongs to another ceremony, stage, place or circuit.
    #[error("`{file}` belongs elsewhere: its {what} is not the one expected")]
    Elsewhere {
        /// The file.
        file: String,
        /// What differs.
        what: &'static str,
    },
    /// A file's author is not on the roster, or not under this key.
    #[error("`{file}` is by {member}, who is not on the roster with that key")]
    UnknownContributor {
        /// The file.
        file: String,
        /// The author that the file names.
        member: MemberId,
    },
    /// The signature does not verify.
    #[error("`{0}` is not signed by its author")]
    NotSigned(String),
    /// The author did not know the factors.
    #[error("`{0}` proves no knowledge of its factors")]
    NoKnowledge(String),
    /// The points are not what the parent and the factors make of them.
    #[error("`{file}` does not follow from its parent: {what}")]
    Lie {
        /// The file.
        file: String,
        /// Which relation is broken.
        what: &'static str,
    },
    /// Too few different members took part in a phase.
    #[error("{found} different members contributed to `{stage}`, {required} are required")]
    TooFew {
        /// The phase, `powers` or a statement's name.
        stage: &'static str,
        /// Different authors found.
        found: usize,
        /// Different authors required.
        required: usize,
    },
    /// The circuit does not fit the domain of the powers.
    #[error("the circuit of `{0}` needs another domain than the powers were made for")]
    OtherDomain(&'static str),
    /// The key is not the one that the transcript leads to.
    #[error("the key of `{0}` is not the one that the transcript leads to")]
    OtherKey(&'static str),
    /// The key at the end is not admitted.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The circuit has no usable shape.
    #[error(transparent)]
    Shape(#[from] ShapeError),
    /// A file cannot be read or written.
    #[error("{path}: {source}")]
    File {
        /// The path.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
}
