//! Which field of a document stands in which slot of the proofs.

use hansa_documents::{Document, DocumentContext, proof_fields::ProofFields};
use hansa_zkp::{Currency, Day, FieldSlot, Fields, MinorUnits, Opening};

use crate::keys::MemberKeys;

/// The document as proofs see it. What it does not say leaves its slot empty.
pub(crate) fn slots(document: &Document) -> Fields {
    let said = ProofFields::of(document);
    let mut fields = Fields::new();
    fields
        .set_number(FieldSlot::Number, &said.number)
        .set_integer(FieldSlot::IssueYear, said.issue_year().into())
        .set_integer(FieldSlot::DocumentType, said.kind.code().into());
    for (slot, entity) in
        [(FieldSlot::SellerEntity, &said.seller), (FieldSlot::BuyerEntity, &said.buyer)]
    {
        entity.iter().for_each(|entity| {
            fields.set_entity(slot, entity);
        });
    }
    for (slot, day) in [
        (FieldSlot::IssueDay, Some(said.issue_date)),
        (FieldSlot::ProductionDay, said.production_date),
    ] {
        // The day count of the proofs begins in 1970; an earlier day has no place there.
        if let Some(day) = day.and_then(|day| u32::try_from(day.days()).ok()) {
            fields.set_day(slot, Day(day));
        }
    }
    if let Some(currency) = said.currency {
        fields.set_currency(Currency(currency));
    }
    set_amounts(&mut fields, &said);
    set_goods(&mut fields, &said);
    fields
}

fn set_amounts(fields: &mut Fields, said: &ProofFields) {
    for (slot, amount) in [
        (FieldSlot::PayableAmount, said.payable),
        (FieldSlot::FreightAmount, said.freight),
        (FieldSlot::InsuranceAmount, said.insurance),
    ] {
        if let Some(amount) = amount {
            fields.set_amount(slot, MinorUnits(amount));
        }
    }
}

fn set_goods(fields: &mut Fields, said: &ProofFields) {
    for (slot, number) in [
        (FieldSlot::GrossMass, said.gross_grams),
        (FieldSlot::NetMass, said.net_grams),
        (FieldSlot::Quantity, said.quantity_thousandths),
        (FieldSlot::Packages, said.packages),
    ] {
        if let Some(number) = number {
            fields.set_integer(slot, number);
        }
    }
    for (slot, text) in [
        (FieldSlot::OriginCountry, &said.origin),
        (FieldSlot::HsCode, &said.hs),
        (FieldSlot::QuantityUnit, &said.quantity_unit),
        (FieldSlot::Vessel, &said.vessel),
        (FieldSlot::LoadingPlace, &said.loading_port),
        (FieldSlot::DischargePlace, &said.discharge_port),
        (FieldSlot::Container, &said.container),
        (FieldSlot::Incoterms, &said.incoterm),
    ] {
        if let Some(text) = text {
            fields.set_text(slot, text);
        }
    }
    for (slot, number) in [
        (FieldSlot::TransportDocument, &said.transport_document),
        (FieldSlot::OrderNumber, &said.order),
    ] {
        if let Some(number) = number {
            fields.set_number(slot, number);
        }
    }
}

/// What opens the proof leaf of a version that this member owns; the same whenever it is made.
pub(crate) fn opening(
    keys: &MemberKeys,
    context: &DocumentContext,
    document: &Document,
) -> Opening {
    Opening { fields: slots(document), salt: keys.proof_salt(context) }
}
