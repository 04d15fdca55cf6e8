//! The member's agent: works with the member's keys, where they live on this node.
//!
//! It is a user of the SDK like any other, connected to its own node. It follows the ledger's events and
//! does what is due for its member: derives a declaration, cross-checks one, tells of what awaits people.
//! Everything it does may be done again without harm, so it keeps no state but the place in the event
//! stream that it has worked off, and what it could not do.

mod aside;
mod desk;
mod duties;

pub(crate) use desk::{Desk, DeskError};

use crate::{config::Config, error::NodeError, handle::NodeHandle};
use aside::Aside;
use duties::Duty;
use futures::StreamExt;
use hansa_client::{
    Cursor, Follow, FollowedEvent, Member,
    declarations::Standing,
    files::write_whole,
    profile::{NodeEndpoint, PassphraseSource, Profile, TlsFiles},
};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::sync::OnceCell;

const CURSOR_FILE: &str = "agent.cursor";
const ASIDE_FILE: &str = "agent.aside.json";
/// A duty that fails more often than this for passing reasons is put aside.
const FAILURES_MAX: u32 = 8;
/// How often the place in the event stream is stored while nothing is to be done.
const STORE_EVERY: Duration = Duration::from_secs(1);
const PAUSE_MIN: Duration = Duration::from_millis(100);
const PAUSE_MAX: Duration = Duration::from_secs(5);

/// The member at work on its own node. Services and the event loop share it.
pub(crate) struct Agent {
    handle: NodeHandle,
    member: OnceCell<Member>,
    desk: Desk,
}

impl Agent {
    /// An agent that has not opened anything yet.
    pub(crate) fn new(handle: NodeHandle) -> Arc<Self> {
        let desk = Desk::new(handle.config().data_dir.join("applications"));
        Arc::new(Self { handle, member: OnceCell::new(), desk })
    }

    /// The SDK, opened with the member's keys at the first use.
    ///
    /// # Errors
    /// [`hansa_client::Error`] if the keys do not open or the node does not answer yet.
    pub(crate) async fn member(&self) -> hansa_client::Result<&Member> {
        self.member
            .get_or_try_init(|| async {
                let profile = profile(self.handle.config());
                let passphrase =
                    profile.passphrase.read(|_| Err(std::io::ErrorKind::Unsupported.into()))?;
                Member::open(&profile, &passphrase).await
            })
            .await
    }

    /// The node that the agent works on.
    pub(crate) fn handle(&self) -> &NodeHandle {
        &self.handle
    }

    /// Where applications for financing are kept.
    pub(crate) fn desk(&self) -> &Desk {
        &self.desk
    }
}

/// Follows events and does what is due, until the node stops.
///
/// # Errors
/// [`NodeError`] if the place in the event stream cannot be kept.
pub(crate) async fn run(agent: Arc<Agent>) -> Result<(), NodeError> {
    let handle = agent.handle.clone();
    tokio::select! {
        () = handle.stopped() => Ok(()),
        result = follow(&agent) => result,
    }
}

