//! Shipments: opened, papers attached, movements reported, and how far each has come.

mod status;

pub use status::{Awaited, DeclarationProgress, Happening, Paper, ShipmentStatus};

use crate::{
    error::{Error, Result},
    member::{Committed, Member},
};
use hansa_contracts::{
    call::{Call, Calls},
    shipment::{self, Movement, Parties},
    state::StateView,
};
use hansa_primitives::{DocumentId, Ucr, Version, limits};

/// A member's work with shipments.
pub struct Shipments<'a> {
    pub(crate) member: &'a Member,
}

impl Member {
    /// Work with shipments.
    pub fn shipments(&self) -> Shipments<'_> {
        Shipments { member: self }
    }
}

impl Shipments<'_> {
    /// Opens a shipment; its exporter or importer does.
    ///
    /// # Errors
    /// [`Error::Rejected`] if the reference is taken, or a party lacks the role it is named for.
    pub async fn open(&self, ucr: &Ucr, parties: Parties) -> Result<Committed> {
        let parties = Box::new(parties);
        self.submit(shipment::Call::Open { ucr: ucr.clone(), parties }).await
    }

    /// Attaches a version of a document that this member owns.
    ///
    /// # Errors
    /// [`Error::Rejected`] if it is not the owner's, not the latest, or attached already.
    pub async fn attach(
        &self,
        ucr: &Ucr,
        document: &DocumentId,
        version: Version,
    ) -> Result<Committed> {
        let (ucr, document) = (ucr.clone(), *document);
        self.submit(shipment::Call::Attach { ucr, document, version }).await
    }

    /// Reports a movement of the goods; the shipment's carrier does.
    ///
    /// # Errors
    /// [`Error::Rejected`] if another member reports, or a field breaks its format.
    pub async fn report(&self, ucr: &Ucr, movement: Movement) -> Result<Committed> {
        let event = Box::new(movement);
        self.submit(shipment::Call::ReportEvent { ucr: ucr.clone(), event }).await
    }

    /// The shipments that this member takes part in.
    ///
    /// # Errors
    /// [`Error::Unavailable`] if no node answers.
    pub async fn list(&self) -> Result<Vec<Ucr>> {
        let member = self.member.id().clone();
        let all = |view: &dyn StateView| {
            let mut all: Vec<Ucr> = Vec::new();
            loop {
                let page = shipment::shipments_of(view, &member, all.last(), limits::PAGE_MAX);
                let end = page.len() < limits::PAGE_MAX;
                all.extend(page);
                if end {
                    return all;
                }
            }
        };
        self.member.read(all).await
    }

    /// What has happened to a shipment, and what is awaited from whom.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no such shipment.
    pub async fn status(&self, ucr: &Ucr) -> Result<ShipmentStatus> {
        let time = crate::clock::now();
        let status = |view: &dyn StateView| status::status(view, ucr, time);
        self.member.read(status).await?.ok_or_else(|| {
            Error::not_found(format!("shipment `{ucr}`"), "check the consignment reference")
        })
    }

    async fn submit(&self, call: shipment::Call) -> Result<Committed> {
        self.member.submit_and_wait(Calls::from(Call::from(call))).await
    }
}
