//! Movements of goods and ships, reported on the ledger or in documents.

use super::{finding::Side, view::View};
use crate::shipment;
use hansa_documents::{
    DocumentType::TransportEvent,
    types::{Date, Instant},
};

/// A movement from either source.
pub(super) struct Movement {
    pub(super) code: String,
    pub(super) actual: bool,
    pub(super) date: Option<Date>,
    pub(super) location: String,
    pub(super) imo: Option<String>,
    pub(super) voyage: Option<String>,
    pub(super) containers: Vec<String>,
    origin: Side,
}

impl Movement {
    /// A value of the movement as one side of a finding.
    pub(super) fn side(&self, value: &str) -> Side {
        Side { value: value.to_owned(), ..self.origin.clone() }
    }
}

impl View<'_> {
    /// All movements: those on the ledger in the order of their reports, then those in documents.
    pub(super) fn movements(&self) -> Vec<Movement> {
        let reported = self.facts.movements.iter().map(of_ledger);
        let documented = self.sources.events().iter().map(|source| {
            let text = |path: &str| source.field(path).map(str::to_owned);
            let containers = (0..source.count("/containers"))
                .filter_map(|index| text(&format!("/containers/{index}")));
            Movement {
                code: text("/code").unwrap_or_default(),
                actual: source.field("/classifier") == Some("ACT"),
                date: source.field("/occurred").and_then(|time| Date::parse(time.get(..10)?).ok()),
                location: text("/location").unwrap_or_default(),
                imo: text("/vessel/imo"),
                voyage: text("/vessel/voyage"),
                containers: containers.collect(),
                origin: Side::of(TransportEvent, source.id(), "/code", ""),
            }
        });
        reported.chain(documented).collect()
    }
}

fn of_ledger(movement: &shipment::Movement) -> Movement {
    let vessel = movement.vessel.as_ref();
    Movement {
        code: movement.code.to_string(),
        actual: movement.classifier == shipment::Classifier::Act,
        date: Instant::from_millis(movement.occurred.0).ok().map(Instant::date),
        location: movement.location.to_string(),
        imo: vessel.and_then(|vessel| Some(format!("{:07}", vessel.imo?))),
        voyage: vessel.map(|vessel| vessel.voyage.clone()),
        containers: movement.container.iter().map(ToString::to_string).collect(),
        origin: Side::ledger("the movements reported on the ledger", ""),
    }
}
