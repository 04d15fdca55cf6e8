//! Documents: their public headers, version by version, and who put a name under which.
//!
//! What stands here is a header of commitments; the sealed bytes lie beside the ledger, and a
//! header is only taken with the signatures of enough validators that they store them. A later
//! version is a further header: the former one and its countersignatures stay as they are, and its
//! own countersignatures start empty, so that no change is silent.

mod apply;
mod availability;
mod call;
mod read;
mod record;

pub(crate) use apply::apply;
pub use availability::Availability;
pub use call::Call;
pub use read::{
    by_sealed, countersignatures, first_registered, latest, latest_version, owned_by,
    require_latest, require_version, version, versions,
};
pub use record::{CountersignRecord, VERSIONS_MAX, VersionRecord};

#[cfg(test)]
mod tests;
