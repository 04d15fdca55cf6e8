//! Customs declarations on the declarant's side.
//!
//! A declaration becomes due by itself: when all the papers it needs are attached to the shipment
//! and granted to the declarant (and, for the import, the goods have left), the contract says so
//! once, and the declarant's node derives it from those papers. The declaration is a sealed
//! document like any other; here stand the sources it was derived from, so that anyone who may read
//! them can derive it again.
//!
//! ```text
//! (papers) → Due → Drafted → Submitted → Checked → Released / Cleared
//!                     ↑                     ↓   ↘ Refused
//!                     └───── corrected ─── Held
//! ```

mod apply;
mod call;
mod read;
mod record;
mod watch;

pub(crate) use apply::{apply, save};
pub use call::Call;
pub use read::{concerning, declaration, missing, require_declaration, status};
pub use record::{DeclarationRecord, Draft, Kind, SOURCES_MAX, SourceRef, Status};
pub(crate) use watch::{watch, watch_grants};

#[cfg(test)]
mod tests;
