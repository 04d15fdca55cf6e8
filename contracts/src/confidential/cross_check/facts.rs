//! What the ledger knows in public and documents do not say.

use crate::shipment::Movement;
use hansa_primitives::{DocumentId, MemberId, certificate::Role};

/// Public facts about a shipment, read from the ledger's state by whoever runs the check.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PublicFacts {
    /// Who issued the certificate of origin on the ledger.
    pub certificate_issuer: Option<IssuerFact>,
    /// Reported movements of the shipment, in the order of their reports.
    pub movements: Vec<Movement>,
    /// Other declarations of the same kind that rest on a document of this one.
    pub other_uses: Vec<OtherUse>,
    /// Whether the sale is paid under a letter of credit.
    pub letter_of_credit: bool,
}

/// The member that registered a document as its issuer, as the registry has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssuerFact {
    /// The member.
    pub member: MemberId,
    /// Its role by certificate.
    pub role: Role,
    /// Its country by certificate, ISO 3166-1 alpha-2.
    pub country: String,
    /// Whether its certificate was in force when it registered the document and is not revoked.
    pub active: bool,
}

/// Another declaration that rests on a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtherUse {
    /// The document that is used twice.
    pub document: DocumentId,
    /// The other declaration.
    pub declaration: DocumentId,
}
