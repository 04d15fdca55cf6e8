//! Reading proof keys.

use super::{KeyRecord, Statement};
use crate::{
    key as place,
    state::{StateView, list, read},
};
use hansa_primitives::Digest;

/// The key in force for a statement.
pub fn active_key(view: &dyn StateView, statement: Statement) -> Option<KeyRecord> {
    let id: Digest = read(view, &place::active_proof_key(statement))?;
    key(view, &id)
}

/// A key by its id, whatever its status.
pub fn key(view: &dyn StateView, id: &Digest) -> Option<KeyRecord> {
    read(view, &place::proof_key(id))
}

/// All keys.
pub fn keys(view: &dyn StateView) -> Vec<KeyRecord> {
    list(view, &place::proof_key_prefix())
}
