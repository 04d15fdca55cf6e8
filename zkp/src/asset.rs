//! What is financed, and what of it reaches the ledger.
//!
//! An *asset* names an invoice: seller, number, year. Not its buyer, amount, currency or day, since
//! each field added is one that a cheat may vary to get a fresh name. A *tag* hides the asset
//! behind the owner's key. The *nullifier* of step `s` is spent when the asset is financed for the
//! `s`-th time, and a *position* carries the total from step to step. Of these only nullifiers and
//! commitments are public, and nothing links two steps of one asset.
//!
//! The tag is keyed by the owner. So buyer and seller of one invoice hold different tags and each
//! could finance it once, and the ledger must hold one owner key per member for good: a second key
//! would give a second tag. A tag from a threshold OPRF over the validators' shared key removes
//! both limits; it takes the place of [`OwnerSecret::tag`] and changes nothing that comes after it.

use crate::{
    field::{self, Currency, Domain, FieldBytes, Fr, MinorUnits},
    poseidon,
    tree::Key,
};
use ark_ff::Zero;
use std::fmt;
use unicode_normalization::UnicodeNormalization;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// Spent once for each step of an asset: 248 bits of `H(Nullifier, tag, step)`.
pub type Nullifier = Key;

/// The one spelling of a document number: compatibility forms folded (NFKC), upper case, every run
/// of characters that are neither letters nor digits a single `-`, none at the ends, leading zeros
/// of a run of digits dropped. `Inv. 0042 / a` and `INV-42-A` are one number.
pub fn normalise(number: &str) -> String {
    let mut normal = String::with_capacity(number.len());
    let mut zeros = false;
    let folded: String = number.nfkc().flat_map(char::to_uppercase).nfkc().collect();
    for character in folded.chars() {
        if !character.is_alphanumeric() {
            close_zeros(&mut normal, &mut zeros);
            if !normal.is_empty() && !normal.ends_with('-') {
                normal.push('-');
            }
        } else if character == '0' && !normal.ends_with(|last: char| last.is_ascii_digit()) {
            zeros = true;
        } else {
            if !character.is_ascii_digit() {
                close_zeros(&mut normal, &mut zeros);
            }
            zeros = false;
            normal.push(character);
        }
    }
    close_zeros(&mut normal, &mut zeros);
    if normal.ends_with('-') {
        normal.pop();
    }
    normal
}

/// A run of nothing but zeros is the number 0.
fn close_zeros(normal: &mut String, zeros: &mut bool) {
    if std::mem::take(zeros) {
        normal.push('0');
    }
}

/// The name of an invoice within one seller and year.
pub(crate) fn asset(seller: Fr, number: Fr, year: Fr) -> Fr {
    poseidon::hash(&[Domain::Asset.element(), seller, number, year])
}

/// The nullifier of a step.
pub(crate) fn nullifier(tag: Fr, step: Fr) -> Nullifier {
    Key::low_bits_of(&poseidon::hash(&[Domain::Nullifier.element(), tag, step]))
}

/// What ties a pre-check and a registration to one leaf, for the one who saw both. It is made from the
/// leaf's content, not from the tag alone: a tag could be borrowed for a leaf with other fields.
pub(crate) fn session(content: Fr, context: Fr, blinding: Fr) -> Fr {
    poseidon::hash(&[Domain::Session.element(), content, context, blinding])
}

/// The commitment to a financed amount. The owner gives the opening to the bank, which checks it
/// against the registration before it signs.
pub fn claim(amount: MinorUnits, currency: Currency, blinding: FieldBytes) -> FieldBytes {
    claim_element(amount.element(), currency.element(), blinding.element()).into()
}

pub(crate) fn claim_element(amount: Fr, currency: Fr, blinding: Fr) -> Fr {
    poseidon::hash(&[Domain::Claim.element(), amount, currency, blinding])
}

/// How far an asset is financed after some steps. Face value and currency are fixed by the first
/// step and carried along: a second upload of the invoice with a larger amount must not raise the
/// cap.
#[derive(Clone, Copy)]
pub(crate) struct Position {
    pub(crate) tag: Fr,
    pub(crate) step: Fr,
    pub(crate) total: Fr,
    pub(crate) face: Fr,
    pub(crate) currency: Fr,
    pub(crate) blinding: Fr,
}

impl Position {
    pub(crate) fn commit(&self) -> Fr {
        poseidon::hash(&[
            Domain::Position.element(),
            self.tag,
            self.step,
            self.total,
            self.face,
            self.currency,
            self.blinding,
        ])
    }
}

/// A member's key for financing. Whoever knows it can open what its owner committed to.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct OwnerSecret(Fr);

impl OwnerSecret {
    /// The key that belongs to a 32-byte seed. Every blinding is derived from the key, so the seed
    /// is all that must be kept safe.
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(field::wide("zkp-owner-secret", &[seed]))
    }

    /// The public name of the key, `H(Key, sk)`: registered once for each member on the ledger.
    pub fn owner(&self) -> FieldBytes {
        self.owner_element().into()
    }

    pub(crate) fn owner_element(&self) -> Fr {
        poseidon::hash(&[Domain::Key.element(), self.0])
    }

    pub(crate) fn tag(&self, asset: Fr) -> Fr {
        poseidon::hash(&[Domain::Tag.element(), self.0, asset])
    }

    /// Blinding of the position that has `step` steps behind it.
    pub(crate) fn position_blinding(&self, tag: Fr, step: u32) -> Fr {
        poseidon::hash(&[Domain::PositionBlinding.element(), self.0, tag, Fr::from(step)])
    }

    pub(crate) fn claim_blinding(&self, tag: Fr, step: u32) -> Fr {
        poseidon::hash(&[Domain::ClaimBlinding.element(), self.0, tag, Fr::from(step)])
    }

    pub(crate) fn element(&self) -> Fr {
        debug_assert!(!self.0.is_zero(), "a seed gives 0 with probability 2^-254");
        self.0
    }
}

impl fmt::Debug for OwnerSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OwnerSecret([redacted])")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn spellings_of_one_number_are_one() {
        for spelling in ["INV-42-A", "inv 0042/a", "ＩＮＶ－42－a", " Inv--042..A "] {
            assert_eq!(normalise(spelling), "INV-42-A");
        }
        assert_eq!(normalise("2018/000"), "2018-0");
        assert_eq!(normalise("000"), "0");
        assert_eq!(normalise("0A0"), "0A0");
        assert_eq!(normalise("00107"), "107");
        assert_eq!(normalise("A-007-b0"), "A-7-B0");
        assert_eq!(normalise("--x--"), "X");
        assert_ne!(normalise("INV-1"), normalise("INV-10"));
        assert_ne!(normalise("1-1"), normalise("11"));
    }

    #[test]
    fn a_secret_is_not_shown() {
        let secret = OwnerSecret::from_seed(&[7; 32]);
        assert_eq!(format!("{secret:?}"), "OwnerSecret([redacted])");
        assert_ne!(secret.owner(), OwnerSecret::from_seed(&[8; 32]).owner());
    }

    proptest! {
        #[test]
        fn normal_forms_are_their_own_normal_form(number in "\\PC{0,24}") {
            let normal = normalise(&number);
            prop_assert_eq!(normalise(&normal), normal);
        }
    }
}
