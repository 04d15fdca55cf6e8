//! What a transaction brought about, for those who follow the ledger.
//!
//! Events are part of receipts, so their order here is part of the ledger's format: new ones go to
//! the end. They carry ids, statuses and codes, never content.

use crate::{
    clearance::{Decision, Lane, Suggestion},
    declaration::Kind,
    proof::Statement,
    shipment::{Classifier, Locode, MovementCode, Parties},
};
use bincode::{Decode, Encode};
use hansa_primitives::{
    ActorId, BlockTime, Digest, DocumentId, GrantId, MemberId, Ucr, Version, certificate::Role,
};
use hansa_zkp::FieldBytes;
use serde::{Deserialize, Serialize};

/// Something that happened on the ledger.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// A member was taken in.
    MemberAdmitted {
        /// The member.
        member: MemberId,
        /// Its role.
        role: Role,
    },
    /// A further certificate is a member's current one.
    CertificateRegistered {
        /// The member.
        member: MemberId,
        /// The certificate's actor.
        actor: ActorId,
    },
    /// A certificate was revoked.
    ActorRevoked {
        /// Whose it was.
        member: MemberId,
        /// The certificate's actor.
        actor: ActorId,
    },
    /// A member's node is reached at other addresses.
    NodeMoved {
        /// The member.
        member: MemberId,
    },
    /// A version of a document is on the ledger.
    DocumentRegistered {
        /// The document.
        document: DocumentId,
        /// The version.
        version: Version,
        /// Its type, as UNTDID 1001 numbers it.
        kind: u16,
        /// Who owns it.
        owner: MemberId,
    },
    /// A reader put its name under a version of a document.
    DocumentCountersigned {
        /// The document.
        document: DocumentId,
        /// The version.
        version: Version,
        /// Who owns it.
        owner: MemberId,
        /// Who signed.
        by: MemberId,
    },
    /// A reader was given a key.
    GrantGiven {
        /// The grant.
        grant: GrantId,
        /// The document.
        document: DocumentId,
        /// The version.
        version: Version,
        /// Who owns the document.
        owner: MemberId,
        /// Who gave the key.
        grantor: MemberId,
        /// Who can read now.
        reader: MemberId,
    },
    /// A grant and all that came of it are cut off.
    GrantRevoked {
        /// The grant.
        grant: GrantId,
        /// The document.
        document: DocumentId,
        /// The version.
        version: Version,
        /// Who owns the document.
        owner: MemberId,
        /// Who had given the key.
        grantor: MemberId,
        /// Who is not served any more.
        reader: MemberId,
    },
    /// A shipment was opened.
    ShipmentOpened {
        /// The shipment.
        ucr: Ucr,
        /// Who takes part.
        parties: Box<Parties>,
    },
    /// A document belongs to a shipment's papers.
    DocumentAttached {
        /// The shipment.
        ucr: Ucr,
        /// The document.
        document: DocumentId,
        /// The version.
        version: Version,
        /// Its type, as UNTDID 1001 numbers it.
        kind: u16,
        /// Who owns it.
        owner: MemberId,
        /// Who takes part.
        parties: Box<Parties>,
    },
    /// The carrier reported a movement.
    MovementReported {
        /// The shipment.
        ucr: Ucr,
        /// The movement's number, from 0.
        sequence: u64,
        /// What moved how.
        code: MovementCode,
        /// Whether it has happened, or is planned or expected.
        classifier: Classifier,
        /// Where.
        location: Locode,
        /// When.
        occurred: BlockTime,
        /// Who takes part.
        parties: Box<Parties>,
    },
    /// All that a declaration needs is there: the declarant's node derives it now.
    DeclarationDue {
        /// Export or import.
        kind: Kind,
        /// The shipment.
        ucr: Ucr,
        /// Who declares.
        declarant: MemberId,
    },
    /// A declaration was derived and waits to be submitted.
    DeclarationDrafted {
        /// Export or import.
        kind: Kind,
        /// The shipment.
        ucr: Ucr,
        /// Who declares.
        declarant: MemberId,
        /// The declaration.
        document: DocumentId,
        /// Its version.
        version: Version,
        /// The share of its fields that could be derived, in permille.
        completeness_permille: u16,
    },
    /// A declaration was submitted to customs: the authority's node cross-checks it now.
    DeclarationSubmitted {
        /// Export or import.
        kind: Kind,
        /// The shipment.
        ucr: Ucr,
        /// Who declares.
        declarant: MemberId,
        /// Who decides.
        customs: MemberId,
        /// The declaration.
        document: DocumentId,
        /// Its version.
        version: Version,
    },
    /// Customs compared a declaration with its sources.
    CrossChecked {
        /// Export or import.
        kind: Kind,
        /// The shipment.
        ucr: Ucr,
        /// Who declared.
        declarant: MemberId,
        /// Who checked.
        customs: MemberId,
        /// How the declaration is treated.
        lane: Lane,
        /// Findings that forbid a release.
        errors: u32,
        /// Findings that raise the risk.
        warnings: u32,
        /// Findings to know of.
        notes: u32,
        /// What the check proposes.
        suggestion: Suggestion,
    },
    /// Customs decided.
    DeclarationDecided {
        /// Export or import.
        kind: Kind,
        /// The shipment.
        ucr: Ucr,
        /// Who declared.
        declarant: MemberId,
        /// Who decided.
        customs: MemberId,
        /// On whose account: the exporter or the importer.
        trader: MemberId,
        /// The decision.
        decision: Decision,
        /// The certificate of the decision.
        certificate: Option<(DocumentId, Version)>,
        /// Milliseconds from the registration of the shipment's first document to the decision.
        elapsed_ms: u64,
    },
    /// A bank registered a financing.
    FinancingRegistered {
        /// The hidden amount.
        claim: FieldBytes,
        /// The bank.
        bank: MemberId,
    },
    /// A bank paid a financing out.
    FinancingDisbursed {
        /// The hidden amount.
        claim: FieldBytes,
        /// The bank.
        bank: MemberId,
    },
    /// A financing was paid back.
    FinancingSettled {
        /// The hidden amount.
        claim: FieldBytes,
        /// The bank.
        bank: MemberId,
    },
    /// A verifying key was proposed.
    KeyProposed {
        /// For which statement.
        statement: Statement,
        /// The key.
        key: Digest,
        /// By whom.
        by: MemberId,
    },
    /// A validator's member approved a verifying key.
    KeyApproved {
        /// For which statement.
        statement: Statement,
        /// The key.
        key: Digest,
        /// Who approved.
        by: MemberId,
    },
    /// A verifying key is the one in force.
    KeyActivated {
        /// For which statement.
        statement: Statement,
        /// The key.
        key: Digest,
    },
    /// A validator is shown to have lied.
    EvidenceRecorded {
        /// The evidence.
        evidence: Digest,
        /// The member that runs the validator.
        validator: MemberId,
        /// What it did.
        misbehaviour: String,
        /// Who brought the evidence.
        by: MemberId,
    },
}

