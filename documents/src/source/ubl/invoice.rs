//! `Invoice` (UBL 2.x) to a commercial invoice.

use super::{super::SourceError, common, tree::Element};
use crate::{
    document::{CommercialInvoice, GoodsLine},
    kind::DocumentType,
    types::Date,
};

pub(super) fn read(root: &Element) -> Result<CommercialInvoice, SourceError> {
    let issue_date = root.date("cbc:IssueDate")?.ok_or_else(|| root.missing("cbc:IssueDate"))?;
    let payable = root
        .amount("cac:LegalMonetaryTotal/cbc:PayableAmount")?
        .ok_or_else(|| root.missing("cac:LegalMonetaryTotal/cbc:PayableAmount"))?;
    check_type(root);
    let charges = common::charges(root, "cac:AllowanceCharge")?;
    common::check_charge_totals(root.at("cac:LegalMonetaryTotal"), &charges)?;
    let mut references = common::references(root, "cac:AdditionalDocumentReference")?;
    let delivery = root.at("cac:Delivery");
    let consignment = delivery.and_then(|part| part.at("cac:Shipment/cac:Consignment"));
    let contract = "cac:ContractDocumentReference";
    let account = "cac:PaymentMeans/cac:PayeeFinancialAccount/cbc:ID";
    let due_date = match root.date("cbc:DueDate")? {
        Some(due) => Some(due),
        None => root.date("cac:PaymentMeans/cbc:PaymentDueDate")?,
    };
    Ok(CommercialInvoice {
        number: root.number("cbc:ID")?,
        issue_date,
        due_date,
        ucr: common::ucr(consignment),
        seller: common::required_party(root, "cac:AccountingSupplierParty/cac:Party")?,
        buyer: common::required_party(root, "cac:AccountingCustomerParty/cac:Party")?,
        consignee: common::party(root, "cac:Delivery/cac:DeliveryParty")?,
        currency: root.currency("cbc:DocumentCurrencyCode")?.unwrap_or(payable.currency),
        lines: lines(root, issue_date)?,
        line_total: root.amount("cac:LegalMonetaryTotal/cbc:LineExtensionAmount")?,
        charges,
        tax_total: root.amount("cac:TaxTotal/cbc:TaxAmount")?,
        prepaid: root.amount("cac:LegalMonetaryTotal/cbc:PrepaidAmount")?,
        rounding: root.amount("cac:LegalMonetaryTotal/cbc:PayableRoundingAmount")?,
        payable,
        delivery_terms: common::delivery_terms(root, "cac:DeliveryTerms")?,
        payment_terms: root.words("cac:PaymentTerms/cbc:Note")?,
        payee_account: root.words(account)?,
        order: order(root)?,
        contract: common::reference(root, contract, DocumentType::TradeContract)?,
        transport_document: common::take_reference(&mut references, DocumentType::Waybill),
        references,
        notes: root.all_words("cbc:Note")?,
    })
}

/// The type code says no more than the type does, if it is that of a commercial invoice.
fn check_type(root: &Element) {
    if root.has_code("cbc:InvoiceTypeCode", "380")
        && let Some(code) = root.at("cbc:InvoiceTypeCode")
    {
        for attribute in ["listID", "listAgencyID", "listURI"] {
            code.attribute(attribute);
        }
    }
}

fn lines(root: &Element, day: Date) -> Result<Vec<GoodsLine>, SourceError> {
    let lines = root.children("cac:InvoiceLine").map(|line| {
        let quantity = line.quantity("cbc:InvoicedQuantity")?;
        let parts = common::LineParts {
            quantity: quantity.ok_or_else(|| line.missing("cbc:InvoicedQuantity"))?,
            amount: line.amount("cbc:LineExtensionAmount")?,
        };
        common::line(line, parts, day)
    });
    lines.collect()
}

fn order(root: &Element) -> Result<Option<crate::types::DocRef>, SourceError> {
    common::reference(root, "cac:OrderReference", DocumentType::PurchaseOrder)
}
