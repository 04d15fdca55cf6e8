//! Who can read a document, by which grant, and why somebody cannot.

use super::{Documents, GrantOrder};
use crate::clock::now;
use crate::error::{Error, Result};
use hansa_contracts::{
    call::{Call, Calls},
    document::{self, VersionRecord},
    grant::{self, Call as GrantCall, GrantRecord},
    state::StateView,
};
use hansa_documents::{grant::GrantPurpose, sealing::GrantedKeys};
use hansa_primitives::{
    BlockTime, DocumentId, GrantId, MemberId, Transaction, Version, limits::GRANT_DEPTH_MAX,
};
use serde::Serialize;

/// A grant as the ledger shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GrantSummary {
    /// The grant.
    pub grant: GrantId,
    /// The document.
    pub document: DocumentId,
    /// The version.
    pub version: Version,
    /// Who gave it.
    pub grantor: MemberId,
    /// Who reads by it.
    pub reader: MemberId,
    /// How many more times it may be passed on.
    pub passing_on: u8,
    /// Until when, excluded.
    pub expires: Option<BlockTime>,
    /// What for.
    pub purpose: GrantPurpose,
    /// The grant that it passes on.
    pub parent: Option<GrantId>,
    /// "in force", or why not.
    pub state: String,
}

/// Why a member can read a document, or why not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Access {
    /// Whether it can.
    pub allowed: bool,
    /// The grants that lead from the owner to the member, if it reads by a grant.
    pub path: Vec<GrantSummary>,
    /// The same in words.
    pub sentence: String,
}

impl Documents<'_> {
    /// The number of a document's latest version.
    ///
    /// # Errors
    /// [`Error::NotFound`] if the ledger has no such document.
    pub async fn latest(&self, document: &DocumentId) -> Result<Version> {
        let latest = self.member.read(|view| document::latest_version(view, document)).await?;
        latest.ok_or_else(|| Error::not_found(format!("document {document}"), "check the id"))
    }

    /// All grants of a document, version by version.
    ///
    /// # Errors
    /// [`Error::Unavailable`] if no node answers.
    pub async fn grants(&self, document: &DocumentId) -> Result<Vec<GrantSummary>> {
        let time = now();
        let grants = |view: &dyn StateView| {
            let grants = grant::grants_on(view, document);
            grants.iter().map(|grant| summary(view, grant, time)).collect()
        };
        self.member.read(grants).await
    }

    /// Why a member can read the latest version of a document, or why not.
    ///
    /// # Errors
    /// [`Error::NotFound`] if the ledger has no such document.
    pub async fn explain_access(&self, document: &DocumentId, reader: &MemberId) -> Result<Access> {
        let time = now();
        let explain = |view: &dyn StateView| {
            document::latest(view, document).map(|record| explain(view, &record, reader, time))
        };
        let explained = self.member.read(explain).await?;
        explained.ok_or_else(|| Error::not_found(format!("document {document}"), "check the id"))
    }

    /// A grant as a signed transaction that is not handed in.
    ///
    /// # Errors
    /// As [`Documents::grant`], but for what only validators say.
    pub async fn sign_grant(&self, order: &GrantOrder) -> Result<Transaction> {
        let mut grants = Vec::with_capacity(order.documents.len());
        for document in &order.documents {
            let record = self.record(document, None).await?;
            grants.push(self.grant_of(&record, order).await?);
        }
        self.member.sign(Calls::from(Call::from(GrantCall::Give { grants }))).await
    }

    /// The sealed bytes of a version, as anyone with a grant in force is served them.
    ///
    /// # Errors
    /// [`Error::Denied`] without a right to read it.
    pub async fn sealed_bytes(&self, document: &DocumentId, version: Version) -> Result<Vec<u8>> {
        let record = self.record(document, Some(version)).await?;
        let bytes = self.member.fetch(&record.header.sealed).await?;
        let what = format!("the sealed bytes of document {document}");
        crate::member::check_digest(&what, &record.header.sealed, &bytes)?;
        Ok(bytes)
    }

    /// Whether sealed bytes of one document open with the keys of another: never, since every key
    /// is bound to its version. Here for those who want to see it.
    ///
    /// # Errors
    /// [`Error::NotFound`] if the ledger has no such version.
    pub async fn opens_with(
        &self,
        sealed: &[u8],
        document: &DocumentId,
        version: Version,
        keys: &GrantedKeys,
    ) -> Result<bool> {
        let record = self.record(document, Some(version)).await?;
        let opened = super::open::open_with(self.member.chain(), &record, sealed, keys);
        Ok(opened.is_ok())
    }
}

fn summary(view: &dyn StateView, record: &GrantRecord, time: BlockTime) -> GrantSummary {
    let terms = &record.terms;
    let state = match &record.revoked {
        Some(revocation) => format!("revoked by {} at height {}", revocation.by, revocation.height),
        None if !terms.is_unexpired_at(time) => "expired".to_owned(),
        None if !grant::is_effective(view, record, time) => "cut off with its parent".to_owned(),
        None => "in force".to_owned(),
    };
    GrantSummary {
        grant: record.id,
        document: terms.document,
        version: terms.version,
        grantor: terms.grantor.clone(),
        reader: terms.reader.clone(),
        passing_on: terms.passing_on_depth,
        expires: terms.expires,
        purpose: terms.purpose,
        parent: terms.parent,
        state,
    }
}

fn explain(
    view: &dyn StateView,
    record: &VersionRecord,
    reader: &MemberId,
    time: BlockTime,
) -> Access {
    let (document, version) = (*record.document(), record.version());
    if record.owner() == reader {
        let sentence = format!("`{reader}` owns document {document}");
        return Access { allowed: true, path: Vec::new(), sentence };
    }
    let grants = grant::grants_for(view, reader, &document, version);
    let in_force = grants.iter().find(|grant| grant::is_effective(view, grant, time));
    match (in_force, grants.last()) {
        (Some(held), _) => {
            let path = lineage(view, held, time);
            let way: Vec<&str> = path.iter().map(|grant| grant.grantor.as_str()).collect();
            let sentence = format!(
                "`{reader}` reads version {version} by grant {}: {} → {reader}",
                held.id,
                way.join(" → ")
            );
            Access { allowed: true, path, sentence }
        }
        (None, Some(last)) => {
            let last = summary(view, last, time);
            let sentence = format!(
                "`{reader}` cannot read version {version}: its grant from `{}` is {}",
                last.grantor, last.state
            );
            Access { allowed: false, path: vec![last], sentence }
        }
        (None, None) => {
            let owner = record.owner();
            let sentence =
                format!("`{reader}` was never granted version {version}; `{owner}` owns it");
            Access { allowed: false, path: Vec::new(), sentence }
        }
    }
}

/// The grants from the owner's down to the given one.
fn lineage(view: &dyn StateView, held: &GrantRecord, time: BlockTime) -> Vec<GrantSummary> {
    let mut path = vec![summary(view, held, time)];
    let mut parent = held.terms.parent;
    while let Some(record) = parent.and_then(|id| grant::grant(view, &id)) {
        if path.len() > usize::from(GRANT_DEPTH_MAX) {
            break;
        }
        path.push(summary(view, &record, time));
        parent = record.terms.parent;
    }
    path.reverse();
    path
}
