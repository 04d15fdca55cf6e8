//! The rules that a transaction can break: one for each rejection, with a code that never changes.
//!
//! The list of rules is the specification of what validators refuse. A receipt carries the rule, so
//! its place in the list is part of the ledger's format: new rules are added at the end, none is
//! removed.

use bincode::{Decode, Encode};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use thiserror::Error;

/// Bytes of a rejection's message that a receipt keeps.
pub const MESSAGE_BYTES_MAX: usize = 512;

/// Why a transaction was refused: the rule it broke, and the particulars.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{}: {message}", rule.code())]
pub struct Rejection {
    /// The rule.
    pub rule: Rule,
    /// What broke it. Every validator must produce the same text, so it is made of ledger data and
    /// wording of this crate only, never of a library's error text.
    pub message: String,
}

impl Rejection {
    /// A rejection; a message longer than [`MESSAGE_BYTES_MAX`] is cut.
    pub fn new(rule: Rule, message: impl Into<String>) -> Self {
        let mut message = message.into();
        if message.len() > MESSAGE_BYTES_MAX {
            message.truncate(message.floor_char_boundary(MESSAGE_BYTES_MAX));
        }
        Self { rule, message }
    }
}

/// Returns a [`Rejection`] unless the condition holds.
macro_rules! ensure {
    ($condition:expr, $rule:ident, $($message:tt)+) => {
        if !$condition {
            let message = format!($($message)+);
            return Err($crate::rule::Rejection::new($crate::rule::Rule::$rule, message));
        }
    };
}

/// Returns a [`Rejection`].
macro_rules! reject {
    ($rule:ident, $($message:tt)+) => {
        return Err($crate::rule::Rejection::new($crate::rule::Rule::$rule, format!($($message)+)))
    };
}

/// Makes a [`Rejection`].
macro_rules! rejection {
    ($rule:ident, $($message:tt)+) => {
        $crate::rule::Rejection::new($crate::rule::Rule::$rule, format!($($message)+))
    };
}

pub(crate) use {ensure, reject, rejection};

macro_rules! rules {
    ($($name:ident $code:literal $what:literal $hint:literal;)+) => {
        /// A rule of the contracts, see [`Rule::code`], [`Rule::what`] and [`Rule::hint`].
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
        pub enum Rule {
            $(#[doc = concat!("`", $code, "`: ", $what)] $name,)+
        }

        impl Rule {
            /// All rules, in the order of their place in the format.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The stable code.
            pub fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)+ }
            }

            /// What the rule demands or forbids.
            pub fn what(self) -> &'static str {
                match self { $(Self::$name => $what,)+ }
            }

            /// What the sender can do about it.
            pub fn hint(self) -> &'static str {
                match self { $(Self::$name => $hint,)+ }
            }
        }
    };
}

