//! From a source to a registered document.

use super::{Documents, Reader, fields};
use crate::{
    error::{Error, Result},
    keys,
    member::Committed,
};
use hansa_contracts::{
    call::{Call, Calls},
    document::{Call as DocumentCall, VersionRecord},
    grant::{Call as GrantCall, Grant},
    shipment,
};
use hansa_documents::{
    Document, DocumentContext, DocumentType, document_id,
    grant::{GrantPurpose, Scope},
    sealing::{self, DocumentHeader, DocumentKey, GrantedKeys, HeaderParts, Source},
    source,
};
use hansa_primitives::{Digest, DocumentId, GrantId, Ucr, Version};
use serde::Serialize;

/// A source document on its way to the ledger.
#[derive(Clone, Debug)]
pub struct Upload<'a> {
    /// The bytes as they were issued: UBL 2.x or JSON.
    pub source: &'a [u8],
    /// The type, if the caller insists on one.
    pub kind: Option<DocumentType>,
    /// The shipment to attach it to.
    pub ucr: Option<Ucr>,
    /// The document that this is a later version of.
    pub replaces: Option<DocumentId>,
    /// Who is granted the whole document at once.
    pub readers: Vec<Reader>,
}

/// A typed document on its way to the ledger, without a source of its own or with one made beside
/// it.
#[derive(Clone, Debug)]
pub struct Draft {
    /// The document.
    pub document: Document,
    /// Bytes to seal along with it.
    pub source: Option<Source>,
    /// The shipment to attach it to.
    pub ucr: Option<Ucr>,
    /// The document that this is a later version of.
    pub replaces: Option<DocumentId>,
    /// Who is granted the whole document at once.
    pub readers: Vec<Reader>,
}

/// A registered document.
#[derive(Clone, Debug, Serialize)]
pub struct Uploaded {
    /// Its id.
    pub document: DocumentId,
    /// Its version.
    pub version: Version,
    /// Its type.
    pub kind: DocumentType,
    /// Its number, as its issuer gave it.
    pub number: String,
    /// Paths in the source that the typed document has no place for; they are kept in the sealed
    /// source.
    pub residue: Vec<String>,
    /// What is wrong with the document in itself. It was registered all the same.
    pub problems: Vec<String>,
    /// The grants given with it.
    pub grants: Vec<GrantId>,
    /// The transaction.
    pub committed: Committed,
}

/// Where a version belongs: a fresh document, a fresh document with a nonce that is made again, or
/// the next version of one.
pub(crate) enum Place {
    Fresh,
    Nonce([u8; 32]),
    After(Box<VersionRecord>),
}

/// A sealed version whose bytes are stored, ready for registration.
pub(crate) struct Prepared {
    pub(crate) header: DocumentHeader,
    pub(crate) key: DocumentKey,
    pub(crate) register: DocumentCall,
}

