//! Column families: what is kept apart from what.

/// One ordered map of bytes in the store. Numbers in keys are big-endian, so that order is their
/// order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Family {
    /// name → schema version, genesis, committed and executed height.
    Meta,
    /// height → header.
    Headers,
    /// block hash → height.
    Hashes,
    /// height → certificate, for the heights that have one of their own.
    Certificates,
    /// batch digest → batch.
    Batches,
    /// batch digest → reference, for batches that no block has ordered.
    Pending,
    /// batch digest → height and place of the block that ordered it first.
    Ordered,
    /// transaction id → height and position of its first execution.
    Transactions,
    /// height and position → receipt.
    Receipts,
    /// height → what its execution led to.
    Executions,
    /// state key → value, at the latest executed height.
    State,
    /// version and path → node of the state tree.
    Tree,
    /// key hash and height → the value that the height replaced.
    History,
    /// height, kind and key → what no height from this one on needs.
    Stale,
}

impl Family {
    /// All families, in the order they are checked and listed.
    pub(crate) const ALL: [Self; 14] = [
        Self::Meta,
        Self::Headers,
        Self::Hashes,
        Self::Certificates,
        Self::Batches,
        Self::Pending,
        Self::Ordered,
        Self::Transactions,
        Self::Receipts,
        Self::Executions,
        Self::State,
        Self::Tree,
        Self::History,
        Self::Stale,
    ];

    /// The name that the store knows it by.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Meta => "meta",
            Self::Headers => "headers",
            Self::Hashes => "hashes",
            Self::Certificates => "certificates",
            Self::Batches => "batches",
            Self::Pending => "pending",
            Self::Ordered => "ordered",
            Self::Transactions => "transactions",
            Self::Receipts => "receipts",
            Self::Executions => "executions",
            Self::State => "state",
            Self::Tree => "tree",
            Self::History => "history",
            Self::Stale => "stale",
        }
    }

    /// Whether entries are looked up one by one, often for keys that are absent.
    pub(crate) fn wants_filter(self) -> bool {
        matches!(
            self,
            Self::Batches
                | Self::Ordered
                | Self::Transactions
                | Self::State
                | Self::Tree
                | Self::Hashes
        )
    }

    /// Whether entries are deleted as fast as they come.
    pub(crate) fn is_transient(self) -> bool {
        matches!(self, Self::Pending | Self::History | Self::Stale)
    }
}
