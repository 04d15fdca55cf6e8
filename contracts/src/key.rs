//! The keys of state: every one is built here and nowhere else.
//!
//! A key is `<domain>/<kind>/<id…>`. Domain and kind are ASCII. Ids that people write end at a `/`,
//! which they cannot contain; hashes and big-endian numbers have a fixed width; so no key is read
//! in two ways, and a scan of a prefix goes in the order of the ids. A function whose name ends in
//! `_prefix` gives what the keys of one listing begin with.

use crate::{declaration::Kind, proof::Statement};
use hansa_primitives::{ActorId, Digest, DocumentId, GrantId, Height, MemberId, Ucr, Version};
use hansa_zkp::{FieldBytes, Key};

fn join(kind: &str, parts: &[&[u8]]) -> Vec<u8> {
    let length = kind.len() + parts.iter().map(|part| part.len()).sum::<usize>();
    let mut key = Vec::with_capacity(length);
    key.extend_from_slice(kind.as_bytes());
    for part in parts {
        key.extend_from_slice(part);
    }
    key
}

// The chain

/// The chain's id and genesis hash.
pub fn chain() -> Vec<u8> {
    b"chain/identity".to_vec()
}

/// The consortium's parameters.
pub fn parameters() -> Vec<u8> {
    b"chain/parameters".to_vec()
}

/// The RFC 6962 root over the encoded receipts of a block that has transactions.
pub fn receipts_root(height: Height) -> Vec<u8> {
    join("block/", &[&height.0.to_be_bytes(), b"/receipts"])
}

// Registry

/// The trust anchors, in the order of the genesis.
pub fn anchor_prefix() -> Vec<u8> {
    b"registry/anchor/".to_vec()
}

/// A trust anchor by its place in the genesis.
pub fn anchor(place: u16) -> Vec<u8> {
    join("registry/anchor/", &[&place.to_be_bytes()])
}

/// All members.
pub fn member_prefix() -> Vec<u8> {
    b"registry/member/".to_vec()
}

/// A member.
pub fn member(member: &MemberId) -> Vec<u8> {
    join("registry/member/", &[member.as_str().as_bytes()])
}

/// An actor.
pub fn actor(actor: &ActorId) -> Vec<u8> {
    join("registry/actor/", &[actor.as_bytes()])
}

/// The actor whose certificate has a serial number, under an anchor.
pub fn serial(anchor: u16, serial: &[u8]) -> Vec<u8> {
    join("registry/serial/", &[&anchor.to_be_bytes(), serial])
}

/// A serial number that an anchor has revoked.
pub fn revoked(anchor: u16, serial: &[u8]) -> Vec<u8> {
    join("registry/revoked/", &[&anchor.to_be_bytes(), serial])
}

/// The number of the latest revocation list of an anchor.
pub fn revocation_list(anchor: u16) -> Vec<u8> {
    join("registry/list/", &[&anchor.to_be_bytes()])
}

/// The use of a key, so that no two members or purposes share one.
pub fn key_in_use(bytes: &[u8; 32]) -> Vec<u8> {
    join("registry/key/", &[bytes])
}

/// Whose a peer id is: nobody runs a node under another member's.
pub fn peer_id(peer_id: &str) -> Vec<u8> {
    join("registry/peer/", &[peer_id.as_bytes()])
}

/// The validator set in force.
pub fn validators() -> Vec<u8> {
    b"registry/validators".to_vec()
}

// Documents

/// All versions of a document.
pub fn version_prefix(document: &DocumentId) -> Vec<u8> {
    join("document/version/", &[document.as_bytes(), b"/"])
}

/// A version of a document.
pub fn version(document: &DocumentId, version: Version) -> Vec<u8> {
    join("document/version/", &[document.as_bytes(), b"/", &version.0.to_be_bytes()])
}

/// The number of a document's latest version.
pub fn latest(document: &DocumentId) -> Vec<u8> {
    join("document/latest/", &[document.as_bytes()])
}

/// A member's documents.
pub fn owner_prefix(owner: &MemberId) -> Vec<u8> {
    join("document/by-owner/", &[owner.as_str().as_bytes(), b"/"])
}

/// A document in the listing of its owner's.
pub fn owner(owner: &MemberId, document: &DocumentId) -> Vec<u8> {
    join("document/by-owner/", &[owner.as_str().as_bytes(), b"/", document.as_bytes()])
}

