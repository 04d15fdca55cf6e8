//! H1 and O1 to O3: what the goods are and where they are from.

use super::{
    catalogue::{RuleId, Severity},
    finding::Side,
    value::item_of,
    view::{Skip, View, bare, of_item},
};
use crate::confidential::measure::Measure;
use hansa_documents::{
    DocumentType::{
        self, CertificateOfOrigin, CommercialInvoice, InsurancePolicy, PurchaseOrder,
        TradeContract, Waybill,
    },
    types::{HsDigits, Locode},
};
use hansa_primitives::certificate::Role;
use rust_decimal::Decimal;

const CODE: &str = "Commodity/Classification/ID";
const ORIGIN: &str = "Origin/CountryCode";

/// H1: codes are codes, and one commodity has one code.
pub(super) fn codes(view: &View<'_>) -> Result<(), Skip> {
    let stated = stated_codes(view);
    for (item, side) in &stated {
        check_form(view, *item, side);
    }
    for (index, item) in view.items()?.iter().enumerate() {
        let line = item.lines[0];
        let Some(invoiced) = view.field(CommercialInvoice, &format!("/lines/{line}/hs/code"))
        else {
            continue;
        };
        for (_, other) in stated.iter().filter(|(of, side)| *of == index && *side != invoiced) {
            compare_codes(view, index, invoiced.clone(), other.clone());
        }
        let edition = |kind, list: &str, at| view.field(kind, &format!("{list}/{at}/hs/edition"));
        if let (Some(own), Some(certified)) =
            (edition(CommercialInvoice, "/lines", line), edition(CertificateOfOrigin, "/items", 0))
            && own.value != certified.value
        {
            let sentence = format!(
                "Edition of the Harmonized System: the invoice uses {}, the certificate {}",
                own.value, certified.value
            );
            let element = of_item(index, CODE);
            view.find_as(RuleId::H1, Severity::Note, &element, own, certified, sentence);
        }
    }
    if stated.len() < 2 {
        return Err(Skip("fewer than two documents state a commodity code".to_owned()));
    }
    Ok(())
}

/// Every code that any document states, with the goods item that it speaks of. Where documents list
/// goods of their own, a line is matched by its number of lines, else by its code.
fn stated_codes(view: &View<'_>) -> Vec<(usize, Side)> {
    let mut codes = Vec::new();
    for line in 0..view.count(CommercialInvoice, "/lines") {
        let side = view.field(CommercialInvoice, &format!("/lines/{line}/hs/code"));
        codes.extend(side.map(|side| (item_of(view, line), side)));
    }
    let items = view.items().map_or(1, |items| items.len());
    for (kind, list) in [
        (CertificateOfOrigin, "/items"),
        (TradeContract, "/lines"),
        (PurchaseOrder, "/lines"),
        (Waybill, "/goods"),
        (InsurancePolicy, "/goods"),
    ] {
        let count = view.count(kind, list);
        for index in 0..count {
            let Some(side) = view.field(kind, &format!("{list}/{index}/hs/code")) else { continue };
            let same = codes.iter().find(|(_, known): &&(usize, Side)| known.value == side.value);
            match same {
                Some((item, _)) => codes.push((*item, side)),
                None if items == 1 => codes.push((0, side)),
                None if count == items => codes.push((index, side)),
                None => {}
            }
        }
    }
    for (field, side) in view.declared_ending("/Classification/ID") {
        let item = (0..items).find(|item| field.element.as_str() == of_item(*item, CODE));
        codes.push((item.unwrap_or_default(), side));
    }
    codes
}

/// Chapters run from 01 to 97; 77 is reserved.
fn check_form(view: &View<'_>, item: usize, side: &Side) {
    let chapter = side.value.get(..2).and_then(|chapter| chapter.parse::<u32>().ok());
    let well_formed = HsDigits::parse(&side.value).is_ok()
        && chapter.is_some_and(|chapter| (1..=97).contains(&chapter) && chapter != 77);
    if !well_formed {
        let expected =
            Side::computed("the Harmonized System", "6 to 12 digits of chapters 01 to 97");
        let sentence =
            format!("Commodity code: {} states {}, which no edition has", side.name(), side.value);
        view.find(RuleId::H1, &of_item(item, CODE), side.clone(), expected, sentence);
    }
}

fn compare_codes(view: &View<'_>, item: usize, left: Side, right: Side) {
    let same = |digits: usize| left.value.get(..digits) == right.value.get(..digits);
    if same(6) {
        return;
    }
    let severity = if same(4) { Severity::Warning } else { Severity::Error };
    let sentence = format!(
        "Commodity code of goods item {}: {} states {}, {} {}",
        item + 1,
        left.name(),
        left.value,
        right.name(),
        right.value
    );
    view.find_as(RuleId::H1, severity, &of_item(item, CODE), left, right, sentence);
}

