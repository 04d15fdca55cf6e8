//! Giving others what one may read.

use super::{Documents, Reader};
use crate::clock::now;
use crate::{
    error::{Error, Result},
    keys,
    member::{Committed, Member},
};
use hansa_contracts::{
    call::{Call, Calls},
    document::VersionRecord,
    grant::{self, Call as GrantCall, Grant, GrantRecord},
    state::StateView,
};
use hansa_documents::{
    grant::{GrantPurpose, GrantTerms, Scope, wrap},
    sealing::{GrantedKeys, SectionName},
};
use hansa_primitives::{
    BlockTime, Digest, DocumentId, GrantId, Version, certificate::Role, limits::GRANTS_PER_CALL_MAX,
};
use serde::Serialize;

/// What is to be granted to whom.
#[derive(Clone, Debug)]
pub struct GrantOrder {
    /// The documents, each in its latest version.
    pub documents: Vec<DocumentId>,
    /// The reader.
    pub reader: Reader,
    /// The sections; the whole document if empty.
    pub sections: Vec<SectionName>,
    /// Until when, excluded; as long as this member's own right if absent.
    pub expires: Option<BlockTime>,
    /// What for; what the reader's role suggests if absent.
    pub purpose: Option<GrantPurpose>,
}

/// Grants on the ledger.
#[derive(Clone, Debug, Serialize)]
pub struct Granted {
    /// Their ids, in the order of the documents.
    pub grants: Vec<GrantId>,
    /// The transaction.
    pub committed: Committed,
}

/// By what right a member reads a version.
pub(crate) enum Right {
    Owner,
    Grant(Box<GrantRecord>),
}

/// One grant to be made.
pub(crate) struct WrapFor<'a> {
    pub(crate) document: DocumentId,
    pub(crate) version: Version,
    pub(crate) reader: &'a Reader,
    pub(crate) scope: Scope,
    pub(crate) expires: Option<BlockTime>,
    pub(crate) purpose: Option<GrantPurpose>,
    pub(crate) parent: Option<&'a GrantRecord>,
}

impl Documents<'_> {
    /// Grants documents to a reader in one transaction, passing on where this member is not the
    /// owner.
    ///
    /// Whether it may be passed on is for the validators to say: an order that goes beyond this
    /// member's right is submitted and comes back rejected.
    ///
    /// # Errors
    /// [`Error::Denied`] if this member cannot read a document itself; [`Error::Rejected`] with the
    /// rule.
    pub async fn grant(&self, order: &GrantOrder) -> Result<Granted> {
        if order.documents.is_empty() || order.documents.len() > GRANTS_PER_CALL_MAX {
            let what = format!("{} documents cannot be granted at once", order.documents.len());
            return Err(Error::usage(what, format!("name 1 to {GRANTS_PER_CALL_MAX}")));
        }
        let mut grants = Vec::with_capacity(order.documents.len());
        for document in &order.documents {
            let record = self.record(document, None).await?;
            grants.push(self.grant_of(&record, order).await?);
        }
        let ids = grants.iter().map(|grant| grant.terms.id()).collect();
        let call = Call::from(GrantCall::Give { grants });
        let committed = self.member.submit_and_wait(Calls::from(call)).await?;
        Ok(Granted { grants: ids, committed })
    }

    /// One grant of a version on an order's terms, not submitted.
    pub(crate) async fn grant_of(
        &self,
        record: &VersionRecord,
        order: &GrantOrder,
    ) -> Result<Grant> {
        let scope = match order.sections.as_slice() {
            [] => Scope::Whole,
            names => Scope::sections(names.iter().cloned()).map_err(|error| {
                Error::usage(format!("the sections: {error}"), "name sections of the document")
            })?,
        };
        let right = best_right(self.member, record, &scope, order.reader.passing_on).await?;
        let held = held_keys(self.member, record, &right)?;
        let parent = match &right {
            Right::Owner => None,
            Right::Grant(grant) => Some(&**grant),
        };
        let parents_end = parent.and_then(|parent| parent.terms.expires);
        let wrap = WrapFor {
            document: *record.document(),
            version: record.version(),
            reader: &order.reader,
            scope,
            expires: order.expires.or(parents_end),
            purpose: order.purpose,
            parent,
        };
        self.wrap(&wrap, &held).await
    }

    /// Wraps keys for a reader. Its key is taken from the registry with its proof: a node that lied
    /// about it would be given the document.
    pub(crate) async fn wrap(&self, order: &WrapFor<'_>, held: &GrantedKeys) -> Result<Grant> {
        let reader = self.member.proven_member(&order.reader.member).await?;
        let terms = GrantTerms {
            chain: self.member.chain().clone(),
            document: order.document,
            version: order.version,
            scope: order.scope.clone(),
            grantor: self.member.id().clone(),
            reader: reader.id.clone(),
            reader_key: reader.encryption_key.fingerprint(),
            parent: order.parent.map(|parent| parent.id),
            passing_on_depth: order.reader.passing_on,
            expires: order.expires,
            purpose: order.purpose.unwrap_or(purpose_for(reader.role)),
            nonce: Digest(*keys::random_seed()?),
        };
        let wrapped = wrap(&terms, held, &reader.encryption_key, &mut keys::random()?);
        let wrapped = wrapped.map_err(|error| {
            let what = format!("document {} cannot be granted: {error}", order.document);
            Error::denied(what, "ask its owner for a grant that covers what you pass on")
        })?;
        Ok(Grant { terms, wrapped })
    }
}

