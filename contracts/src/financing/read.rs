//! Reading financings.

use super::FinancingRecord;
use crate::{
    key,
    state::{StateView, page, read},
};
use hansa_primitives::MemberId;
use hansa_zkp::{FieldBytes, Nullifier};

/// A financing by its claim.
pub fn claim(view: &dyn StateView, claim: &FieldBytes) -> Option<FinancingRecord> {
    read(view, &key::claim(claim))
}

/// The financing that spent a nullifier.
pub fn registration(view: &dyn StateView, nullifier: &Nullifier) -> Option<FinancingRecord> {
    let found: FieldBytes = read(view, &key::registration(nullifier))?;
    claim(view, &found)
}

/// A bank's financings, by claim: at most `limit`, after `after`.
pub fn claims_of(
    view: &dyn StateView,
    bank: &MemberId,
    after: Option<&FieldBytes>,
    limit: usize,
) -> Vec<FieldBytes> {
    let after = after.map(|claim| key::bank(bank, claim));
    let found = page(view, &key::bank_prefix(bank), after.as_deref(), limit);
    found.into_iter().map(|(_, claim)| claim).collect()
}
