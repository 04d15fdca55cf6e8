//! The cross-check of customs.

use super::{Declarations, notice::Notice, read::Case};
use crate::{
    clock::now,
    documents::Reader,
    error::{Error, Result},
    member::Committed,
};
use hansa_contracts::{
    call::{Call, Calls},
    clearance::{self, Lane, Suggestion},
    confidential::{
        cross_check::{
            CrossCheckReport, IssuerFact, OtherUse, PublicFacts, Tolerances, cross_check,
        },
        source::{Source, SourceSet},
    },
    declaration::{self, Kind},
    document,
    grant::Call as GrantCall,
    registry::{self, Status},
    shipment,
    state::StateView,
};
use hansa_documents::{
    Document, DocumentType, document::ResponseFunction, grant::GrantPurpose,
    sealing::Source as SealedSourceBytes,
};
use hansa_primitives::{DocumentId, Ucr, Version};
use serde::Serialize;

/// What a cross-check found, and where its report is.
#[derive(Clone, Debug, Serialize)]
pub struct CrossChecked {
    /// The report.
    pub report: CrossCheckReport,
    /// Whether the declaration's provenance holds.
    pub provenance_holds: bool,
    /// The sealed report: a notice of the authority whose source is the report's canonical JSON.
    pub document: DocumentId,
    /// Its version.
    pub version: Version,
    /// The transaction.
    pub committed: Committed,
}

impl CrossChecked {
    /// How the declaration is treated.
    pub fn lane(&self) -> Lane {
        self.report.lane
    }

    /// What the check proposes.
    pub fn suggestion(&self) -> Suggestion {
        self.report.suggestion
    }
}

