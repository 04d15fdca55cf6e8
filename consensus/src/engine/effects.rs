//! Small helpers to emit effects.

use super::{Effect, Record, Timer, To};
use crate::types::{Envelope, Header};
use hansa_primitives::ValidatorIndex;
use std::{collections::VecDeque, sync::Arc, time::Duration};

/// Where effects go.
pub(super) type Out = VecDeque<Effect>;

/// Names for what is emitted often.
pub(super) trait Emit {
    fn send_all(&mut self, envelope: Envelope);
    fn send_one(&mut self, to: ValidatorIndex, envelope: Envelope);
    fn persist(&mut self, record: Record);
    fn keep(&mut self, header: &Arc<Header>);
    fn arm(&mut self, timer: Timer, duration: Duration);
}

impl Emit for Out {
    fn send_all(&mut self, envelope: Envelope) {
        self.push_back(Effect::Send { to: To::All, envelope });
    }

    fn send_one(&mut self, to: ValidatorIndex, envelope: Envelope) {
        self.push_back(Effect::Send { to: To::One(to), envelope });
    }

    fn persist(&mut self, record: Record) {
        self.push_back(Effect::Persist(record));
    }

    fn keep(&mut self, header: &Arc<Header>) {
        self.persist(Record::Header(Arc::clone(header)));
    }

    fn arm(&mut self, timer: Timer, duration: Duration) {
        self.push_back(Effect::Arm(timer, duration));
    }
}
