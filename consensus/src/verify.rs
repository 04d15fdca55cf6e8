//! Verification of messages, outside the engine: the only way to make a [`Verified`].
//!
//! Structure first (membership, epoch, quorum, order), signatures last and all together: one batch
//! for everything that arrived, bisected if it fails, so that a liar costs its neighbours little.

use crate::types::{
    Block, CHAIN_HEADERS_LIMIT, Certificate, CertificateError, Chain, Envelope, Header, Message,
    NewView, NewViewError, PrePrepare, ValidatorSet, ViewChange,
};
use hansa_primitives::{
    BlockHash, ChainId, Digest, Epoch, Height, Signature, ValidatorIndex, VerifyingKey, limits,
    signature::{SignedMessage, verify_each},
};
use std::sync::Arc;
use thiserror::Error;

/// Why a message is not let in. Each variant is a rule that an honest validator keeps.
#[derive(Debug, Error, Clone, Copy, PartialEq, Eq)]
pub enum VerifyError {
    /// The signer is not in the validator set.
    #[error("validator {0} is not in the set")]
    UnknownSigner(ValidatorIndex),
    /// The message belongs to another epoch.
    #[error("the message is of epoch {0}")]
    WrongEpoch(Epoch),
    /// A proposal is signed by someone other than its proposer.
    #[error("a proposal of validator {proposer} is signed by validator {signer}")]
    NotTheProposer {
        /// Whom the header names.
        proposer: ValidatorIndex,
        /// Who signed.
        signer: ValidatorIndex,
    },
    /// The header names another validator set.
    #[error("the header at height {0} names another validator set")]
    WrongValidators(Height),
    /// The header orders more batches than allowed, or is at height 0.
    #[error("the header at height {0} is out of bounds")]
    HeaderBounds(Height),
    /// A certificate or proof is attached that does not belong to the proposal.
    #[error("what is attached to the proposal at height {0} does not belong to it")]
    Unrelated(Height),
    /// A view change to the view of its own certificate, or an earlier one.
    #[error("a view change that goes back")]
    ViewGoesBack,
    /// A run of headers that is empty, too long, or not linked by parent hashes to its certificate.
    #[error("the headers are not a chain that ends at the certificate")]
    NotAChain,
    /// A certificate is malformed.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// The proof of a view is malformed.
    #[error(transparent)]
    NewView(#[from] NewViewError),
    /// A signature does not hold.
    #[error("a signature does not hold")]
    BadSignature,
}

/// A message whose structure and signatures were checked. The engine takes nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    pub(crate) envelope: Box<Envelope>,
    pub(crate) blocks: Vec<Block>,
}

impl Verified {
    /// The message as it came.
    pub fn envelope(&self) -> &Envelope {
        &self.envelope
    }
}

/// A signature that still has to be checked.
struct Claimed {
    key: VerifyingKey,
    message: Vec<u8>,
    signature: Signature,
}

/// Checks messages against one chain and validator set. Cheap to clone; usable from any thread.
#[derive(Clone, Debug)]
pub struct Verifier {
    chain: ChainId,
    set: Arc<ValidatorSet>,
    digest: Digest,
    root: Certificate,
    pub(crate) quorum: usize,
    pub(crate) rank_matters: bool,
}

impl Verifier {
    /// `root` is the certificate that the epoch starts from; it is trusted as it is.
    pub fn new(chain: ChainId, set: Arc<ValidatorSet>, root: Certificate) -> Self {
        let digest = set.digest(&chain);
        let quorum = set.quorum();
        Self { chain, set, digest, root, quorum, rank_matters: true }
    }

    /// Checks all messages; the verdicts are in the order of the messages.
    pub fn verify(&self, envelopes: Vec<Envelope>) -> Vec<Result<Verified, VerifyError>> {
        let mut claimed: Vec<Claimed> = Vec::new();
        let checked: Vec<_> = envelopes
            .into_iter()
            .map(|envelope| {
                let start = claimed.len();
                let result = self.structure(envelope, &mut claimed);
                if result.is_err() {
                    claimed.truncate(start);
                }
                (result, start..claimed.len())
            })
            .collect();
        let items: Vec<_> = claimed
            .iter()
            .map(|Claimed { key, message, signature }| SignedMessage {
                key: *key,
                message,
                signature: *signature,
            })
            .collect();
        let holds = verify_each(&items);
        checked
            .into_iter()
            .map(|(result, range)| {
                let verified = result?;
                if holds[range].iter().all(|holds| *holds) {
                    Ok(verified)
                } else {
                    Err(VerifyError::BadSignature)
                }
            })
            .collect()
    }

    /// Checks the structure alone. For simulations that sign with something cheaper.
    #[cfg(feature = "mocks")]
    pub(crate) fn trust(&self, envelope: Envelope) -> Result<Verified, VerifyError> {
        self.structure(envelope, &mut Vec::new())
    }

