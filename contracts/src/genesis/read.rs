//! Reading what the genesis wrote.

use super::{Identity, Parameters};
use crate::{
    key,
    state::{StateView, read},
};

/// What the consortium agreed on; `None` before the genesis is written.
pub fn parameters(view: &dyn StateView) -> Option<Parameters> {
    read(view, &key::parameters())
}

/// The name of the ledger and the hash of its beginning; `None` before the genesis is written.
pub fn identity(view: &dyn StateView) -> Option<Identity> {
    read(view, &key::chain())
}
