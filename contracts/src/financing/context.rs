//! What proofs are bound to.

use hansa_primitives::{ChainId, MemberId};
use hansa_zkp::{FieldBytes, field};

/// The context of a pre-check: the ledger, the bank that it is shown to, and a nonce that the bank
/// chose for this application.
pub fn precheck_context(chain: &ChainId, bank: &MemberId, nonce: &[u8; 32]) -> FieldBytes {
    field::context(&[b"precheck", chain.as_str().as_bytes(), bank.as_str().as_bytes(), nonce])
}

/// The context of a registration: the ledger, the bank that registers, and the session of the
/// pre-check that it accepted.
pub fn register_context(chain: &ChainId, bank: &MemberId, session: &FieldBytes) -> FieldBytes {
    field::context(&[
        b"register",
        chain.as_str().as_bytes(),
        bank.as_str().as_bytes(),
        &session.bytes(),
    ])
}
