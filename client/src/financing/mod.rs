//! Financing: an applicant shows one bank that a trade is cleared and was never financed; the bank
//! registers it.
//!
//! The way of an application:
//!
//! 1. The bank gives a challenge.
//! 2. The applicant proves, bound to bank, ledger and challenge, that its invoice is in the
//!    document tree and that the nullifier of its first financing is not spent (the pre-check), and
//!    proves the registration for the same session. It wraps the keys of the papers for the bank,
//!    signs all of it, and sends it to the bank's node directly. Nothing of this touches the
//!    ledger.
//! 3. The bank checks everything: both proofs under the keys in force and at recent roots, every
//!    key against the ledger's headers, every document against its commitments, the invoice against
//!    the amount, and that the proofs are about this very invoice.
//! 4. The bank registers. Validators see a nullifier and commitments: not who, what, or how much.
//!
//! A proof leaf serves its uploader only. An applicant that did not issue the invoice itself
//! therefore proves on a registration of its own. Importers' agents make one of every invoice when
//! it is granted to them ([`Financing::keep_own_leaf`]), so that it tells nothing about financing; an
//! applicant without an agent makes it while it applies, which an observer can see.

mod application;
mod apply;
mod assess;
mod bank;
mod desk;
mod trees;

pub use application::{ApplicationBody, HandedGrant, Made, SignedApplication};
pub use apply::{Application, Applied};
pub use assess::Verdict;
pub use bank::Registered;
pub use desk::Done;
pub use hansa_zkp::Disclosure;

use crate::member::Member;

/// A member's work with financings, as applicant or as bank.
pub struct Financing<'a> {
    member: &'a Member,
}

impl Member {
    /// Work with financings.
    pub fn financing(&self) -> Financing<'_> {
        Financing { member: self }
    }
}
