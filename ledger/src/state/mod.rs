//! The state: keys with values, and the tree that commits to them.
//!
//! | file | holds |
//! |---|---|
//! | [`commit`] | what one block changes in values, tree and recent history |
//! | [`tree`], [`node`], [`path`], [`cache`] | the versioned tree |
//! | [`view`] | how contracts read |
//! | [`snapshot`] | how everyone else reads: one height, undisturbed by later blocks, with proofs |

pub(crate) mod cache;
pub(crate) mod commit;
pub(crate) mod node;
pub(crate) mod path;
mod snapshot;
#[cfg(test)]
mod tests;
pub(crate) mod tree;
pub(crate) mod view;

pub use snapshot::StateSnapshot;

use hansa_primitives::Height;

/// How many of the latest heights proofs can be made at.
pub const RECENT_HEIGHTS: u64 = 256;

/// The oldest height that proofs can be made at when `latest` is the latest.
pub(crate) fn oldest_kept(latest: Height) -> Height {
    Height((latest.0 + 1).saturating_sub(RECENT_HEIGHTS))
}
