//! Reading evidence.

use super::EvidenceRecord;
use crate::{
    key,
    state::{StateView, list, read},
};
use hansa_primitives::Digest;

/// Evidence by its id.
pub fn evidence(view: &dyn StateView, id: &Digest) -> Option<EvidenceRecord> {
    read(view, &key::evidence(id))
}

/// All evidence.
pub fn all_evidence(view: &dyn StateView) -> Vec<EvidenceRecord> {
    list(view, &key::evidence_prefix())
}
