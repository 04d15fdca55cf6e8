//! Timers: armed only while something is undecided; they double up to a cap and reset on progress.
//!
//! The cap is safe because replicas meet by certificates and claims, not by clocks.

use super::{Config, Effect, Timer, effects::Emit, effects::Out};
use std::time::Duration;

/// What the host's timer does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Running {
    #[default]
    No,
    Yes,
    /// It runs, but from too early on.
    Stale,
}

/// The state of both timers.
#[derive(Clone, Debug, Default)]
pub(super) struct Pacer {
    /// View changes since the last progress.
    attempts: u32,
    /// Resends since the last progress.
    resends: u32,
    progress: Running,
    resend: Running,
}

impl Pacer {
    /// Something was decided, or a view began.
    pub(super) fn restart(&mut self, decided: bool) {
        self.resends = 0;
        for timer in [&mut self.progress, &mut self.resend] {
            if *timer == Running::Yes {
                *timer = Running::Stale;
            }
        }
        if decided {
            self.attempts = 0;
        }
    }

    /// A view failed.
    pub(super) fn back_off(&mut self) {
        self.attempts = self.attempts.saturating_add(1);
        self.restart(false);
    }

    pub(super) fn fired(&mut self, timer: Timer) {
        match timer {
            Timer::Progress => self.progress = Running::No,
            Timer::Resend => {
                self.resend = Running::No;
                self.resends = self.resends.saturating_add(1);
            }
        }
    }

    pub(super) fn attempts(&self) -> u32 {
        self.attempts
    }

    /// Runs both while there is something to wait for; stops both otherwise.
    pub(super) fn update(&mut self, config: &Config, outstanding: bool, out: &mut Out) {
        let progress = doubled(config.timeout_base, self.attempts, config.timeout_max);
        let resend = doubled(config.resend, self.resends, config.timeout_max);
        for (timer, running, duration) in [
            (Timer::Progress, &mut self.progress, progress),
            (Timer::Resend, &mut self.resend, resend),
        ] {
            if outstanding && *running != Running::Yes {
                out.arm(timer, duration);
                *running = Running::Yes;
            } else if !outstanding && *running != Running::No {
                out.push_back(Effect::Disarm(timer));
                *running = Running::No;
            }
        }
    }
}

/// `base * 2^times`, at most `max` (but never below `base`).
fn doubled(base: Duration, times: u32, max: Duration) -> Duration {
    let factor = 1_u32.checked_shl(times).unwrap_or(u32::MAX);
    base.saturating_mul(factor).min(max.max(base))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn back_off_is_capped_and_never_wraps() {
        let (base, max) = (Duration::from_secs(1), Duration::from_secs(16));
        let seconds: Vec<u64> = (0..7).map(|n| doubled(base, n, max).as_secs()).collect();
        assert_eq!(seconds, [1, 2, 4, 8, 16, 16, 16]);
        for times in [31, 32, 33, 63, 64, 65, u32::MAX] {
            assert_eq!(doubled(base, times, max), max, "{times}");
            assert_eq!(doubled(Duration::MAX, times, Duration::MAX), Duration::MAX);
        }
        let mut pacer = Pacer { attempts: u32::MAX, ..Pacer::default() };
        pacer.back_off();
        assert_eq!(pacer.attempts(), u32::MAX);
    }
}
