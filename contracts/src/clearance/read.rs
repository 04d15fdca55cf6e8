//! Reading checks and decisions.

use super::{CrossCheck, Decision};
use crate::{
    declaration::{self, Kind},
    document, shipment,
    state::StateView,
};
use hansa_primitives::{BlockTime, Ucr};

/// What customs found last.
pub fn cross_check(view: &dyn StateView, ucr: &Ucr, kind: Kind) -> Option<CrossCheck> {
    declaration::declaration(view, ucr, kind)?.cross_check
}

/// What customs decided last, and when.
pub fn decision(view: &dyn StateView, ucr: &Ucr, kind: Kind) -> Option<(Decision, BlockTime)> {
    let record = declaration::declaration(view, ucr, kind)?;
    Some((record.decision?, record.time))
}

/// When the first version of a shipment's first document was registered.
pub fn first_document(view: &dyn StateView, ucr: &Ucr) -> Option<BlockTime> {
    let papers = shipment::documents(view, ucr);
    papers.iter().filter_map(|paper| document::first_registered(view, &paper.document)).min()
}
