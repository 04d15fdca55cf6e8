//! Notices of customs, sealed as documents.

use super::{Declarations, read::Case};
use crate::error::{Error, Result};
use hansa_contracts::declaration::DeclarationRecord;
use hansa_documents::{
    Document, DocumentType,
    document::{ClearanceNotice, Declaration, ResponseFunction},
    types::{DocRef, Instant, InvalidValue, Number, Party, Text},
};
use hansa_primitives::{BlockTime, DocumentId, MemberId, Version};

/// What a notice says.
pub(super) struct Notice<'a> {
    pub(super) function: ResponseFunction,
    /// The last part of the notice's number.
    pub(super) suffix: &'a str,
    pub(super) notes: Vec<String>,
    pub(super) decided: BlockTime,
}

impl Declarations<'_> {
    /// A notice of this authority on a declaration.
    pub(super) async fn notice(&self, case: &Case, notice: &Notice<'_>) -> Result<Document> {
        let record = &case.record;
        let customs = self.party(&record.customs).await?;
        let declarant = self.party(&record.declarant).await?;
        let trader = self.party(&record.trader).await?;
        let place = (case.draft.document, case.draft.version);
        build(record, &case.declaration, place, notice, [customs, declarant, trader]).map_err(
            |error| Error::document("the notice", error, "report this: the ledger's data is odd"),
        )
    }

    async fn party(&self, member: &MemberId) -> Result<Party> {
        let record = self.member.proven_member(member).await?;
        let name = Text::parse(&record.name)
            .map_err(|error| Error::document("the member's name", error, "report this"))?;
        Ok(Party { name, member: Some(member.clone()), ids: Vec::new(), address: None })
    }
}

fn build(
    record: &DeclarationRecord,
    declaration: &Declaration,
    (document, version): (DocumentId, Version),
    notice: &Notice<'_>,
    [customs, declarant, trader]: [Party; 3],
) -> Result<Document, InvalidValue> {
    let kind: DocumentType = record.kind.document_type();
    let decided = Instant::from_millis(notice.decided.0)?;
    let notes = notice.notes.iter().map(|note| Text::parse(note)).collect::<Result<_, _>>()?;
    Ok(Document::ClearanceNotice(Box::new(ClearanceNotice {
        number: Number::parse(&format!("{}-{}-{}", record.ucr, kind.code(), notice.suffix))?,
        issue_date: decided.date(),
        ucr: Some(record.ucr.clone()),
        function: notice.function,
        declaration: DocRef {
            kind,
            number: declaration.number.clone(),
            issue_date: Some(declaration.issue_date),
            document: Some(document),
            version: Some(version),
        },
        registration_number: None,
        customs,
        declarant: Some(declarant),
        importer: Some(trader),
        decided,
        conditions: Vec::new(),
        references: Vec::new(),
        notes,
    })))
}
