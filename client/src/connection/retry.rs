//! When a call is tried again.

use crate::error::is_transport;
use std::time::Duration;
use tonic::{Code, Status};
use tonic_types::StatusExt;

/// Rounds over all nodes before a call is given up.
const ROUNDS_MAX: u32 = 4;
const PAUSE_MIN: Duration = Duration::from_millis(50);
const PAUSE_MAX: Duration = Duration::from_secs(2);

/// Whether a call may be repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Repeat {
    /// Doing it twice is doing it once: reads, submissions of a signed transaction, stores by
    /// digest.
    Idempotent,
    /// It must reach one node once.
    Never,
}

/// The attempts of one call.
pub(crate) struct Attempts {
    left: u32,
    nodes: u32,
    made: u32,
}

impl Attempts {
    pub(crate) fn new(repeat: Repeat, nodes: usize) -> Self {
        let nodes = u32::try_from(nodes).unwrap_or(1).max(1);
        let left = match repeat {
            Repeat::Idempotent => ROUNDS_MAX * nodes - 1,
            Repeat::Never => 0,
        };
        Self { left, nodes, made: 0 }
    }

    /// How long to wait before the next attempt; nothing if there is no use in one.
    pub(crate) fn pause_after(&mut self, status: &Status) -> Option<Duration> {
        let busy = match status.code() {
            Code::Unavailable => false,
            _ if is_transport(status) => false,
            Code::ResourceExhausted => true,
            _ => return None,
        };
        self.left = self.left.checked_sub(1)?;
        self.made += 1;
        let asked = status.get_error_details().retry_info().and_then(|info| info.retry_delay);
        if let Some(delay) = asked {
            return Some(delay.min(PAUSE_MAX));
        }
        // Another node can be asked at once; a round that failed is followed by a longer pause.
        let round = self.made / self.nodes;
        if round == 0 && !busy {
            return Some(Duration::ZERO);
        }
        Some((PAUSE_MIN * 2_u32.pow(round.min(6))).min(PAUSE_MAX))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn pauses(repeat: Repeat, nodes: usize, status: &Status) -> Vec<Duration> {
        let mut attempts = Attempts::new(repeat, nodes);
        std::iter::from_fn(|| attempts.pause_after(status)).collect()
    }

    #[test]
    fn attempts_are_bounded_and_pauses_grow() {
        let gone = Status::unavailable("gone");
        assert_eq!(pauses(Repeat::Idempotent, 1, &gone).len(), 3);
        let with_three = pauses(Repeat::Idempotent, 3, &gone);
        assert_eq!(with_three.len(), 11);
        assert_eq!(with_three[..2], [Duration::ZERO; 2]);
        assert!(with_three.windows(2).all(|pair| pair[0] <= pair[1]));
        assert!(with_three.iter().all(|pause| *pause <= PAUSE_MAX));
    }

    #[test]
    fn only_harmless_calls_are_repeated_and_only_after_passing_failures() {
        assert!(pauses(Repeat::Never, 3, &Status::unavailable("gone")).is_empty());
        for code in [Code::InvalidArgument, Code::PermissionDenied, Code::Internal, Code::DataLoss]
        {
            assert!(pauses(Repeat::Idempotent, 3, &Status::new(code, "no")).is_empty());
        }
    }

    #[test]
    fn a_busy_node_is_given_the_time_it_asks_for() {
        let details = tonic_types::ErrorDetails::with_retry_info(Some(Duration::from_millis(700)));
        let busy = Status::with_error_details(Code::ResourceExhausted, "busy", details);
        let mut attempts = Attempts::new(Repeat::Idempotent, 2);
        assert_eq!(attempts.pause_after(&busy), Some(Duration::from_millis(700)));
        let silent = Status::resource_exhausted("busy");
        assert!(attempts.pause_after(&silent).unwrap() >= PAUSE_MIN);
    }
}
