//! Deriving a declaration, and putting the draft on the ledger.

use super::{
    Declarations, Standing,
    read::{add_source, elements_blinding},
};
use crate::{
    clock::now,
    documents::{GrantOrder, Opened, Place, Prepared, Reader, Right, attach, best_right},
    error::{Error, Result},
    member::Committed,
};
use hansa_contracts::{
    call::{Call, Calls},
    confidential::{
        derive::{derive_export, derive_import, provenance},
        source::SourceSet,
    },
    declaration::{self, DeclarationRecord, Kind, SourceRef, Status},
    document,
    grant::{self, Call as GrantCall, Grant},
    shipment::{self, AttachmentRecord, ShipmentRecord},
    state::StateView,
};
use hansa_documents::{
    Document,
    document::{Declaration, DeclaredContent},
    grant::{GrantPurpose, Scope},
    sealing::GrantedKeys,
};
use hansa_primitives::{DocumentId, Ucr, Version};
use serde::Serialize;

/// How often the trader may pass a declaration on: to its bank.
const TRADER_PASSING_ON: u8 = 2;

/// A drafted declaration.
#[derive(Clone, Debug, Serialize)]
pub struct Drafted {
    /// The sealed declaration.
    pub document: DocumentId,
    /// Its version.
    pub version: Version,
    /// The share of its elements that could be derived, in permille.
    pub completeness_permille: u16,
    /// What could not be derived, and who could supply it.
    pub missing: Vec<MissingElement>,
    /// Sources that customs cannot read and that this member may not pass on: their owners have to
    /// grant them before the declaration is submitted.
    pub to_be_granted: Vec<DocumentId>,
    /// The transaction.
    pub committed: Committed,
}

/// An element that no document gives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MissingElement {
    /// Its WCO path.
    pub element: String,
    /// Why it is missing.
    pub reason: String,
    /// Who could supply it.
    pub who: String,
}

