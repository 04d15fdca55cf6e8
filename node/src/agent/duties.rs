//! What an event obliges the member's agent to do.

use hansa_client::{Error, Member, Result, declarations::Standing};
use hansa_contracts::{
    Event,
    confidential::cross_check::Tolerances,
    declaration::{Kind, Status},
};
use hansa_primitives::Ucr;

/// Does what the event asks of this member. Doing it twice is harmless: what is done already is left alone.
///
/// # Errors
/// [`Error`] if it could not be done now and is to be tried again.
pub(super) async fn act(member: &Member, standing: &Standing, event: &Event) -> Result<()> {
    let result = match event {
        Event::DeclarationDue { kind, ucr, declarant } if declarant == member.id() => {
            derive(member, standing, *kind, ucr).await
        }
        Event::DeclarationSubmitted { kind, ucr, customs, .. } if customs == member.id() => {
            cross_check(member, *kind, ucr).await
        }
        Event::DeclarationDrafted { kind, ucr, declarant, completeness_permille, .. }
            if declarant == member.id() =>
        {
            tracing::info!(
                %ucr, kind = kind.name(), completeness_permille,
                "a declaration waits to be submitted"
            );
            Ok(())
        }
        Event::MovementReported { ucr, code, classifier, location, parties, .. }
            if *member.id() == parties.import_declarant || *member.id() == parties.importer =>
        {
            tracing::info!(%ucr, %code, %classifier, %location, "the goods have moved");
            Ok(())
        }
        Event::DeclarationDecided { kind, ucr, decision, trader, .. } if trader == member.id() => {
            tracing::info!(%ucr, kind = kind.name(), ?decision, "customs has decided");
            Ok(())
        }
        _ => Ok(()),
    };
    match result {
        // A rule stands against it, and will tomorrow: people have to look, the agent goes on.
        Err(error) if !error.is_transient() && is_final(&error) => {
            tracing::warn!(%error, event = event.name(), "not done");
            Ok(())
        }
        result => result,
    }
}

fn is_final(error: &Error) -> bool {
    matches!(
        error,
        Error::Rejected { .. }
            | Error::Denied { .. }
            | Error::Document { .. }
            | Error::Conflict { .. }
    )
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