impl Event {
    /// Whom the event concerns; nobody in particular when the list is empty, which means everybody.
    pub fn concerns(&self) -> Vec<MemberId> {
        let mut members: Vec<&MemberId> = match self {
            Self::MemberAdmitted { .. }
            | Self::CertificateRegistered { .. }
            | Self::ActorRevoked { .. }
            | Self::NodeMoved { .. }
            | Self::KeyProposed { .. }
            | Self::KeyApproved { .. }
            | Self::KeyActivated { .. }
            | Self::EvidenceRecorded { .. } => Vec::new(),
            Self::DocumentRegistered { owner, .. } => vec![owner],
            Self::DocumentCountersigned { owner, by, .. } => vec![owner, by],
            Self::GrantGiven { owner, grantor, reader, .. }
            | Self::GrantRevoked { owner, grantor, reader, .. } => vec![owner, grantor, reader],
            Self::ShipmentOpened { parties, .. } | Self::MovementReported { parties, .. } => {
                parties.all().to_vec()
            }
            Self::DocumentAttached { parties, owner, .. } => {
                parties.all().into_iter().chain([owner]).collect()
            }
            Self::DeclarationDue { declarant, .. } | Self::DeclarationDrafted { declarant, .. } => {
                vec![declarant]
            }
            Self::DeclarationSubmitted { declarant, customs, .. }
            | Self::CrossChecked { declarant, customs, .. } => vec![declarant, customs],
            Self::DeclarationDecided { declarant, customs, trader, .. } => {
                vec![declarant, customs, trader]
            }
            Self::FinancingRegistered { bank, .. }
            | Self::FinancingDisbursed { bank, .. }
            | Self::FinancingSettled { bank, .. } => vec![bank],
        };
        members.sort();
        members.dedup();
        members.into_iter().cloned().collect()
    }

    /// The name that streams, filters and logs use.
    pub fn name(&self) -> &'static str {
        match self {
            Self::MemberAdmitted { .. } => "member-admitted",
            Self::CertificateRegistered { .. } => "certificate-registered",
            Self::ActorRevoked { .. } => "actor-revoked",
            Self::NodeMoved { .. } => "node-moved",
            Self::DocumentRegistered { .. } => "document-registered",
            Self::DocumentCountersigned { .. } => "document-countersigned",
            Self::GrantGiven { .. } => "grant-given",
            Self::GrantRevoked { .. } => "grant-revoked",
            Self::ShipmentOpened { .. } => "shipment-opened",
            Self::DocumentAttached { .. } => "document-attached",
            Self::MovementReported { .. } => "movement-reported",
            Self::DeclarationDue { .. } => "declaration-due",
            Self::DeclarationDrafted { .. } => "declaration-drafted",
            Self::DeclarationSubmitted { .. } => "declaration-submitted",
            Self::CrossChecked { .. } => "cross-checked",
            Self::DeclarationDecided { .. } => "declaration-decided",
            Self::FinancingRegistered { .. } => "financing-registered",
            Self::FinancingDisbursed { .. } => "financing-disbursed",
            Self::FinancingSettled { .. } => "financing-settled",
            Self::KeyProposed { .. } => "key-proposed",
            Self::KeyApproved { .. } => "key-approved",
            Self::KeyActivated { .. } => "key-activated",
            Self::EvidenceRecorded { .. } => "evidence-recorded",
        }
    }
}