impl Declarations<'_> {
    /// Derives a declaration from the shipment's papers, seals it, and registers, attaches, grants
    /// and records it in one transaction. Customs is granted the declaration and those sources that
    /// it lacks; the trader on whose account it is made is granted the declaration.
    ///
    /// Doing it again makes a further version; the id of the document stays the same.
    ///
    /// # Errors
    /// [`Error::NotFound`] while it is not due; [`Error::Conflict`] once it is submitted;
    /// [`Error::Rejected`] if this member is not the declarant.
    pub async fn draft(&self, kind: Kind, ucr: &Ucr, standing: &Standing) -> Result<Drafted> {
        let (shipment, record) = self.records(kind, ucr).await?;
        if !matches!(record.status, Status::Due | Status::Drafted | Status::Held) {
            let what = format!("the {} declaration of `{ucr}` is {:?}", kind.name(), record.status);
            return Err(Error::conflict(what, "only one that is due, drafted or held is drafted"));
        }
        let opened = self.open_papers(kind, &shipment).await?;
        let mut sources = SourceSet::default();
        opened.iter().try_for_each(|paper| add_source(&mut sources, paper))?;
        let declarant = self.member.proven_member(self.member.id()).await?;
        let profile = standing.profile(&record, &declarant)?;
        let declaration = match kind {
            Kind::Export => derive_export(&sources, &profile),
            Kind::Import => derive_import(&sources, &profile),
        };
        let document = match kind {
            Kind::Export => Document::ExportDeclaration(Box::new(declaration.clone())),
            Kind::Import => Document::ImportDeclaration(Box::new(declaration.clone())),
        };
        let purpose: [&[u8]; 3] = [b"declaration", ucr.as_str().as_bytes(), kind.name().as_bytes()];
        let place = self.place(&purpose).await?;
        let prepared = self.documents().prepare(place, &document, None).await?;
        let call = self.draft_call(&record, &declaration, &sources, &opened, &prepared)?;
        let readers = [
            Reader { member: record.customs.clone(), passing_on: 0 },
            Reader { member: record.trader.clone(), passing_on: TRADER_PASSING_ON },
        ];
        let purpose = Some(GrantPurpose::Customs);
        let mut grants = self.documents().grants_of(&prepared, &readers, purpose).await?;
        let to_be_granted = self.add_sources(&record, &opened, &mut grants).await?;
        let calls = vec![
            Call::from(prepared.register),
            attach(ucr, &prepared.header).into(),
            GrantCall::Give { grants }.into(),
            call.into(),
        ];
        Ok(Drafted {
            document: prepared.header.document,
            version: prepared.header.version,
            completeness_permille: declaration.completeness_permille(),
            missing: missing(&declaration),
            to_be_granted,
            committed: self.member.submit_and_wait(Calls(calls)).await?,
        })
    }

    /// Where a document that is made for one purpose belongs: the same id every time, version by
    /// version.
    pub(crate) async fn place(&self, purpose: &[&[u8]]) -> Result<Place> {
        let member = self.member;
        let nonce = member.keys().document_nonce(member.chain(), purpose);
        let id = hansa_documents::document_id(member.chain(), member.id(), &nonce);
        let latest = member.read(|view| document::latest_version(view, &id)).await?;
        match latest {
            None => Ok(Place::Nonce(nonce)),
            Some(version) => {
                let former = self.documents().record(&id, Some(version)).await?;
                Ok(Place::After(Box::new(former)))
            }
        }
    }

    /// The papers that a declaration rests on, opened: of each type that it needs, the one attached
    /// last.
    async fn open_papers(&self, kind: Kind, shipment: &ShipmentRecord) -> Result<Vec<Opened>> {
        let papers = self.member.read(|view| shipment::documents(view, &shipment.ucr)).await?;
        let mut opened = Vec::new();
        for wanted in kind.required() {
            let of_kind = |paper: &&AttachmentRecord| paper.kind == *wanted;
            let latest = papers
                .iter()
                .filter(of_kind)
                .max_by_key(|paper| (paper.time, paper.document))
                .ok_or_else(|| {
                    let what = format!("a {wanted} among the papers of `{}`", shipment.ucr);
                    Error::not_found(what, "attach it to the shipment")
                })?;
            opened.push(self.documents().open(&latest.document, Some(latest.version)).await?);
        }
        Ok(opened)
    }

    fn draft_call(
        &self,
        record: &DeclarationRecord,
        declaration: &Declaration,
        sources: &SourceSet,
        opened: &[Opened],
        prepared: &Prepared,
    ) -> Result<declaration::Call> {
        let keys = GrantedKeys::Whole(prepared.key.clone());
        let blinding = elements_blinding(self.member.chain(), &prepared.header, &keys)?;
        let provenance = provenance(declaration, sources)
            .map_err(|error| {
                let next = "report this: the derivation names a field that it did not read";
                Error::document("the provenance of the declaration", error, next)
            })?
            .digest(&blinding);
        let source = |opened: &Opened| SourceRef {
            document: *opened.record.document(),
            version: opened.record.version(),
            fields_root: opened.record.fields_root(),
        };
        Ok(declaration::Call::Draft {
            kind: record.kind,
            ucr: record.ucr.clone(),
            document: prepared.header.document,
            version: prepared.header.version,
            sources: opened.iter().map(source).collect(),
            rules_version: declaration.rules_version,
            completeness_permille: declaration.completeness_permille(),
            provenance,
        })
    }

    /// Grants customs the sources that it cannot read yet; gives those that may not be passed on.
    async fn add_sources(
        &self,
        record: &DeclarationRecord,
        opened: &[Opened],
        grants: &mut Vec<Grant>,
    ) -> Result<Vec<DocumentId>> {
        let (customs, time) = (&record.customs, now());
        let places: Vec<(DocumentId, Version)> =
            opened.iter().map(|o| (*o.record.document(), o.record.version())).collect();
        let unread = |view: &dyn StateView| {
            let reads = |(document, version): &(DocumentId, Version)| {
                grant::reads_whole(view, customs, document, *version, time)
            };
            places.iter().map(|place| !reads(place)).collect::<Vec<bool>>()
        };
        let unread = self.member.read(unread).await?;
        let mut kept = Vec::new();
        for (paper, _) in opened.iter().zip(unread).filter(|(_, unread)| *unread) {
            let document = *paper.record.document();
            let right = best_right(self.member, &paper.record, &Scope::Whole, 0).await?;
            let may_pass_on = match &right {
                Right::Owner => true,
                Right::Grant(held) => {
                    held.terms.passing_on_depth > 0 && held.terms.scope == Scope::Whole
                }
            };
            if !may_pass_on {
                kept.push(document);
                continue;
            }
            let order = GrantOrder {
                documents: vec![document],
                reader: Reader { member: customs.clone(), passing_on: 0 },
                sections: Vec::new(),
                expires: None,
                purpose: Some(GrantPurpose::Customs),
            };
            grants.push(self.documents().grant_of(&paper.record, &order).await?);
        }
        Ok(kept)
    }
}

fn missing(declaration: &Declaration) -> Vec<MissingElement> {
    declaration
        .missing()
        .filter_map(|field| match &field.content {
            DeclaredContent::Missing { reason, who } => Some(MissingElement {
                element: field.element.to_string(),
                reason: reason.to_string(),
                who: who.to_string(),
            }),
            DeclaredContent::Value { .. } => None,
        })
        .collect()
}
