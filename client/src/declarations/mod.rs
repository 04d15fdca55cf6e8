//! Customs declarations: derived by the declarant, checked and decided by customs, explained to
//! anyone who may read them.

mod check;
mod decide;
mod draft;
mod notice;
mod read;
mod report;
mod standing;
mod wait;

pub use check::CrossChecked;
pub use decide::Decided;
pub use draft::{Drafted, MissingElement};
pub use read::{DeclarationView, ProvenanceReport};
pub use standing::Standing;
pub use wait::Stage;

use crate::{
    documents::Documents,
    error::{Error, Result},
    member::{Committed, Member},
};
use hansa_contracts::{
    call::{Call, Calls},
    declaration::{self, DeclarationRecord, Kind},
    shipment::{self, ShipmentRecord},
};
use hansa_primitives::Ucr;

/// A member's work with declarations, as declarant, as customs, or as a reader.
pub struct Declarations<'a> {
    member: &'a Member,
}

impl Member {
    /// Work with declarations.
    pub fn declarations(&self) -> Declarations<'_> {
        Declarations { member: self }
    }
}

impl<'a> Declarations<'a> {
    /// Submits the draft to customs.
    ///
    /// # Errors
    /// [`Error::Rejected`] if customs holds no grant of the declaration or of a source, or the
    /// papers have changed since the draft.
    pub async fn submit(&self, kind: Kind, ucr: &Ucr) -> Result<Committed> {
        let call = declaration::Call::Submit { kind, ucr: ucr.clone() };
        self.member.submit_and_wait(Calls::from(Call::from(call))).await
    }

    fn documents(&self) -> Documents<'a> {
        Documents { member: self.member }
    }

    /// The shipment and its declaration.
    async fn records(&self, kind: Kind, ucr: &Ucr) -> Result<(ShipmentRecord, DeclarationRecord)> {
        let shipment = self.member.read(|view| shipment::shipment(view, ucr)).await?;
        let shipment = shipment.ok_or_else(|| {
            Error::not_found(format!("shipment `{ucr}`"), "check the consignment reference")
        })?;
        let record = self.member.read(|view| declaration::declaration(view, ucr, kind)).await?;
        let record = record.ok_or_else(|| {
            Error::not_found(
                format!("the {} declaration of `{ucr}`", kind.name()),
                "it becomes due when its documents are attached and granted to the declarant",
            )
        })?;
        Ok((shipment, record))
    }
}

/// A declaration that was never drafted has nothing to show.
fn not_drafted(kind: Kind, ucr: &Ucr) -> Error {
    let what = format!("a draft of the {} declaration of `{ucr}`", kind.name());
    Error::not_found(what, "let the declarant's node derive it, or draft it yourself")
}
