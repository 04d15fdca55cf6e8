//! Proposes two blocks at one height and shows different ones to different validators; prepares, to
//! each of them, what that one was shown.

use super::behaviour::{Misbehaving, send};
use crate::{
    engine::{Effect, To},
    types::{Block, Envelope, Message, Phase, PrePrepare, Vote},
};
use hansa_primitives::{BlockHash, ValidatorIndex};
use std::{collections::BTreeMap, sync::Arc};

/// The second version of each block.
pub(super) type Twins = BTreeMap<BlockHash, BlockHash>;

const TWINS_MAX: usize = 1024;

pub(super) fn apply(
    liar: &mut Misbehaving,
    deceived: usize,
    to: To,
    envelope: Envelope,
) -> Vec<Effect> {
    let (told, deceived) = sides(liar, deceived, to);
    match &envelope.message {
        Message::PrePrepare(proposal) => {
            let twin = twin(liar, proposal);
            let mut effects = send(told, &envelope);
            effects.extend(send(deceived, &twin));
            effects
        }
        Message::Vote(vote) if vote.phase == Phase::Prepare => {
            let Some(block) = liar.twins.get(&vote.block).copied() else {
                return vec![Effect::Send { to, envelope }];
            };
            let twin = liar.envelope(Message::Vote(Vote { block, ..*vote }));
            let mut effects = send(told, &envelope);
            effects.extend(send(deceived, &twin));
            effects
        }
        _ => vec![Effect::Send { to, envelope }],
    }
}

/// The receivers, split into those who see the first version and those who see the second.
fn sides(
    liar: &Misbehaving,
    deceived: usize,
    to: To,
) -> (Vec<ValidatorIndex>, Vec<ValidatorIndex>) {
    let others = liar.receivers(To::All);
    let second = &others[others.len().saturating_sub(deceived)..];
    liar.receivers(to).into_iter().partition(|index| !second.contains(index))
}

/// The same proposal a millisecond later, on the second version of its parent if there is one: as
/// valid as the first, and another block.
fn twin(liar: &mut Misbehaving, proposal: &PrePrepare) -> Envelope {
    let mut header = proposal.header.as_ref().clone();
    header.time = header.time.plus_millis(1);
    if let Some(parent) = liar.twins.get(&header.parent) {
        header.parent = *parent;
    }
    let header = Arc::new(header);
    let first = Block::new(&liar.chain, Arc::clone(&proposal.header)).hash();
    let second = Block::new(&liar.chain, Arc::clone(&header)).hash();
    if liar.twins.len() >= TWINS_MAX {
        liar.twins.pop_first();
    }
    liar.twins.insert(first, second);
    let belongs = |block: BlockHash| block == header.parent;
    let parent = proposal.parent.clone().filter(|parent| belongs(parent.vote.block));
    let new_view = proposal.new_view.clone();
    liar.envelope(Message::PrePrepare(PrePrepare { header, parent, new_view }))
}