/// The versions whose sealed bytes have a hash.
pub fn sealed_prefix(sealed: &Digest) -> Vec<u8> {
    join("document/sealed/", &[sealed.as_bytes(), b"/"])
}

/// A version in the listing of those with the same sealed bytes.
pub fn sealed(sealed: &Digest, document: &DocumentId, version: Version) -> Vec<u8> {
    join(
        "document/sealed/",
        &[sealed.as_bytes(), b"/", document.as_bytes(), &version.0.to_be_bytes()],
    )
}

/// The countersignatures of a version.
pub fn countersignature_prefix(document: &DocumentId, version: Version) -> Vec<u8> {
    join("document/countersignature/", &[document.as_bytes(), b"/", &version.0.to_be_bytes(), b"/"])
}

/// A member's countersignature of a version.
pub fn countersignature(document: &DocumentId, version: Version, member: &MemberId) -> Vec<u8> {
    let mut key = countersignature_prefix(document, version);
    key.extend_from_slice(member.as_str().as_bytes());
    key
}

// Trees

/// Size and root of a tree.
pub fn tree_head(tree: &str) -> Vec<u8> {
    join("tree/head/", &[tree.as_bytes()])
}

/// A node of a tree.
pub fn tree_node(tree: &str, level: u8, index: u64) -> Vec<u8> {
    join("tree/node/", &[tree.as_bytes(), b"/", &[level], &index.to_be_bytes()])
}

/// A root that a tree has had.
pub fn tree_root(tree: &str, root: &FieldBytes) -> Vec<u8> {
    join("tree/root/", &[tree.as_bytes(), b"/", &root.bytes()])
}

/// The leaves of the nullifier tree, greatest value first.
pub fn nullifier_prefix() -> Vec<u8> {
    b"tree/nullifier/".to_vec()
}

/// A leaf of the nullifier tree. The value is complemented, so that an ascending scan that begins
/// at a value meets the next smaller one: the low leaf that insertion and absence proofs need.
pub fn nullifier(value: &Key) -> Vec<u8> {
    join("tree/nullifier/", &[&value.as_bytes().map(|byte| !byte)])
}

// Grants

/// A grant.
pub fn grant(grant: &GrantId) -> Vec<u8> {
    join("grant/grant/", &[grant.as_bytes()])
}

/// The grants to a reader.
pub fn reader_prefix(reader: &MemberId) -> Vec<u8> {
    join("grant/by-reader/", &[reader.as_str().as_bytes(), b"/"])
}

/// The grants of one version to a reader.
pub fn reader_version_prefix(
    reader: &MemberId,
    document: &DocumentId,
    version: Version,
) -> Vec<u8> {
    let mut key = reader_prefix(reader);
    key.extend_from_slice(document.as_bytes());
    key.extend_from_slice(&version.0.to_be_bytes());
    key
}

/// A grant in the listing of its reader's.
pub fn reader(
    reader: &MemberId,
    document: &DocumentId,
    version: Version,
    grant: &GrantId,
) -> Vec<u8> {
    let mut key = reader_version_prefix(reader, document, version);
    key.extend_from_slice(grant.as_bytes());
    key
}

/// The grants on a document, version by version.
pub fn granted_prefix(document: &DocumentId) -> Vec<u8> {
    join("grant/by-document/", &[document.as_bytes(), b"/"])
}

/// A grant in the listing of its document's.
pub fn granted(document: &DocumentId, version: Version, grant: &GrantId) -> Vec<u8> {
    let mut key = granted_prefix(document);
    key.extend_from_slice(&version.0.to_be_bytes());
    key.extend_from_slice(grant.as_bytes());
    key
}

// Shipments

/// A shipment.
pub fn shipment(ucr: &Ucr) -> Vec<u8> {
    join("shipment/shipment/", &[ucr.as_str().as_bytes()])
}

/// All shipments.
pub fn shipment_prefix() -> Vec<u8> {
    b"shipment/shipment/".to_vec()
}

/// The shipments that a member is a party of.
pub fn party_prefix(party: &MemberId) -> Vec<u8> {
    join("shipment/by-party/", &[party.as_str().as_bytes(), b"/"])
}

