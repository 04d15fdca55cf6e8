//! The fields that financing proofs commit to, as plain values.
//!
//! A proof speaks about whole numbers and short texts. This module says which field of a document
//! each of them is; the client maps them to the slots of the circuits.

use crate::{
    document::{CertificateOfOrigin, CommercialInvoice, Document, GoodsLine, PackingList, Waybill},
    kind::DocumentType,
    types::{Amount, Date, Mass, Quantity},
};
use rust_decimal::Decimal;

/// What a document says about itself in the terms of the proofs. What it does not say, or what has
/// no exact whole number, is absent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProofFields {
    /// What kind of document it is.
    pub kind: DocumentType,
    /// The number that its issuer gave it.
    pub number: String,
    /// When it was issued.
    pub issue_date: Date,
    /// The seller: member id, else registered identifier with scheme.
    pub seller: Option<String>,
    /// The buyer, likewise.
    pub buyer: Option<String>,
    /// Currency of the amounts.
    pub currency: Option<[u8; 3]>,
    /// What is to be paid, in minor units.
    pub payable: Option<u64>,
    /// Freight that is charged beside the goods, in minor units.
    pub freight: Option<u64>,
    /// Insurance, likewise.
    pub insurance: Option<u64>,
    /// Country of origin, if all goods share one.
    pub origin: Option<String>,
    /// First six digits of the commodity code, if all goods share them.
    pub hs: Option<String>,
    /// Gross mass in grams.
    pub gross_grams: Option<u64>,
    /// Net mass in grams.
    pub net_grams: Option<u64>,
    /// Quantity in thousandths of its unit, if all goods are counted in one.
    pub quantity_thousandths: Option<u64>,
    /// The unit of the quantity.
    pub quantity_unit: Option<String>,
    /// Number of packages.
    pub packages: Option<u64>,
    /// Number of the transport document.
    pub transport_document: Option<String>,
    /// Number of the order.
    pub order: Option<String>,
    /// Delivery term.
    pub incoterm: Option<String>,
    /// Port of loading.
    pub loading_port: Option<String>,
    /// Port of discharge.
    pub discharge_port: Option<String>,
    /// The container, if there is one only.
    pub container: Option<String>,
    /// The ship.
    pub vessel: Option<String>,
    /// The day of production, if all goods share one.
    pub production_date: Option<Date>,
}

impl ProofFields {
    /// Takes the fields out of a document.
    pub fn of(document: &Document) -> Self {
        let mut fields = Self::bare(document);
        match document {
            Document::CommercialInvoice(invoice) => fields.read_invoice(invoice),
            Document::PackingList(list) => fields.read_packing_list(list),
            Document::Waybill(waybill) => fields.read_waybill(waybill),
            Document::CertificateOfOrigin(certificate) => fields.read_certificate(certificate),
            Document::TradeContract(contract) => {
                fields.seller = contract.seller.entity();
                fields.buyer = contract.buyer.entity();
                fields.read_lines(&contract.lines);
                fields.read_payable(&contract.total);
                fields.incoterm =
                    contract.delivery_terms.as_ref().map(|terms| terms.code.to_string());
            }
            Document::PurchaseOrder(order) => {
                fields.seller = order.seller.entity();
                fields.buyer = order.buyer.entity();
                fields.read_lines(&order.lines);
                order.payable.iter().for_each(|payable| fields.read_payable(payable));
                fields.order = Some(order.number.to_string());
                fields.incoterm = order.delivery_terms.as_ref().map(|terms| terms.code.to_string());
            }
            Document::InsurancePolicy(policy) => {
                fields.currency = Some(policy.insured_amount.currency.bytes());
                fields.transport_document = policy
                    .transport_document
                    .as_ref()
                    .map(|reference| reference.number.to_string());
            }
            Document::Booking(booking) => {
                fields.loading_port = Some(booking.loading_port.to_string());
                fields.discharge_port = Some(booking.discharge_port.to_string());
            }
            Document::TransportEvent(_)
            | Document::ClearanceNotice(_)
            | Document::ExportDeclaration(_)
            | Document::ImportDeclaration(_) => {}
        }
        fields
    }

    /// The year that the document was issued in.
    pub fn issue_year(&self) -> u16 {
        self.issue_date.year()
    }

    fn bare(document: &Document) -> Self {
        Self {
            kind: document.kind(),
            number: document.number().to_string(),
            issue_date: document.issue_date(),
            seller: None,
            buyer: None,
            currency: None,
            payable: None,
            freight: None,
            insurance: None,
            origin: None,
            hs: None,
            gross_grams: None,
            net_grams: None,
            quantity_thousandths: None,
            quantity_unit: None,
            packages: None,
            transport_document: None,
            order: None,
            incoterm: None,
            loading_port: None,
            discharge_port: None,
            container: None,
            vessel: None,
            production_date: None,
        }
    }

