#![allow(clippy::unwrap_used)]
use super::*;
use crate::{
    fixture::{SAMPLES, document},
    proof_fields::ProofFields,
    types::{Amount, Text},
};
use hansa_primitives::{DocumentId, Version, hash};

/// The problems of a sample after one change to its JSON.
fn problems(name: &str, path: &str, value: &str) -> String {
    let original = document(name);
    let mut json = serde_json::to_value(&original).unwrap();
    let pointer = format!("/document{path}");
    let place = json.pointer_mut(&pointer).unwrap_or_else(|| panic!("{name} has no {path}"));
    *place = serde_json::from_str(value).unwrap();
    let changed: Document = serde_json::from_value(json).unwrap();
    let listed: Vec<String> = changed.validate().iter().map(Problem::to_string).collect();
    listed.join("\n")
}

#[test]
fn every_altered_figure_is_named() {
    let invoice = "commercial-invoice.xml";
    let found = [
        problems(invoice, "/lines/0/quantity/value", "\"999\""),
        problems(invoice, "/lines/0/unit_price/value", "\"18.4\""),
        problems(invoice, "/payable/value", "\"19214.99\""),
        problems(invoice, "/charges/0/amount/value", "\"621\""),
        problems(invoice, "/charges/1/amount/currency", "\"USD\""),
        problems(invoice, "/lines/0/net_mass", "\"961\""),
        problems(invoice, "/due_date", "\"2018-10-21\""),
        problems(invoice, "/delivery_terms", "null"),
        problems(invoice, "/currency", "\"CNY\""),
        problems(invoice, "/lines", "[]"),
        problems("packing-list.xml", "/packages/1/packaging/count", "24"),
        problems("packing-list.xml", "/packages/1/gross_mass", "\"479\""),
        problems("packing-list.xml", "/packages/1/id", "\"1\""),
        problems("packing-list.xml", "/equipment/0/number", "\"HLCU2045198\""),
        problems("waybill.xml", "/gross_mass", "\"959\""),
        problems("waybill.xml", "/planned_arrival", "\"2018-10-01\""),
        problems("insurance-policy.json", "/insured_amount/value", "\"19214\""),
        problems("booking.json", "/discharge_port", "\"DEHAM\""),
        problems("departure.json", "/kind", "\"EQUIPMENT\""),
        problems("sales-contract.json", "/total/value", "\"18500\""),
        problems("purchase-order.xml", "/lines/0/amount/value", "\"18500.01\""),
        problems("certificate-of-origin.xml", "/items/0/hs", "null"),
    ];
    insta::assert_snapshot!(found.join("\n\n"));
}

#[test]
fn charges_of_a_line_count_into_its_amount() {
    let line = |amount: &str| {
        let charge = |effect: &str, value: &str| {
            format!(
                r#"{{"effect":"{effect}","purpose":"other","reason":null,
                "amount":{{"value":"{value}","currency":"EUR"}}}}"#
            )
        };
        let charges = format!("[{},{}]", charge("charge", "15"), charge("allowance", "5"));
        let mut json = serde_json::to_value(document("commercial-invoice.xml")).unwrap();
        json["document"]["lines"][0]["charges"] = serde_json::from_str(&charges).unwrap();
        json["document"]["lines"][0]["amount"]["value"] = amount.into();
        let changed: Document = serde_json::from_value(json).unwrap();
        let problems = changed.validate();
        problems.iter().filter(|problem| problem.path() == "/lines/0/amount/value").count()
    };
    assert_eq!((line("18510"), line("18500")), (0, 1));
}

#[test]
fn figures_too_large_to_compute_with_are_a_problem_and_no_panic() {
    let huge = "\"79228162514264337593543950335\"";
    for path in ["/lines/0/quantity/value", "/lines/0/amount/value", "/charges/0/amount/value"] {
        let found = problems("commercial-invoice.xml", path, huge);
        assert!(found.contains("too large"), "{path}: {found}");
    }
    for path in ["/packages/0/gross_mass", "/packages/0/net_mass"] {
        let found = problems("packing-list.xml", path, huge);
        assert!(found.contains("too large") || found.contains("gives"), "{path}: {found}");
    }
}

#[test]
fn fields_are_ordered_flat_and_canonical() {
    let listed: Vec<String> = document("commercial-invoice.xml")
        .fields()
        .iter()
        .map(|field| format!("{} = {}", field.path, field.value))
        .collect();
    insta::assert_snapshot!(listed.join("\n"));
    for (name, _) in SAMPLES {
        let document = document(name);
        for field in document.fields() {
            assert_eq!(document.field(&field.path), Some(field.value), "{name} {}", field.path);
        }
    }
}

#[test]
fn sections_cover_every_field() {
    for (name, _) in SAMPLES {
        let document = document(name);
        let sections = document.kind().sections();
        for field in document.fields() {
            let section = crate::fields::section_of(&field.path);
            assert!(sections.contains(&section), "{name}: {section}");
        }
    }
}

