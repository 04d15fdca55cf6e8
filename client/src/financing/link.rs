//! What ties an application's proofs to the invoice that the bank was shown.
//!
//! A proof says that *some* leaf of the applicant was never financed. So that the bank knows which,
//! the applicant opens its leaf's content for the bank: with the tag and the salt, the bank
//! computes from the invoice that it has read what the ledger registered, and with the tag and the
//! blinding what the pre-check's session and the registration's nullifier must be.
//!
//! With the tag the bank can recognise later financings of this one invoice. It has read the
//! invoice and the nullifier already; it learns nothing about others.

use crate::{
    documents::slots,
    error::{Error, Result},
    keys::MemberKeys,
};
use ark_ff::PrimeField;
use bincode::{Decode, Encode};
use hansa_documents::{Document, proof_fields::ProofFields};
use hansa_primitives::hash;
use hansa_zkp::{
    FieldBytes, Fr, Nullifier, asset::normalise, entity, field::Domain, field::text, poseidon,
};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// What opens one leaf and one session for one bank.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Disclosure {
    /// The applicant's tag of the invoice.
    pub tag: FieldBytes,
    /// The salt of its leaf.
    pub salt: FieldBytes,
    /// The blinding of the pre-check's session.
    pub session_blinding: FieldBytes,
}

impl Disclosure {
    /// What the owner of a leaf discloses about it.
    pub(super) fn of(
        keys: &MemberKeys,
        document: &Document,
        salt: FieldBytes,
        session_blinding: FieldBytes,
    ) -> Result<Self> {
        let unfit = |reason: &str| {
            let next = "finance an invoice that names its seller by member id or registered number";
            Error::proof("the invoice's tag", reason, next)
        };
        let asset =
            asset(document).ok_or_else(|| unfit("the invoice does not identify its seller"))?;
        let secret = owner_element(keys.owner_seed());
        if poseidon::hash(&[Domain::Key.element(), secret]) != keys.owner().owner().element() {
            return Err(unfit("the owner key is not the one of its seed"));
        }
        let tag = poseidon::hash(&[Domain::Tag.element(), secret, asset]).into();
        Ok(Self { tag, salt, session_blinding })
    }

    /// The content that the ledger must have registered for a leaf of this document.
    pub(super) fn content(&self, document: &Document) -> FieldBytes {
        let fields = slots(document).commit().element();
        let (tag, salt) = (self.tag.element(), self.salt.element());
        poseidon::hash(&[Domain::Content.element(), fields, tag, salt]).into()
    }

    /// The session that the pre-check must have in a context.
    pub(super) fn session(&self, context: FieldBytes) -> FieldBytes {
        let blinding = self.session_blinding.element();
        poseidon::hash(&[
            Domain::Session.element(),
            self.tag.element(),
            context.element(),
            blinding,
        ])
        .into()
    }

    /// The nullifier that the first financing must spend.
    pub(super) fn first_nullifier(&self) -> Nullifier {
        let step = Fr::from(0_u8);
        let hash = poseidon::hash(&[Domain::Nullifier.element(), self.tag.element(), step]);
        Nullifier::low_bits_of(&hash)
    }
}

/// The name of an invoice within one seller and year: what its owner's tag hides.
fn asset(document: &Document) -> Option<Fr> {
    let said = ProofFields::of(document);
    let seller = entity(said.seller.as_deref()?).element();
    let number = text(&normalise(&said.number));
    let year = Fr::from(said.issue_year());
    Some(poseidon::hash(&[Domain::Asset.element(), seller, number, year]))
}

/// The field element of an owner's seed; the caller compares it with the public owner.
fn owner_element(seed: &[u8; 32]) -> Fr {
    let mut bytes = Zeroizing::new([0; 64]);
    for (half, chunk) in bytes.chunks_exact_mut(32).enumerate() {
        let counter = [half as u8];
        let digest = hash::tagged_unbound("zkp-owner-secret", &[&counter, seed]);
        chunk.copy_from_slice(digest.as_bytes());
    }
    Fr::from_le_bytes_mod_order(bytes.as_slice())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use hansa_zkp::{Opening, first_nullifier, fresh, rng_from_seed};

    fn invoice(number: &str) -> Document {
        let json = format!(
            r#"{{"type":"commercial-invoice","document":{{
                "number":"{number}","issue_date":"2018-10-22",
                "seller":{{"name":"Milchpulver GmbH","member":"milchpulver"}},
                "buyer":{{"name":"Fangxin","member":"fangxin"}},
                "currency":"EUR","lines":[],
                "payable":{{"value":"19215","currency":"EUR"}}}}}}"#
        );
        hansa_documents::source::read(json.as_bytes(), None).unwrap().document
    }

    fn keys() -> MemberKeys {
        MemberKeys::from_seeds(&[1; 32], &[2; 32], &[3; 32])
    }

    #[test]
    fn the_bank_computes_what_the_circuits_prove() {
        let (keys, invoice) = (keys(), invoice("INV-2018-0042"));
        let mut rng = rng_from_seed([7; 32]);
        let opening = Opening { fields: slots(&invoice), salt: fresh(&mut rng) };
        let blinding = fresh(&mut rng);
        let disclosure = Disclosure::of(&keys, &invoice, opening.salt, blinding).unwrap();
        assert_eq!(disclosure.content(&invoice), opening.content(keys.owner()));
        assert_eq!(disclosure.first_nullifier(), first_nullifier(&opening, keys.owner()));
    }

    #[test]
    fn another_invoice_salt_or_tag_gives_another_content() {
        let (keys, shown) = (keys(), invoice("INV-1"));
        let mut rng = rng_from_seed([7; 32]);
        let (salt, blinding) = (fresh(&mut rng), fresh(&mut rng));
        let disclosure = Disclosure::of(&keys, &shown, salt, blinding).unwrap();
        assert_ne!(disclosure.content(&shown), disclosure.content(&invoice("INV-2")));
        let salted = Disclosure { salt: blinding, ..disclosure.clone() };
        assert_ne!(disclosure.content(&shown), salted.content(&shown));
        let other = Disclosure::of(&keys, &invoice("INV-2"), salt, blinding).unwrap();
        assert_ne!(other.first_nullifier(), disclosure.first_nullifier());
        assert_ne!(disclosure.content(&shown), other.content(&shown));
        let context = fresh(&mut rng);
        assert_ne!(disclosure.session(context), other.session(context));
    }
}
