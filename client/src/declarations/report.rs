//! Reading the report of a cross-check.

use super::Declarations;
use crate::{
    documents::Opened,
    error::{Error, Result},
};
use hansa_contracts::{
    confidential::cross_check::CrossCheckReport,
    declaration::{DeclarationRecord, Kind},
    document, grant,
    state::StateView,
};
use hansa_documents::DocumentType;
use hansa_primitives::{Digest, DocumentId, MemberId, Ucr, Version, limits};

impl Declarations<'_> {
    /// What customs found last: the sealed report whose digest is on the ledger.
    ///
    /// # Errors
    /// [`Error::NotFound`] before the cross-check, [`Error::Denied`] if neither the declaration nor
    /// the report is granted to this member.
    pub async fn findings(&self, kind: Kind, ucr: &Ucr) -> Result<CrossCheckReport> {
        let (_, record) = self.records(kind, ucr).await?;
        let not_checked = || {
            let what = format!("a cross-check of the {} declaration of `{ucr}`", kind.name());
            Error::not_found(what, format!("wait until `{}` has checked it", record.customs))
        };
        let check = record.cross_check.ok_or_else(not_checked)?;
        let draft = record.draft.as_ref().ok_or_else(not_checked)?;
        let opened = self.documents().open(&draft.document, Some(draft.version)).await?;
        let blinding = self.blinding(&opened)?;
        for (document, version) in self.notices(&record).await? {
            let opened = match self.documents().open(&document, Some(version)).await {
                Ok(opened) => opened,
                Err(Error::Denied { .. }) => continue,
                Err(error) => return Err(error),
            };
            if let Some(report) = report_in(&opened, &check.report, &blinding) {
                return Ok(report);
            }
        }
        let what =
            format!("the report on the {} declaration of `{ucr}` is not granted", kind.name());
        Err(Error::denied(what, format!("ask `{}` for a grant", record.customs)))
    }

    /// Notices of the declaration's customs that this member may know, newest first.
    async fn notices(&self, record: &DeclarationRecord) -> Result<Vec<(DocumentId, Version)>> {
        let (member, customs) = (self.member.id(), &record.customs);
        self.member.read(|view| notices(view, member, customs)).await
    }
}

fn notices(
    view: &dyn StateView,
    member: &MemberId,
    customs: &MemberId,
) -> Vec<(DocumentId, Version)> {
    let documents: Vec<DocumentId> = if member == customs {
        document::owned_by(view, customs, None, limits::PAGE_MAX)
    } else {
        let grants = grant::grants_to(view, member);
        let from_customs = grants.into_iter().filter(|grant| grant.owner == *customs);
        from_customs.map(|grant| grant.terms.document).collect()
    };
    let mut records: Vec<_> = documents
        .iter()
        .flat_map(|document| document::versions(view, document))
        .filter(|record| record.kind() == DocumentType::ClearanceNotice)
        .collect();
    records.sort_by_key(|record| std::cmp::Reverse((record.height, record.version())));
    records.dedup_by_key(|record| (*record.document(), record.version()));
    records.iter().map(|record| (*record.document(), record.version())).collect()
}

/// The report that a notice was sealed with, if it is the one on the ledger.
fn report_in(opened: &Opened, digest: &Digest, blinding: &Digest) -> Option<CrossCheckReport> {
    let report: CrossCheckReport = serde_json::from_slice(&opened.source()?.bytes).ok()?;
    (report.digest(blinding) == *digest).then_some(report)
}