    fn read_invoice(&mut self, invoice: &CommercialInvoice) {
        self.seller = invoice.seller.entity();
        self.buyer = invoice.buyer.entity();
        self.read_lines(&invoice.lines);
        self.read_payable(&invoice.payable);
        let minor = |amount: Option<Amount>| amount.and_then(|amount| amount.minor_units().ok());
        self.freight = minor(invoice.freight());
        self.insurance = minor(invoice.insurance());
        self.order = invoice.order.as_ref().map(|reference| reference.number.to_string());
        self.transport_document =
            invoice.transport_document.as_ref().map(|reference| reference.number.to_string());
        self.incoterm = invoice.delivery_terms.as_ref().map(|terms| terms.code.to_string());
    }

    fn read_payable(&mut self, payable: &Amount) {
        self.currency = Some(payable.currency.bytes());
        self.payable = payable.minor_units().ok();
    }

    fn read_lines(&mut self, lines: &[GoodsLine]) {
        self.origin = shared(lines.iter().map(|line| line.origin)).map(|code| code.to_string());
        let hs = lines.iter().map(|line| line.hs.as_ref().map(|hs| hs.subheading()));
        self.hs = shared(hs).map(str::to_owned);
        self.gross_grams = total_grams(lines.iter().map(|line| line.gross_mass));
        self.net_grams = total_grams(lines.iter().map(|line| line.net_mass));
        self.production_date = shared(lines.iter().map(|line| line.production_date));
        self.read_quantity(lines.iter().map(|line| line.quantity));
    }

    fn read_quantity(&mut self, mut quantities: impl Iterator<Item = Quantity>) {
        let Some(first) = quantities.next() else { return };
        let sum = quantities.try_fold(first, |sum, quantity| sum.checked_add(&quantity));
        let thousandths = sum.and_then(|sum| sum.value.checked_mul(Decimal::ONE_THOUSAND));
        self.quantity_thousandths = thousandths
            .filter(|value| value.fract().is_zero())
            .and_then(|value| u64::try_from(value.trunc()).ok());
        self.quantity_unit = sum.map(|sum| sum.unit.to_string());
    }

    fn read_packing_list(&mut self, list: &PackingList) {
        self.seller = list.consignor.as_ref().and_then(|party| party.entity());
        self.buyer = list.consignee.as_ref().and_then(|party| party.entity());
        self.gross_grams = list.gross_mass.grams();
        self.net_grams = list.net_mass.and_then(Mass::grams);
        self.packages = list.total_packages.map(u64::from);
        self.container = single(&list.equipment).map(|unit| unit.number.to_string());
        let lines = list.packages.iter().flat_map(|package| &package.contents);
        self.read_quantity(lines.map(|line| line.quantity));
    }

    fn read_waybill(&mut self, waybill: &Waybill) {
        self.seller = waybill.consignor.as_ref().and_then(|party| party.entity());
        self.buyer = waybill.consignee.as_ref().and_then(|party| party.entity());
        self.transport_document = Some(waybill.number.to_string());
        self.gross_grams = waybill.gross_mass.and_then(Mass::grams);
        self.net_grams = waybill.net_mass.and_then(Mass::grams);
        self.packages = waybill.total_packages.map(u64::from);
        self.container = single(&waybill.equipment).map(|unit| unit.number.to_string());
        self.loading_port = waybill.loading_port.map(|port| port.to_string());
        self.discharge_port = waybill.discharge_port.map(|port| port.to_string());
        let vessel = waybill.vessel.as_ref();
        self.vessel = vessel.and_then(|vessel| match (&vessel.imo, &vessel.name) {
            (Some(imo), _) => Some(imo.to_string()),
            (None, name) => name.as_ref().map(|name| name.to_string()),
        });
        let hs = waybill.goods.iter().map(|item| item.hs.as_ref().map(|hs| hs.subheading()));
        self.hs = shared(hs).map(str::to_owned);
        if let Some(freight) = &waybill.freight {
            self.currency = Some(freight.currency.bytes());
            self.freight = freight.minor_units().ok();
        }
    }

    fn read_certificate(&mut self, certificate: &CertificateOfOrigin) {
        self.seller = certificate.exporter.entity();
        self.buyer = certificate.importer.as_ref().and_then(|party| party.entity());
        self.origin = Some(certificate.origin.to_string());
        let items = &certificate.items;
        let hs = items.iter().map(|item| item.hs.as_ref().map(|hs| hs.subheading()));
        self.hs = shared(hs).map(str::to_owned);
        self.gross_grams = total_grams(items.iter().map(|item| item.gross_mass));
        self.net_grams = total_grams(items.iter().map(|item| item.net_mass));
    }
}

/// The value that all have; nothing if one has none or they differ.
fn shared<T: PartialEq>(mut values: impl Iterator<Item = Option<T>>) -> Option<T> {
    let first = values.next()??;
    values.all(|value| value.as_ref() == Some(&first)).then_some(first)
}

fn total_grams(mut masses: impl Iterator<Item = Option<Mass>>) -> Option<u64> {
    let first = masses.next()??;
    masses.try_fold(first, |sum, mass| sum.checked_add(mass?))?.grams()
}

fn single<T>(values: &[T]) -> Option<&T> {
    match values {
        [value] => Some(value),
        _ => None,
    }
}
