//! Calls of governance.

use bincode::{Decode, Encode};

/// A call of governance; new variants go to the end.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Call {
    /// Puts evidence of a validator's lie on the ledger. Any member may: the validator's own
    /// signatures are what counts.
    ReportEvidence {
        /// The canonical bytes of [`hansa_consensus::Evidence`].
        evidence: Vec<u8>,
    },
}