impl Documents<'_> {
    /// Reads a source, seals it, stores the sealed bytes on the validators, and registers, attaches
    /// and grants it in one transaction.
    ///
    /// # Errors
    /// [`Error::Document`] if the source cannot be read, with line and element; [`Error::Rejected`]
    /// if a rule refuses any part, and then none is done.
    pub async fn upload(&self, upload: &Upload<'_>) -> Result<Uploaded> {
        let reading = source::read(upload.source, upload.kind).map_err(|error| {
            Error::document("the source", error, "correct the source and upload it again")
        })?;
        let media_type = reading.format.media_type().to_owned();
        let bytes = upload.source.to_vec();
        let mut uploaded = self
            .register(Draft {
                document: reading.document,
                source: Some(Source { media_type, bytes }),
                ucr: upload.ucr.clone(),
                replaces: upload.replaces,
                readers: upload.readers.clone(),
            })
            .await?;
        uploaded.residue = reading.residue.paths;
        if reading.residue.more > 0 {
            uploaded.residue.push(format!("and {} more", reading.residue.more));
        }
        Ok(uploaded)
    }

    /// Seals, stores, registers, attaches and grants a typed document.
    ///
    /// # Errors
    /// As [`Documents::upload`].
    pub async fn register(&self, draft: Draft) -> Result<Uploaded> {
        let place = match &draft.replaces {
            Some(document) => Place::After(Box::new(self.record(document, None).await?)),
            None => Place::Fresh,
        };
        self.register_at(place, draft).await
    }

    pub(crate) async fn register_at(&self, place: Place, draft: Draft) -> Result<Uploaded> {
        let prepared = self.prepare(place, &draft.document, draft.source.as_ref()).await?;
        let mut calls = vec![Call::from(prepared.register.clone())];
        if let Some(ucr) = &draft.ucr {
            calls.push(attach(ucr, &prepared.header).into());
        }
        let grants = self.grants_of(&prepared, &draft.readers, None).await?;
        let ids = grants.iter().map(|grant| grant.terms.id()).collect();
        if !grants.is_empty() {
            calls.push(GrantCall::Give { grants }.into());
        }
        let committed = self.member.submit_and_wait(Calls(calls)).await?;
        Ok(Uploaded {
            document: prepared.header.document,
            version: prepared.header.version,
            kind: draft.document.kind(),
            number: draft.document.number().to_string(),
            residue: Vec::new(),
            problems: draft.document.validate().iter().map(ToString::to_string).collect(),
            grants: ids,
            committed,
        })
    }

    /// Seals a document and stores its bytes. Nothing is on the ledger yet.
    pub(crate) async fn prepare(
        &self,
        place: Place,
        document: &Document,
        source: Option<&Source>,
    ) -> Result<Prepared> {
        let sealed = self.seal(place, document, source)?;
        let availability = self.member.put_sealed(&sealed.bytes).await?;
        let header = Box::new(sealed.header.clone());
        let register = DocumentCall::Register { header, availability };
        Ok(Prepared { header: sealed.header, key: sealed.key, register })
    }

    fn seal(&self, place: Place, document: &Document, source: Option<&Source>) -> Result<Sealed> {
        let member = self.member;
        let (id, version, previous) = match place {
            Place::Fresh => {
                let nonce = keys::random_seed()?;
                (document_id(member.chain(), member.id(), &nonce), Version(1), None)
            }
            Place::Nonce(nonce) => {
                (document_id(member.chain(), member.id(), &nonce), Version(1), None)
            }
            Place::After(former) => {
                let header = former.header.hash(member.chain());
                (*former.document(), former.version().next(), Some(header))
            }
        };
        let context = DocumentContext::new(member.chain().clone(), id, version);
        let key = member.keys().document_key(&context);
        let sealed = sealing::seal(&context, &key, document, source, &mut keys::random()?)
            .map_err(|error| Error::document("sealing", error, "split the document"))?;
        let opening = fields::opening(member.keys(), &context, document);
        let header = sealed.header(HeaderParts {
            owner: member.id().clone(),
            issued_by: member.id().clone(),
            previous,
            proof_leaf: Digest(opening.content(member.keys().owner()).bytes()),
        });
        Ok(Sealed { bytes: sealed.bytes, header, key })
    }

    /// Grants of the whole of a version that is being registered, for each reader.
    pub(crate) async fn grants_of(
        &self,
        prepared: &Prepared,
        readers: &[Reader],
        purpose: Option<GrantPurpose>,
    ) -> Result<Vec<Grant>> {
        let held = GrantedKeys::Whole(prepared.key.clone());
        let mut grants = Vec::with_capacity(readers.len());
        for reader in readers {
            let wrap = super::WrapFor {
                document: prepared.header.document,
                version: prepared.header.version,
                reader,
                scope: Scope::Whole,
                expires: None,
                purpose,
                parent: None,
            };
            grants.push(self.wrap(&wrap, &held).await?);
        }
        Ok(grants)
    }
}

struct Sealed {
    bytes: Vec<u8>,
    header: DocumentHeader,
    key: DocumentKey,
}

/// The call that attaches a version to a shipment.
pub(crate) fn attach(ucr: &Ucr, header: &DocumentHeader) -> shipment::Call {
    let (document, version) = (header.document, header.version);
    shipment::Call::Attach { ucr: ucr.clone(), document, version }
}