rules! {
    // The envelope
    MalformedCall "TX-001" "the call is not the canonical encoding of 1 to 16 calls"
        "build the call with the SDK of the same protocol version as the ledger";
    WrongChain "TX-002" "the transaction is meant for another ledger"
        "sign for the chain id of the ledger that you submit to";
    Expired "TX-003" "the last height that may include the transaction has passed"
        "sign and submit it again; nothing was applied";
    WindowTooLong "TX-004"
        "the transaction asks to stay valid for longer than the ledger remembers ids"
        "choose a `valid until` height closer to the present one";
    Duplicate "TX-005" "the transaction is in an earlier block, or earlier in this one"
        "look up the first one by its id: that one counts";
    UnknownActor "TX-006" "the registry knows no such certificate"
        "register the certificate, or sign under the one that is registered";
    ActorRevoked "TX-007" "the actor's certificate is revoked"
        "have a new certificate issued and registered";
    OutsideValidity "TX-008" "block time lies outside the validity of the actor's certificate"
        "have a new certificate issued and registered";
    // Registry
    BadCertificate "REG-001" "the bytes are no certificate that the consortium takes"
        "have the consortium's authority issue an Ed25519 certificate with member and role";
    UntrustedIssuer "REG-002" "no trust anchor of the ledger issued the certificate or list"
        "have it issued by an authority that is listed in the genesis";
    ActorKnown "REG-003" "the certificate is registered already" "nothing needs to be done";
    CertificateRevoked "REG-004" "the authority has revoked the certificate's serial number"
        "have a new certificate issued";
    UnknownMember "REG-005" "the registry knows no such member" "check the member's short name";
    MemberKnown "REG-006" "a member of this name is registered already"
        "register a further certificate of that member instead";
    RoleChanged "REG-007" "the certificate states another role than the member has"
        "have the certificate issued with the member's role";
    KeyInUse "REG-008" "the key is another member's or certificate's already"
        "generate a key of its own for every purpose";
    NoConsent "REG-009" "the new member's key did not sign its own admission"
        "let the new member sign the admission that is submitted";
    NotValidator "REG-010" "only a member that runs a validator may do this"
        "ask a validator's member to submit it";
    BadRevocationList "REG-011" "the bytes are no revocation list" "submit the list as DER";
    StaleRevocationList "REG-012" "a list with this number or a later one is on the ledger"
        "fetch the authority's latest list";
    BadAddress "REG-013" "the node's address is malformed or too long"
        "give a peer id, a multiaddress and an https:// address";
    MemberRevoked "REG-014" "the member has no certificate in force"
        "have a new certificate of that member registered first";
    // Document
    BadHeader "DOC-001"
        "the document header breaks its own format"
        "seal the document with the SDK";
    NotOwner "DOC-002" "only the document's owner may do this" "ask the owner";
    VersionGap "DOC-003" "the version does not follow the latest one"
        "read the latest version and register the next";
    KindChanged "DOC-004" "a later version has another document type than the first"
        "register it as a document of its own";
    IssuerRole "DOC-005" "members of this role do not issue documents of this type"
        "have the document uploaded by its issuer";
    NotAvailable "DOC-006" "too few validators signed that they store the sealed bytes"
        "upload the sealed bytes and collect at least 2f+1 signatures";
    BadAvailability "DOC-007"
        "the availability certificate is not for these bytes, or a signature fails"
        "collect the signatures again for the digest and length in the header";
    UnknownDocument "DOC-008" "the ledger has no such document version" "check id and version";
    HeaderMismatch "DOC-009" "the countersigned hash is not that of the registered header"
        "read the header again before signing";
    NoAccess "DOC-010" "the member neither owns the document nor holds a grant of it in force"
        "ask the owner, or someone who may pass it on, for a grant";
    CountersignedTwice "DOC-011" "the member has countersigned this version already"
        "nothing needs to be done";
    Superseded "DOC-012" "a later version of the document is registered"
        "act on the latest version";
    NotIssuer "DOC-013" "the issuer named in the header is not the member who signs"
        "have the document uploaded by its issuer";
    // Grant
    BadTerms "GRT-001"
        "the terms of the grant break their own format"
        "build the grant with the SDK";
    GrantKnown "GRT-002" "a grant with this id is on the ledger already" "nothing needs to be done";
    NotGrantor "GRT-003" "the grantor named in the terms is not the member who signs"
        "sign with the grantor's key";
    MayNotPassOn "GRT-004" "the grantor is not the owner and holds no grant that may be passed on"
        "ask the owner for a grant that may be passed on";
    UnknownParent "GRT-005" "the parent grant is not on the ledger" "check the parent's id";
    ParentNotYours "GRT-006"
        "the parent grant was not given to the grantor, or is of another version"
        "name a grant that was given to you, of the same version";
    ParentNotInForce "GRT-007" "the parent grant is revoked or has expired"
        "ask for a new grant";
    NotNarrower "GRT-008" "the grant goes beyond its parent in scope, time or depth"
        "grant no more than you hold";
    ExpiredAlready "GRT-009" "the grant ends before it begins" "choose a later end";
    TooManyGrants "GRT-010" "too many grants in one call, or of one version to one reader"
        "split the call; grants to one reader of one version are limited";
    UnknownGrant "GRT-011" "the ledger has no such grant" "check the grant's id";
    NotRevoker "GRT-012" "only the grantor or the document's owner may revoke a grant"
        "ask the owner to revoke it";
    RevokedAlready "GRT-013" "the grant is revoked already" "nothing needs to be done";
    WrongReaderKey "GRT-014" "the key is not wrapped under a suite that the reader's key has"
        "wrap the key again for the reader's registered key";
    // Shipment
    ShipmentKnown "SHP-001" "a shipment with this reference is open already"
        "choose another unique consignment reference";
    NotTrader "SHP-002" "only the exporter or the importer opens a shipment"
        "ask one of the two to open it";
    PartyRole "SHP-003" "a party of the shipment lacks the role it is named for"
        "name members with the right roles";
    UnknownShipment "SHP-004" "the ledger has no such shipment" "check the consignment reference";
    NotParty "SHP-005" "the member is no party of the shipment" "ask a party to do it";
    AttachedAlready "SHP-006" "this version is attached to the shipment already"
        "nothing needs to be done";
    TooManyAttachments "SHP-007" "the shipment or the document has too many attachments"
        "open a further shipment";
    NotCarrier "SHP-008" "only the shipment's carrier reports its movements"
        "ask the carrier to report it";
    BadEvent "SHP-009" "a field of the movement breaks its format"
        "check location (UN/LOCODE), container (ISO 6346), vessel (IMO) and text lengths";
    EventInFuture "SHP-010" "an actual movement is dated after the block that reports it"
        "report it as planned or estimated, or correct the time";
    // Declaration
    NotDue "DEC-001" "the declaration is not due yet"
        "attach the documents it needs and grant them to the declarant";
    NotDeclarant "DEC-002" "only the shipment's declarant may do this" "ask the declarant";
    WrongDeclarationDocument "DEC-003"
        "the document is no declaration of this kind by the declarant"
        "seal the declaration as a document of type 830 or 929 and register it first";
    SourceMissing "DEC-004" "a document that the declaration must rest on is not among its sources"
        "derive the declaration from the full set";
    SourceMismatch "DEC-005"
        "a source is not attached to the shipment in this version, or its root differs"
        "derive the declaration again from the attached versions";
    TooManySources "DEC-006" "too many sources, or one of them twice" "list each source once";
    BadCompleteness "DEC-007" "completeness is above 1000 permille" "give permille";
    WrongStatus "DEC-008" "the declaration's status does not allow this step"
        "read the declaration's status and take the step that follows it";
    CustomsCannotRead "DEC-009" "customs holds no grant of the declaration or of one of its sources"
        "grant the declaration and all its sources to customs, whole";
    // Clearance
    NotCustoms "CLR-001" "only the customs authority of this declaration may do this"
        "the authority named in the shipment decides";
    LaneContradictsFindings "CLR-002" "errors were found, yet the lane is the one for low risk"
        "choose the lane that the findings call for";
    WrongDecision "CLR-003" "the decision does not fit this kind of declaration"
        "exports are released, imports are cleared";
    CertificateMissing "CLR-004" "a clearance needs a clearance certificate registered by customs"
        "seal and register the certificate (type 132) first, and name it in the decision";
    // Financing
    NotBank "FIN-001" "only a bank registers or settles a financing" "let the bank submit it";
    NoActiveKey "FIN-002" "the proof's key is not the one in force for this statement"
        "prove again under the active key";
    UnknownRoot "FIN-003" "the proof was made against a tree that this ledger never had"
        "fetch the paths from this ledger and prove again";
    AlreadyFinanced "FIN-004" "this step of the trade is financed already"
        "the same receivable cannot be financed twice";
    ProofRefused "FIN-005" "the proof does not hold for what it is submitted with"
        "prove again for this bank, ledger and session";
    ClaimKnown "FIN-006" "a financing with this claim is on the ledger already"
        "nothing needs to be done";
    UnknownClaim "FIN-007" "the ledger has no such financing" "check the claim";
    OtherBank "FIN-008"
        "the financing is another bank's"
        "only the bank that registered it may do this";
    WrongStage "FIN-009" "the financing is not at the stage that this step follows"
        "register, then disburse, then settle";
    TreeFull "FIN-010" "a proof tree has no room for a further leaf"
        "a new ledger has to be founded; report this to the consortium";
    BadNullifier "FIN-011" "the nullifier is one of the two reserved values" "prove again";
    // Proof keys
    BadKey "PRF-001" "the verifying key is malformed, or none that a ceremony can produce"
        "propose the key that the verified transcript yields";
    KeyKnown "PRF-002" "the key has been proposed already" "approve it instead";
    UnknownKey "PRF-003" "the ledger has no such key" "check the key's id";
    ApprovedTwice "PRF-004" "the member has approved this key already" "nothing needs to be done";
    TooFewContributors "PRF-005" "too few distinct members contributed to the key's ceremony"
        "let more members contribute";
    // Governance
    BadEvidence "GOV-001" "the bytes are no canonical evidence" "submit what the node recorded";
    EvidenceRefused "GOV-002"
        "the evidence does not show misbehaviour of a validator of this ledger"
        "submit what the node recorded";
    EvidenceKnown "GOV-003" "the evidence is on the ledger already" "nothing needs to be done";
}

