#![allow(clippy::unwrap_used)]
use super::*;
use crate::{
    fixture::{SAMPLES, document, sample},
    types::{Amount, CheckDigit, Mass},
};
use proptest::prelude::*;

#[test]
fn every_sample_is_read_and_has_no_problem() {
    for (name, bytes) in SAMPLES {
        let reading = read(bytes, None).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(reading.document.validate(), [], "{name}");
        assert_eq!(reading.document.ucr().unwrap().as_str(), "8DEMILCHPULVER20181021001", "{name}");
    }
}

#[test]
fn what_the_samples_say_beyond_the_types_is_listed() {
    let listed: Vec<String> =
        SAMPLES.iter().flat_map(|(_, bytes)| read(bytes, None).unwrap().residue.paths).collect();
    insta::assert_snapshot!(listed.join("\n"));
}

#[test]
fn the_figures_are_those_of_the_trade() {
    let euro = |value| Amount::parse(value, "EUR").unwrap();
    let kilograms = |value| Mass::parse(value).unwrap();
    let Document::CommercialInvoice(invoice) = document("commercial-invoice.xml") else { panic!() };
    assert_eq!(invoice.line_total, Some(euro("18500")));
    assert_eq!(invoice.freight(), Some(euro("620")));
    assert_eq!(invoice.insurance(), Some(euro("95")));
    assert_eq!(invoice.payable, euro("19215"));
    let line = &invoice.lines[0];
    assert_eq!((line.quantity.to_string().as_str(), line.unit_price), ("1000 XCX", euro("18.5")));
    assert_eq!(line.hs.as_ref().unwrap().to_string(), "040221 (HS 2017)");
    assert_eq!((line.net_mass, line.gross_mass), (Some(kilograms("800")), Some(kilograms("960"))));
    let Document::PackingList(list) = document("packing-list.xml") else { panic!() };
    assert_eq!((list.total_packages, list.handling_units.len()), (Some(50), 2));
    assert_eq!((list.gross_mass, list.net_mass), (kilograms("960"), Some(kilograms("800"))));
    assert_eq!(list.equipment[0].number.check(), CheckDigit::Valid);
    let Document::Waybill(waybill) = document("waybill.xml") else { panic!() };
    assert_eq!(waybill.loading_port.unwrap().to_string(), "DEHAM");
    assert_eq!(waybill.discharge_port.unwrap().to_string(), "CNTXG");
    assert_eq!(waybill.equipment, list.equipment);
    assert_eq!(waybill.freight, Some(euro("620")));
    let Document::InsurancePolicy(policy) = document("insurance-policy.json") else { panic!() };
    assert_eq!(policy.insured_amount, euro("21136.50"));
    let Document::CertificateOfOrigin(certificate) = document("certificate-of-origin.xml") else {
        panic!()
    };
    assert_eq!(certificate.origin.as_str(), "DE");
    assert_eq!(certificate.issuer.member.unwrap().as_str(), "ihk");
}

#[test]
fn the_json_form_reads_back_to_the_same_document() {
    for (name, _) in SAMPLES {
        let document = document(name);
        let json = serde_json::to_vec_pretty(&document).unwrap();
        let reading = read(&json, Some(document.kind())).unwrap();
        assert_eq!(reading.document, document, "{name}");
        let canonical = document.canonical_json();
        assert_eq!(Document::from_canonical(document.kind(), &canonical).unwrap(), document);
        assert!(Document::from_canonical(document.kind(), &json).is_err(), "{name}");
    }
}

#[test]
fn another_type_than_expected_is_refused() {
    let error = read(sample("waybill.xml"), Some(DocumentType::Booking)).unwrap_err();
    assert_eq!(error.to_string(), "a booking is expected, the source is a waybill");
}

#[test]
fn every_truncation_is_refused() {
    for (name, bytes) in SAMPLES {
        let whole = bytes.len() - bytes.iter().rev().take_while(|byte| **byte == b'\n').count();
        let step = if *name == "commercial-invoice.xml" { 1 } else { 7 };
        for length in (0..whole).step_by(step) {
            assert!(read(&bytes[..length], None).is_err(), "{name} cut at {length}");
        }
    }
}

fn order(inside: &str) -> String {
    let space = "urn:oasis:names:specification:ubl:schema:xsd";
    format!(
        "<Order xmlns=\"{space}:Order-2\" xmlns:cac=\"{space}:CommonAggregateComponents-2\" \
         xmlns:cbc=\"{space}:CommonBasicComponents-2\">{inside}</Order>"
    )
}

