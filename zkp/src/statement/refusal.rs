//! Why a claim does not hold.

use thiserror::Error;

/// The first part of a claim that does not hold.
#[derive(Debug, Clone, Copy, Error, PartialEq, Eq)]
pub enum Refusal {
    /// A path names a place that no tree has.
    #[error("the path leads to a place outside the tree")]
    OutsideTheTree,
    /// The leaf is not under the public root of documents.
    #[error("the document is not in the tree with this root; fetch its path again")]
    DocumentNotInTree,
    /// The uploader is no party of the invoice.
    #[error("the uploader is neither the seller nor the buyer of the document")]
    NotAParty,
    /// The payable amount is not a number of minor units.
    #[error("the document's payable amount is not a number of 64 bits")]
    AmountNotANumber,
    /// The document is worth less than is asked for.
    #[error("the document is worth less than the amount asked for")]
    WorthTooLittle,
    /// The document is in another currency.
    #[error("the document is not in the asked currency")]
    OtherCurrency,
    /// The low leaf is not under the public root of the registry.
    #[error("the low leaf is not in the registry with this root; fetch it again")]
    LowLeafNotInRegistry,
    /// The nullifier does not lie between the low leaf and its successor: it may be spent.
    #[error("the asset is already financed, or the low leaf is not the one below its nullifier")]
    AlreadyFinanced,
    /// The session does not belong to this asset, context and blinding.
    #[error("the session does not belong to this asset and context")]
    OtherSession,
    /// The nullifier is not the one of this asset and step.
    #[error("the nullifier does not belong to this asset and step")]
    OtherNullifier,
    /// The position before this step is not under the public root of positions.
    #[error(
        "the position before this step is not in the tree with this root; fetch its path again"
    )]
    PositionNotInTree,
    /// Nothing is financed by this step.
    #[error("a step must finance at least one minor unit")]
    NothingFinanced,
    /// The total would exceed the face value.
    #[error("the amount exceeds what is left of the face value")]
    ExceedsFaceValue,
    /// The new position is not the one that follows.
    #[error("the new position does not follow from the one before")]
    OtherPosition,
    /// The claim does not open to this amount and currency.
    #[error("the claim does not open to this amount and currency")]
    OtherClaim,
    /// Step 0 is spelled as the first step, not as a later one.
    #[error("step 0 has no position before it")]
    StepZero,
}