impl Rule {
    /// The rule with the given code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|rule| rule.code() == code)
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl Serialize for Rule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Rule {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = String::deserialize(deserializer)?;
        Self::from_code(&code).ok_or_else(|| {
            serde::de::Error::custom(format!("`{code}` is no rule of the contracts"))
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn codes_are_distinct_and_lead_back() {
        let codes: BTreeSet<&str> = Rule::ALL.iter().map(|rule| rule.code()).collect();
        assert_eq!(codes.len(), Rule::ALL.len());
        for rule in Rule::ALL {
            assert_eq!(Rule::from_code(rule.code()), Some(*rule));
            let json = serde_json::to_string(rule).unwrap();
            assert_eq!(serde_json::from_str::<Rule>(&json).unwrap(), *rule);
        }
    }

    /// The list and its order are part of the format of receipts.
    #[test]
    fn the_list_is_pinned() {
        let list: Vec<String> = Rule::ALL
            .iter()
            .map(|rule| {
                format!("{} {} {rule:?}", hansa_primitives::codec::encode(rule)[0], rule.code())
            })
            .collect();
        insta::assert_snapshot!(list.join("\n"));
    }

    #[test]
    fn a_long_message_is_cut_between_characters() {
        let rejection = Rejection::new(Rule::BadEvent, "ä".repeat(400));
        assert_eq!(rejection.message.len(), MESSAGE_BYTES_MAX);
        let odd = Rejection::new(Rule::BadEvent, format!("x{}", "ä".repeat(400)));
        assert_eq!(odd.message.len(), MESSAGE_BYTES_MAX - 1);
    }
}