#[test]
fn proofs_see_whole_numbers() {
    insta::assert_debug_snapshot!(ProofFields::of(&document("commercial-invoice.xml")));
    insta::assert_debug_snapshot!(ProofFields::of(&document("waybill.xml")));
    let list = ProofFields::of(&document("packing-list.xml"));
    assert_eq!((list.gross_grams, list.net_grams), (Some(960_000), Some(800_000)));
    assert_eq!((list.quantity_thousandths, list.packages), (Some(1_000_000), Some(50)));
    for (name, _) in SAMPLES {
        assert_eq!(ProofFields::of(&document(name)).issue_year(), 2018, "{name}");
    }
}

fn declaration() -> Declaration {
    let invoice = document("commercial-invoice.xml");
    let Document::CommercialInvoice(parties) = &invoice else { panic!() };
    let source = DocumentId(hash::sha256(&[b"invoice"]));
    let origin = FieldOrigin {
        document: source,
        version: Version(1),
        path: Text::parse("/payable/currency").unwrap(),
    };
    let value = |element: &str, value: &str, origins: Vec<FieldOrigin>| DeclaredField {
        element: element.parse().unwrap(),
        content: DeclaredContent::Value {
            value: value.parse().unwrap(),
            origins,
            rule: "copy".parse().unwrap(),
        },
    };
    let reference = DocRef::to(DocumentType::CommercialInvoice, invoice.number().clone());
    Declaration {
        number: "LRN-1".parse().unwrap(),
        issue_date: "2018-10-24".parse().unwrap(),
        ucr: None,
        declarant: parties.seller.clone(),
        customs: "german-customs".parse().unwrap(),
        rules_version: 1,
        sources: vec![DocRef { document: Some(source), version: Some(Version(1)), ..reference }],
        elements: vec![
            value("TypeCode", "EXA", Vec::new()),
            value("InvoiceAmount/CurrencyCode", "EUR", vec![origin]),
            DeclaredField {
                element: "GoodsShipment/GovernmentAgencyGoodsItem[2]/Origin/CountryCode"
                    .parse()
                    .unwrap(),
                content: DeclaredContent::Missing {
                    reason: "no certificate of origin".parse().unwrap(),
                    who: "exporter".parse().unwrap(),
                },
            },
        ],
        references: Vec::new(),
        notes: Vec::new(),
    }
}

#[test]
fn a_declaration_shows_what_it_has_and_what_it_lacks() {
    let declaration = declaration();
    assert_eq!(declaration.validate(), []);
    assert_eq!(declaration.completeness_permille(), 666);
    assert_eq!(declaration.value("TypeCode"), Some("EXA"));
    assert_eq!(declaration.value("Exporter"), None);
    assert_eq!(declaration.missing().count(), 1);
    assert_eq!(declaration.item_count(), 2);
    let origins = declaration.element("InvoiceAmount/CurrencyCode").unwrap().origins();
    assert_eq!(origins[0].path.as_str(), "/payable/currency");
    let document = Document::ExportDeclaration(Box::new(declaration));
    let json = document.canonical_json();
    assert_eq!(Document::from_canonical(document.kind(), &json).unwrap(), document);
    insta::assert_snapshot!(String::from_utf8(json).unwrap());
}

#[test]
fn a_declaration_may_only_name_its_sources_and_each_element_once() {
    let mut declaration = declaration();
    declaration.elements.push(declaration.elements[1].clone());
    declaration.sources.clear();
    let found: Vec<String> = declaration.validate().iter().map(Problem::to_string).collect();
    assert_eq!(found.len(), 4, "{found:?}");
    assert!(found[0].contains("source document") && found[3].contains("not among the sources"));
}

#[test]
fn paths_of_the_data_model_are_checked() {
    for good in ["TypeCode", "GoodsShipment/GovernmentAgencyGoodsItem[12]/Commodity/ID"] {
        assert!(WcoPath::parse(good).is_ok(), "{good}");
    }
    for bad in ["", "/", "a", "A//B", "A[0]", "A[01]", "A[", "A[1", "A]", "A[123456]", "A B", "Ä"]
    {
        assert!(WcoPath::parse(bad).is_err(), "{bad}");
    }
}

#[test]
fn charges_of_one_purpose_add_up() {
    let Document::CommercialInvoice(mut invoice) = document("commercial-invoice.xml") else {
        panic!()
    };
    let mut rebate = invoice.charges[0].clone();
    rebate.effect = crate::types::ChargeEffect::Allowance;
    rebate.amount = Amount::parse("20", "EUR").unwrap();
    invoice.charges.push(rebate);
    assert_eq!(invoice.freight(), Some(Amount::parse("600", "EUR").unwrap()));
    invoice.charges[0].amount = Amount::parse("620", "USD").unwrap();
    assert_eq!(invoice.freight(), None);
}
