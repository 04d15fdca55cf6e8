//! The validators of one epoch.

use bincode::{
    BorrowDecode, Decode, Encode,
    de::{BorrowDecoder, Decoder},
    error::DecodeError,
};
use hansa_primitives::{
    ChainId, Digest, Epoch, MemberId, ValidatorIndex, VerifyingKey,
    codec::{self, Canonical},
    hash, limits,
};
use std::collections::BTreeSet;
use thiserror::Error;

/// How many of `validators` may lie or fail.
pub fn faults_max(validators: usize) -> usize {
    validators.saturating_sub(1) / 3
}

/// How many of `validators` decide: `floor((n + f) / 2) + 1`.
///
/// Any two quorums share at least f + 1 validators, and the honest alone make one. `2f + 1` would
/// not do for an n other than 3f + 1: at n = 5, two threes share only one validator, who may lie.
pub fn quorum(validators: usize) -> usize {
    (validators + faults_max(validators)) / 2 + 1
}

/// Why members do not make a validator set.
#[derive(Debug, Error, Clone, PartialEq, Eq)]
pub enum ValidatorSetError {
    /// Nobody, or more than the limit.
    #[error("{0} validators: 1 to {max} are expected", max = limits::VALIDATORS_MAX)]
    Size(usize),
    /// A member is named twice: each has one vote.
    #[error("member {0} is named twice")]
    DuplicateMember(MemberId),
    /// A vote key stands for two members.
    #[error("the vote key of member {0} is already another's")]
    DuplicateKey(MemberId),
    /// A vote key that anyone can sign for, or nobody.
    #[error("the vote key of member {0} is not a usable Ed25519 key")]
    WeakKey(MemberId),
}

/// The validators of one epoch. A validator's index is its place here; each has one vote.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Encode)]
pub struct ValidatorSet {
    epoch: Epoch,
    members: Vec<(MemberId, VerifyingKey)>,
}

impl ValidatorSet {
    /// Checks the members and makes them a set, in the order given.
    ///
    /// # Errors
    /// [`ValidatorSetError`] if the size is out of bounds or a member or key is unfit.
    pub fn new(
        epoch: Epoch,
        members: Vec<(MemberId, VerifyingKey)>,
    ) -> Result<Self, ValidatorSetError> {
        if members.is_empty() || members.len() > limits::VALIDATORS_MAX {
            return Err(ValidatorSetError::Size(members.len()));
        }
        let (mut names, mut keys) = (BTreeSet::new(), BTreeSet::new());
        for (member, key) in &members {
            if !names.insert(member) {
                return Err(ValidatorSetError::DuplicateMember(member.clone()));
            }
            if !keys.insert(key) {
                return Err(ValidatorSetError::DuplicateKey(member.clone()));
            }
            if !key.is_well_formed() || key.is_small_order() {
                return Err(ValidatorSetError::WeakKey(member.clone()));
            }
        }
        Ok(Self { epoch, members })
    }

    /// The epoch that the set votes in.
    pub fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// The members with their vote keys.
    pub fn members(&self) -> &[(MemberId, VerifyingKey)] {
        &self.members
    }

    /// How many validators there are.
    #[expect(clippy::len_without_is_empty, reason = "a set is never empty")]
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// All indexes.
    pub fn indexes(&self) -> impl Iterator<Item = ValidatorIndex> + use<> {
        (0..self.members.len() as u16).map(ValidatorIndex)
    }

    /// How many signatures make a certificate.
    pub fn quorum(&self) -> usize {
        quorum(self.members.len())
    }

    /// How many validators may lie or fail.
    pub fn faults_max(&self) -> usize {
        faults_max(self.members.len())
    }

    /// The hash that headers carry.
    pub fn digest(&self, chain: &ChainId) -> Digest {
        hash::tagged(chain, "validators", &[&codec::encode(self)])
    }

    /// The vote key of a validator.
    pub fn key(&self, index: ValidatorIndex) -> Option<&VerifyingKey> {
        self.members.get(usize::from(index.0)).map(|(_, key)| key)
    }

    /// The member that a validator is.
    pub fn member(&self, index: ValidatorIndex) -> Option<&MemberId> {
        self.members.get(usize::from(index.0)).map(|(member, _)| member)
    }

    /// The validator that a member is.
    pub fn index_of(&self, member: &MemberId) -> Option<ValidatorIndex> {
        self.position(|(name, _)| name == member)
    }

    /// The validator with this vote key.
    pub fn index_of_key(&self, key: &VerifyingKey) -> Option<ValidatorIndex> {
        self.position(|(_, own)| own == key)
    }

    fn position(&self, is: impl Fn(&(MemberId, VerifyingKey)) -> bool) -> Option<ValidatorIndex> {
        self.members.iter().position(is).map(|place| ValidatorIndex(place as u16))
    }
}

impl Canonical for ValidatorSet {
    const BYTES_MAX: usize = 16 + limits::VALIDATORS_MAX * (8 + limits::SLUG_BYTES_MAX + 32);
}

impl<Context> Decode<Context> for ValidatorSet {
    fn decode<D: Decoder<Context = Context>>(decoder: &mut D) -> Result<Self, DecodeError> {
        let epoch = Epoch::decode(decoder)?;
        let members = Vec::decode(decoder)?;
        Self::new(epoch, members).map_err(|error| DecodeError::OtherString(error.to_string()))
    }
}

impl<'de, Context> BorrowDecode<'de, Context> for ValidatorSet {
    fn borrow_decode<D: BorrowDecoder<'de, Context = Context>>(
        decoder: &mut D,
    ) -> Result<Self, DecodeError> {
        Self::decode(decoder)
    }
}
