//! What a replica is told once.

use super::Mutation;
use crate::types::{Certificate, ValidatorSet, quorum};
use hansa_primitives::{ChainId, Digest, Height, ValidatorIndex, VerifyingKey, View, limits};
use std::{sync::Arc, time::Duration};
use thiserror::Error;

/// What a replica is told once. All validators must agree on `chain`, `set`, `root`,
/// `term`, `window`, `protocol` and `empty_root`.
#[derive(Clone, Debug)]
pub struct Config {
    /// The chain.
    pub chain: ChainId,
    /// The validators of the epoch.
    pub set: Arc<ValidatorSet>,
    /// Which of them this is.
    pub index: ValidatorIndex,
    /// What the epoch starts from: [`Certificate::genesis`] in the first.
    pub root: Certificate,
    /// Heights after which the next validator leads, within one view. A dead validator costs one
    /// timeout whenever its turn comes, so turns are long compared with a timeout's worth of
    /// blocks.
    pub term: u64,
    /// Blocks in flight.
    pub window: u64,
    /// Batches that one proposal orders at most.
    pub batches_max: usize,
    /// How long to wait for progress before the first view change.
    pub timeout_base: Duration,
    /// The cap of the doubling.
    pub timeout_max: Duration,
    /// How long to wait before everything pending is sent again; doubles up to `timeout_max`.
    pub resend: Duration,
    /// How far a block's time may be from the own clock.
    pub clock_bound: Duration,
    /// The version of the execution rules that headers must name.
    pub protocol: u16,
    /// The transactions root of an empty block.
    pub empty_root: Digest,
    pub(super) mutation: Option<Mutation>,
}

/// Why a replica cannot run with these settings.
#[derive(Debug, Error, Clone, PartialEq, Eq)]
pub enum ConfigError {
    /// The index names nobody.
    #[error("validator {0} is not in the set")]
    UnknownValidator(ValidatorIndex),
    /// The key is not the one the set names.
    #[error("the vote key is {found}, the validator set names {expected} for validator {index}")]
    WrongKey {
        /// The validator.
        index: ValidatorIndex,
        /// The key in the set.
        expected: VerifyingKey,
        /// The key of the signer.
        found: VerifyingKey,
    },
    /// A number is out of bounds.
    #[error("{name} is {value}: {rule}")]
    Bounds {
        /// The setting.
        name: &'static str,
        /// Its value.
        value: u64,
        /// What is expected.
        rule: &'static str,
    },
    /// The safety record belongs to another epoch.
    #[error("the safety record is of another epoch than the validator set")]
    WrongEpoch,
}

impl Config {
    /// The settings that suit a consortium of 4 to 16 validators.
    pub fn new(
        chain: ChainId,
        set: Arc<ValidatorSet>,
        index: ValidatorIndex,
        root: Certificate,
    ) -> Self {
        Self {
            chain,
            set,
            index,
            root,
            term: 1024,
            window: 8,
            batches_max: limits::BLOCK_BATCHES_MAX,
            timeout_base: Duration::from_secs(1),
            timeout_max: Duration::from_secs(16),
            resend: Duration::from_millis(300),
            clock_bound: Duration::from_secs(10),
            protocol: 1,
            empty_root: Digest::ZERO,
            mutation: None,
        }
    }

    /// Breaks a rule, to see that it is noticed.
    #[cfg(feature = "mocks")]
    #[must_use]
    pub fn with_mutation(mut self, mutation: Mutation) -> Self {
        self.mutation = Some(mutation);
        self
    }

    pub(crate) fn mutated(&self, mutation: Mutation) -> bool {
        cfg!(feature = "mocks") && self.mutation == Some(mutation)
    }

    /// Who proposes at a height of a view. Rotates every `term` heights without a view change.
    pub fn leader(&self, view: View, height: Height) -> ValidatorIndex {
        let turns = view.0.wrapping_add(height.0 / self.term.max(1));
        ValidatorIndex((turns % self.set.len() as u64) as u16)
    }

    pub(crate) fn quorum(&self) -> usize {
        if self.mutated(Mutation::MajorityQuorum) {
            return self.set.len() / 2 + 1;
        }
        quorum(self.set.len())
    }

    pub(super) fn check(&self, key: VerifyingKey) -> Result<(), ConfigError> {
        let expected =
            *self.set.key(self.index).ok_or(ConfigError::UnknownValidator(self.index))?;
        if expected != key {
            return Err(ConfigError::WrongKey { index: self.index, expected, found: key });
        }
        let bounds = [
            ("term", self.term, 1..=u64::MAX, "at least 1 is expected"),
            ("window", self.window, 1..=64, "1 to 64 are expected"),
            ("timeout_base", millis(self.timeout_base), 1..=600_000, "1 ms to 10 min are expected"),
            ("resend", millis(self.resend), 1..=600_000, "1 ms to 10 min are expected"),
            (
                "batches_max",
                self.batches_max as u64,
                1..=limits::BLOCK_BATCHES_MAX as u64,
                "1 to the limit of a block are expected",
            ),
        ];
        for (name, value, range, rule) in bounds {
            if !range.contains(&value) {
                return Err(ConfigError::Bounds { name, value, rule });
            }
        }
        Ok(())
    }
}

/// Whole milliseconds, saturating.
pub(super) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
