//! Opening documents.

use super::{
    Documents,
    grant::{Right, best_right, held_keys},
};
use crate::{
    error::{Error, Result},
    member::{Member, SealedSource},
};
use hansa_contracts::document::VersionRecord;
use hansa_documents::{
    Document,
    grant::Scope,
    sealing::{self, GrantedKeys, OpenedDocument, OpenedSection, Source},
};
use hansa_primitives::{ChainId, DocumentId, GrantId, Version};

/// A version that this member has opened. Everything in it was checked against the registered
/// header.
pub struct Opened {
    /// What the ledger holds of it.
    pub record: VersionRecord,
    /// What could be opened.
    pub content: Content,
    /// The keys that opened it.
    pub keys: GrantedKeys,
    /// The grant that gave them; none for the owner.
    pub grant: Option<GrantId>,
}

/// All of a document or some sections.
pub enum Content {
    /// All of it.
    Whole(Box<OpenedDocument>),
    /// The granted sections.
    Sections(Vec<OpenedSection>),
}

impl Opened {
    /// The typed document, if all of it could be opened.
    pub fn document(&self) -> Option<&Document> {
        match &self.content {
            Content::Whole(opened) => Some(&opened.document),
            Content::Sections(_) => None,
        }
    }

    /// The bytes that it was read from, if they were sealed along and granted.
    pub fn source(&self) -> Option<&Source> {
        match &self.content {
            Content::Whole(opened) => opened.source.as_ref(),
            Content::Sections(sections) => {
                sections.iter().find_map(|section| section.source.as_ref())
            }
        }
    }

    /// The opened sections.
    pub fn sections(&self) -> &[OpenedSection] {
        match &self.content {
            Content::Whole(opened) => &opened.sections,
            Content::Sections(sections) => sections,
        }
    }

    /// The typed document, or an error that says whose grant is too narrow.
    pub(crate) fn whole(&self) -> Result<&Document> {
        self.document().ok_or_else(|| {
            let what = format!("only parts of document {} are granted", self.record.document());
            Error::denied(what, format!("ask `{}` for the whole", self.record.owner()))
        })
    }
}

impl Documents<'_> {
    /// Opens a version, the latest if none is named: with the owner's keys, or through a grant in
    /// force.
    ///
    /// # Errors
    /// [`Error::Denied`] without a grant; [`Error::Integrity`] if bytes, keys or fields are not
    /// what the header on the ledger commits to.
    pub async fn open(&self, document: &DocumentId, version: Option<Version>) -> Result<Opened> {
        let record = self.record(document, version).await?;
        self.open_record(record).await
    }

    pub(crate) async fn open_record(&self, record: VersionRecord) -> Result<Opened> {
        let right = best_right(self.member, &record, &Scope::Whole, 0).await?;
        let keys = held_keys(self.member, &record, &right)?;
        let grant = match right {
            Right::Owner => None,
            Right::Grant(grant) => Some(grant.id),
        };
        let bytes = self.member.fetch(&record.header.sealed).await?;
        let content = open_with(self.member.chain(), &record, &bytes, &keys)?;
        Ok(Opened { record, content, keys, grant })
    }

    /// Opens a version through keys that were handed over off the ledger.
    pub(crate) async fn open_handed(
        &self,
        record: VersionRecord,
        keys: GrantedKeys,
        sealed: &dyn SealedSource,
    ) -> Result<Opened> {
        let bytes = sealed.fetch(&record.header.sealed).await?;
        let content = open_with(self.member.chain(), &record, &bytes, &keys)?;
        Ok(Opened { record, content, keys, grant: None })
    }
}

/// Opens sealed bytes with keys, checking all against the header.
pub(super) fn open_with(
    chain: &ChainId,
    record: &VersionRecord,
    bytes: &[u8],
    keys: &GrantedKeys,
) -> Result<Content> {
    let header = &record.header;
    let broken = |error: sealing::OpenError| {
        Error::integrity(format!("document {}", header.document), error)
    };
    match keys {
        GrantedKeys::Whole(key) => sealing::open_all(chain, header, bytes, key)
            .map(|opened| Content::Whole(Box::new(opened)))
            .map_err(broken),
        GrantedKeys::Sections(_) => {
            sealing::open_granted(chain, header, bytes, keys).map(Content::Sections).map_err(broken)
        }
    }
}

impl Member {
    pub(crate) async fn fetch(&self, digest: &hansa_primitives::Digest) -> Result<Vec<u8>> {
        SealedSource::fetch(self, digest).await
    }
}
