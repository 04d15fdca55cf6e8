//! Which documents there are, and who stands behind them.

use super::Documents;
use crate::clock::now;
use crate::error::{Error, Result};
use hansa_contracts::{
    document::{self, VersionRecord},
    grant, registry, shipment,
    state::StateView,
};
use hansa_documents::DocumentType;
use hansa_primitives::{
    BlockTime, DocumentId, Height, MemberId, Ucr, Version, certificate::Role, limits,
};
use serde::Serialize;
use std::collections::BTreeSet;

/// A document as the ledger shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DocumentSummary {
    /// Its id.
    pub document: DocumentId,
    /// Its latest version; in a shipment, the version that is attached.
    pub version: Version,
    /// Its type.
    pub kind: DocumentType,
    /// Who owns it.
    pub owner: MemberId,
    /// Whether this member holds a key to any part of it.
    pub readable: bool,
    /// Who has put a name under this version.
    pub countersigned_by: Vec<MemberId>,
    /// The block that registered the version.
    pub registered_at: Height,
    /// The time of that block.
    pub registered: BlockTime,
}

/// Who issued a document, by its certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Issuer {
    /// The member.
    pub member: MemberId,
    /// Its legal name.
    pub name: String,
    /// Its certified role.
    pub role: Role,
    /// Its country.
    pub country: String,
    /// Whether its certificate is in force now.
    pub active: bool,
}

impl Documents<'_> {
    /// The documents of a shipment; without one, those that this member owns or was granted.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no such shipment.
    pub async fn list(&self, ucr: Option<&Ucr>) -> Result<Vec<DocumentSummary>> {
        let (own, time) = (self.member.id().clone(), now());
        match ucr {
            Some(ucr) => {
                let of_shipment = |view: &dyn StateView| {
                    shipment::shipment(view, ucr)?;
                    let papers = shipment::documents(view, ucr);
                    let records = papers.iter().filter_map(|paper| {
                        document::version(view, &paper.document, paper.version)
                    });
                    Some(records.map(|record| summary(view, &own, record, time)).collect())
                };
                self.member.read(of_shipment).await?.ok_or_else(|| {
                    Error::not_found(format!("shipment `{ucr}`"), "check the reference")
                })
            }
            None => {
                let mine = |view: &dyn StateView| {
                    let records =
                        known(view, &own).into_iter().filter_map(|id| document::latest(view, &id));
                    records.map(|record| summary(view, &own, record, time)).collect()
                };
                self.member.read(mine).await
            }
        }
    }

    /// Who issued a document: the member that registered it, by its proven registry record. For a
    /// type that only some roles may issue, the validators checked the role when they took the
    /// document in.
    ///
    /// # Errors
    /// [`Error::Integrity`] if the header names another issuer than the member that registered it.
    pub async fn verify_issuer(&self, document: &DocumentId) -> Result<Issuer> {
        let record = self.record(document, None).await?;
        let header = &record.header;
        if header.issued_by != header.owner {
            let what = format!("the issuer of document {document}");
            let reason = format!("`{}` registered it as of `{}`", header.owner, header.issued_by);
            return Err(Error::integrity(what, reason));
        }
        let member = self.member.proven_member(&header.issued_by).await?;
        if !may_issue(header.kind, member.role) {
            let what = format!("the issuer of document {document}");
            let reason = format!("a member that is {} issues no {}", member.role, header.kind);
            return Err(Error::integrity(what, reason));
        }
        Ok(Issuer {
            member: member.id,
            name: member.name,
            role: member.role,
            country: member.country,
            active: member.status == registry::Status::Active,
        })
    }
}

/// Own and granted documents, each once.
fn known(view: &dyn StateView, member: &MemberId) -> BTreeSet<DocumentId> {
    let mut known: BTreeSet<DocumentId> =
        grant::grants_to(view, member).iter().map(|grant| grant.terms.document).collect();
    let mut after = None;
    loop {
        let page = document::owned_by(view, member, after.as_ref(), limits::PAGE_MAX);
        let end = page.len() < limits::PAGE_MAX;
        after = page.last().copied();
        known.extend(page);
        if end {
            return known;
        }
    }
}

fn summary(
    view: &dyn StateView,
    reader: &MemberId,
    record: VersionRecord,
    time: BlockTime,
) -> DocumentSummary {
    let (document, version) = (*record.document(), record.version());
    DocumentSummary {
        readable: grant::reads(view, reader, &document, version, time),
        countersigned_by: document::countersignatures(view, &document, version)
            .into_iter()
            .map(|countersign| countersign.member)
            .collect(),
        document,
        version,
        kind: record.kind(),
        owner: record.owner().clone(),
        registered_at: record.height,
        registered: record.time,
    }
}

/// Roles that issue documents of a type; anyone where the type is nobody's privilege.
fn may_issue(kind: DocumentType, role: Role) -> bool {
    match kind {
        DocumentType::CertificateOfOrigin => role == Role::Chamber,
        DocumentType::InsurancePolicy => role == Role::Insurer,
        DocumentType::ClearanceNotice => role == Role::CustomsAuthority,
        DocumentType::Waybill => matches!(role, Role::Carrier | Role::FreightForwarder),
        _ => true,
    }
}
