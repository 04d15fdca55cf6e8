//! Orders blocks among validators of whom fewer than a third may lie.
//!
//! This page is the protocol's specification. It is PBFT (Castro and Liskov, OSDI 1999) on a chain
//! of hashes: a vote for a block is a vote for all blocks before it, several blocks are in flight
//! at once, and the leader changes on schedule without a view change. The engine knows nothing of
//! what it orders: batches are digests, state is a root that the host computes.
//!
//! # Names
//!
//! `n` validators, of whom `f = (n - 1) / 3` may lie, crash or be silent. A *quorum* is
//! `q = floor((n + f) / 2) + 1` of them: any two share an honest one, and the honest alone make
//! one. A *view* has one order of leaders: `leader(view, height) = (view + height / term) mod n`. A
//! *certificate* is a quorum's signatures on one vote; its *rank* is (view, height). The *root* of
//! a view is the certified block that its first block extends: genesis for view 0, else what its
//! proof says.
//!
//! # Rules
//!
//! 1. **Propose.** A leader extends its own last proposal; or, after another leader's term, the
//!    block that a quorum prepared in this view, whose certificate it attaches; or, first in a
//!    view, the root, with the proof of the view attached. Never twice for one view and height. At
//!    most `window` blocks above the higher of the committed height and the root; above the
//!    committed height plus `window` only empty ones.
//! 2. **Prepare.** A validator votes once for a height of its view: for a block of the right leader
//!    whose parent is what it prepared last in the view (the root, if nothing), or what a quorum
//!    prepared in the view. The block's data must be durable here, its time later than its parent's
//!    and near the own clock, and the state it reports equal to the own. What is not known yet is
//!    waited for.
//! 3. **Commit.** When a quorum prepared a block of its view, a validator that holds all its
//!    ancestors votes to commit it. The certificate becomes part of what it reports from then on.
//! 4. **Decide.** When a quorum voted to commit a block, it and all before it are final, whatever
//!    view the validator is in.
//! 5. **Leave.** When nothing was decided in time, or f + 1 others ask for later views, a validator
//!    asks for the next view (or the highest that f + 1 ask for), signing the rank of its highest
//!    certificate. It never votes in an earlier view again.
//! 6. **Enter.** A quorum of such claims, with the certificate of the greatest rank among them,
//!    proves a view. Its leader sends the proof and attaches it to the first block. A validator
//!    enters on the first proof that it sees.
//! 7. **Repair.** Validators tell where they stand when a link comes up, when something is missing,
//!    and when a resend is due; whoever is ahead answers with headers under one certificate.
//!
//! Rules 2, 3 and 5 and the proposals are kept by one file, `safety`, which alone signs. What it
//! signs leaves only after the record of it is durable ([`step`]); headers are made durable with
//! the first vote for them, so a certified block's header is on the disks of at least f + 1 honest
//! validators.
//!
//! # Properties
//!
//! **Agreement.** No two honest validators commit different blocks at a height.
//! (a) An honest validator prepares one block for a view and height. (b) Certified blocks of one
//! view lie on one chain: take the lowest certified block of each of two chains. Its honest voters
//! did not jump, as a jump needs a lower certified block, so they followed what they prepared
//! before, from one root. Both quorums share an honest voter, so roots and blocks are the same. (c)
//! If a block of rank r is committed, a quorum had certificates of rank r or more before leaving
//! the view. Every later proof holds an honest one of them, so its greatest rank is at least r: by
//! (b) and induction it lies on the committed chain.
//!
//! **Progress.** Once messages arrive in time, f + 1 claims bring all honest validators into one
//! view within two delays; an honest leader's first block needs nothing that the proof does not
//! carry; the window never keeps it from being proposed, because it counts from the root. Timeouts
//! double up to a cap and start over with every decision.
//!
//! **Accountability.** Two votes or proposals for one place, and a vote to commit above the
//! certificate that its voter later claims as its highest, are [`Evidence`] that anyone can check.
//! An honest validator never makes any: every certificate it votes on raises what it claims.
//! Whoever sees a vote for another block than the proposal it holds sends the voter that proposal,
//! so an equivocating leader is exposed to both sides. Evidence never cuts a connection.
//!
//! **Confirmed results.** A header reports the state after an earlier block. An honest validator
//! prepares it only when it computed the same, so a committed report has f + 1 honest witnesses.
//! Who computed otherwise halts and keeps its data ([`Divergence`]). When work ends, one empty
//! block confirms the last results; then no timer runs and nothing is sent until there is work
//! again.
//!
//! # Where it departs from PBFT, and why
//!
//! - *A hash chain instead of sequence numbers with digests each.* One certificate proves all
//!   before it; catching up verifies one certificate for a range.
//! - *Claims sign the rank, not the certificate.* A proof of a view is a quorum of short claims and
//!   one certificate, and needs no waiting: the greatest rank is in plain sight.
//! - *The window counts from the root as well.* Counted from the committed height alone, a window
//!   full of prepared blocks would leave no room for the block of the next view that decides them.
//! - *Leaders rotate inside a view.* Taking over costs one certificate instead of a view change.
//!   Turns are long, because a dead validator costs a timeout at each of its turns.
//! - *No checkpoints.* The chain with its certificates is the checkpoint; states are confirmed in
//!   headers.
//! - *No tentative replies, no leases.* Members see what is final, or proven.
//! - *A validator that lost its safety record signs nothing* until a later view than any that a
//!   quorum of validators is in has begun without it. Until then it counts as faulty.
//!
//! # How to use it
//!
//! [`Verifier`] turns [`Envelope`]s from peers into [`Verified`] messages, on any thread.
//! [`Replica`] takes [`Input`]s and gives [`Effect`]s; [`step`] performs them on a [`Host`] in the
//! one right order. [`Journal`] lays the safety record out in a file. [`verify_chain`] is for
//! whoever follows without voting. Feature `mocks` adds liars and a deterministic world to test
//! against.

pub mod engine;
pub mod evidence;
pub mod journal;
#[cfg(feature = "mocks")]
pub mod mocks;
pub mod safety;
pub mod types;
pub mod verify;

mod chain;

pub use chain::{ChainError, verify_chain};
pub use engine::{
    Committed, Config, ConfigError, Divergence, Effect, Host, Input, Record, Recovery, Refusal,
    Replica, Report, Timer, To, Waiting, step,
};
pub use evidence::{Evidence, EvidenceError};
pub use journal::{Journal, JournalError, Recovered, Write};
pub use safety::Safety;
pub use types::{
    BatchRef, Block, Certificate, CertificateError, Chain, Claim, Envelope, Executed, Header, Kind,
    Message, NewView, Phase, PrePrepare, Rank, RankClaim, Status, ValidatorSet, ValidatorSetError,
    ViewChange, Vote,
};
pub use verify::{Verified, Verifier, VerifyError};