fn error_of(text: &str) -> SourceError {
    read(text.as_bytes(), None).unwrap_err()
}

#[test]
fn document_type_definitions_and_entities_are_refused() {
    let laughs = format!(
        "<!DOCTYPE Order [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;\">]>\n{}",
        order("<cbc:Note>&b;</cbc:Note>")
    );
    let what = "a document type definition";
    assert_eq!(error_of(&laughs), SourceError::Forbidden { line: 1, what });
    let external = "<!DOCTYPE Order SYSTEM \"file:///etc/passwd\">".to_owned() + &order("");
    assert_eq!(error_of(&external), SourceError::Forbidden { line: 1, what });
    let entity = order("\n<cbc:ID>&xxe;</cbc:ID>");
    assert_eq!(error_of(&entity), SourceError::Forbidden { line: 2, what: "an entity" });
    assert!(matches!(
        error_of(&order("<cbc:ID schemeID=\"&xxe;\">1</cbc:ID>")),
        SourceError::Malformed { line: 1, .. }
    ));
}

#[test]
fn depth_attributes_and_elements_are_bounded() {
    let deep = order(&format!("{}{}", "<cac:A>".repeat(5000), "</cac:A>".repeat(5000)));
    assert_eq!(error_of(&deep), SourceError::TooDeep { line: 1 });
    let unclosed = order(&"<cac:A>".repeat(5000));
    assert_eq!(error_of(&unclosed), SourceError::TooDeep { line: 1 });
    let attributes: String = (0..65).map(|number| format!(" a{number}=\"\"")).collect();
    let wide = order(&format!("<cac:A{attributes}/>"));
    assert_eq!(error_of(&wide), SourceError::TooMany { line: 1 });
    let many = order(&"<cac:A/>".repeat(200_000));
    assert_eq!(error_of(&many), SourceError::TooMany { line: 1 });
    let large = order(&" ".repeat(SOURCE_BYTES_MAX));
    assert!(matches!(error_of(&large), SourceError::TooLarge { .. }));
    let nested = format!("{}{}", "{\"type\":".repeat(5000), "}".repeat(5000));
    assert!(matches!(error_of(&nested), SourceError::Json { .. }));
    let arrays = format!("{{\"document\":{}", "[".repeat(100_000));
    assert!(matches!(error_of(&arrays), SourceError::Json { .. }));
}

#[test]
fn other_encodings_are_named() {
    let utf_16: Vec<u8> = order("").encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert!(read(&utf_16, None).is_err());
    let with_mark = [&[0xFF, 0xFE][..], &utf_16].concat();
    assert_eq!(read(&with_mark, None).unwrap_err(), SourceError::Encoding { offset: 0 });
    let latin = "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>".to_owned() + &order("");
    assert_eq!(error_of(&latin), SourceError::DeclaredEncoding { name: "ISO-8859-1".into() });
    let marked = [b"\xEF\xBB\xBF", sample("waybill.xml")].concat();
    assert_eq!(read(&marked, None).unwrap().document, document("waybill.xml"));
}

#[test]
fn ill_formed_documents_are_refused_with_their_line() {
    let malformed = |text: &str| match error_of(text) {
        SourceError::Malformed { line, .. } => line,
        other => panic!("{text}: {other}"),
    };
    assert_eq!(malformed(&order("\n\n<cbc:ID>1</cbc:Name>")), 3);
    assert_eq!(malformed(&(order("") + "\n" + &order(""))), 2);
    assert_eq!(malformed(&(order("") + "\ntext")), 1);
    assert_eq!(malformed(&order("<cbc:ID a=\"1\" a=\"2\">1</cbc:ID>")), 1);
    assert_eq!(malformed(&order("<x:ID>1</x:ID>")), 1);
    assert_eq!(malformed(&order("<!-- a -- b -->")), 1);
    assert_eq!(malformed("<a"), 1);
    assert_eq!(error_of("hello"), SourceError::UnknownFormat);
    assert_eq!(error_of(""), SourceError::UnknownFormat);
}

#[test]
fn a_root_of_another_namespace_is_unknown() {
    let foreign = order("").replace("xsd:Order-2", "xsd:Order-3");
    assert!(matches!(error_of(&foreign), SourceError::UnknownRoot { .. }));
    let none = "<Order/>";
    assert_eq!(error_of(none), SourceError::UnknownRoot { root: "{}Order".into() });
    let space = "urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2";
    assert!(matches!(
        error_of(&format!("<CreditNote xmlns=\"{space}\"/>")),
        SourceError::UnknownRoot { .. }
    ));
}