/// A shipment in the listing of a party's.
pub fn party(party: &MemberId, ucr: &Ucr) -> Vec<u8> {
    join("shipment/by-party/", &[party.as_str().as_bytes(), b"/", ucr.as_str().as_bytes()])
}

/// The documents attached to a shipment.
pub fn attachment_prefix(ucr: &Ucr) -> Vec<u8> {
    join("shipment/document/", &[ucr.as_str().as_bytes(), b"/"])
}

/// A document attached to a shipment.
pub fn attachment(ucr: &Ucr, document: &DocumentId) -> Vec<u8> {
    join("shipment/document/", &[ucr.as_str().as_bytes(), b"/", document.as_bytes()])
}

/// The shipments that a document is attached to.
pub fn attached_prefix(document: &DocumentId) -> Vec<u8> {
    join("shipment/by-document/", &[document.as_bytes(), b"/"])
}

/// A shipment in the listing of a document's.
pub fn attached(document: &DocumentId, ucr: &Ucr) -> Vec<u8> {
    join("shipment/by-document/", &[document.as_bytes(), b"/", ucr.as_str().as_bytes()])
}

/// The movements of a shipment, in the order in which they were reported.
pub fn movement_prefix(ucr: &Ucr) -> Vec<u8> {
    join("shipment/event/", &[ucr.as_str().as_bytes(), b"/"])
}

/// A movement of a shipment.
pub fn movement(ucr: &Ucr, sequence: u64) -> Vec<u8> {
    join("shipment/event/", &[ucr.as_str().as_bytes(), b"/", &sequence.to_be_bytes()])
}

/// How many movements of a shipment have been reported.
pub fn movement_count(ucr: &Ucr) -> Vec<u8> {
    join("shipment/count/", &[ucr.as_str().as_bytes()])
}

/// The first actual departure of a shipment.
pub fn departure(ucr: &Ucr) -> Vec<u8> {
    join("shipment/departure/", &[ucr.as_str().as_bytes()])
}

// Declarations

/// A declaration of a shipment.
pub fn declaration(ucr: &Ucr, kind: Kind) -> Vec<u8> {
    join("declaration/declaration/", &[ucr.as_str().as_bytes(), b"/", kind.name().as_bytes()])
}

/// The declarations that a member declares or decides on.
pub fn concerned_prefix(member: &MemberId) -> Vec<u8> {
    join("declaration/by-member/", &[member.as_str().as_bytes(), b"/"])
}

/// A declaration in the listing of its declarant's or its customs authority's.
pub fn concerned(member: &MemberId, ucr: &Ucr, kind: Kind) -> Vec<u8> {
    let mut key = concerned_prefix(member);
    key.extend_from_slice(ucr.as_str().as_bytes());
    key.push(b'/');
    key.extend_from_slice(kind.name().as_bytes());
    key
}

// Financing

/// The registration that spent a nullifier.
pub fn registration(nullifier: &Key) -> Vec<u8> {
    join("financing/registration/", &[nullifier.as_bytes()])
}

/// A financing by its claim.
pub fn claim(claim: &FieldBytes) -> Vec<u8> {
    join("financing/claim/", &[&claim.bytes()])
}

/// A bank's financings.
pub fn bank_prefix(bank: &MemberId) -> Vec<u8> {
    join("financing/by-bank/", &[bank.as_str().as_bytes(), b"/"])
}

/// A financing in the listing of its bank's.
pub fn bank(bank: &MemberId, claim: &FieldBytes) -> Vec<u8> {
    join("financing/by-bank/", &[bank.as_str().as_bytes(), b"/", &claim.bytes()])
}

// Proof keys

/// All proposed keys.
pub fn proof_key_prefix() -> Vec<u8> {
    b"proof/key/".to_vec()
}

/// A proposed key.
pub fn proof_key(key: &Digest) -> Vec<u8> {
    join("proof/key/", &[key.as_bytes()])
}

/// The id of the key in force for a statement.
pub fn active_proof_key(statement: Statement) -> Vec<u8> {
    join("proof/active/", &[statement.name().as_bytes()])
}

// Governance

/// All evidence.
pub fn evidence_prefix() -> Vec<u8> {
    b"governance/evidence/".to_vec()
}

/// Evidence by its id.
pub fn evidence(evidence: &Digest) -> Vec<u8> {
    join("governance/evidence/", &[evidence.as_bytes()])
}
