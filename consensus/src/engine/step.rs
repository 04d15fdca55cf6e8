//! The one order in which effects meet the world.

use super::{Effect, Input, Record, Replica};
use hansa_primitives::BlockTime;
use std::collections::VecDeque;

/// The world: sockets, disks and timers in a node, a simulation in tests.
pub trait Host {
    /// Makes the records durable, all of them with one sync, before it returns. A failed sync
    /// leaves the disk's content unknown, so it must abort the process rather than return.
    fn persist(&mut self, records: Vec<Record>);
    /// Performs one effect; never a [`Effect::Persist`].
    fn perform(&mut self, effect: Effect);
}

/// Feeds all inputs to the replica, makes durable what must be, and only then performs the rest.
///
/// Draining a queue into one step costs one sync for all of it: of several safety records only the
/// last is written.
pub fn step<H: Host>(
    replica: &mut Replica,
    host: &mut H,
    now: BlockTime,
    inputs: impl IntoIterator<Item = Input>,
) {
    let mut effects = VecDeque::new();
    for input in inputs {
        replica.handle(now, input, &mut effects);
    }
    let (records, effects) = split(effects);
    if !records.is_empty() {
        host.persist(records);
    }
    for effect in effects {
        host.perform(effect);
    }
}

/// The headers and the last safety record; and everything else.
fn split(effects: VecDeque<Effect>) -> (Vec<Record>, Vec<Effect>) {
    let (mut records, mut safety, mut others) = (Vec::new(), None, Vec::new());
    for effect in effects {
        match effect {
            Effect::Persist(record @ Record::Header(_)) => records.push(record),
            Effect::Persist(record @ Record::Safety(_)) => safety = Some(record),
            other => others.push(other),
        }
    }
    records.extend(safety);
    (records, others)
}