    fn structure(
        &self,
        envelope: Envelope,
        claimed: &mut Vec<Claimed>,
    ) -> Result<Verified, VerifyError> {
        let from = envelope.from;
        let key = *self.set.key(from).ok_or(VerifyError::UnknownSigner(from))?;
        let mut blocks = Vec::new();
        match &envelope.message {
            Message::PrePrepare(message) => {
                blocks.push(self.pre_prepare(from, message, claimed)?);
            }
            Message::Vote(vote) => self.epoch(vote.epoch)?,
            Message::ViewChange(message) => self.view_change(message, claimed)?,
            Message::NewView(message) => self.new_view(message, claimed)?,
            Message::Status(message) => {
                self.epoch(message.epoch)?;
                self.certificate(&message.high, claimed)?;
                if let Some(new_view) = &message.new_view {
                    self.new_view(new_view, claimed)?;
                }
            }
            Message::Chain(message) => blocks = self.headers(message, claimed)?,
        }
        let message = match (&envelope.message, blocks.first()) {
            (Message::PrePrepare(_), Some(block)) => block.proposal_bytes(&self.chain),
            (message, _) => message.signing_bytes(&self.chain),
        };
        claimed.push(Claimed { key, message, signature: envelope.signature });
        Ok(Verified { envelope: Box::new(envelope), blocks })
    }

    fn epoch(&self, epoch: Epoch) -> Result<(), VerifyError> {
        if epoch == self.set.epoch() { Ok(()) } else { Err(VerifyError::WrongEpoch(epoch)) }
    }

    fn header(&self, header: &Header) -> Result<(), VerifyError> {
        self.epoch(header.epoch)?;
        if header.validators != self.digest {
            return Err(VerifyError::WrongValidators(header.height));
        }
        let bounded = header.batches.len() <= limits::BLOCK_BATCHES_MAX
            && header.height > self.root.vote.height
            && header.executed.height < header.height;
        if bounded { Ok(()) } else { Err(VerifyError::HeaderBounds(header.height)) }
    }

    fn pre_prepare(
        &self,
        from: ValidatorIndex,
        message: &PrePrepare,
        claimed: &mut Vec<Claimed>,
    ) -> Result<Block, VerifyError> {
        let header = &message.header;
        self.header(header)?;
        if header.proposer != from {
            return Err(VerifyError::NotTheProposer { proposer: header.proposer, signer: from });
        }
        let extends = |certificate: &Certificate| {
            let vote = &certificate.vote;
            vote.block == header.parent && vote.height.next() == header.height
        };
        if let Some(parent) = &message.parent {
            if parent.vote.view != header.view || !extends(parent) {
                return Err(VerifyError::Unrelated(header.height));
            }
            self.certificate(parent, claimed)?;
        }
        if let Some(new_view) = &message.new_view {
            if new_view.view != header.view || !extends(&new_view.high) {
                return Err(VerifyError::Unrelated(header.height));
            }
            self.new_view(new_view, claimed)?;
        }
        Ok(Block::new(&self.chain, Arc::clone(header)))
    }

    fn view_change(
        &self,
        message: &ViewChange,
        claimed: &mut Vec<Claimed>,
    ) -> Result<(), VerifyError> {
        self.epoch(message.epoch)?;
        if message.high.vote.view >= message.view {
            return Err(VerifyError::ViewGoesBack);
        }
        self.certificate(&message.high, claimed)
    }

    fn new_view(&self, message: &NewView, claimed: &mut Vec<Claimed>) -> Result<(), VerifyError> {
        message.check(&self.set, self.quorum, self.rank_matters)?;
        self.certificate(&message.high, claimed)?;
        for rank in &message.ranks {
            let signed = message.claim(rank).signing_bytes(&self.chain);
            self.claim(rank.validator, signed, rank.signature, claimed)?;
        }
        Ok(())
    }

    fn headers(
        &self,
        message: &Chain,
        claimed: &mut Vec<Claimed>,
    ) -> Result<Vec<Block>, VerifyError> {
        let headers = &message.headers;
        if headers.is_empty() || headers.len() > CHAIN_HEADERS_LIMIT {
            return Err(VerifyError::NotAChain);
        }
        self.certificate(&message.certificate, claimed)?;
        headers.iter().try_for_each(|header| self.header(header))?;
        linked(&self.chain, None, headers, &message.certificate).ok_or(VerifyError::NotAChain)
    }

    fn certificate(
        &self,
        certificate: &Certificate,
        claimed: &mut Vec<Claimed>,
    ) -> Result<(), VerifyError> {
        if *certificate == self.root {
            return Ok(());
        }
        certificate.check(&self.set, self.quorum)?;
        let signed = certificate.vote.signing_bytes(&self.chain);
        for (signer, signature) in &certificate.signatures {
            self.claim(*signer, signed.clone(), *signature, claimed)?;
        }
        Ok(())
    }

    fn claim(
        &self,
        signer: ValidatorIndex,
        message: Vec<u8>,
        signature: Signature,
        claimed: &mut Vec<Claimed>,
    ) -> Result<(), VerifyError> {
        let key = *self.set.key(signer).ok_or(VerifyError::UnknownSigner(signer))?;
        claimed.push(Claimed { key, message, signature });
        Ok(())
    }
}

/// Follows the parent hashes from `parent` (if known) to the block of the certificate.
pub(crate) fn linked(
    chain: &ChainId,
    parent: Option<(Height, BlockHash)>,
    headers: &[Arc<Header>],
    certificate: &Certificate,
) -> Option<Vec<Block>> {
    let mut last = parent;
    let mut blocks = Vec::with_capacity(headers.len());
    for header in headers {
        if last.is_some_and(|(height, hash)| {
            hash != header.parent || height.next() != header.height || height == header.height
        }) {
            return None;
        }
        let block = Block::new(chain, Arc::clone(header));
        last = Some((header.height, block.hash()));
        blocks.push(block);
    }
    let end = blocks.last()?;
    let certified = certificate.vote.block == end.hash()
        && certificate.vote.height == end.height()
        && certificate.vote.view == end.header().view;
    certified.then_some(blocks)
}
