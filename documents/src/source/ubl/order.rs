//! `Order` (UBL 2.x) to a purchase order.

use super::{super::SourceError, common, tree::Element};
use crate::{document::PurchaseOrder, kind::DocumentType};

pub(super) fn read(root: &Element) -> Result<PurchaseOrder, SourceError> {
    let issue_date = root.date("cbc:IssueDate")?.ok_or_else(|| root.missing("cbc:IssueDate"))?;
    let lines = root.children("cac:OrderLine").map(|line| {
        let item = line.at("cac:LineItem").ok_or_else(|| line.missing("cac:LineItem"))?;
        let quantity = item.quantity("cbc:Quantity")?;
        let parts = common::LineParts {
            quantity: quantity.ok_or_else(|| item.missing("cbc:Quantity"))?,
            amount: item.amount("cbc:LineExtensionAmount")?,
        };
        common::line(item, parts, issue_date)
    });
    let charges = common::charges(root, "cac:AllowanceCharge")?;
    common::check_charge_totals(root.at("cac:AnticipatedMonetaryTotal"), &charges)?;
    // The currency is stated with every amount.
    root.currency("cbc:DocumentCurrencyCode")?;
    let delivery = root.at("cac:Delivery");
    let consignment = delivery.and_then(|part| part.at("cac:Shipment/cac:Consignment"));
    let period = "cac:Delivery/cac:RequestedDeliveryPeriod";
    Ok(PurchaseOrder {
        number: root.number("cbc:ID")?,
        issue_date,
        ucr: common::ucr(consignment),
        buyer: common::required_party(root, "cac:BuyerCustomerParty/cac:Party")?,
        seller: common::required_party(root, "cac:SellerSupplierParty/cac:Party")?,
        contract: common::reference(root, "cac:Contract", DocumentType::TradeContract)?,
        lines: lines.collect::<Result<_, _>>()?,
        charges,
        line_total: root.amount("cac:AnticipatedMonetaryTotal/cbc:LineExtensionAmount")?,
        tax_total: root.amount("cac:TaxTotal/cbc:TaxAmount")?,
        payable: root.amount("cac:AnticipatedMonetaryTotal/cbc:PayableAmount")?,
        delivery_terms: common::delivery_terms(root, "cac:DeliveryTerms")?,
        delivery_period: common::period(root, period)?,
        payment_terms: root.words("cac:PaymentTerms/cbc:Note")?,
        destination: root.country("cac:DestinationCountry/cbc:IdentificationCode")?,
        references: common::references(root, "cac:AdditionalDocumentReference")?,
        notes: root.all_words("cbc:Note")?,
    })
}