async fn follow(agent: &Agent) -> Result<(), NodeError> {
    let member = open(agent).await;
    let config = agent.handle.config();
    let standing = match &config.agent.declarant {
        Some(path) => Standing::load(path).map_err(|error| NodeError::System(error.to_string()))?,
        None => Standing::default(),
    };
    let aside = config.data_dir.join(ASIDE_FILE);
    let aside = Aside::load(aside.clone()).map_err(|error| failed(&aside, &error))?;
    let mut following = Following {
        cursor: Place::load(config.data_dir.join(CURSOR_FILE))?,
        member,
        standing,
        aside,
        failures: 0,
    };
    tracing::info!(member = %following.member.id(), "the agent works");
    let mut pause = PAUSE_MIN;
    loop {
        let before = following.cursor.at;
        match following.run().await {
            Ok(()) => {}
            Err(Broken::Sdk(error)) => tracing::warn!(%error, "the agent goes on after a pause"),
            // A disk may have room again: what was done meanwhile is met again, without harm.
            Err(Broken::File(error)) => tracing::error!(%error, "the agent goes on after a pause"),
        }
        if following.cursor.at != before {
            pause = PAUSE_MIN;
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(PAUSE_MAX);
    }
}

/// The agent at work.
struct Following {
    member: Member,
    standing: Standing,
    cursor: Place,
    aside: Aside,
    /// Passing failures of one duty, one after the other.
    failures: u32,
}

/// Why the work was interrupted.
enum Broken {
    /// The node does not answer; what was not done is met again.
    Sdk(hansa_client::Error),
    /// The agent's own files cannot be written.
    File(NodeError),
}

impl Following {
    /// Works off events as they come, and what was put aside when it is due.
    async fn run(&mut self) -> Result<(), Broken> {
        let follow = Follow { after: self.cursor.at, mine: true, ..Follow::default() };
        let mut events = self.member.follow(follow);
        loop {
            let due = self.aside.next().map(tokio::time::Instant::from_std);
            let retry = async {
                match due {
                    Some(due) => tokio::time::sleep_until(due).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                event = events.next() => {
                    let Some(event) = event else { return Ok(()) };
                    self.work_off(event.map_err(Broken::Sdk)?).await?;
                }
                () = retry => {
                    if let Some(duty) = self.aside.due() {
                        self.perform(&duty).await?;
                    }
                }
            }
        }
    }

    async fn work_off(&mut self, event: FollowedEvent) -> Result<(), Broken> {
        duties::tell(&event.event, self.member.id());
        let duty = Duty::of(&event.event, self.member.id());
        if let Some(duty) = &duty {
            self.perform(duty).await?;
        }
        self.cursor.advance(event.cursor, duty.is_some()).map_err(Broken::File)
    }

    async fn perform(&mut self, duty: &Duty) -> Result<(), Broken> {
        let kept = match duty.perform(&self.member, &self.standing).await {
            Ok(()) => self.aside.done(duty),
            // Most likely the node itself is not up to anything: then every duty would fail.
            Err(error) if error.is_transient() && self.failures < FAILURES_MAX => {
                self.failures += 1;
                return Err(Broken::Sdk(error));
            }
            Err(error) => {
                tracing::warn!(%duty, %error, "put aside, to be tried again later");
                self.aside.put(duty, &error.to_string())
            }
        };
        self.failures = 0;
        kept.map_err(|error| Broken::File(NodeError::System(format!("the agent's files: {error}"))))
    }
}

/// The place in the event stream that is worked off.
struct Place {
    path: PathBuf,
    at: Option<Cursor>,
    stored: Instant,
}

impl Place {
    fn load(path: PathBuf) -> Result<Self, NodeError> {
        let at = match std::fs::read_to_string(&path) {
            Ok(text) => text.trim().parse().ok(),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
            Err(error) => return Err(failed(&path, &error)),
        };
        Ok(Self { path, at, stored: Instant::now() })
    }

    /// Moves on. Stored at once if something was done, and now and then anyway: events that led to
    /// nothing may be met again.
    fn advance(&mut self, cursor: Cursor, at_once: bool) -> Result<(), NodeError> {
        self.at = Some(cursor);
        if at_once || self.stored.elapsed() >= STORE_EVERY {
            write_whole(&self.path, cursor.to_string().as_bytes())
                .map_err(|error| failed(&self.path, &error))?;
            self.stored = Instant::now();
        }
        Ok(())
    }
}

/// Opens the member, as soon as the node answers and the ledger can prove who the member is.
async fn open(agent: &Agent) -> Member {
    let mut pause = PAUSE_MIN;
    loop {
        match agent.member().await {
            Ok(member) => return member.clone(),
            Err(error) if error.is_transient() => tracing::debug!(%error, "the agent waits"),
            Err(error) => tracing::warn!(%error, "the agent cannot work yet"),
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(PAUSE_MAX);
    }
}

/// The profile that a node's configuration amounts to: its own keys, its own address.
fn profile(config: &Config) -> Profile {
    let listen = config.grpc.listen;
    let host =
        if listen.ip().is_unspecified() { "127.0.0.1".to_owned() } else { listen.ip().to_string() };
    Profile {
        member: config.member.clone(),
        genesis: config.genesis.clone(),
        keys: config.keys.directory.clone(),
        proving_keys: config.agent.proving_keys.clone(),
        passphrase: PassphraseSource::File(config.keys.passphrase_file.clone()),
        tls: TlsFiles {
            certificate: config.grpc.tls_certificate.clone(),
            key: config.grpc.tls_key.clone(),
            authority: config.grpc.tls_authority.clone(),
        },
        nodes: vec![NodeEndpoint {
            url: format!("https://{host}:{}", listen.port()),
            member: Some(config.member.clone()),
        }],
    }
}

fn failed(path: &Path, error: &std::io::Error) -> NodeError {
    NodeError::System(format!("the agent's file {}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_place_in_the_stream_survives_and_rubbish_begins_anew() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(CURSOR_FILE);
        let mut place = Place::load(path.clone()).unwrap();
        assert_eq!(place.at, None);
        let cursor: Cursor = "42:7".parse().unwrap();
        place.advance(cursor, true).unwrap();
        place.advance("42:8".parse().unwrap(), false).unwrap();
        // What was met lately without anything to do is met again.
        assert_eq!(Place::load(path.clone()).unwrap().at, Some(cursor));
        std::fs::write(&path, "rubbish").unwrap();
        assert_eq!(Place::load(path).unwrap().at, None);
    }
}
