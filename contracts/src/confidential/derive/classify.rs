//! What an item's goods are and where they are from, where documents may contradict each other.

use super::{
    rule::{Context, Value},
    shipment::constant,
};
use crate::confidential::gap::Gap;
use hansa_documents::DocumentType::{CertificateOfOrigin, CommercialInvoice};

/// The commodity code of the item's first line; the grouping made all its lines have one code.
pub(super) fn classification(context: &mut Context<'_>) -> Value {
    let line = context.item()?.lines[0];
    let path = format!("/lines/{line}/hs/code");
    let invoiced = context.reader.find(CommercialInvoice, &path);
    let Some((certified_path, certified)) = certified_code(context, line, invoiced) else {
        let missing = || Gap::NoField { kind: CommercialInvoice, path };
        return invoiced.map(|code| Some(code.to_owned())).ok_or_else(missing);
    };
    let Some(invoiced) = invoiced else { return constant(certified) };
    if invoiced.get(..6) != certified.get(..6) {
        return Err(Gap::Conflict {
            left: CommercialInvoice,
            left_path: path,
            left_value: invoiced.to_owned(),
            right: CertificateOfOrigin,
            right_path: certified_path,
            right_value: certified.to_owned(),
        });
    }
    constant(invoiced)
}

/// What the certificate of origin says of a line: its only item, or the item with the line's number
/// or code. With several items and no match it says nothing.
fn certified_code<'a>(
    context: &mut Context<'a>,
    line: usize,
    invoiced: Option<&str>,
) -> Option<(String, &'a str)> {
    let reader = &mut context.reader;
    let items = reader.count(CertificateOfOrigin, "/items");
    let chosen = if items == 1 {
        0
    } else {
        // The search itself is no origin: only what it finds is.
        let search = &mut reader.fresh();
        let number = search.find(CommercialInvoice, &format!("/lines/{line}/id"));
        (0..items).find(|item| {
            let id = search.find(CertificateOfOrigin, &format!("/items/{item}/id"));
            let code = search.find(CertificateOfOrigin, &format!("/items/{item}/hs/code"));
            (id.is_some() && id == number) || (code.is_some() && code == invoiced)
        })?
    };
    let path = format!("/items/{chosen}/hs/code");
    reader.find(CertificateOfOrigin, &path).map(|code| (path, code))
}

pub(super) fn origin(context: &mut Context<'_>) -> Value {
    let line = context.item()?.lines[0];
    let path = format!("/lines/{line}/origin");
    let invoiced = context.reader.find(CommercialInvoice, &path);
    match context.reader.find(CertificateOfOrigin, "/origin") {
        Some(certified) => match invoiced {
            Some(invoiced) if invoiced != certified => Err(Gap::Conflict {
                left: CommercialInvoice,
                left_path: path,
                left_value: invoiced.to_owned(),
                right: CertificateOfOrigin,
                right_path: "/origin".to_owned(),
                right_value: certified.to_owned(),
            }),
            _ => constant(certified),
        },
        None => match invoiced {
            Some(invoiced) => constant(invoiced),
            None => Err(Gap::NoField { kind: CommercialInvoice, path }),
        },
    }
}
