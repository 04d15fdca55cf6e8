//! One shipment on its way: who takes part, which documents there are.

use super::{
    papers,
    report::{Notes, TransactionEntry},
};
use crate::{DevnetError, Network};
use futures::TryStreamExt;
use hansa_client::{
    Committed, Cursor, Follow, FollowedEvent, Member,
    declarations::Stage,
    documents::{GrantOrder, Reader, Upload},
};
use hansa_contracts::{
    declaration::{Kind, Status},
    shipment::Parties,
};
use hansa_documents::DocumentType;
use hansa_primitives::{DocumentId, Height, MemberId, TransactionId, Ucr};
use std::{collections::BTreeMap, time::Duration};

/// How long a node's agent may take for what it does by itself.
const AGENT_PATIENCE: Duration = Duration::from_secs(60);

/// A trade under way.
pub struct Trade {
    /// The shipment's reference.
    pub ucr: Ucr,
    /// Milliseconds from the first document to clearance, by the ledger's block times.
    pub upload_to_clearance_ms: u64,
    /// The bank's number of the application.
    pub(super) application: Option<String>,
    /// The invoice's number, if it is not the sample's: no invoice is financed twice.
    invoice: Option<String>,
    members: BTreeMap<MemberId, Member>,
    documents: BTreeMap<DocumentType, DocumentId>,
}

impl Trade {
    /// Opens the SDK for every member of the network.
    ///
    /// # Errors
    /// [`DevnetError::Client`] if a member's files or node cannot be reached.
    pub async fn open(network: &Network, ucr: &str) -> Result<Self, DevnetError> {
        let mut members = BTreeMap::new();
        for member in &network.topology().members {
            members.insert(member.member.clone(), network.member(&member.member).await?);
        }
        Ok(Self {
            ucr: Ucr::new(ucr)?,
            upload_to_clearance_ms: 0,
            application: None,
            invoice: None,
            members,
            documents: BTreeMap::new(),
        })
    }

    /// The same trade with papers of its own: its reference, and another number of the invoice.
    pub fn invoiced_as(self, number: &str) -> Self {
        Self { invoice: Some(number.to_owned()), ..self }
    }

    /// The SDK with a member's own keys. The member knows how far the ledger has come for the others:
    /// who tells it of a document tells it the block as well.
    pub fn member(&self, member: &str) -> Result<&Member, DevnetError> {
        let sdk = self
            .members
            .iter()
            .find(|(id, _)| id.as_str() == member)
            .map(|(_, sdk)| sdk)
            .ok_or_else(|| DevnetError::Topology(format!("{member} is no member")))?;
        if let Some(height) = self.members.values().map(Member::seen).max() {
            sdk.show_at_least(height);
        }
        Ok(sdk)
    }

    /// Who takes part in the milk-powder trade.
    pub fn parties() -> Result<Parties, DevnetError> {
        Ok(Parties {
            exporter: MemberId::new("milchpulver")?,
            importer: MemberId::new("fangxin")?,
            export_forwarder: MemberId::new("mrt")?,
            import_declarant: MemberId::new("suto")?,
            carrier: MemberId::new("carrier")?,
            insurer: MemberId::new("insurer")?,
            export_customs: MemberId::new("german-customs")?,
            import_customs: MemberId::new("tianjin-customs")?,
        })
    }

    /// A document of the trade.
    pub fn document(&self, kind: DocumentType) -> Result<DocumentId, DevnetError> {
        self.documents
            .get(&kind)
            .copied()
            .ok_or_else(|| DevnetError::Other(format!("there is no {kind} yet")))
    }

    /// Takes over the documents of the same trade, known from before a restart.
    pub fn take_documents(&mut self, other: &Self) {
        self.documents = other.documents.clone();
    }

    /// Remembers a document.
    pub fn keep(&mut self, kind: DocumentType, document: DocumentId) {
        self.documents.insert(kind, document);
    }