impl Declarations<'_> {
    /// Opens a submitted declaration and all its sources, checks where every value comes from,
    /// compares all with each other and with what the ledger knows, and records lane and counts.
    /// The report is sealed and granted to the declarant in the same transaction.
    ///
    /// # Errors
    /// [`Error::Denied`] if a source cannot be read; [`Error::Rejected`] if this member is not the
    /// authority, or the declaration is not submitted.
    pub async fn cross_check(
        &self,
        kind: Kind,
        ucr: &Ucr,
        tolerances: &Tolerances,
    ) -> Result<CrossChecked> {
        let case = self.case(kind, ucr).await?;
        if let Some(document) = case.unread.first() {
            let what = format!("source {document} of the declaration cannot be read");
            return Err(Error::denied(
                what,
                format!("ask `{}` for a grant", case.record.declarant),
            ));
        }
        let provenance_holds = self.provenance_of(kind, &case)?.holds();
        let mut compared = case.sources.clone();
        self.add_declarations(kind, ucr, &case, &mut compared).await?;
        let facts = self.facts(kind, ucr, &case).await?;
        let report = cross_check(kind, &compared, &facts, tolerances);
        let function = match report.lane {
            Lane::Green | Lane::Blue => ResponseFunction::Accepted,
            Lane::Yellow => ResponseFunction::DocumentsRequired,
            Lane::Red => ResponseFunction::Control,
        };
        let mut notes = report.reasons.clone();
        notes.truncate(16);
        let notice = Notice { function, suffix: "CHECK", notes: shortened(notes), decided: now() };
        let notice = self.notice(&case, &notice).await?;
        let (prepared, grants) = self.seal_report(kind, ucr, &case, &report, &notice).await?;
        let record = clearance::Call::RecordCrossCheck {
            kind,
            ucr: ucr.clone(),
            lane: report.lane,
            errors: report.counts.errors,
            warnings: report.counts.warnings,
            notes: report.counts.notes,
            report: report.digest(&self.blinding(&case.opened)?),
            suggestion: report.suggestion,
        };
        let (document, version) = (prepared.header.document, prepared.header.version);
        let calls =
            vec![Call::from(prepared.register), GrantCall::Give { grants }.into(), record.into()];
        let committed = self.member.submit_and_wait(Calls(calls)).await?;
        Ok(CrossChecked { report, provenance_holds, document, version, committed })
    }

    async fn seal_report(
        &self,
        kind: Kind,
        ucr: &Ucr,
        case: &Case,
        report: &CrossCheckReport,
        notice: &Document,
    ) -> Result<(crate::documents::Prepared, Vec<hansa_contracts::grant::Grant>)> {
        let purpose: [&[u8]; 3] = [b"cross-check", ucr.as_str().as_bytes(), kind.name().as_bytes()];
        let place = self.place(&purpose).await?;
        let source = SealedSourceBytes {
            media_type: "application/json".to_owned(),
            bytes: report.canonical_json().into_bytes(),
        };
        let prepared = self.documents().prepare(place, notice, Some(&source)).await?;
        let readers = [Reader { member: case.record.declarant.clone(), passing_on: 1 }];
        let purpose = Some(GrantPurpose::Customs);
        let grants = self.documents().grants_of(&prepared, &readers, purpose).await?;
        Ok((prepared, grants))
    }

    /// Adds the declaration itself, and on imports the export declaration if customs may read it.
    async fn add_declarations(
        &self,
        kind: Kind,
        ucr: &Ucr,
        case: &Case,
        compared: &mut SourceSet,
    ) -> Result<()> {
        super::read::add_source(compared, &case.opened)?;
        if kind == Kind::Export {
            return Ok(());
        }
        let export =
            |view: &dyn StateView| declaration::declaration(view, ucr, Kind::Export)?.draft;
        if let Some(draft) = self.member.read(export).await? {
            match self.documents().open(&draft.document, Some(draft.version)).await {
                Ok(opened) => super::read::add_source(compared, &opened)?,
                Err(Error::Denied { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// What the ledger knows in public.
    async fn facts(&self, kind: Kind, ucr: &Ucr, case: &Case) -> Result<PublicFacts> {
        let certificate = case.sources.get(DocumentType::CertificateOfOrigin).map(Source::id);
        let own = case.draft.document;
        let documents: Vec<DocumentId> =
            case.draft.sources.iter().map(|source| source.document).collect();
        let facts = |view: &dyn StateView| PublicFacts {
            certificate_issuer: certificate.and_then(|id| issuer(view, &id.document, id.version)),
            movements: shipment::events(view, ucr)
                .into_iter()
                .map(|record| record.movement)
                .collect(),
            other_uses: other_uses(view, kind, ucr, own, &documents),
            letter_of_credit: false,
        };
        self.member.read(facts).await
    }
}

/// The member that registered a document, with whether it was certified then and is now.
fn issuer(view: &dyn StateView, document: &DocumentId, version: Version) -> Option<IssuerFact> {
    let record = document::version(view, document, version)?;
    let member = registry::member(view, record.owner())?;
    let actor = registry::actor(view, &record.actor)?;
    let in_time = actor.not_before <= record.time && record.time <= actor.not_after;
    Some(IssuerFact {
        role: member.role,
        country: member.country,
        active: in_time && actor.status == Status::Active && member.status == Status::Active,
        member: member.id,
    })
}

/// Declarations of the same kind in other shipments that rest on one of these documents.
fn other_uses(
    view: &dyn StateView,
    kind: Kind,
    ucr: &Ucr,
    own: DocumentId,
    documents: &[DocumentId],
) -> Vec<OtherUse> {
    let mut uses = Vec::new();
    for document in documents {
        for other in shipment::attached_to(view, document) {
            let draft = (other != *ucr)
                .then(|| declaration::declaration(view, &other, kind))
                .flatten()
                .and_then(|record| record.draft);
            let used = draft.filter(|draft| {
                draft.document != own
                    && draft.sources.iter().any(|source| source.document == *document)
            });
            uses.extend(
                used.map(|draft| OtherUse { document: *document, declaration: draft.document }),
            );
        }
    }
    uses
}

/// Reasons cut to what a note holds.
fn shortened(reasons: Vec<String>) -> Vec<String> {
    reasons.into_iter().map(|reason| reason.chars().take(1000).collect()).collect()
}
