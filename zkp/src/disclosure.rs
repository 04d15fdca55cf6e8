//! What a bank is given to see that proofs are about the very invoice that it has read.
//!
//! A proof says that *some* leaf of the applicant was never financed. The applicant opens its leaf's
//! content for the bank: with the tag and the salt, the bank computes from the invoice what the ledger
//! registered. Sessions of pre-check and registration are made from that content inside the circuits,
//! which derive the tag from the owner's key and the invoice's own fields: so a leaf that was registered
//! with another asset's tag serves nobody, and a proof about another leaf has another session.
//!
//! With the tag the bank can recognise later financings of this one invoice. It has read the invoice
//! and the nullifier already; it learns nothing about others.

use crate::{
    asset::{self, Nullifier, OwnerSecret},
    document::{Fields, Opening, content},
    field::{FieldBytes, Fr},
};
use bincode::{Decode, Encode};
use serde::{Deserialize, Serialize};

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
    pub fn of(opening: &Opening, secret: &OwnerSecret, session_blinding: FieldBytes) -> Self {
        Self { tag: opening.tag(secret).into(), salt: opening.salt, session_blinding }
    }

    /// The content that the ledger must have registered for a leaf of a document with these fields.
    pub fn content(&self, fields: &Fields) -> FieldBytes {
        content(fields, self.tag.element(), self.salt.element()).into()
    }

    /// The session that proofs about a document with these fields must have in a context.
    pub fn session(&self, fields: &Fields, context: FieldBytes) -> FieldBytes {
        let content = self.content(fields).element();
        asset::session(content, context.element(), self.session_blinding.element()).into()
    }

    /// The nullifier that the first financing must spend.
    pub fn first_nullifier(&self) -> Nullifier {
        asset::nullifier(self.tag.element(), Fr::from(0_u8))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{
        document::FieldSlot,
        field::{fresh, rng_from_seed},
        statement::first_nullifier,
    };

    fn invoice(number: &str) -> Fields {
        let mut fields = Fields::new();
        fields.set_number(FieldSlot::Number, number).set_entity(FieldSlot::SellerEntity, "seller");
        fields
    }

    #[test]
    fn the_bank_computes_what_the_owner_registered() {
        let (secret, mut rng) = (OwnerSecret::from_seed(&[1; 32]), rng_from_seed([7; 32]));
        let opening = Opening { fields: invoice("INV-1"), salt: fresh(&mut rng) };
        let disclosure = Disclosure::of(&opening, &secret, fresh(&mut rng));
        assert_eq!(disclosure.content(&invoice("INV-1")), opening.content(&secret));
        assert_eq!(disclosure.first_nullifier(), first_nullifier(&opening, &secret));
        assert_ne!(disclosure.content(&invoice("INV-2")), opening.content(&secret));
    }

    /// A leaf with the real invoice's fields under another asset's tag matches invoice and nullifier,
    /// but no session of a proof, which opens a leaf with the tag's own fields.
    #[test]
    fn a_leaf_under_a_borrowed_tag_has_no_session_of_any_proof() {
        let (secret, mut rng) = (OwnerSecret::from_seed(&[1; 32]), rng_from_seed([7; 32]));
        let (context, blinding) = (fresh(&mut rng), fresh(&mut rng));
        let invented = Opening { fields: invoice("X-1"), salt: fresh(&mut rng) };
        let honest = Disclosure::of(&invented, &secret, blinding);
        let borrowed = Disclosure { salt: fresh(&mut rng), ..honest.clone() };
        let proven = honest.session(&invented.fields, context);
        for disclosure in [&honest, &borrowed] {
            assert_eq!(disclosure.first_nullifier(), first_nullifier(&invented, &secret));
            assert_ne!(disclosure.session(&invoice("INV-1"), context), proven);
        }
    }
}
