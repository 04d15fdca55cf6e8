//! Opening a declaration with its sources, and explaining it.

use super::{Declarations, not_drafted};
use crate::{
    documents::{Content, Opened},
    error::{Error, Result},
};
use hansa_contracts::{
    clearance::{CrossCheck, Decision},
    confidential::{
        derive::{ProvenanceCheck, blinding, check_provenance, field_proofs, provenance},
        explain::{Explanation, explain},
        source::{Source, SourceSet},
    },
    declaration::{DeclarationRecord, Draft, Kind, Status},
};
use hansa_documents::{
    Document,
    commitment::FieldProof,
    document::Declaration,
    sealing::{GrantedKeys, SectionName},
};
use hansa_primitives::{BlockTime, Digest, DocumentId, MemberId, Ucr, Version};
use serde::Serialize;

/// A declaration as this member can see it.
#[derive(Clone, Debug, Serialize)]
pub struct DeclarationView {
    /// Export or import.
    pub kind: Kind,
    /// The shipment.
    pub ucr: Ucr,
    /// How far it has come.
    pub status: Status,
    /// Since when.
    pub since: BlockTime,
    /// Who declares.
    pub declarant: MemberId,
    /// Who decides.
    pub customs: MemberId,
    /// The sealed declaration, once it is drafted.
    pub document: Option<(DocumentId, Version)>,
    /// The share of its elements that could be derived, in permille.
    pub completeness_permille: Option<u16>,
    /// What customs found.
    #[serde(skip)]
    pub cross_check: Option<CrossCheck>,
    /// What customs decided last.
    pub decision: Option<Decision>,
    /// The clearance certificate.
    pub certificate: Option<(DocumentId, Version)>,
    /// The declaration itself, if this member may read it.
    pub declaration: Option<Declaration>,
}

/// What a check of a declaration's provenance found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ProvenanceReport {
    /// Element by element.
    pub check: ProvenanceCheck,
    /// Whether the digest that the declarant put on the ledger is that of the origins found here.
    pub digest_matches: bool,
    /// Fields whose Merkle path leads to the root that their document was registered with.
    pub proven: usize,
}

impl ProvenanceReport {
    /// Whether every element is confirmed, honestly missing, or the declarant's own statement, and
    /// the ledger's digest is that of these origins.
    pub fn holds(&self) -> bool {
        self.digest_matches && self.check.holds()
    }
}

/// A drafted declaration, opened, with those of its sources that could be opened.
pub(super) struct Case {
    pub(super) record: DeclarationRecord,
    pub(super) draft: Draft,
    pub(super) opened: Opened,
    pub(super) declaration: Declaration,
    pub(super) sources: SourceSet,
    /// The same, as they were opened.
    pub(super) papers: Vec<Opened>,
    /// Sources that this member cannot open.
    pub(super) unread: Vec<DocumentId>,
}