    /// Uploads a source as a member, attached to the shipment, granted to `readers`.
    pub async fn upload(
        &mut self,
        member: &str,
        source: &[u8],
        readers: &[(&str, u8)],
        notes: &mut Notes,
    ) -> Result<DocumentId, DevnetError> {
        let renumbered = self.invoice.as_ref().map(|number| {
            let text = String::from_utf8_lossy(source).replace(papers::INVOICE_NUMBER, number);
            text.replace(papers::UCR, self.ucr.as_str()).into_bytes()
        });
        let source = renumbered.as_deref().unwrap_or(source);
        let uploaded = self
            .member(member)?
            .documents()
            .upload(&Upload {
                source,
                kind: None,
                ucr: Some(self.ucr.clone()),
                replaces: None,
                readers: readers
                    .iter()
                    .map(|(member, passing_on)| reader(member, *passing_on))
                    .collect::<Result<_, _>>()?,
            })
            .await?;
        notes.committed(&uploaded.committed);
        notes.saw(format!(
            "{} {} is document {}",
            uploaded.kind, uploaded.number, uploaded.document
        ));
        self.keep(uploaded.kind, uploaded.document);
        Ok(uploaded.document)
    }

    /// Grants whole documents, as owner or by passing on.
    pub async fn grant(
        &self,
        member: &str,
        kinds: &[DocumentType],
        to: &str,
        passing_on: u8,
        notes: &mut Notes,
    ) -> Result<(), DevnetError> {
        let documents =
            kinds.iter().map(|kind| self.document(*kind)).collect::<Result<Vec<_>, _>>()?;
        let order = GrantOrder {
            documents,
            reader: reader(to, passing_on)?,
            sections: Vec::new(),
            expires: None,
            purpose: None,
        };
        let granted = self.member(member)?.documents().grant(&order).await?;
        notes.committed(&granted.committed);
        notes.saw(format!("{member} granted {} documents to {to}", granted.grants.len()));
        Ok(())
    }

    /// What has happened on the ledger since a place in its events, as a member's node tells it.
    pub(super) async fn events_since(
        &self,
        member: &str,
        after: Option<Cursor>,
    ) -> Result<Vec<FollowedEvent>, DevnetError> {
        self.events(member, Follow { after, ..Follow::default() }).await
    }

    /// The same, as far as it concerns the member.
    pub(super) async fn told_since(
        &self,
        member: &str,
        after: Option<Cursor>,
    ) -> Result<Vec<FollowedEvent>, DevnetError> {
        self.events(member, Follow { after, mine: true, ..Follow::default() }).await
    }

    async fn events(
        &self,
        member: &str,
        follow: Follow,
    ) -> Result<Vec<FollowedEvent>, DevnetError> {
        let events = self.member(member)?.follow(Follow { until_now: true, ..follow });
        Ok(events.try_collect().await?)
    }

    /// The last place in the ledger's events.
    pub(super) async fn last_event(&self, member: &str) -> Result<Option<Cursor>, DevnetError> {
        Ok(self.events_since(member, None).await?.last().map(|event| event.cursor))
    }

    /// Waits until a declaration has come so far, as the ledger tells one of its parties.
    pub async fn wait_for_declaration(
        &self,
        member: &str,
        kind: Kind,
        stage: Stage,
    ) -> Result<Status, DevnetError> {
        let declarations = self.member(member)?.declarations();
        Ok(declarations.wait(kind, &self.ucr, stage, AGENT_PATIENCE).await?)
    }
}

/// A reader who may pass the document on so many times.
pub(super) fn reader(member: &str, passing_on: u8) -> Result<Reader, DevnetError> {
    Ok(Reader { member: MemberId::new(member)?, passing_on })
}

impl Notes {
    /// Notes a transaction that the ledger took.
    pub(super) fn committed(&mut self, committed: &Committed) {
        self.note(&committed.transaction, committed.height);
    }

    /// Notes what the ledger did, by whomever: nodes act by themselves too.
    pub(super) fn happened(&mut self, events: &[FollowedEvent]) {
        events.iter().for_each(|event| self.note(&event.transaction, event.cursor.height));
    }

    fn note(&mut self, transaction: &TransactionId, height: Height) {
        let entry = TransactionEntry { id: transaction.to_string(), height: height.0 };
        if !self.transactions.contains(&entry) {
            self.transactions.push(entry);
        }
    }
}

/// An error unless a condition holds; what must hold is what the error says.
pub(super) fn must(condition: bool, what: impl Into<String>) -> Result<(), DevnetError> {
    if condition { Ok(()) } else { Err(DevnetError::Other(format!("not so: {}", what.into()))) }
}
