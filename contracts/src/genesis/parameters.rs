//! What the consortium agreed on.

use super::GenesisError;
use bincode::{Decode, Encode};
use hansa_primitives::{codec::Canonical, limits};
use serde::{Deserialize, Serialize};

/// What the consortium agreed on for all nodes.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Parameters {
    /// Heights that a leader proposes before the next takes over.
    pub leader_term: u64,
    /// Heights that may be in agreement at a time.
    pub window: u64,
    /// Batches that one block may order.
    pub batches_max: u32,
    /// The first timeout of a view, in milliseconds.
    pub timeout_base_ms: u64,
    /// The longest timeout of a view, in milliseconds.
    pub timeout_max_ms: u64,
    /// Milliseconds after which an unanswered message is sent again.
    pub resend_ms: u64,
    /// How far a proposer's clock may lie off a voter's, in milliseconds.
    pub clock_bound_ms: u64,
    /// Heights that a transaction may stay valid for.
    pub transaction_window: u64,
    /// Approvals of validators that a proof key needs besides being a quorum; 0 leaves it at the
    /// quorum.
    pub key_approvals_min: u16,
    /// Distinct members that must have contributed to a proof key's ceremony.
    pub key_contributors_min: u16,
}

impl Default for Parameters {
    fn default() -> Self {
        Self {
            leader_term: 64,
            window: 8,
            batches_max: limits::BLOCK_BATCHES_MAX as u32,
            timeout_base_ms: 1_000,
            timeout_max_ms: 16_000,
            resend_ms: 300,
            clock_bound_ms: 10_000,
            transaction_window: 1_000,
            key_approvals_min: 0,
            key_contributors_min: 1,
        }
    }
}

impl Canonical for Parameters {
    const BYTES_MAX: usize = 256;
}

impl Parameters {
    pub(super) fn check(&self) -> Result<(), GenesisError> {
        let in_bounds = [
            ("leader_term", (1..=1_000_000).contains(&self.leader_term)),
            ("window", (1..=64).contains(&self.window)),
            ("batches_max", (1..=limits::BLOCK_BATCHES_MAX as u32).contains(&self.batches_max)),
            ("timeout_base_ms", (10..=600_000).contains(&self.timeout_base_ms)),
            ("timeout_max_ms", (self.timeout_base_ms..=3_600_000).contains(&self.timeout_max_ms)),
            ("resend_ms", (10..=600_000).contains(&self.resend_ms)),
            ("clock_bound_ms", (100..=3_600_000).contains(&self.clock_bound_ms)),
            (
                "transaction_window",
                (1..=limits::TRANSACTION_WINDOW_HEIGHTS).contains(&self.transaction_window),
            ),
            ("key_approvals_min", usize::from(self.key_approvals_min) <= limits::VALIDATORS_MAX),
            (
                "key_contributors_min",
                (1..=limits::VALIDATORS_MAX).contains(&usize::from(self.key_contributors_min)),
            ),
        ];
        match in_bounds.into_iter().find(|(_, holds)| !holds) {
            Some((name, _)) => Err(GenesisError::Parameter(name)),
            None => Ok(()),
        }
    }
}
