//! The two-phase setup (Bowe, Gabizon, Miers, eprint 2017/1050) that the members run themselves.
//!
//! Phase 1 makes powers of a secret tau for a domain of 2^14, phase 2 makes from them one key for
//! each statement. Each contribution multiplies the secrets by new ones that only its author knew
//! for a moment. No random beacon closes a phase: Kohlweiss, Maller, Siim and Volkhov (eprint
//! 2021/219) show that none is needed when each author proves knowledge of the factors. One honest
//! author in each phase is enough.
//!
//! A [`Transcript`] is one file for each contribution:
//!
//! ```text
//! powers-01  powers-02 …                 phase 1
//! precheck-00                            phase 2 starts from a file that holds no secret
//! precheck-01  precheck-02 …             phase 2
//! register-00  register-01 …
//! ```
//!
//! A file names its parent by hash, its author, and the circuit; the author signs all of it and
//! proves knowledge of the new factors under a challenge that covers all of it, so that nothing can
//! be moved into another place. [`Transcript::verify`] replays every file. It never repeats the
//! expensive sums: a claimed vector of points is compared with what it should be through one random
//! linear combination.

mod columns;
mod directory;
mod error;
mod key;
mod knowledge;
mod lagrange;
mod multiply;
mod origin;
mod points;
mod powers;
mod record;
mod transcript;

pub use directory::Directory;
pub use error::CeremonyError;
pub use transcript::{Contributor, Outcome, Roster, Transcript};

/// Power of two of the domain: both circuits have fewer than 2^14 constraints and inputs.
pub const POWER: u32 = 14;

/// A transcript needs this many different authors in each phase.
pub const CONTRIBUTORS_MIN: usize = 2;

#[cfg(test)]
mod tests;
