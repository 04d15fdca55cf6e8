//! The keys of the actors seen lately.

use hansa_contracts::{registry, state::StateView};
use hansa_primitives::{ActorId, VerifyingKey};
use std::collections::HashMap;

const KEYS_MAX: usize = 8192;

/// Keys by actor. An actor's key never changes, so nothing here is ever stale.
#[derive(Default)]
pub(crate) struct KeyCache(HashMap<ActorId, VerifyingKey>);

impl KeyCache {
    /// The key of an actor; `None` if the registry does not know it yet.
    pub(crate) fn key(&mut self, view: &dyn StateView, actor: &ActorId) -> Option<VerifyingKey> {
        if let Some(key) = self.0.get(actor) {
            return Some(*key);
        }
        let key = registry::actor(view, actor)?.key;
        if self.0.len() >= KEYS_MAX {
            self.0.clear();
        }
        self.0.insert(*actor, key);
        Some(key)
    }
}