#[test]
fn prefixes_references_and_sections_of_character_data_do_not_matter() {
    let text = String::from_utf8(sample("waybill.xml").to_vec()).unwrap();
    let renamed = text
        .replace("cbc:", "basic:")
        .replace("xmlns:cbc=", "xmlns:basic=")
        .replace("Hanse Star", "&#72;anse<![CDATA[ Star]]><!-- ship -->")
        .replace("cac:", "a:")
        .replace("xmlns:cac=", "xmlns:a=");
    assert_eq!(read(renamed.as_bytes(), None).unwrap().document, document("waybill.xml"));
}

#[test]
fn wrong_values_are_named_with_line_and_element() {
    let change = |from: &str, to: &str| {
        let text = String::from_utf8(sample("commercial-invoice.xml").to_vec()).unwrap();
        assert!(text.contains(from), "{from}");
        error_of(&text.replacen(from, to, 1)).to_string()
    };
    let messages = [
        change(">2018-10-22<", ">22.10.2018<"),
        change("unitCode=\"XCX\"", "unitCode=\"CANS\""),
        change("currencyID=\"EUR\"", "currencyID=\"Euro\""),
        change("currencyID=\"EUR\"", "currency=\"EUR\""),
        change(">19215.00<", ">19.215,00<"),
        change(">DE<", ">Germany<"),
        change("unitCode=\"KGM\"", "unitCode=\"LTR\""),
        change("<cbc:ChargeIndicator>true<", "<cbc:ChargeIndicator>yes<"),
    ];
    insta::assert_snapshot!(messages.join("\n"));
}

#[test]
fn json_errors_point_into_the_source() {
    let text = String::from_utf8(sample("departure.json").to_vec()).unwrap();
    let change = |from: &str, to: &str| {
        assert!(text.contains(from), "{from}");
        error_of(&text.replacen(from, to, 1)).to_string()
    };
    let messages = [
        change("\"occurred\"", "\"happened\""),
        change("\"DEPA\"", "\"GONE\""),
        change("\"transport-event\"", "\"rumour\""),
        change("\"number\"", "\"number\": \"1\", \"number\""),
        change("\"location\": \"DEHAM\",", ""),
        change("\"document\": {", "\"extra\": 1, \"document\": {"),
    ];
    insta::assert_snapshot!(messages.join("\n"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(read(&bytes, None).is_err());
        let xml = [b"<Order>", &bytes[..], b"</Order>"].concat();
        prop_assert!(read(&xml, None).is_err());
    }

    #[test]
    fn damaged_samples_never_panic(
        choice in 0..SAMPLES.len(),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let mut bytes = SAMPLES[choice].1.to_vec();
        for (place, byte) in damage {
            let index = place.index(bytes.len());
            bytes[index] = byte;
        }
        if let Ok(reading) = read(&bytes, None) {
            let _ = reading.document.validate();
            let kind = reading.document.kind();
            let canonical = reading.document.canonical_json();
            prop_assert_eq!(
                Document::from_canonical(kind, &canonical).unwrap().canonical_json(), canonical
            );
        }
    }
}

#[test]
fn hostile_shapes_are_listed_in_bounded_time_and_space() {
    let basics = "<cbc:ID>1</cbc:ID><cbc:IssueDate>2018-10-21</cbc:IssueDate>\
        <cac:BuyerCustomerParty><cac:Party><cac:PartyName><cbc:Name>B</cbc:Name></cac:PartyName>\
        </cac:Party></cac:BuyerCustomerParty><cac:SellerSupplierParty><cac:Party><cac:PartyName>\
        <cbc:Name>S</cbc:Name></cac:PartyName></cac:Party></cac:SellerSupplierParty>";
    let many = order(&format!("{basics}{}", "<cbc:X>1</cbc:X>".repeat(150_000)));
    let reading = read(many.as_bytes(), None).unwrap();
    assert_eq!((reading.residue.paths.len(), reading.residue.more), (1000, 149_000));
    assert_eq!(reading.residue.paths[999], "/Order/X[1000]");
    let name = "n".repeat(129);
    let what = "a name of this length";
    let long = order(&format!("<{name}/>"));
    assert_eq!(error_of(&long), SourceError::Forbidden { line: 1, what });
}
