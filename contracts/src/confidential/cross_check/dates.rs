//! D1: dates follow the course of a trade.

use super::{
    catalogue::RuleId,
    finding::Side,
    view::{Skip, View, of_item},
};
use crate::declaration::Kind;
use hansa_documents::{
    DocumentType::{
        self, Booking, CertificateOfOrigin, ClearanceNotice, CommercialInvoice, PackingList,
        PurchaseOrder, TradeContract, Waybill,
    },
    types::Date,
};

/// A day and where it is stated.
struct Dated {
    what: &'static str,
    date: Date,
    side: Side,
}

/// D1: each of these days is not before the other, a day for time zones apart.
pub(super) fn course(view: &View<'_>) -> Result<(), Skip> {
    let on = |what, kind, path| dated(view, what, kind, path);
    let contract = || on("the contract was made", TradeContract, "/issue_date");
    let order = || on("the order was placed", PurchaseOrder, "/issue_date");
    let booking = || on("the transport was booked", Booking, "/issue_date");
    let invoice = || on("the invoice was issued", CommercialInvoice, "/issue_date");
    let packing = || on("the goods were packed", PackingList, "/issue_date");
    let certificate = || on("the origin was certified", CertificateOfOrigin, "/issue_date");
    let on_board = || on("the goods went on board", Waybill, "/on_board_date");
    let departure = || moved(view, "the ship departed", "DEPA");
    let arrival = || moved(view, "the ship arrived", "ARRI");
    let planned = || on("the ship was to arrive", Waybill, "/planned_arrival");
    let release = || on("the export was released", ClearanceNotice, "/decided");
    let mut compared = 0;
    let mut check = |earlier: Option<Dated>, later: Option<Dated>| {
        if let (Some(earlier), Some(later)) = (earlier, later) {
            compared += 1;
            in_order(view, earlier, later);
        }
    };
    check(contract(), order());
    check(order(), booking());
    check(order(), invoice());
    check(contract(), invoice());
    check(booking(), invoice());
    check(packing(), on_board());
    check(certificate(), arrival().or_else(planned));
    check(on_board(), departure());
    check(departure(), arrival());
    if view.kind == Kind::Import {
        check(release(), on_board());
        check(release(), declared(view));
    }
    if compared == 0 {
        return Err(Skip("no two documents state dates that could be compared".to_owned()));
    }
    Ok(())
}

fn dated(view: &View<'_>, what: &'static str, kind: DocumentType, path: &str) -> Option<Dated> {
    Some(Dated { what, date: view.date(kind, path)?, side: view.field(kind, path)? })
}

/// The first actual movement of a kind.
fn moved(view: &View<'_>, what: &'static str, code: &str) -> Option<Dated> {
    let movement =
        view.movements().into_iter().find(|movement| movement.actual && movement.code == code)?;
    let date = movement.date?;
    Some(Dated { what, date, side: movement.side(&date.to_string()) })
}

fn declared(view: &View<'_>) -> Option<Dated> {
    let date = view.declaration().ok()?.issue_date;
    let side = view.declared_side(view.kind, "issue_date", &date.to_string());
    Some(Dated { what: "the import was declared", date, side })
}

fn in_order(view: &View<'_>, earlier: Dated, later: Dated) {
    let days = i64::from(earlier.date.days()) - i64::from(later.date.days());
    if days > i64::from(view.tolerance(RuleId::D1).units) {
        let sentence = format!(
            "Dates: {} on {}, but {} on {} already, {days} days before",
            earlier.what, earlier.date, later.what, later.date
        );
        let element = of_item(0, "AdditionalDocument[1]/ID");
        view.find(RuleId::D1, &element, earlier.side, later.side, sentence);
    }
}