/// O1: one origin, and a preference only with a certificate that supports it.
pub(super) fn origins(view: &View<'_>) -> Result<(), Skip> {
    let certified = view.need(CertificateOfOrigin, "/origin")?;
    for (kind, what) in [
        (CommercialInvoice, "Origin on the invoice"),
        (TradeContract, "Origin in the contract"),
        (PurchaseOrder, "Origin in the order"),
    ] {
        for line in 0..view.count(kind, "/lines") {
            if let Some(stated) = view.field(kind, &format!("/lines/{line}/origin")) {
                let item = if kind == CommercialInvoice { item_of(view, line) } else { 0 };
                let element = of_item(item, ORIGIN);
                view.same(RuleId::O1, &element, what, certified.clone(), stated);
            }
        }
    }
    for (field, declared) in view.declared_ending("/Origin/CountryCode") {
        let what = "Origin declared";
        view.same(RuleId::O1, field.element.as_str(), what, declared, certified.clone());
    }
    let regime = view.need(CertificateOfOrigin, "/regime")?;
    let claims = [("/Origin/TypeCode", "2"), ("/DutyTaxFee/DutyRegimeCode", "300")];
    for (ending, preferential) in claims {
        for (field, declared) in view.declared_ending(ending) {
            let claimed = declared.value == preferential;
            if claimed && regime.value != "preferential" {
                let sentence = format!(
                    "Preference: {} claims one, the certificate of origin is {}",
                    bare(field.element.as_str()),
                    regime.value
                );
                let element = field.element.as_str();
                view.find(RuleId::O1, element, declared, regime.clone(), sentence);
            }
        }
    }
    Ok(())
}

/// O2: goods that leave from elsewhere went through another country first.
pub(super) fn departure(view: &View<'_>) -> Result<(), Skip> {
    let origin = view.need(CertificateOfOrigin, "/origin")?;
    let port = view.need(Waybill, "/loading_port")?;
    let country = Locode::parse(&port.value).map(|port| port.country().to_string());
    if country.as_ref() != Ok(&origin.value) {
        let sentence = format!(
            "Route: the goods are of {}, but leave from {}, and nothing shows their way there",
            origin.value, port.value
        );
        view.find(RuleId::O2, &of_item(0, ORIGIN), origin, port, sentence);
    }
    Ok(())
}

/// O3: the certificate is worth something.
pub(super) fn certificate(view: &View<'_>) -> Result<(), Skip> {
    let origin = view.need(CertificateOfOrigin, "/origin")?;
    let element = of_item(0, ORIGIN);
    let issuer = view.need(CertificateOfOrigin, "/issuer/name")?;
    if let Some(country) = view.field(CertificateOfOrigin, "/issuing_country") {
        let what = "Country of the certifying body";
        view.same(RuleId::O3, &element, what, origin.clone(), country);
    }
    if view.field(CertificateOfOrigin, "/endorsement/status").is_none() {
        let missing =
            Side { path: "/endorsement".into(), value: "nothing".into(), ..issuer.clone() };
        let sentence = "Certificate of origin: nobody endorsed it".to_owned();
        view.find(RuleId::O3, &element, issuer.clone(), missing, sentence);
    }
    validity(view, &element);
    certified_quantity(view, &element);
    let Some(fact) = &view.facts.certificate_issuer else {
        return Err(Skip(
            "the ledger does not say who issued the certificate of origin".to_owned(),
        ));
    };
    let registered = |value: String| Side::ledger("the ledger's registry of members", value);
    if fact.role != Role::Chamber {
        let sentence = format!(
            "Certificate of origin: {} issued it, which is certified as {}, not as a chamber",
            fact.member, fact.role
        );
        let right = registered(format!("{} is certified as {}", fact.member, fact.role));
        view.find(RuleId::O3, &element, issuer.clone(), right, sentence);
    }
    if fact.country != origin.value {
        let sentence = format!(
            "Certificate of origin: it certifies {}, its issuer {} is of {}",
            origin.value, fact.member, fact.country
        );
        view.find(RuleId::O3, &element, origin, registered(fact.country.clone()), sentence);
    }
    if !fact.active {
        let sentence = format!(
            "Certificate of origin: the certificate of its issuer {} was not in force or is \
             revoked",
            fact.member
        );
        let right = registered(format!("{} is not active", fact.member));
        view.find(RuleId::O3, &element, issuer, right, sentence);
    }
    Ok(())
}

/// The day that counts is the declaration's.
fn validity(view: &View<'_>, element: &str) {
    let (Ok(declaration), Some(until), Some(stated)) = (
        view.declaration(),
        view.date(CertificateOfOrigin, "/valid_until"),
        view.field(CertificateOfOrigin, "/valid_until"),
    ) else {
        return;
    };
    let day = declaration.issue_date;
    if until < day {
        let declared = view.declared_side(view.kind, "issue_date", &day.to_string());
        let sentence = format!("Certificate of origin: valid until {until}, declared on {day}");
        view.find(RuleId::O3, element, stated, declared, sentence);
    }
}

/// No more goods than the certificate covers.
fn certified_quantity(view: &View<'_>, element: &str) {
    let total = |kind: DocumentType, list: &str| -> Option<(Measure, Side)> {
        let mut sum: Option<(Measure, Side)> = None;
        for index in 0..view.count(kind, list) {
            let path = format!("{list}/{index}/quantity");
            let value: Decimal = view.decimal(kind, &format!("{path}/value"))?;
            let unit = view.text(kind, &format!("{path}/unit"))?;
            sum = Some(match sum {
                None => {
                    let side = view.field(kind, &format!("{path}/value"))?;
                    (Measure { value, unit: unit.to_owned() }, side)
                }
                Some((sum, side)) if sum.unit == unit => {
                    (Measure { value: sum.value.checked_add(value)?, ..sum }, side)
                }
                Some(_) => return None,
            });
        }
        sum
    };
    let (Some((invoiced, left)), Some((certified, right))) =
        (total(CommercialInvoice, "/lines"), total(CertificateOfOrigin, "/items"))
    else {
        return;
    };
    if invoiced.unit == certified.unit && invoiced.value > certified.value {
        let sentence =
            format!("Certificate of origin: it covers {certified}, {invoiced} are invoiced");
        let left = Side { value: invoiced.to_string(), ..left };
        let right = Side { value: certified.to_string(), ..right };
        view.find(RuleId::O3, element, left, right, sentence);
    }
}