impl Declarations<'_> {
    /// A declaration as this member can see it.
    ///
    /// # Errors
    /// [`Error::NotFound`] while it is not due.
    pub async fn get(&self, kind: Kind, ucr: &Ucr) -> Result<DeclarationView> {
        let (_, record) = self.records(kind, ucr).await?;
        let declaration = match &record.draft {
            None => None,
            Some(draft) => {
                match self.documents().open(&draft.document, Some(draft.version)).await {
                    Ok(opened) => Some(declaration_of(&opened)?),
                    Err(Error::Denied { .. }) => None,
                    Err(error) => return Err(error),
                }
            }
        };
        let draft = record.draft.as_ref();
        Ok(DeclarationView {
            kind,
            ucr: ucr.clone(),
            status: record.status,
            since: record.time,
            document: draft.map(|draft| (draft.document, draft.version)),
            completeness_permille: draft.map(|draft| draft.completeness_permille),
            cross_check: record.cross_check,
            decision: record.decision,
            certificate: record.certificate,
            declarant: record.declarant,
            customs: record.customs,
            declaration,
        })
    }

    /// Where declared values come from: document, field, rule. `element` chooses one by its WCO
    /// path or the end of it.
    ///
    /// # Errors
    /// [`Error::Denied`] if this member may not read the declaration.
    pub async fn explain(
        &self,
        kind: Kind,
        ucr: &Ucr,
        element: Option<&str>,
    ) -> Result<Explanation> {
        let case = self.case(kind, ucr).await?;
        let mut explanation = explain(&case.declaration, &case.sources, element);
        if explanation.fields.is_empty() {
            let what = format!("element `{}`", element.unwrap_or_default());
            return Err(Error::not_found(what, "leave the element out to see all"));
        }
        explanation.attach(&self.proofs(&case)?);
        Ok(explanation)
    }

    /// Merkle paths of the fields that the declared values come from, each checked against the root
    /// that its document was registered with.
    fn proofs(&self, case: &Case) -> Result<Vec<FieldProof>> {
        let opened: Vec<_> =
            case.papers.iter().map(|paper| (&paper.record.header, paper.sections())).collect();
        let proofs = field_proofs(&case.declaration, None, &opened);
        for proof in &proofs {
            let paper = case.papers.iter().find(|paper| {
                (*paper.record.document(), paper.record.version())
                    == (proof.document, proof.version)
            });
            let what = || format!("{} of document {}", proof.path, proof.document);
            let root = paper.map(|paper| paper.record.fields_root());
            let root = root.ok_or_else(|| Error::integrity(what(), "it is no source"))?;
            proof
                .verify(self.member.chain(), &root)
                .map_err(|error| Error::integrity(what(), error))?;
        }
        Ok(proofs)
    }

    /// Derives every element again from the sources and compares, and compares the digest that the
    /// declarant put on the ledger.
    ///
    /// # Errors
    /// [`Error::Denied`] if this member may not read the declaration.
    pub async fn check_provenance(&self, kind: Kind, ucr: &Ucr) -> Result<ProvenanceReport> {
        let case = self.case(kind, ucr).await?;
        self.provenance_of(kind, &case)
    }

    pub(super) fn provenance_of(&self, kind: Kind, case: &Case) -> Result<ProvenanceReport> {
        let check = check_provenance(kind, &case.declaration, &case.sources, None);
        let blinding = self.blinding(&case.opened)?;
        let digest = provenance(&case.declaration, &case.sources)
            .map(|provenance| provenance.digest(&blinding));
        let digest_matches = digest.is_ok_and(|digest| digest == case.draft.provenance);
        let proven = self.proofs(case)?.len();
        Ok(ProvenanceReport { check, digest_matches, proven })
    }

    /// The secret that readers of a declaration share, which blinds digests about it.
    pub(super) fn blinding(&self, opened: &Opened) -> Result<Digest> {
        elements_blinding(self.member.chain(), &opened.record.header, &opened.keys)
    }

    /// Opens a declaration and as many of its sources as this member may read.
    pub(super) async fn case(&self, kind: Kind, ucr: &Ucr) -> Result<Case> {
        let (_, record) = self.records(kind, ucr).await?;
        let draft = record.draft.clone().ok_or_else(|| not_drafted(kind, ucr))?;
        let opened = self.documents().open(&draft.document, Some(draft.version)).await?;
        let declaration = declaration_of(&opened)?;
        let mut sources = SourceSet::default();
        let (mut papers, mut unread) = (Vec::new(), Vec::new());
        for source in &draft.sources {
            match self.documents().open(&source.document, Some(source.version)).await {
                Ok(opened) => {
                    if opened.record.fields_root() != source.fields_root {
                        let what = format!("source {} of the declaration", source.document);
                        return Err(Error::integrity(what, "its root is not the registered one"));
                    }
                    add_source(&mut sources, &opened)?;
                    papers.push(opened);
                }
                Err(Error::Denied { .. }) => unread.push(source.document),
                Err(error) => return Err(error),
            }
        }
        Ok(Case { record, draft, opened, declaration, sources, papers, unread })
    }
}

/// Adds an opened document to a set of sources.
pub(super) fn add_source(sources: &mut SourceSet, opened: &Opened) -> Result<()> {
    let header = &opened.record.header;
    let source = match &opened.content {
        Content::Whole(document) => Source::opened(header, document),
        Content::Sections(sections) => Source::sections(header, sections),
    };
    sources.add(source).map_err(|error| {
        Error::document("the shipment's papers", error, "attach one document of each type")
    })
}

pub(super) fn declaration_of(opened: &Opened) -> Result<Declaration> {
    match opened.whole()? {
        Document::ExportDeclaration(declaration) | Document::ImportDeclaration(declaration) => {
            Ok((**declaration).clone())
        }
        other => {
            let what = format!("document {}", opened.record.document());
            Err(Error::integrity(
                what,
                format!("a {} stands where a declaration should", other.kind()),
            ))
        }
    }
}

pub(super) fn elements_blinding(
    chain: &hansa_primitives::ChainId,
    header: &hansa_documents::sealing::DocumentHeader,
    keys: &GrantedKeys,
) -> Result<Digest> {
    let elements = SectionName::new("elements").expect("the name is lower-case letters");
    let key = keys.section_key(&header.context(chain), &elements).ok_or_else(|| {
        let what = format!("the elements of declaration {} are not granted", header.document);
        Error::denied(what, "ask the declarant for a grant of the whole")
    })?;
    Ok(blinding(chain, &key))
}
