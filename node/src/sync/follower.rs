//! Follows the chain without voting.

use crate::{
    core::Core,
    executor::Commit,
    mailbox::Drained,
    p2p::{BlocksMessage, Class, HeaderRun, Peer},
};
use hansa_consensus::verify_chain;
use hansa_primitives::{BlockHash, Height, limits};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

/// How often a validator is asked when nothing was pushed.
const ASK_WHEN_QUIET: Duration = Duration::from_secs(2);
/// How long an answer may take before another validator is asked.
const ASK_AGAIN: Duration = Duration::from_millis(250);
/// Blocks that may wait for execution before more headers are asked for.
const AHEAD_MAX: u64 = 512;

/// What a follower hears.
pub(crate) enum Heard {
    /// Committed headers.
    Run(Arc<Peer>, HeaderRun),
    /// A node has committed this height.
    Tip(Arc<Peer>, Height),
    /// A stream to a validator has come up.
    Up(Arc<Peer>),
}

struct Follower {
    core: Arc<Core>,
    /// The last block handed to execution.
    last: (Height, BlockHash),
    asked: Option<Instant>,
    heard: Instant,
    turn: usize,
    /// There is more, and execution has to come closer before it is asked for.
    behind: bool,
}

/// Runs until the mailbox is closed.
pub(crate) fn run(core: Arc<Core>) {
    let last = match core.ledger.committed() {
        Ok(committed) => (committed.height, committed.block),
        Err(error) => return core.halt(error.to_string()),
    };
    let now = Instant::now();
    let mut follower = Follower { core, last, asked: None, heard: now, turn: 0, behind: false };
    let mut heard = Vec::new();
    loop {
        let deadline = Some(Instant::now() + ASK_AGAIN);
        if follower.core.follower.drain(&mut heard, 64, deadline) == Drained::Closed {
            return;
        }
        for item in heard.drain(..) {
            follower.handle(item);
        }
        follower.ask_when_due();
    }
}

impl Follower {
    fn handle(&mut self, heard: Heard) {
        match heard {
            Heard::Run(peer, run) => self.take(&peer, run),
            Heard::Tip(peer, height) => {
                self.core.peers_told.height(&peer.at.member, height);
                self.asked = None;
                self.heard = Instant::now();
            }
            Heard::Up(peer) => self.ask(&peer),
        }
    }

    fn take(&mut self, peer: &Peer, run: HeaderRun) {
        self.heard = Instant::now();
        let certified = run.certificate.vote.height;
        let (height, block) = self.last;
        if certified <= height {
            self.core.peers_told.height(&peer.at.member, certified);
            self.asked = None;
            return;
        }
        // What this node has already is cut off; a gap is asked for.
        let new: Vec<_> =
            run.headers.into_iter().skip_while(|header| header.height <= height).collect();
        if new.first().is_none_or(|first| first.height != height.next()) {
            if self.asked.is_none() {
                self.ask(peer);
            }
            return;
        }
        let (chain, set) = (&self.core.chain, &self.core.set);
        match verify_chain(chain, set, (height, block), &new, &run.certificate) {
            Ok(blocks) => {
                let Some(last) = blocks.last() else { return };
                self.last = (last.height(), last.hash());
                self.asked = None;
                self.core.peers_told.height(&peer.at.member, certified);
                let (certificate, count) = (run.certificate, new.len());
                self.core.executor.push(Commit { headers: new, certificate });
                // A full answer means that there is more.
                let told = self.core.peers_told.of(&peer.at.member).height;
                if count >= limits::CHAIN_HEADERS_MAX / 2 || told > self.last.0 {
                    self.ask(peer);
                }
            }
            Err(error) => tracing::warn!(%peer, %error, "headers prove nothing"),
        }
    }

    fn ask(&mut self, peer: &Peer) {
        let executed = self.core.ledger.executed().height;
        self.behind = self.last.0.0.saturating_sub(executed.0) > AHEAD_MAX;
        if self.behind {
            return;
        }
        let frame = BlocksMessage::Ask(self.last.0).frame();
        match peer.send(Class::Blocks, frame) {
            Ok(()) => self.asked = Some(Instant::now()),
            Err(reason) => tracing::debug!(%peer, %reason, "not asked for headers"),
        }
    }

    /// Asks one validator after the other while answers fail to come, and now and then in any case:
    /// a push may have been lost.
    fn ask_when_due(&mut self) {
        let due = match self.asked {
            Some(asked) => asked.elapsed() >= ASK_AGAIN,
            None => self.behind || self.heard.elapsed() >= ASK_WHEN_QUIET,
        };
        if !due {
            return;
        }
        let validators = self.core.network.validators();
        let open: Vec<_> =
            validators.iter().filter(|peer| peer.outbox(Class::Blocks).is_open()).collect();
        if open.is_empty() {
            self.asked = None;
            self.heard = Instant::now();
            return;
        }
        self.turn += 1;
        let peer = Arc::clone(open[self.turn % open.len()]);
        self.ask(&peer);
    }
}
