//! Documents as fields, under the commitment that the ledger holds for them.

use crate::declaration::SourceRef;
use hansa_documents::{
    Document, DocumentType,
    commitment::FieldProof,
    fields::section_of,
    sealing::{DocumentHeader, OpenedDocument, OpenedSection},
};
use hansa_primitives::{ChainId, Digest, DocumentId, Version};
use std::collections::{BTreeMap, BTreeSet};
use thiserror::Error;

/// A version of a document on the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SourceId {
    /// The document.
    pub document: DocumentId,
    /// Its version.
    pub version: Version,
}

impl SourceId {
    /// The version that a header is of.
    pub fn of(header: &DocumentHeader) -> Self {
        Self { document: header.document, version: header.version }
    }
}

/// One document version: all of it, some sections, or single disclosed fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    id: SourceId,
    kind: DocumentType,
    fields_root: Digest,
    fields: BTreeMap<String, String>,
    known: Known,
    document: Option<Document>,
}

/// Of which parts of a document the absence of a field is known.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Known {
    Everything,
    Sections(BTreeSet<String>),
}

/// Why documents make no set of sources.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum SourceError {
    /// Two documents of one kind: which one a value comes from would be a matter of choice.
    #[error("there are two documents of type {0}; take the one that belongs to this shipment")]
    Twice(DocumentType),
    /// A proof does not lead to the registered root.
    #[error("the field {path} of document {document} is not proven against the registered root")]
    NotProven {
        /// The document.
        document: DocumentId,
        /// The field.
        path: String,
    },
}

impl Source {
    /// A document whose owner or declarant is at hand and that is known whole. Whoever did not open
    /// it from its sealed bytes takes [`opened`](Self::opened) instead.
    pub fn whole(id: SourceId, fields_root: Digest, document: Document) -> Self {
        let fields = document.fields().into_iter().map(|field| (field.path, field.value)).collect();
        let (kind, known) = (document.kind(), Known::Everything);
        Self { id, kind, fields_root, fields, known, document: Some(document) }
    }

    /// A document that was opened from its sealed bytes, which checked every field against the
    /// header.
    pub fn opened(header: &DocumentHeader, opened: &OpenedDocument) -> Self {
        Self::whole(SourceId::of(header), header.fields_root, opened.document.clone())
    }

    /// The sections that a reader could open, each checked against the header.
    pub fn sections(header: &DocumentHeader, opened: &[OpenedSection]) -> Self {
        let fields = opened.iter().flat_map(OpenedSection::fields);
        Self {
            id: SourceId::of(header),
            kind: header.kind,
            fields_root: header.fields_root,
            fields: fields.map(|field| (field.path.clone(), field.value.clone())).collect(),
            known: Known::Sections(
                opened.iter().map(|section| section.name.as_str().to_owned()).collect(),
            ),
            document: None,
        }
    }

    /// Single fields, each with its proof against the registered root. That other fields are absent
    /// cannot be proven so.
    ///
    /// # Errors
    /// [`SourceError::NotProven`] for the first field whose proof does not hold.
    pub fn disclosed(
        chain: &ChainId,
        id: SourceId,
        kind: DocumentType,
        fields_root: Digest,
        proofs: &[FieldProof],
    ) -> Result<Self, SourceError> {
        let mut fields = BTreeMap::new();
        for proof in proofs {
            let of_this = proof.document == id.document && proof.version == id.version;
            if !of_this || proof.verify(chain, &fields_root).is_err() {
                let path = proof.path.clone();
                return Err(SourceError::NotProven { document: id.document, path });
            }
            fields.insert(proof.path.clone(), proof.value.clone());
        }
        let known = Known::Sections(BTreeSet::new());
        Ok(Self { id, kind, fields_root, fields, known, document: None })
    }

    /// Which version of which document it is.
    pub fn id(&self) -> SourceId {
        self.id
    }

    /// The document's type.
    pub fn kind(&self) -> DocumentType {
        self.kind
    }

    /// The root of the field commitments that the ledger registered.
    pub fn fields_root(&self) -> Digest {
        self.fields_root
    }

    /// The document, if it is known whole.
    pub fn document(&self) -> Option<&Document> {
        self.document.as_ref()
    }

    /// Whether a field at this path that is not listed does not exist; else it may only be
    /// undisclosed.
    pub fn knows(&self, path: &str) -> bool {
        match &self.known {
            Known::Everything => true,
            Known::Sections(names) => names.contains(section_of(path)),
        }
    }

    /// The value of a field.
    pub fn field(&self, path: &str) -> Option<&str> {
        self.fields.get(path).map(String::as_str)
    }

    /// All known fields, by ascending path.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        self.fields.iter().map(|(path, value)| (path.as_str(), value.as_str()))
    }

    /// How many elements a list has, as far as its fields are known: those from the first one on
    /// without a gap. Sections are any JSON that their owner committed to, so a number in a path
    /// is no measure of a list.
    pub fn count(&self, list: &str) -> usize {
        let prefix = format!("{list}/");
        let inside = self.fields.range(prefix.clone()..);
        let indexes: BTreeSet<usize> = inside
            .map_while(|(path, _)| path.strip_prefix(&prefix))
            .filter_map(|rest| rest.split('/').next()?.parse().ok())
            .collect();
        (0..).zip(&indexes).take_while(|(place, index)| place == *index).count()
    }
}

/// The documents of one shipment: at most one of each type, and any number of transport events.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceSet {
    papers: BTreeMap<DocumentType, Source>,
    events: Vec<Source>,
}

impl SourceSet {
    /// A set of documents.
    ///
    /// # Errors
    /// [`SourceError::Twice`] if two are of one type.
    pub fn new(sources: impl IntoIterator<Item = Source>) -> Result<Self, SourceError> {
        let mut set = Self::default();
        for source in sources {
            set.add(source)?;
        }
        Ok(set)
    }

    /// Adds a document.
    ///
    /// # Errors
    /// [`SourceError::Twice`] if there is one of its type.
    pub fn add(&mut self, source: Source) -> Result<(), SourceError> {
        let kind = source.kind;
        if kind == DocumentType::TransportEvent {
            self.events.push(source);
            self.events.sort_by_key(Source::id);
            return Ok(());
        }
        if self.papers.contains_key(&kind) {
            return Err(SourceError::Twice(kind));
        }
        self.papers.insert(kind, source);
        Ok(())
    }

    /// The document of a type; none for transport events, see [`events`](Self::events).
    pub fn get(&self, kind: DocumentType) -> Option<&Source> {
        self.papers.get(&kind)
    }

    /// The transport events, by ascending id.
    pub fn events(&self) -> &[Source] {
        &self.events
    }

    /// The document of an id.
    pub fn by_id(&self, id: SourceId) -> Option<&Source> {
        self.iter().find(|source| source.id == id)
    }

    /// All documents, by ascending type, then the transport events.
    pub fn iter(&self) -> impl Iterator<Item = &Source> {
        self.papers.values().chain(&self.events)
    }

    /// What a draft names as its sources: all documents that are no declarations themselves, in the
    /// order of [`iter`](Self::iter).
    pub fn references(&self) -> Vec<SourceRef> {
        let sources = self.iter().filter(|source| !source.kind.is_declaration());
        let reference = |source: &Source| SourceRef {
            document: source.id.document,
            version: source.id.version,
            fields_root: source.fields_root,
        };
        sources.map(reference).collect()
    }
}
