//! What the registry keeps.

use crate::rule::{Rejection, ensure};
use bincode::{Decode, Encode};
use hansa_documents::grant::EncryptionKey;
use hansa_primitives::{
    ActorId, BlockTime, Height, MemberId, VerifyingKey, certificate::Role, codec::Canonical, limits,
};
use hansa_zkp::FieldBytes;
use serde::{Deserialize, Serialize};

/// Whether a member or actor may act.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// It may.
    Active,
    /// It may not any more.
    Revoked {
        /// The height of the block that revoked it.
        since: Height,
    },
}

/// A member of the consortium.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct MemberRecord {
    /// Its short name.
    pub id: MemberId,
    /// Its legal name.
    pub name: String,
    /// Its country, ISO 3166-1 alpha-2.
    pub country: String,
    /// What it does in the trade.
    pub role: Role,
    /// Its current certificate.
    pub actor: ActorId,
    /// The key of that certificate.
    pub signing_key: VerifyingKey,
    /// The key that document keys are wrapped for.
    pub encryption_key: EncryptionKey,
    /// The owner of its document leaves in proofs.
    pub owner: FieldBytes,
    /// Its node, if it runs one.
    pub node: Option<NodeAddress>,
    /// The key it votes with, if it runs a validator.
    pub vote_key: Option<VerifyingKey>,
    /// Whether its current certificate is in force.
    pub status: Status,
}

/// Who signs transactions: a certificate of a member.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct ActorRecord {
    /// The hash of the certificate.
    pub actor: ActorId,
    /// Whose it is.
    pub member: MemberId,
    /// The member's role, as the certificate states it.
    pub role: Role,
    /// The key that transactions are verified with.
    pub key: VerifyingKey,
    /// The place of the anchor that issued it.
    pub anchor: u16,
    /// The serial number that a revocation list names.
    pub serial: Vec<u8>,
    /// Valid from.
    pub not_before: BlockTime,
    /// Valid until.
    pub not_after: BlockTime,
    /// Whether it is revoked.
    pub status: Status,
}

/// Where a member's node is reached.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NodeAddress {
    /// The libp2p peer id, base58.
    pub peer_id: String,
    /// The multiaddress for peers.
    pub p2p: String,
    /// The address for clients, `https://host:port`.
    pub grpc: String,
}

impl NodeAddress {
    /// Checks form and length; whether a node answers there is not a matter of state.
    pub(crate) fn check(&self) -> Result<(), Rejection> {
        let printable = |text: &str, max: usize| {
            !text.is_empty()
                && text.len() <= max
                && text.bytes().all(|byte| byte.is_ascii_graphic())
        };
        ensure!(printable(&self.peer_id, 128), BadAddress, "the peer id is malformed");
        ensure!(
            printable(&self.p2p, 256) && self.p2p.starts_with('/'),
            BadAddress,
            "the address for peers is no multiaddress"
        );
        ensure!(
            printable(&self.grpc, 256) && self.grpc.starts_with("https://"),
            BadAddress,
            "the address for clients does not begin with https://"
        );
        Ok(())
    }
}

/// The certificate of a trust anchor.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub(crate) struct AnchorRecord {
    /// DER.
    pub(crate) der: Vec<u8>,
}

/// Whose a peer id is.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub(crate) struct PeerOwner(pub(crate) MemberId);

/// What an Ed25519 key is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub(crate) enum Purpose {
    /// Transactions.
    Sign,
    /// Consensus votes.
    Vote,
}

/// Whose a key is, and what for.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub(crate) struct KeyUse {
    pub(crate) member: MemberId,
    pub(crate) purpose: Purpose,
}

/// The number of the last revocation list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub(crate) struct ListNumber(pub(crate) u64);

impl Canonical for MemberRecord {
    const BYTES_MAX: usize = limits::STATE_VALUE_BYTES_MAX;
}

impl Canonical for ActorRecord {
    const BYTES_MAX: usize = 4096;
}

impl Canonical for AnchorRecord {
    const BYTES_MAX: usize = 8 + limits::CERTIFICATE_BYTES_MAX;
}

impl Canonical for KeyUse {
    const BYTES_MAX: usize = 64;
}

impl Canonical for PeerOwner {
    const BYTES_MAX: usize = 64;
}

impl Canonical for ListNumber {
    const BYTES_MAX: usize = 8;
}
