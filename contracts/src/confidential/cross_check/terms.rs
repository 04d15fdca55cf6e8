//! T1 to T3: terms of delivery, and what follows from them.

use super::{
    catalogue::RuleId,
    finding::Side,
    view::{Skip, View, of_item},
};
use hansa_documents::{
    DocumentType::{CommercialInvoice, InsurancePolicy, PurchaseOrder, TradeContract, Waybill},
    types::Incoterm,
};

const TERM: &str = "GoodsShipment/TradeTerms/ConditionCode";
const PLACE: &str = "GoodsShipment/TradeTerms/LocationID";

/// T1: one term, one place, and a mode of transport that the term is for.
pub(super) fn delivery_terms(view: &View<'_>) -> Result<(), Skip> {
    let (code, stated) = term(view)?;
    for kind in [TradeContract, PurchaseOrder, Waybill] {
        if let Some(other) = view.field(kind, "/delivery_terms/code") {
            view.same(RuleId::T1, TERM, "Delivery term", stated.clone(), other);
        }
        let place = view.field(CommercialInvoice, "/delivery_terms/place");
        if let (Some(place), Some(other)) = (place, view.field(kind, "/delivery_terms/place")) {
            view.same(RuleId::T1, PLACE, "Place of delivery", place, other);
        }
    }
    if let Some(declared) = view.declared(TERM) {
        view.same(RuleId::T1, TERM, "Delivery term", declared, stated.clone());
    }
    let place = view
        .field(CommercialInvoice, "/delivery_terms/place")
        .or_else(|| view.field(CommercialInvoice, "/delivery_terms/place_name"));
    if let (Some(declared), Some(place)) = (view.declared(PLACE), place) {
        view.same(RuleId::T1, PLACE, "Place of delivery", declared, place);
    }
    if let Some(mode) = view.field(Waybill, "/mode")
        && code.is_for_water_only()
        && !matches!(mode.value.as_str(), "1" | "8")
    {
        let sentence = format!(
            "Delivery term: {code} is for carriage by water only, the waybill's mode of \
             transport is {}",
            mode.value
        );
        view.find(RuleId::T1, TERM, stated, mode, sentence);
    }
    Ok(())
}

fn term(view: &View<'_>) -> Result<(Incoterm, Side), Skip> {
    let stated = view.need(CommercialInvoice, "/delivery_terms/code")?;
    let code = Incoterm::parse(&stated.value)
        .map_err(|_| Skip(format!("`{}` is no delivery term", stated.value)))?;
    Ok((code, stated))
}

/// T2: who pays the freight follows from the term.
pub(super) fn freight_payment(view: &View<'_>) -> Result<(), Skip> {
    let (code, stated) = term(view)?;
    let payment = view.need(Waybill, "/freight_payment")?;
    let expected = if code.freight_is_prepaid() { "prepaid" } else { "collect" };
    if payment.value != expected {
        let sentence =
            format!("Freight: under {code} it is {expected}, the waybill says {}", payment.value);
        let element = "Consignment/Freight/PaymentMethodCode";
        view.find(RuleId::T2, element, stated, payment, sentence);
    }
    Ok(())
}

/// T3: a seller that owes insurance has it in force when the goods go on board.
pub(super) fn insurance(view: &View<'_>) -> Result<(), Skip> {
    let (code, stated) = term(view)?;
    if !code.includes_insurance() {
        return Ok(());
    }
    let element = of_item(0, "CustomsValuation/ChargeDeduction[2]/OtherChargeDeductionAmount");
    let effective = view.need(InsurancePolicy, "/effective_date")?;
    let on_board = view.need(Waybill, "/on_board_date")?;
    let begin = view.date(InsurancePolicy, "/effective_date");
    if begin > view.date(Waybill, "/on_board_date") {
        let sentence = format!(
            "Insurance: {} demands it, the cover begins on {}, the goods went on board on {}",
            stated.value, effective.value, on_board.value
        );
        view.find(RuleId::T3, &element, effective, on_board, sentence);
    }
    Ok(())
}
