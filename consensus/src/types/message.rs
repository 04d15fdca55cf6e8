//! Messages between validators.

use super::{Certificate, CertificateError, Claim, Header, Rank, RankClaim, ValidatorSet, Vote};
use bincode::{Decode, Encode};
use hansa_primitives::{
    ChainId, Epoch, Height, Signature, ValidatorIndex, View,
    codec::{self, Canonical},
    hash, limits,
};
use std::{fmt, sync::Arc};
use thiserror::Error;

/// Headers that one [`Chain`] may hold. Answers aim at [`limits::CHAIN_HEADERS_MAX`]; they are
/// longer only where many views failed in a row and no certificate lies in between.
pub const CHAIN_HEADERS_LIMIT: usize = 16 * limits::CHAIN_HEADERS_MAX;

/// A leader's proposal. The envelope's signature covers the hash of the header; what is attached
/// carries its own signatures.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct PrePrepare {
    /// The block proposed.
    pub header: Arc<Header>,
    /// A certificate of the same view for the parent, where a leader takes over inside a view.
    pub parent: Option<Certificate>,
    /// The proof of the view, with its first block.
    pub new_view: Option<NewView>,
}

/// A validator leaves its view. The envelope's signature covers the [`Claim`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, Encode, Decode)]
pub struct ViewChange {
    /// The epoch.
    pub epoch: Epoch,
    /// The view asked for.
    pub view: View,
    /// The highest certificate known.
    pub high: Certificate,
}

impl ViewChange {
    /// What is signed.
    pub fn claim(&self) -> Claim {
        Claim { epoch: self.epoch, view: self.view, high: self.high.rank() }
    }
}

/// The proof that a view has begun, and what its first block extends.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Encode, Decode)]
pub struct NewView {
    /// The epoch.
    pub epoch: Epoch,
    /// The view.
    pub view: View,
    /// A quorum of claims, validators strictly ascending.
    pub ranks: Vec<RankClaim>,
    /// The certificate of the greatest rank among them.
    pub high: Certificate,
}

/// Why a [`NewView`] proves nothing.
#[derive(Debug, Error, Clone, Copy, PartialEq, Eq)]
pub enum NewViewError {
    /// Views begin at 0, which needs no proof, and claims are of earlier views.
    #[error("view {0} cannot follow from these claims")]
    View(View),
    /// The claims are of other validators' epoch.
    #[error("the claims are of epoch {0}")]
    Epoch(Epoch),
    /// A validator is named twice, out of order, or is not in the set.
    #[error("validator {0} is unknown or out of order")]
    Claimant(ValidatorIndex),
    /// Too few claims.
    #[error("{0} claims are fewer than a quorum")]
    BelowQuorum(usize),
    /// A claim of greater rank than the certificate: a proven block is left out.
    #[error("the greatest rank claimed is {greatest:?}, the certificate has {certificate:?}")]
    Rank {
        /// The greatest rank among the claims.
        greatest: Rank,
        /// The rank of the certificate.
        certificate: Rank,
    },
    /// The certificate itself is malformed.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
}

impl NewView {
    /// Everything but signatures and the certificate, which is checked apart.
    pub(crate) fn check(
        &self,
        set: &ValidatorSet,
        quorum: usize,
        rank_matters: bool,
    ) -> Result<(), NewViewError> {
        if self.epoch != set.epoch() {
            return Err(NewViewError::Epoch(self.epoch));
        }
        let mut last = None;
        let mut greatest = Rank::default();
        for claim in &self.ranks {
            if last >= Some(claim.validator) || set.key(claim.validator).is_none() {
                return Err(NewViewError::Claimant(claim.validator));
            }
            last = Some(claim.validator);
            greatest = greatest.max(claim.high);
        }
        if self.ranks.len() < quorum {
            return Err(NewViewError::BelowQuorum(self.ranks.len()));
        }
        let certificate = self.high.rank();
        if rank_matters && greatest != certificate {
            return Err(NewViewError::Rank { greatest, certificate });
        }
        if greatest.view >= self.view || certificate.view >= self.view {
            return Err(NewViewError::View(self.view));
        }
        Ok(())
    }

    /// The claim that one of the ranks stands for.
    pub(crate) fn claim(&self, rank: &RankClaim) -> Claim {
        Claim { epoch: self.epoch, view: self.view, high: rank.high }
    }
}

