//! Prepared keys by their names.

use super::{KeyError, KeyId, Verifier, VerifyingKey};
use crate::statement::Statement;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

/// More keys than this are not kept at once.
const KEYS_MAX: usize = 32;

/// Keeps verifiers by key id, since preparing one costs as much as verifying a few proofs. What is
/// found depends on the id alone, so sharing it between executions changes no result.
pub struct KeyCache<S> {
    verifiers: Mutex<BTreeMap<KeyId, Arc<Verifier<S>>>>,
}

impl<S: Statement> Default for KeyCache<S> {
    fn default() -> Self {
        Self::new()
    }
}

impl<S: Statement> KeyCache<S> {
    /// An empty cache.
    pub const fn new() -> Self {
        Self { verifiers: Mutex::new(BTreeMap::new()) }
    }

    /// The verifier for a key id. If it is not kept, `fetch` gets the key's bytes, which must have
    /// that id.
    ///
    /// # Errors
    /// [`KeyError`] if there are no such bytes or if they are not admitted.
    pub fn get(
        &self,
        id: &KeyId,
        fetch: impl FnOnce() -> Option<Vec<u8>>,
    ) -> Result<Arc<Verifier<S>>, KeyError> {
        if let Some(verifier) = self.lock().get(id) {
            return Ok(Arc::clone(verifier));
        }
        let bytes = fetch().ok_or(KeyError::Unknown(*id))?;
        let verifier = Arc::new(Verifier::new(&VerifyingKey::<S>::decode(&bytes)?));
        if verifier.id() != *id {
            return Err(KeyError::OtherKey { expected: *id, found: verifier.id() });
        }
        let mut verifiers = self.lock();
        if verifiers.len() >= KEYS_MAX {
            verifiers.clear();
        }
        verifiers.insert(*id, Arc::clone(&verifier));
        Ok(verifier)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<KeyId, Arc<Verifier<S>>>> {
        self.verifiers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
