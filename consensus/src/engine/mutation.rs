//! Rules that tests switch off, to see that the checkers notice.

/// One rule of the protocol, broken. Without the feature `mocks` none can be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mutation {
    /// Commits in views that were left.
    VoteAfterViewChange,
    /// Accepts, and as a leader makes, proofs of a view that leave out the greatest rank.
    IgnoreHigh,
    /// Takes `n / 2 + 1` for a quorum.
    MajorityQuorum,
    /// Counts the window from the committed height alone.
    WindowFromCommitted,
    /// Prepares more than one block at one view and height.
    PrepareTwice,
    /// Prepares on a parent that neither it nor a quorum has prepared in this view.
    UncertifiedJump,
}
