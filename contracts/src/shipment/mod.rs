//! Shipments: who takes part, which papers belong to them, how the goods move.
//!
//! A shipment is known by its unique consignment reference. Movements follow the codes of DCSA's
//! Track & Trace standard. Each is an entry of its own beside a counter, so that reporting one
//! costs two reads and two writes however long the shipment's history is.

mod apply;
mod call;
mod movement;
mod read;
mod record;

pub(crate) use apply::apply;
pub use call::Call;
pub use movement::{Classifier, Container, Locode, Movement, MovementCode, Vessel};
pub use read::{
    attached_to, attachment, departure, documents, events, events_after, movement_count,
    require_shipment, shipment, shipments_of,
};
pub use record::{
    ATTACHMENTS_MAX, AttachmentRecord, Departure, MovementRecord, Parties,
    SHIPMENTS_PER_DOCUMENT_MAX, ShipmentRecord,
};

#[cfg(test)]
mod tests;
