//! P1: who sells is who ships is who exports; who buys is who receives is who imports.

use super::{
    catalogue::{RuleId, Severity},
    finding::Side,
    view::{Skip, View},
};
use hansa_documents::DocumentType::{
    self, CertificateOfOrigin, CommercialInvoice, InsurancePolicy, PackingList, PurchaseOrder,
    TradeContract, Waybill,
};

/// Names from here on are so alike that a spelling may explain the difference, in thousandths.
const SIMILAR_PERMILLE: u64 = 920;

/// A party as a document names it.
struct Named<'a> {
    kind: DocumentType,
    path: &'static str,
    name: Side,
    member: Option<&'a str>,
    ids: Vec<(Option<&'a str>, &'a str)>,
}

/// P1.
pub(super) fn parties(view: &View<'_>) -> Result<(), Skip> {
    let sellers = [
        (CommercialInvoice, "/seller"),
        (TradeContract, "/seller"),
        (PurchaseOrder, "/seller"),
        (PackingList, "/consignor"),
        (CertificateOfOrigin, "/exporter"),
        (Waybill, "/consignor"),
    ];
    let buyers = [
        (CommercialInvoice, "/buyer"),
        (TradeContract, "/buyer"),
        (PurchaseOrder, "/buyer"),
        (PackingList, "/consignee"),
        (CertificateOfOrigin, "/importer"),
        (Waybill, "/consignee"),
    ];
    let seller = one_party(view, "Exporter", "The seller", &sellers)?;
    let buyer = one_party(view, "GoodsShipment/Importer", "The buyer", &buyers)?;
    if let Some(insured) = named(view, InsurancePolicy, "/insured") {
        let known = [&seller, &buyer].into_iter().any(|party| alike(party, &insured).is_none());
        if !known {
            let sentence = format!(
                "The insured: the policy covers {}, who neither sells nor buys",
                insured.name.value
            );
            let (rule, element) = (RuleId::P1, "Exporter/Name");
            let left = seller.name.clone();
            view.find_as(rule, Severity::Warning, element, left, insured.name, sentence);
        }
    }
    declared(view, &seller, "Exporter");
    declared(view, &buyer, "GoodsShipment/Importer");
    Ok(())
}

fn named<'a>(view: &View<'a>, kind: DocumentType, path: &'static str) -> Option<Named<'a>> {
    let ids = (0..view.count(kind, &format!("{path}/ids"))).filter_map(|index| {
        let value = view.text(kind, &format!("{path}/ids/{index}/value"))?;
        Some((view.text(kind, &format!("{path}/ids/{index}/scheme")), value))
    });
    Some(Named {
        kind,
        path,
        name: view.field(kind, &format!("{path}/name"))?,
        member: view.text(kind, &format!("{path}/member")),
        ids: ids.collect(),
    })
}

/// Compares the party of the invoice with the same party in every other document.
fn one_party<'a>(
    view: &View<'a>,
    element: &str,
    what: &str,
    places: &[(DocumentType, &'static str)],
) -> Result<Named<'a>, Skip> {
    let absent = || Skip("the commercial invoice does not name seller and buyer".to_owned());
    let (kind, path) = places[0];
    let invoiced = named(view, kind, path).ok_or_else(absent)?;
    let forwarder = named(view, Waybill, "/forwarder");
    let consignee = named(view, CommercialInvoice, "/consignee");
    for (kind, path) in &places[1..] {
        let Some(other) = named(view, *kind, path) else { continue };
        let Some(severity) = alike(&invoiced, &other) else { continue };
        // A forwarder may ship in its own name, and the invoice may name another receiver.
        let explained = [&forwarder, &consignee]
            .into_iter()
            .flatten()
            .any(|party| is_carriage(&other) && alike(party, &other).is_none());
        let severity = if explained { Severity::Note } else { severity };
        let sentence = format!(
            "{what}: {} names {} at {}, {} {} at {}",
            invoiced.name.name(),
            shown(&invoiced),
            invoiced.path,
            other.name.name(),
            shown(&other),
            other.path
        );
        let element = format!("{element}/Name");
        let left = invoiced.name.clone();
        view.find_as(RuleId::P1, severity, &element, left, other.name, sentence);
    }
    Ok(invoiced)
}

