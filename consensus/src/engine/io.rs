//! What goes into the engine and what comes out of it.

use crate::{
    evidence::Evidence,
    safety::Safety,
    types::{BatchRef, Block, Certificate, Envelope, Executed, Header},
    verify::Verified,
};
use hansa_primitives::{BlockHash, BlockTime, Digest, Height, ValidatorIndex};
use std::{sync::Arc, time::Duration};

/// Everything that can happen to a replica.
#[derive(Clone, Debug)]
pub enum Input {
    /// The host is ready. The first input.
    Start,
    /// A message arrived and was verified.
    Message(Verified),
    /// A timer that was armed fired.
    Timer(Timer),
    /// A link to a validator came up, for the first time or again.
    Connected(ValidatorIndex),
    /// Whether the host holds batches that are in no committed block. To be repeated for each new
    /// one.
    Work {
        /// Whether it does.
        pending: bool,
    },
    /// What to order next; the answer to [`Effect::NeedPayload`]. No batches means: nothing.
    Payload {
        /// The parent that was asked for.
        parent: BlockHash,
        /// The batches, durable at this validator.
        batches: Vec<BatchRef>,
        /// Root over their transactions.
        transactions_root: Digest,
    },
    /// Every batch of the block is durable here and its transactions root is right.
    Available(BlockHash),
    /// The block orders something invalid, or its transactions root is wrong.
    Invalid(BlockHash),
    /// A committed block was executed. For each height, in order.
    Executed(Executed),
    /// Committed headers from the ledger; the answer to [`Effect::Load`].
    Loaded {
        /// Who asked.
        to: ValidatorIndex,
        /// The headers.
        headers: Vec<Arc<Header>>,
        /// The commit certificate of the last of them.
        certificate: Certificate,
    },
}

/// Everything that a replica asks its host for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// To be durable before any other effect of the same step is performed.
    Persist(Record),
    /// Send a message.
    Send {
        /// To whom.
        to: To,
        /// What.
        envelope: Envelope,
    },
    /// Start a timer anew; it fires once.
    Arm(Timer, Duration),
    /// Stop a timer.
    Disarm(Timer),
    /// This validator leads: what shall be ordered? Answered by [`Input::Payload`].
    NeedPayload {
        /// The block to extend; to be echoed.
        parent: BlockHash,
        /// The height of the new block.
        height: Height,
        /// How many batches it may order.
        batches_max: usize,
        /// Blocks that are not committed yet, ascending, the parent last: their batches are
        /// ordered.
        undecided: Vec<Block>,
    },
    /// Fetch what the block orders, store it durably and check it. Answered by [`Input::Available`]
    /// or [`Input::Invalid`]; may be asked again; void once the height is committed.
    Check(Block),
    /// These blocks are final. Each height comes once, in order.
    Commit {
        /// The blocks, ascending.
        blocks: Vec<Block>,
        /// Commits the last of them, and with it all.
        certificate: Certificate,
    },
    /// A peer lacks committed headers. Answered by [`Input::Loaded`].
    Load {
        /// Who asks.
        to: ValidatorIndex,
        /// The last height it has.
        after: Height,
        /// About how many to send; the last must have a certificate.
        headers_max: usize,
    },
    /// A validator lied, provably.
    Accuse(Evidence),
    /// A proposal will not be voted for. For logs.
    Refused {
        /// The proposal.
        block: BlockHash,
        /// Its height.
        height: Height,
        /// Who proposed it.
        proposer: ValidatorIndex,
        /// Why.
        refusal: Refusal,
    },
    /// Execution here differs from what a quorum confirmed. Nothing is signed any more; the host
    /// stops, keeps its data and tells the operator.
    Halt(Divergence),
}

/// What must be durable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Record {
    /// The safety record; each replaces the one before.
    Safety(Box<Safety>),
    /// A header that is about to be voted for. Needed until the ledger holds its height.
    Header(Arc<Header>),
}

/// Whom a message is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum To {
    /// Every other validator.
    All,
    /// One of them.
    One(ValidatorIndex),
}

/// The two timers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Timer {
    /// Until the view has failed.
    Progress,
    /// Until everything pending is sent again.
    Resend,
}

/// Why a proposal is not voted for. Each variant is a rule for proposals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Refusal {
    /// Only the leader of a view and height proposes.
    #[error("its proposer does not lead that view and height")]
    NotTheLeader,
    /// The header names other execution rules.
    #[error("it names another protocol version")]
    WrongProtocol,
    /// The block's time is not later than its parent's.
    #[error("its time is not later than its parent's")]
    TimeNotAfterParent,
    /// The block's time is too far back.
    #[error("its time is too far behind this validator's clock")]
    TimeTooEarly,
    /// The header goes back behind what its parent says was executed.
    #[error("it reports less executed than its parent")]
    ExecutedGoesBack,
    /// The header reports another state than this validator computed.
    #[error("it reports another state root than this validator computed")]
    StateDiffers,
    /// The header reports a state so old that it cannot be checked.
    #[error("it reports a state that is too old to be checked")]
    StateTooOld,
    /// The host found the payload invalid.
    #[error("what it orders is invalid")]
    PayloadInvalid,
}

/// Two states after one height.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[error(
    "the state after height {height} is {ours} here and {theirs} for a quorum of validators \
     (header at height {reported_at}): this node computes other results than they do. It keeps \
     its data and signs nothing; compare software versions, then verify or rebuild the state"
)]
pub struct Divergence {
    /// The height executed.
    pub height: Height,
    /// The height of the header that reports it.
    pub reported_at: Height,
    /// The root computed here.
    pub ours: Digest,
    /// The root that a quorum confirmed.
    pub theirs: Digest,
}

/// The host's time, in the unit of block time.
pub(crate) type Now = BlockTime;
