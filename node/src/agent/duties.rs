//! What an event obliges the member's agent to do.

use hansa_client::{Member, Result, declarations::Standing};
use hansa_contracts::{
    Event,
    confidential::cross_check::Tolerances,
    declaration::{Kind, Status},
};
use hansa_primitives::{MemberId, Ucr};
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
        }
    }
}

impl fmt::Display for Duty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Derive { kind, ucr } => write!(f, "derive the {} of {ucr}", kind.name()),
            Self::CrossCheck { kind, ucr } => write!(f, "cross-check the {} of {ucr}", kind.name()),
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
