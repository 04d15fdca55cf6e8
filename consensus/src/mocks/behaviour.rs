//! How a validator lies.

use super::{double_voter, equivocator, forgetful, silent, view_pusher, withholder};
use crate::{
    engine::{Effect, To},
    types::{Certificate, Envelope, Message, ValidatorSet},
};
use hansa_primitives::{ChainId, Signer, ValidatorIndex};
use std::{fmt, str::FromStr, sync::Arc};
use thiserror::Error;

/// How a validator lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Behaviour {
    /// Proposes two blocks at one height: one to most, the other to as many as may be faulty.
    Equivocate,
    /// Proposes two blocks at one height, each to half of the others.
    Split,
    /// Says nothing.
    Silent,
    /// Votes for a second block wherever it votes for one.
    DoubleVote,
    /// Proposes to a single validator.
    Withhold,
    /// Asks for a view that is far away, again and again.
    PushViews,
    /// Leaves views as if it had seen no certificate.
    Forget,
}

impl Behaviour {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Equivocate,
        Self::Split,
        Self::Silent,
        Self::DoubleVote,
        Self::Withhold,
        Self::PushViews,
        Self::Forget,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Equivocate => "equivocate",
            Self::Split => "split",
            Self::Silent => "silent",
            Self::DoubleVote => "double-vote",
            Self::Withhold => "withhold",
            Self::PushViews => "push-views",
            Self::Forget => "forget",
        }
    }
}

impl fmt::Display for Behaviour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Text that names no behaviour.
#[derive(Debug, Error, PartialEq, Eq)]
#[error(
    "`{0}` is no misbehaviour: equivocate, split, silent, double-vote, withhold, push-views and \
     forget are"
)]
pub struct UnknownBehaviour(pub String);

impl FromStr for Behaviour {
    type Err = UnknownBehaviour;

    fn from_str(text: &str) -> Result<Self, UnknownBehaviour> {
        let found = Self::ALL.into_iter().find(|behaviour| behaviour.name() == text);
        found.ok_or_else(|| UnknownBehaviour(text.to_owned()))
    }
}

/// Changes what leaves an honest engine into what a liar would send, properly signed.
pub struct Misbehaving {
    pub(super) behaviour: Behaviour,
    pub(super) chain: ChainId,
    pub(super) set: Arc<ValidatorSet>,
    pub(super) index: ValidatorIndex,
    pub(super) root: Certificate,
    pub(super) signer: Arc<dyn Signer>,
    pub(super) twins: equivocator::Twins,
}

impl Misbehaving {
    /// A liar with the vote key of the validator.
    pub fn new(
        behaviour: Behaviour,
        chain: ChainId,
        set: Arc<ValidatorSet>,
        index: ValidatorIndex,
        root: Certificate,
        signer: Arc<dyn Signer>,
    ) -> Self {
        let twins = equivocator::Twins::default();
        Self { behaviour, chain, set, index, root, signer, twins }
    }

    /// What becomes of an effect. To be called on every effect right before it is performed.
    pub fn apply(&mut self, effect: Effect) -> Vec<Effect> {
        let Effect::Send { to, envelope } = effect else { return vec![effect] };
        if envelope.from != self.index {
            return vec![Effect::Send { to, envelope }];
        }
        match self.behaviour {
            Behaviour::Equivocate => {
                let deceived = self.set.faults_max().max(1);
                equivocator::apply(self, deceived, to, envelope)
            }
            Behaviour::Split => {
                let deceived = self.set.len() / 2;
                equivocator::apply(self, deceived, to, envelope)
            }
            Behaviour::Silent => silent::apply(),
            Behaviour::DoubleVote => double_voter::apply(self, to, envelope),
            Behaviour::Withhold => withholder::apply(self, to, envelope),
            Behaviour::PushViews => view_pusher::apply(self, to, envelope),
            Behaviour::Forget => forgetful::apply(self, to, envelope),
        }
    }

    /// Signs a message as the validator.
    pub(super) fn envelope(&self, message: Message) -> Envelope {
        let signature = self.signer.sign(&message.signing_bytes(&self.chain));
        Envelope { from: self.index, message, signature }
    }

    /// The other validators that a message is for.
    pub(super) fn receivers(&self, to: To) -> Vec<ValidatorIndex> {
        match to {
            To::All => self.set.indexes().filter(|index| *index != self.index).collect(),
            To::One(index) => vec![index],
        }
    }
}

/// One effect for each receiver.
pub(super) fn send(
    receivers: impl IntoIterator<Item = ValidatorIndex>,
    envelope: &Envelope,
) -> Vec<Effect> {
    let one = |index| Effect::Send { to: To::One(index), envelope: envelope.clone() };
    receivers.into_iter().map(one).collect()
}
