//! The document that a ledger begins with.

use super::{Parameters, hexadecimal};
use crate::{
    key,
    registry::{self, Newcomer, NodeAddress},
    rule::Rejection,
    state::{Overlay, Writes, write},
    tree,
};
use bincode::{Decode, Encode};
use hansa_consensus::{ValidatorSet, ValidatorSetError};
use hansa_documents::grant::EncryptionKey;
use hansa_primitives::{
    BlockTime, ChainId, Digest, Epoch, MemberId, VerifyingKey,
    certificate::{Anchor, CertificateError, MemberCertificate},
    codec::{self, Canonical},
    hash,
};
use hansa_zkp::FieldBytes;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use thiserror::Error;

/// Trust anchors that a ledger may have.
pub const ANCHORS_MAX: usize = 16;
/// Members that a ledger may begin with.
pub const MEMBERS_MAX: usize = 1024;

/// What a ledger begins with.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Genesis {
    /// The ledger's name.
    pub chain: ChainId,
    /// The time of the beginning; the first block is later.
    pub time: BlockTime,
    /// The version of the protocol.
    pub protocol: u16,
    /// The certificates of the authorities that issue members' certificates, DER.
    #[serde(with = "hexadecimal::list")]
    pub anchors: Vec<Vec<u8>>,
    /// The first members. Those with a vote key are the validators, in this order.
    pub members: Vec<GenesisMember>,
    /// What the consortium agreed on.
    pub parameters: Parameters,
}

/// A member that a ledger begins with.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GenesisMember {
    /// Its certificate, DER.
    #[serde(with = "hexadecimal")]
    pub certificate: Vec<u8>,
    /// The key that document keys are wrapped for.
    pub encryption_key: EncryptionKey,
    /// The owner of its document leaves in proofs.
    pub owner: FieldBytes,
    /// Its node, if it runs one.
    pub node: Option<NodeAddress>,
    /// The key it votes with, if it runs a validator.
    pub vote_key: Option<VerifyingKey>,
}

/// The name of a ledger and the hash of its beginning.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Identity {
    /// The ledger's name.
    pub chain: ChainId,
    /// [`Genesis::hash`].
    pub genesis: Digest,
    /// The version of the protocol that it began with.
    pub protocol: u16,
}

impl Canonical for Genesis {
    const BYTES_MAX: usize = 32 * 1024 * 1024;
}

impl Canonical for Identity {
    const BYTES_MAX: usize = 256;
}

/// Why no ledger can begin like this.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum GenesisError {
    /// The JSON text is no genesis document.
    #[error("the genesis document is malformed: {0}")]
    Malformed(String),
    /// No anchor or too many, no member or too many.
    #[error("the genesis has {found} {what}; 1 to {max} are expected")]
    Count {
        /// Of what.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// How many there may be.
        max: usize,
    },
    /// An anchor's certificate is unfit.
    #[error("anchor {0} of the genesis: {1}")]
    Anchor(usize, CertificateError),
    /// Two anchors share a name or key, so that it would not be clear who issued a certificate.
    #[error("anchor {0} of the genesis has the name or key of an earlier one")]
    AnchorTwice(usize),
    /// A member breaks a rule of the registry.
    #[error("member {0} of the genesis: {1}")]
    Member(usize, Rejection),
    /// Two members have the same owner in proofs.
    #[error("member {0} of the genesis has the proof owner of an earlier one")]
    OwnerTwice(usize),
    /// A member votes without saying where its node is.
    #[error("member {0} of the genesis has a vote key but no node address")]
    ValidatorWithoutNode(usize),
    /// The validators make no set.
    #[error("the validators of the genesis: {0}")]
    Validators(#[from] ValidatorSetError),
    /// A parameter is out of bounds.
    #[error("the parameter `{0}` of the genesis is out of bounds")]
    Parameter(&'static str),
}

impl Genesis {
    /// Reads the JSON form.
    ///
    /// # Errors
    /// [`GenesisError::Malformed`] if it is none. Whether a ledger can begin so,
    /// [`Genesis::writes`] says.
    pub fn from_json(text: &str) -> Result<Self, GenesisError> {
        serde_json::from_str(text).map_err(|error| GenesisError::Malformed(error.to_string()))
    }

    /// The JSON form, indented.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("a genesis has string keys only")
    }

    /// The hash that names the beginning: the parent of block 1.
    pub fn hash(&self) -> Digest {
        hash::tagged(&self.chain, "genesis", &[&codec::encode(self)])
    }

    /// The validators with their vote keys, in the order that gives their indexes. Members whose
    /// certificate does not parse are left out; [`Genesis::writes`] names them.
    pub fn validators(&self) -> Vec<(MemberId, VerifyingKey)> {
        let validator = |member: &GenesisMember| {
            let certificate = MemberCertificate::parse(&member.certificate).ok()?;
            Some((certificate.member, member.vote_key?))
        };
        self.members.iter().filter_map(validator).collect()
    }

    /// The entries that the state begins with.
    ///
    /// # Errors
    /// [`GenesisError`] names the part that is unfit.
    pub fn writes(&self) -> Result<Writes, GenesisError> {
        self.check_counts()?;
        self.parameters.check()?;
        let nothing = BTreeMap::new();
        let mut overlay = Overlay::new(&nothing);
        self.write_anchors(&mut overlay)?;
        self.write_members(&mut overlay)?;
        let set = ValidatorSet::new(Epoch(0), self.validators())?;
        write(&mut overlay, key::validators(), &set);
        write(&mut overlay, key::parameters(), &self.parameters);
        let identity =
            Identity { chain: self.chain.clone(), genesis: self.hash(), protocol: self.protocol };
        write(&mut overlay, key::chain(), &identity);
        tree::found(&mut overlay);
        Ok(overlay.into_writes())
    }

    fn check_counts(&self) -> Result<(), GenesisError> {
        let counts = [
            ("trust anchors", self.anchors.len(), ANCHORS_MAX),
            ("members", self.members.len(), MEMBERS_MAX),
        ];
        for (what, found, max) in counts {
            if !(1..=max).contains(&found) {
                return Err(GenesisError::Count { what, found, max });
            }
        }
        Ok(())
    }

    fn write_anchors(&self, overlay: &mut Overlay<'_>) -> Result<(), GenesisError> {
        let mut earlier: Vec<Anchor> = Vec::new();
        for (place, der) in self.anchors.iter().enumerate() {
            let anchor = Anchor::parse(der).map_err(|error| GenesisError::Anchor(place, error))?;
            if earlier.iter().any(|other| other.name == anchor.name || other.key == anchor.key) {
                return Err(GenesisError::AnchorTwice(place));
            }
            registry::write_anchor(overlay, place as u16, der);
            earlier.push(anchor);
        }
        Ok(())
    }

    fn write_members(&self, overlay: &mut Overlay<'_>) -> Result<(), GenesisError> {
        let mut owners = BTreeSet::new();
        for (place, member) in self.members.iter().enumerate() {
            if !owners.insert(member.owner) {
                return Err(GenesisError::OwnerTwice(place));
            }
            if member.vote_key.is_some() && member.node.is_none() {
                return Err(GenesisError::ValidatorWithoutNode(place));
            }
            registry::certified(overlay, &member.certificate, self.time)
                .and_then(|certified| {
                    let newcomer = Newcomer {
                        encryption_key: &member.encryption_key,
                        owner: member.owner,
                        node: member.node.as_ref(),
                        vote_key: member.vote_key,
                    };
                    registry::enrol(overlay, &certified, &newcomer)
                })
                .map_err(|rejection| GenesisError::Member(place, rejection))?;
        }
        Ok(())
    }
}
