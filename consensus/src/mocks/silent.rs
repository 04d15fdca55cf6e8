//! Says nothing.

use crate::engine::Effect;

pub(super) fn apply() -> Vec<Effect> {
    Vec::new()
}
