//! A document as a vector of 32 field elements, and the leaf that stands for it on the ledger.
//!
//! ```text
//! fields  = H(g0, g1, g2, g3),  g = H(8 fields)
//! content = H(Content, fields, tag, salt)          sent by the owner
//! leaf    = H(Document, entity, owner, content)    computed by the contract
//! ```
//!
//! The contract takes entity and owner from its registry of members, so a leaf speaks for whoever
//! uploaded it and for no one else. The tag is not checked at upload: every circuit that opens a
//! leaf proves that its tag is `H(Tag, sk, asset)` with the asset of the committed fields and the
//! `sk` of its owner.

use crate::{
    asset::{self, OwnerSecret},
    field::{self, Currency, Day, Domain, FieldBytes, Fr, MinorUnits},
    poseidon,
};
use zeroize::Zeroize;

/// Fields in one group; a circuit opens one group and takes the others as hashes.
pub(crate) const GROUP: usize = 8;

/// What each of the 32 places holds. Places without a name are zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum FieldSlot {
    /// Legal entity of the seller.
    SellerEntity = 0,
    /// Legal entity of the buyer.
    BuyerEntity = 1,
    /// Normalised document number, as text.
    Number = 2,
    /// Year of issue.
    IssueYear = 3,
    /// Currency of the payable amount.
    Currency = 4,
    /// Payable amount in minor units.
    PayableAmount = 5,
    /// Document type, UNTDID 1001.
    DocumentType = 6,
    /// Day of issue.
    IssueDay = 7,
    /// Country of origin, as text (ISO 3166-1 alpha-2).
    OriginCountry = 8,
    /// Commodity code, as text of digits (Harmonized System).
    HsCode = 9,
    /// Gross mass in grams.
    GrossMass = 10,
    /// Net mass in grams.
    NetMass = 11,
    /// Quantity in the given unit.
    Quantity = 12,
    /// Unit of the quantity, as text (UN/ECE Recommendation 20).
    QuantityUnit = 13,
    /// Number of packages.
    Packages = 14,
    /// Normalised number of the transport document, as text.
    TransportDocument = 15,
    /// Vessel or other means of transport, as text.
    Vessel = 16,
    /// Place of loading, as text (UN/LOCODE).
    LoadingPlace = 17,
    /// Place of discharge, as text (UN/LOCODE).
    DischargePlace = 18,
    /// Container number, as text (ISO 6346).
    Container = 19,
    /// Normalised number of the purchase order, as text.
    OrderNumber = 20,
    /// Terms of delivery, as text (Incoterms).
    Incoterms = 21,
    /// Freight in minor units.
    FreightAmount = 22,
    /// Insurance premium in minor units.
    InsuranceAmount = 23,
    /// Day of production.
    ProductionDay = 24,
}

/// The 32 field elements of a document.
#[derive(Clone, PartialEq, Eq, Zeroize)]
pub struct Fields([Fr; 32]);

impl Default for Fields {
    fn default() -> Self {
        Self::new()
    }
}

impl Fields {
    /// All places zero.
    pub fn new() -> Self {
        Self([Fr::from(0_u8); 32])
    }

    /// Puts text into a place.
    pub fn set_text(&mut self, slot: FieldSlot, text: &str) -> &mut Self {
        self.set(slot, field::text(text))
    }

    /// Puts a legal entity into a place.
    pub fn set_entity(&mut self, slot: FieldSlot, legal_id: &str) -> &mut Self {
        self.set(slot, field::entity(legal_id).element())
    }

    /// Puts a document number into a place, in its normal form.
    pub fn set_number(&mut self, slot: FieldSlot, number: &str) -> &mut Self {
        self.set(slot, field::text(&asset::normalise(number)))
    }

    /// Puts an amount into a place.
    pub fn set_amount(&mut self, slot: FieldSlot, amount: MinorUnits) -> &mut Self {
        self.set(slot, amount.element())
    }

    /// Puts a whole number into a place.
    pub fn set_integer(&mut self, slot: FieldSlot, number: u64) -> &mut Self {
        self.set(slot, Fr::from(number))
    }

    /// Puts a day into a place.
    pub fn set_day(&mut self, slot: FieldSlot, day: Day) -> &mut Self {
        self.set(slot, day.element())
    }

