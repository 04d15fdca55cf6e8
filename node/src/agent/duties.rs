//! What an event obliges the member's agent to do.

use hansa_client::{Error, Member, Result, declarations::Standing};
use hansa_contracts::{
    Event,
    confidential::cross_check::Tolerances,
    declaration::{Kind, Status},
    document, shipment,
    state::StateView,
};
use hansa_documents::DocumentType;
use hansa_primitives::{DocumentId, MemberId, Ucr, Version};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Something that the member's agent has to do. Doing it twice is harmless: what is done already, or is
/// not to be done any more, is left alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) enum Duty {
    /// Derive a declaration, as its declarant.
    Derive {
        /// Export or import.
        kind: Kind,
        /// The shipment.
        ucr: Ucr,
    },
    /// Compare a declaration with its documents, as customs.
    CrossCheck {
        /// Export or import.
        kind: Kind,
        /// The shipment.
        ucr: Ucr,
    },
    /// Register an invoice that was granted as a leaf of the own, as a shipment's importer.
    KeepLeaf {
        /// The document that was granted.
        document: DocumentId,
        /// Its version.
        version: Version,
    },
}

impl Duty {
    /// What an event obliges a member to do.
    pub(super) fn of(event: &Event, member: &MemberId) -> Option<Self> {
        match event {
            Event::DeclarationDue { kind, ucr, declarant } if declarant == member => {
                Some(Self::Derive { kind: *kind, ucr: ucr.clone() })
            }
            Event::DeclarationSubmitted { kind, ucr, customs, .. } if customs == member => {
                Some(Self::CrossCheck { kind: *kind, ucr: ucr.clone() })
            }
            Event::GrantGiven { document, version, reader, .. } if reader == member => {
                Some(Self::KeepLeaf { document: *document, version: *version })
            }
            _ => None,
        }
    }

    /// Does it, unless it is done.
    ///
    /// # Errors
    /// [`hansa_client::Error`] if it could not be done now.
    pub(super) async fn perform(&self, member: &Member, standing: &Standing) -> Result<()> {
        match self {
            Self::Derive { kind, ucr } => derive(member, standing, *kind, ucr).await,
            Self::CrossCheck { kind, ucr } => cross_check(member, *kind, ucr).await,
            Self::KeepLeaf { document, version } => keep_leaf(member, document, *version).await,
        }
    }
}

impl fmt::Display for Duty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Derive { kind, ucr } => write!(f, "derive the {} of {ucr}", kind.name()),
            Self::CrossCheck { kind, ucr } => write!(f, "cross-check the {} of {ucr}", kind.name()),
            Self::KeepLeaf { document, .. } => write!(f, "keep a leaf of document {document}"),
        }
    }
}

/// Logs what people who work for the member want to know; the same events reach their systems.
pub(super) fn tell(event: &Event, member: &MemberId) {
    match event {
        Event::DeclarationDrafted { kind, ucr, declarant, completeness_permille, .. }
            if declarant == member =>
        {
            tracing::info!(
                %ucr, kind = kind.name(), completeness_permille,
                "a declaration waits to be submitted"
            );
        }
        Event::MovementReported { ucr, code, classifier, location, parties, .. }
            if *member == parties.import_declarant || *member == parties.importer =>
        {
            tracing::info!(%ucr, %code, %classifier, %location, "the goods have moved");
        }
        Event::DeclarationDecided { kind, ucr, decision, trader, .. } if trader == member => {
            tracing::info!(%ucr, kind = kind.name(), ?decision, "customs has decided");
        }
        _ => {}
    }
}

async fn status(member: &Member, kind: Kind, ucr: &Ucr) -> Result<Option<Status>> {
    member.read(|view| hansa_contracts::declaration::status(view, ucr, kind)).await
}

async fn derive(member: &Member, standing: &Standing, kind: Kind, ucr: &Ucr) -> Result<()> {
    if status(member, kind, ucr).await? != Some(Status::Due) {
        return Ok(());
    }
    let drafted = member.declarations().draft(kind, ucr, standing).await?;
    tracing::info!(
        %ucr, kind = kind.name(), document = %drafted.document,
        completeness_permille = drafted.completeness_permille, missing = drafted.missing.len(),
        "the declaration has built itself"
    );
    Ok(())
}

async fn cross_check(member: &Member, kind: Kind, ucr: &Ucr) -> Result<()> {
    if status(member, kind, ucr).await? != Some(Status::Submitted) {
        return Ok(());
    }
    let checked = member.declarations().cross_check(kind, ucr, &Tolerances::default()).await?;
    tracing::info!(
        %ucr, kind = kind.name(), lane = %checked.lane(), findings = checked.report.findings.len(),
        "the declaration was cross-checked"
    );
    Ok(())
}

/// Importers keep a leaf of every invoice, financed or not, so that none tells of a financing.
async fn keep_leaf(member: &Member, document: &DocumentId, version: Version) -> Result<()> {
    let own = member.id();
    let concerned = |view: &dyn StateView| {
        let record = document::version(view, document, version);
        let shipments = shipment::attached_to(view, document);
        record.is_some_and(|record| record.kind() == DocumentType::CommercialInvoice)
            && shipments.iter().any(|ucr| {
                shipment::shipment(view, ucr)
                    .is_some_and(|shipment| shipment.parties.importer == *own)
            })
    };
    if !member.read(concerned).await? {
        return Ok(());
    }
    match member.financing().keep_own_leaf(document, version).await {
        // Only parts of it are granted: there is nothing that could be financed.
        Err(Error::Denied { .. }) => Ok(()),
        kept => kept,
    }
}
