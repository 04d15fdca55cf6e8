//! The member's agent: works with the member's keys, where they live on this node.
//!
//! It is a user of the SDK like any other, connected to its own node. It follows the ledger's events and
//! does what is due for its member: derives a declaration, cross-checks one, tells of what awaits people.
//! Everything it does may be done again without harm, so it keeps no state but the place in the event
//! stream that it has worked off.

mod desk;
mod duties;

pub(crate) use desk::{Desk, DeskError};

use crate::{config::Config, error::NodeError, handle::NodeHandle};
use futures::StreamExt;
use hansa_client::{
    Cursor, Follow, Member,
    declarations::Standing,
    profile::{NodeEndpoint, PassphraseSource, Profile, TlsFiles},
};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tokio::sync::OnceCell;

const CURSOR_FILE: &str = "agent.cursor";
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
    let standing = match &agent.handle.config().agent.declarant {
        Some(path) => Standing::load(path).map_err(|error| NodeError::System(error.to_string()))?,
        None => Standing::default(),
    };
    tracing::info!(member = %member.id(), "the agent works");
    let path = agent.handle.config().data_dir.join(CURSOR_FILE);
    let mut pause = PAUSE_MIN;
    loop {
        let after = load_cursor(&path)?;
        let mut events = member.follow(Follow { after, mine: true, ..Follow::default() });
        while let Some(event) = events.next().await {
            let event = match event {
                Ok(event) => event,
                Err(error) => {
                    tracing::warn!(%error, "the agent's event stream broke off");
                    break;
                }
            };
            if let Err(error) = duties::act(&member, &standing, &event.event).await {
                // The event is met again after a pause: what failed may be there by then.
                tracing::warn!(%error, event = event.event.name(), "the agent tries again");
                break;
            }
            store_cursor(&path, &event.cursor)?;
            pause = PAUSE_MIN;
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(PAUSE_MAX);
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

fn load_cursor(path: &Path) -> Result<Option<Cursor>, NodeError> {
    match std::fs::read_to_string(path) {
        Ok(text) => match text.trim().parse() {
            Ok(cursor) => Ok(Some(cursor)),
            Err(_) => {
                tracing::warn!(path = %path.display(), "no cursor: the agent begins anew");
                Ok(None)
            }
        },
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed(path, &error)),
    }
}

/// Replaces the file at once, so that a power cut leaves the old place or the new one.
fn store_cursor(path: &Path, cursor: &Cursor) -> Result<(), NodeError> {
    let next = PathBuf::from(format!("{}.next", path.display()));
    std::fs::write(&next, cursor.to_string())
        .and_then(|()| std::fs::rename(&next, path))
        .map_err(|error| failed(path, &error))
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
        assert_eq!(load_cursor(&path).unwrap(), None);
        let cursor: Cursor = "42:7".parse().unwrap();
        store_cursor(&path, &cursor).unwrap();
        assert_eq!(load_cursor(&path).unwrap(), Some(cursor));
        std::fs::write(&path, "rubbish").unwrap();
        assert_eq!(load_cursor(&path).unwrap(), None);
    }
}