    /// Puts the currency of the payable amount into its place.
    pub fn set_currency(&mut self, currency: Currency) -> &mut Self {
        self.set(FieldSlot::Currency, currency.element())
    }

    /// The commitment to all fields. It hides only what the salt of [`Opening::content`] hides.
    pub fn commit(&self) -> FieldBytes {
        poseidon::hash(&self.groups()).into()
    }

    pub(crate) fn set(&mut self, slot: FieldSlot, element: Fr) -> &mut Self {
        self.0[slot as usize] = element;
        self
    }

    pub(crate) fn get(&self, slot: FieldSlot) -> Fr {
        self.0[slot as usize]
    }

    /// The fields of the first group, which holds all that financing needs.
    pub(crate) fn first_group(&self) -> [Fr; GROUP] {
        std::array::from_fn(|index| self.0[index])
    }

    pub(crate) fn groups(&self) -> [Fr; 4] {
        std::array::from_fn(|group| {
            let fields: [Fr; GROUP] = std::array::from_fn(|index| self.0[group * GROUP + index]);
            poseidon::hash(&fields)
        })
    }

    pub(crate) fn asset(&self) -> Fr {
        asset::asset(
            self.get(FieldSlot::SellerEntity),
            self.get(FieldSlot::Number),
            self.get(FieldSlot::IssueYear),
        )
    }
}

/// What the owner of a leaf keeps to open it later.
#[derive(Clone, Zeroize)]
pub struct Opening {
    /// The document's fields.
    pub fields: Fields,
    /// A fresh random element for each leaf, which hides the fields.
    #[zeroize(skip)]
    pub salt: FieldBytes,
}

impl Opening {
    /// The commitment that the owner sends to the ledger.
    pub fn content(&self, secret: &OwnerSecret) -> FieldBytes {
        self.content_under(self.tag(secret)).into()
    }

    /// The leaf that the contract makes of it for a member with this entity and this owner key.
    pub fn leaf(&self, secret: &OwnerSecret, entity: FieldBytes) -> FieldBytes {
        document_leaf(entity, secret.owner(), self.content(secret))
    }

    pub(crate) fn tag(&self, secret: &OwnerSecret) -> Fr {
        secret.tag(self.fields.asset())
    }

    fn content_under(&self, tag: Fr) -> Fr {
        content(&self.fields, tag, self.salt.element())
    }
}

/// What hides fields and tag under a salt.
pub(crate) fn content(fields: &Fields, tag: Fr, salt: Fr) -> Fr {
    poseidon::hash(&[Domain::Content.element(), poseidon::hash(&fields.groups()), tag, salt])
}

/// The leaf of the document tree for a content sent by a member with this entity and owner key.
pub fn document_leaf(entity: FieldBytes, owner: FieldBytes, content: FieldBytes) -> FieldBytes {
    poseidon::hash(&[
        Domain::Document.element(),
        entity.element(),
        owner.element(),
        content.element(),
    ])
    .into()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn every_field_and_the_salt_count() {
        let secret = OwnerSecret::from_seed(&[1; 32]);
        let base = Opening { fields: Fields::new(), salt: FieldBytes::ZERO };
        let content = base.content(&secret);
        for index in 0..32 {
            let mut other = base.clone();
            other.fields.0[index] += Fr::from(1_u8);
            assert_ne!(other.content(&secret), content, "field {index}");
        }
        let salted = Opening { salt: Fr::from(9_u8).into(), ..base.clone() };
        assert_ne!(salted.content(&secret), content);
        assert_ne!(base.content(&OwnerSecret::from_seed(&[2; 32])), content);
    }

    #[test]
    fn the_leaf_names_its_uploader() {
        let secret = OwnerSecret::from_seed(&[1; 32]);
        let opening = Opening { fields: Fields::new(), salt: FieldBytes::ZERO };
        let leaf = opening.leaf(&secret, field::entity("a"));
        assert_ne!(leaf, opening.leaf(&secret, field::entity("b")));
        let expected = document_leaf(field::entity("a"), secret.owner(), opening.content(&secret));
        assert_eq!(leaf, expected);
    }
}
