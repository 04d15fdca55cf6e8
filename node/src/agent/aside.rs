//! Duties that could not be done: kept over restarts and tried again, so that one paper that does not open
//! holds up no other shipment, and is done once its owner has mended it.

use super::duties::Duty;
use hansa_client::files::write_whole;
use serde::{Deserialize, Serialize};
use std::{
    io,
    path::PathBuf,
    time::{Duration, Instant},
};

/// Duties that are kept. With more than these the node's operator has to look.
const KEPT_MAX: usize = 4096;
const PAUSE_MIN: Duration = Duration::from_secs(1);
const PAUSE_MAX: Duration = Duration::from_secs(10 * 60);

/// A duty that failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    duty: Duty,
    /// What stood against it last.
    error: String,
    #[serde(skip, default = "Instant::now")]
    next: Instant,
    #[serde(skip)]
    pause: Duration,
}

/// The duties that were put aside.
pub(super) struct Aside {
    path: PathBuf,
    kept: Vec<Kept>,
}

impl Aside {
    /// Those of an earlier run, all due at once.
    pub(super) fn load(path: PathBuf) -> io::Result<Self> {
        let kept = match std::fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(error),
        };
        Ok(Self { path, kept })
    }

    /// Keeps a duty that has failed, for longer each time.
    pub(super) fn put(&mut self, duty: &Duty, error: &str) -> io::Result<()> {
        let known = self.kept.iter().position(|kept| kept.duty == *duty);
        let pause = known
            .map_or(PAUSE_MIN, |at| (self.kept.remove(at).pause * 2).clamp(PAUSE_MIN, PAUSE_MAX));
        if self.kept.len() >= KEPT_MAX {
            let dropped = self.kept.remove(0);
            tracing::error!(duty = %dropped.duty, error = dropped.error, "given up: too much failed");
        }
        let next = Instant::now() + pause;
        self.kept.push(Kept { duty: duty.clone(), error: error.to_owned(), next, pause });
        self.store()
    }

    /// Forgets a duty that is done.
    pub(super) fn done(&mut self, duty: &Duty) -> io::Result<()> {
        let before = self.kept.len();
        self.kept.retain(|kept| kept.duty != *duty);
        if self.kept.len() == before { Ok(()) } else { self.store() }
    }

    /// When the next one is due; nothing if none is kept.
    pub(super) fn next(&self) -> Option<Instant> {
        self.kept.iter().map(|kept| kept.next).min()
    }

    /// The one that has been due for longest.
    pub(super) fn due(&self) -> Option<Duty> {
        let first = self.kept.iter().min_by_key(|kept| kept.next)?;
        (first.next <= Instant::now()).then(|| first.duty.clone())
    }

    fn store(&self) -> io::Result<()> {
        write_whole(&self.path, &serde_json::to_vec_pretty(&self.kept)?)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use hansa_contracts::declaration::Kind;
    use hansa_primitives::Ucr;

    fn duty(number: usize) -> Duty {
        Duty::Derive { kind: Kind::Export, ucr: Ucr::new(format!("8DE-{number:05}")).unwrap() }
    }

    #[test]
    fn a_failed_duty_is_tried_again_ever_later_and_survives_a_restart() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("aside.json");
        let mut aside = Aside::load(path.clone()).unwrap();
        assert_eq!((aside.next(), aside.due()), (None, None));
        aside.put(&duty(1), "the invoice does not open").unwrap();
        assert_eq!(aside.due(), None);
        let first = aside.next().unwrap();
        aside.put(&duty(1), "the invoice does not open").unwrap();
        assert!(aside.next().unwrap() >= first + PAUSE_MIN);
        for _ in 0..20 {
            aside.put(&duty(1), "still").unwrap();
        }
        assert!(aside.next().unwrap() <= Instant::now() + PAUSE_MAX);

        let mut again = Aside::load(path.clone()).unwrap();
        assert_eq!(again.due(), Some(duty(1)));
        again.done(&duty(1)).unwrap();
        assert_eq!(Aside::load(path).unwrap().next(), None);
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let directory = tempfile::tempdir().unwrap();
        let mut aside = Aside::load(directory.path().join("aside.json")).unwrap();
        aside.kept = (0..KEPT_MAX)
            .map(|number| Kept {
                duty: duty(number),
                error: String::new(),
                next: Instant::now(),
                pause: PAUSE_MIN,
            })
            .collect();
        aside.put(&duty(KEPT_MAX), "one more").unwrap();
        assert_eq!(aside.kept.len(), KEPT_MAX);
        assert!(aside.kept.iter().all(|kept| kept.duty != duty(0)));
    }
}