/// The keys that a right gives, checked against the header.
pub(crate) fn held_keys(
    member: &Member,
    record: &VersionRecord,
    right: &Right,
) -> Result<GrantedKeys> {
    let context = record.header.context(member.chain());
    let what = || format!("the key of document {}", record.document());
    let keys = match right {
        Right::Owner => GrantedKeys::Whole(member.keys().document_key(&context)),
        Right::Grant(grant) => member
            .keys()
            .document()
            .unwrap(&grant.terms, &grant.wrapped)
            .map_err(|error| Error::integrity(what(), error))?,
    };
    if keys.match_header(&context, &record.header) {
        Ok(keys)
    } else {
        Err(Error::integrity(what(), "it is not the one that the registered header commits to"))
    }
}

/// The right that covers most: ownership, else the grant in force that fits the scope and may be
/// passed on often enough, else the widest and deepest.
pub(crate) async fn best_right(
    member: &Member,
    record: &VersionRecord,
    scope: &Scope,
    passing_on: u8,
) -> Result<Right> {
    if record.owner() == member.id() {
        return Ok(Right::Owner);
    }
    let (document, version, time) = (*record.document(), record.version(), now());
    let reader = member.id().clone();
    let in_force = |view: &dyn StateView| -> Vec<GrantRecord> {
        let grants = grant::grants_for(view, &reader, &document, version);
        let effective = |record: &GrantRecord| grant::is_effective(view, record, time);
        grants.into_iter().filter(effective).collect()
    };
    let grants = member.read(in_force).await?;
    let rank = |grant: &GrantRecord| {
        let terms = &grant.terms;
        (
            scope.is_within(&terms.scope) && terms.passing_on_depth > passing_on,
            scope.is_within(&terms.scope),
            terms.scope == Scope::Whole,
            terms.passing_on_depth,
            terms.expires.unwrap_or(BlockTime(u64::MAX)),
        )
    };
    let best = grants.into_iter().max_by_key(rank);
    best.map(|grant| Right::Grant(Box::new(grant))).ok_or_else(|| {
        let what = format!("`{}` holds no grant in force of document {document}", member.id());
        Error::denied(what, format!("ask `{}` for a grant", record.owner()))
    })
}

/// What a role reads documents for.
fn purpose_for(role: Role) -> GrantPurpose {
    match role {
        Role::CustomsAuthority => GrantPurpose::Customs,
        Role::Bank => GrantPurpose::Finance,
        Role::Insurer => GrantPurpose::Insurance,
        Role::FreightForwarder | Role::Carrier => GrantPurpose::Transport,
        Role::Exporter | Role::Importer | Role::Chamber => GrantPurpose::Trade,
    }
}