fn is_carriage(party: &Named<'_>) -> bool {
    matches!(party.kind, Waybill | PackingList)
}

fn shown(party: &Named<'_>) -> String {
    match party.member {
        Some(member) => format!("{} ({member})", party.name.value),
        None => party.name.value.clone(),
    }
}

/// Nothing if two parties are the same, else how sure it is that they are not.
fn alike(one: &Named<'_>, other: &Named<'_>) -> Option<Severity> {
    if let (Some(own), Some(others)) = (one.member, other.member) {
        return (own != others).then_some(Severity::Error);
    }
    if one.ids.iter().any(|id| other.ids.contains(id)) {
        return None;
    }
    let (own, others) = (folded(&one.name.value), folded(&other.name.value));
    if own == others {
        return None;
    }
    let similar = similarity_permille(&own, &others) >= SIMILAR_PERMILLE;
    Some(if similar { Severity::Warning } else { Severity::Error })
}

fn declared(view: &View<'_>, party: &Named<'_>, element: &str) {
    let name = format!("{element}/Name");
    if let Some(declared) = view.declared(&name) {
        let same = folded(&declared.value) == folded(&party.name.value);
        if !same {
            view.same(RuleId::P1, &name, "Name", declared, party.name.clone());
        }
    }
    let id = format!("{element}/ID");
    if let Some(declared) = view.declared(&id) {
        let known = party.ids.iter().any(|(_, value)| *value == declared.value)
            || party.member == Some(declared.value.as_str());
        if !known {
            let registered = party.ids.first().map(|(_, value)| *value).or(party.member);
            let value = registered.unwrap_or("no identifier").to_owned();
            let right = Side { path: format!("{}/ids", party.path), value, ..party.name.clone() };
            view.same(RuleId::P1, &id, "Identifier", declared, right);
        }
    }
}

/// Lower case, with letters and digits only.
fn folded(name: &str) -> String {
    name.to_lowercase().chars().filter(|letter| letter.is_alphanumeric()).collect()
}

/// The Jaro–Winkler similarity in thousandths, rounded down (Winkler 1990), computed with integers.
fn similarity_permille(one: &str, other: &str) -> u64 {
    let one: Vec<char> = one.chars().take(256).collect();
    let other: Vec<char> = other.chars().take(256).collect();
    if one.is_empty() || other.is_empty() {
        return 0;
    }
    let reach = (one.len().max(other.len()) / 2).saturating_sub(1);
    let mut taken = vec![false; other.len()];
    let mut matched = Vec::new();
    for (place, letter) in one.iter().enumerate() {
        let from = place.saturating_sub(reach);
        let until = (place + reach + 1).min(other.len());
        let found = (from..until).find(|at| !taken[*at] && other[*at] == *letter);
        if let Some(at) = found {
            taken[at] = true;
            matched.push(*letter);
        }
    }
    if matched.is_empty() {
        return 0;
    }
    let partners = other.iter().zip(&taken).filter(|(_, taken)| **taken).map(|(letter, _)| letter);
    let moved = matched.iter().zip(partners).filter(|(one, other)| one != other).count() as u64;
    let (matches, lengths) = (matched.len() as u64, (one.len() as u64, other.len() as u64));
    let share = |part: u64, whole: u64| 1_000_000 * part / whole;
    let straight = share(2 * matches - moved, 2 * matches);
    let jaro = (share(matches, lengths.0) + share(matches, lengths.1) + straight) / 3;
    let prefix = one.iter().zip(&other).take(4).take_while(|(one, other)| one == other).count();
    (jaro + prefix as u64 * (1_000_000 - jaro) / 10) / 1000
}

#[cfg(test)]
mod tests {
    use super::similarity_permille;

    /// The pairs of Winkler's paper, whose values are given to three digits.
    #[test]
    fn similarities_are_those_of_the_paper() {
        for (one, other, permille) in [
            ("martha", "marhta", 961),
            ("dwayne", "duane", 840),
            ("dixon", "dicksonx", 813),
            ("jones", "johnson", 832),
            ("same", "same", 1000),
            ("abc", "xyz", 0),
        ] {
            let computed = similarity_permille(one, other);
            assert!(computed.abs_diff(permille) <= 1, "{one} {other}: {computed}");
        }
        assert_eq!(similarity_permille("", "x"), 0);
    }
}
