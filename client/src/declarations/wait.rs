//! Waiting until a declaration has come so far: nodes and authorities act in their own time.

use super::Declarations;
use crate::{
    error::{Error, Result},
    member::{Cursor, Follow},
};
use futures::StreamExt;
use hansa_contracts::{
    declaration::{self, Kind, Status},
    event::Event,
};
use hansa_primitives::{Height, Ucr};
use std::time::{Duration, Instant};

/// How far a declaration has come, whatever came out of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// All that it needs is there.
    Due,
    /// It has built itself.
    Drafted,
    /// Customs has it.
    Submitted,
    /// Customs' node has compared it with its documents.
    Checked,
    /// Customs has decided.
    Decided,
}

impl Stage {
    /// What people call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Due => "due",
            Self::Drafted => "drafted",
            Self::Submitted => "submitted",
            Self::Checked => "cross-checked",
            Self::Decided => "decided",
        }
    }
}

impl From<Status> for Stage {
    fn from(status: Status) -> Self {
        match status {
            Status::Due => Self::Due,
            Status::Drafted => Self::Drafted,
            Status::Submitted => Self::Submitted,
            Status::Checked(_) => Self::Checked,
            Status::Held | Status::Refused | Status::Released | Status::Cleared => Self::Decided,
        }
    }
}

/// The events that move a declaration on.
const KINDS: [&str; 5] = [
    "declaration-due",
    "declaration-drafted",
    "declaration-submitted",
    "cross-checked",
    "declaration-decided",
];

impl Declarations<'_> {
    /// Waits until a declaration has come at least so far, and says how it stands then.
    ///
    /// # Errors
    /// [`Error::Timeout`] if it takes longer.
    pub async fn wait(
        &self,
        kind: Kind,
        ucr: &Ucr,
        stage: Stage,
        timeout: Duration,
    ) -> Result<Status> {
        let end = Instant::now() + timeout;
        let (mut status, height) = self.status_at(kind, ucr).await?;
        // What happens after the state that was read shows in the events after its block.
        let after = Some(Cursor { height, position: u32::MAX });
        let kinds = KINDS.map(str::to_owned).to_vec();
        let mut events = self.member.follow(Follow { after, kinds, ..Follow::default() });
        loop {
            if let Some(reached) = status.filter(|status| Stage::from(*status) >= stage) {
                return Ok(reached);
            }
            let left = end.saturating_duration_since(Instant::now());
            let Ok(event) = tokio::time::timeout(left, events.next()).await else {
                let stands = status.map_or("not due", |status| Stage::from(status).name());
                let kind = kind.name();
                return Err(Error::Timeout {
                    what: format!(
                        "the {kind} declaration of `{ucr}` (it is {stands}, not yet {})",
                        stage.name()
                    ),
                    seconds: timeout.as_secs(),
                    next: "look at the shipment's status: it names what is awaited from whom"
                        .to_owned(),
                });
            };
            let ended = || Error::integrity("the events", "they ended by themselves");
            if concerns(&event.ok_or_else(ended)??.event, kind, ucr) {
                (status, _) = self.status_at(kind, ucr).await?;
            }
        }
    }

    async fn status_at(&self, kind: Kind, ucr: &Ucr) -> Result<(Option<Status>, Height)> {
        self.member.inner.read(|view| declaration::status(view, ucr, kind)).await
    }
}

fn concerns(event: &Event, wanted: Kind, shipment: &Ucr) -> bool {
    match event {
        Event::DeclarationDue { kind, ucr, .. }
        | Event::DeclarationDrafted { kind, ucr, .. }
        | Event::DeclarationSubmitted { kind, ucr, .. }
        | Event::CrossChecked { kind, ucr, .. }
        | Event::DeclarationDecided { kind, ucr, .. } => *kind == wanted && ucr == shipment,
        _ => false,
    }
}
