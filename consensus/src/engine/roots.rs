//! State roots: what was computed here, and what committed headers say.

use super::Divergence;
use crate::types::{Executed, Header};
use hansa_primitives::{Digest, Height};
use std::collections::BTreeMap;

/// Heights whose roots are kept; older reports cannot be checked any more.
const ROOTS_MAX: usize = 1024;

/// Own roots by height, and committed reports of heights that are still to be executed here.
#[derive(Clone, Debug, Default)]
pub(super) struct Roots {
    own: BTreeMap<Height, Digest>,
    reported: BTreeMap<Height, (Digest, Height)>,
}

impl Roots {
    pub(super) fn new(own: impl IntoIterator<Item = Executed>) -> Self {
        let own = own.into_iter().map(|executed| (executed.height, executed.state_root)).collect();
        Self { own, reported: BTreeMap::new() }
    }

    /// The last height executed here.
    pub(super) fn last(&self) -> Option<Executed> {
        let (height, state_root) = self.own.last_key_value()?;
        Some(Executed { height: *height, state_root: *state_root })
    }

    pub(super) fn get(&self, height: Height) -> Option<Digest> {
        self.own.get(&height).copied()
    }

    /// Notes an own result; says if a committed header reported another.
    pub(super) fn executed(&mut self, executed: Executed) -> Option<Divergence> {
        let Executed { height, state_root } = executed;
        self.own.insert(height, state_root);
        while self.own.len() > ROOTS_MAX {
            self.own.pop_first();
        }
        let reported = self.reported.get(&height).copied();
        self.reported = self.reported.split_off(&height.next());
        let (theirs, reported_at) = reported?;
        let divergence = Divergence { height, reported_at, ours: state_root, theirs };
        (theirs != state_root).then_some(divergence)
    }

    /// Notes a committed report; says if an own result differs.
    pub(super) fn report(&mut self, header: &Header) -> Option<Divergence> {
        let Executed { height, state_root: theirs } = header.executed;
        let reported_at = header.height;
        match self.get(height) {
            Some(ours) if ours != theirs => Some(Divergence { height, reported_at, ours, theirs }),
            Some(_) => None,
            None => {
                if self.last().is_none_or(|last| last.height < height) {
                    self.reported.insert(height, (theirs, reported_at));
                }
                None
            }
        }
    }
}