/// Where a validator stands; the start of every repair.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Status {
    /// The epoch.
    pub epoch: Epoch,
    /// The view it is in or changes to.
    pub view: View,
    /// Whether it is still changing to that view.
    pub changing: bool,
    /// The last height it committed.
    pub committed: Height,
    /// The rank up to which it holds the whole chain.
    pub linked: Rank,
    /// The highest certificate it knows.
    pub high: Certificate,
    /// The proof of its view.
    pub new_view: Option<NewView>,
    /// Whether it wants an answer from everyone, wherever they stand.
    pub asks: bool,
}

/// A run of headers, each the parent of the next, the last of them under the certificate.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Chain {
    /// The headers, ascending.
    pub headers: Vec<Arc<Header>>,
    /// Certifies the last of them.
    pub certificate: Certificate,
    /// The last height the sender committed: whether there is more to ask for.
    pub committed: Height,
}

/// What validators tell one another.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Message {
    /// A proposal.
    PrePrepare(PrePrepare),
    /// A vote of either phase.
    Vote(Vote),
    /// A request for a later view.
    ViewChange(ViewChange),
    /// The proof of a view.
    NewView(NewView),
    /// Where the sender stands.
    Status(Status),
    /// What the receiver lacked.
    Chain(Chain),
}

/// The kind of a message, for counters, logs and fault plans.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// [`Message::PrePrepare`]
    PrePrepare,
    /// [`Message::Vote`] of the first phase.
    Prepare,
    /// [`Message::Vote`] of the second phase.
    Commit,
    /// [`Message::ViewChange`]
    ViewChange,
    /// [`Message::NewView`]
    NewView,
    /// [`Message::Status`]
    Status,
    /// [`Message::Chain`]
    Chain,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 7] = [
        Self::PrePrepare,
        Self::Prepare,
        Self::Commit,
        Self::ViewChange,
        Self::NewView,
        Self::Status,
        Self::Chain,
    ];
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::PrePrepare => "pre-prepare",
            Self::Prepare => "prepare",
            Self::Commit => "commit",
            Self::ViewChange => "view-change",
            Self::NewView => "new-view",
            Self::Status => "status",
            Self::Chain => "chain",
        })
    }
}

impl Message {
    /// What kind of message it is.
    pub fn kind(&self) -> Kind {
        match self {
            Self::PrePrepare(_) => Kind::PrePrepare,
            Self::Vote(Vote { phase: super::Phase::Prepare, .. }) => Kind::Prepare,
            Self::Vote(_) => Kind::Commit,
            Self::ViewChange(_) => Kind::ViewChange,
            Self::NewView(_) => Kind::NewView,
            Self::Status(_) => Kind::Status,
            Self::Chain(_) => Kind::Chain,
        }
    }

    /// The bytes that the envelope's signature covers: the vote, claim or block hash itself where
    /// others will want to quote it, else the whole message.
    pub fn signing_bytes(&self, chain: &ChainId) -> Vec<u8> {
        match self {
            Self::PrePrepare(message) => {
                let hash = message.header.hash(chain);
                hash::signing_bytes(chain, "proposal", hash.as_bytes())
            }
            Self::Vote(vote) => vote.signing_bytes(chain),
            Self::ViewChange(message) => message.claim().signing_bytes(chain),
            Self::NewView(message) => signed_whole(chain, "new-view", message),
            Self::Status(message) => signed_whole(chain, "status", message),
            Self::Chain(message) => signed_whole(chain, "chain", message),
        }
    }
}

fn signed_whole<T: Encode>(chain: &ChainId, kind: &str, message: &T) -> Vec<u8> {
    let digest = hash::tagged(chain, kind, &[&codec::encode(message)]);
    hash::signing_bytes(chain, kind, digest.as_bytes())
}

/// A message with its signer's signature: what goes over the wire.
///
/// `from` is the signer, not the peer it came from: proposals are passed on as evidence.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Envelope {
    /// Who signed.
    pub from: ValidatorIndex,
    /// What.
    pub message: Message,
    /// The signature on [`Message::signing_bytes`].
    pub signature: Signature,
}

impl Canonical for Envelope {
    const BYTES_MAX: usize = limits::CONSENSUS_MESSAGE_BYTES_MAX;
}
