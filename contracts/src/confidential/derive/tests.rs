#![allow(clippy::unwrap_used)]

use super::{samples::*, *};
use crate::confidential::{
    explain::{Story, explain},
    source::{Source, SourceError, SourceId},
};
use hansa_documents::{
    Document, DocumentContext, document_id,
    sealing::{DocumentKey, HeaderParts, SectionName, open_all, seal},
};
use hansa_primitives::{ChainId, Digest, MemberId, Version, codec};
use proptest::prelude::*;
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};

const ITEM: &str = "GoodsShipment/GovernmentAgencyGoodsItem[1]";

fn derived(kind: Kind) -> (SourceSet, Declaration) {
    let sources = set(papers(kind));
    let declaration = derive(kind, &sources, &profile(kind));
    (sources, declaration)
}

fn value<'a>(declaration: &'a Declaration, element: &str) -> &'a str {
    let absent = || panic!("{element} is not declared");
    declaration.value(element).unwrap_or_else(absent)
}

#[test]
fn the_export_of_the_milk_powder_is_declared_completely() {
    let (_, declaration) = derived(Kind::Export);
    let missing: Vec<_> = declaration.missing().collect();
    assert!(missing.is_empty(), "{missing:#?}");
    assert_eq!(declaration.completeness_permille(), 1000);
    assert_eq!(declaration.validate(), []);
    for (element, expected) in [
        ("TypeCode", "EXD"),
        ("FunctionalReferenceID", "MRT-2018-000117"),
        ("GoodsItemQuantity", "1"),
        ("TotalPackageQuantity", "50"),
        ("TotalGrossMassMeasure", "960 KGM"),
        ("Exporter/ID", "DE410018734520913"),
        ("Exporter/Name", "Milchpulver GmbH"),
        ("Declarant/ID", "DE725519038846201"),
        ("Agent/FunctionCode", "2"),
        ("ExitOffice/ID", "DE004851"),
        ("BorderTransportMeans/ID", "9700017"),
        ("BorderTransportMeans/ModeCode", "1"),
        ("Consignment/Freight/PaymentMethodCode", "D"),
        ("Consignment/Itinerary[2]/RoutingCountryCode", "CN"),
        ("GoodsShipment/Consignee/Name", "Tianjin Fangxin Milk Powder Co."),
        ("GoodsShipment/Consignment/TransportEquipment[1]/ID", "HLCU2045189"),
        ("GoodsShipment/Consignment/TransportEquipment[1]/Seal[1]/ID", "HCL771204"),
        ("GoodsShipment/Destination/CountryCode", "CN"),
        ("GoodsShipment/PreviousDocument[1]/ID", "BK-HCL-50711"),
        (&format!("{ITEM}/StatisticalValueAmount"), "18500.00 EUR"),
        (&format!("{ITEM}/Commodity/Classification/ID"), "040221"),
        (&format!("{ITEM}/Commodity/GoodsMeasure/GrossMassMeasure"), "960 KGM"),
        (&format!("{ITEM}/Commodity/GoodsMeasure/NetNetWeightMeasure"), "800 KGM"),
        (&format!("{ITEM}/Commodity/GoodsMeasure/TariffQuantity"), "1000 XCX"),
        (&format!("{ITEM}/Packaging[2]/QuantityQuantity"), "25"),
        (&format!("{ITEM}/GovernmentProcedure[1]/CurrentCode"), "10"),
        (&format!("{ITEM}/AdditionalDocument[3]/TypeCode"), "861"),
    ] {
        assert_eq!(value(&declaration, element), expected, "{element}");
    }
}

#[test]
fn the_import_of_the_milk_powder_is_declared_completely() {
    let (_, declaration) = derived(Kind::Import);
    let missing: Vec<_> = declaration.missing().collect();
    assert!(missing.is_empty(), "{missing:#?}");
    for (element, expected) in [
        ("TypeCode", "IMD"),
        ("InvoiceAmount", "19215.00 EUR"),
        ("GoodsShipment/Importer/ID", "91120118MA06F4K27X"),
        ("GoodsShipment/TradeTerms/ConditionCode", "CIF"),
        ("GoodsShipment/TradeTerms/LocationID", "CNTXG"),
        ("GoodsShipment/PreviousDocument[1]/ID", "HACLHAM1810245"),
        (&format!("{ITEM}/StatisticalValueAmount"), "19215.00 EUR"),
        (&format!("{ITEM}/Commodity/InvoiceLine/ItemChargeAmount"), "18500.00 EUR"),
        (
            &format!("{ITEM}/CustomsValuation/ChargeDeduction[1]/OtherChargeDeductionAmount"),
            "620.00 EUR",
        ),
        (
            &format!("{ITEM}/CustomsValuation/ChargeDeduction[2]/OtherChargeDeductionAmount"),
            "95.00 EUR",
        ),
        (&format!("{ITEM}/Origin/CountryCode"), "DE"),
        (&format!("{ITEM}/Origin/TypeCode"), "1"),
        (&format!("{ITEM}/Commodity/DutyTaxFee[2]/DutyRegimeCode"), "100"),
    ] {
        assert_eq!(value(&declaration, element), expected, "{element}");
    }
}

#[test]
fn every_value_names_fields_that_exist() {
    for kind in Kind::ALL {
        let (sources, declaration) = derived(kind);
        let provenance = provenance(&declaration, &sources).unwrap();
        let constants = ["D02", "G03"];
        for entry in &provenance.entries {
            let rule = rule_of(entry.rule.as_deref().unwrap()).unwrap();
            let own = rule.sources.contains("declarant's profile") || constants.contains(&rule.id);
            let counted = rule.id == "G01";
            assert!(own || counted || !entry.origins.is_empty(), "{} {}", rule.id, entry.element);
        }
        let blinding = Digest::ZERO;
        let bytes = codec::encode(&provenance);
        assert_eq!(
            super::provenance(&declaration, &sources).unwrap().digest(&blinding),
            provenance.digest(&blinding)
        );
        assert_ne!(provenance.digest(&blinding), provenance.digest(&Digest([1; 32])));
        assert!(!bytes.is_empty());
    }
}

#[test]
fn what_nobody_states_is_missing_and_says_who_could_state_it() {
    let mut bare = profile(Kind::Export);
    bare.exit_offices.clear();
    bare.vessel_flags.clear();
    let sources = set(papers(Kind::Export));
    let declaration = derive_export(&sources, &bare);
    let missing: Vec<String> =
        declaration.missing().map(|field| field.element.to_string()).collect();
    assert_eq!(missing, ["ExitOffice/ID", "BorderTransportMeans/RegistrationNationalityCode"]);
    assert!(declaration.completeness_permille() < 1000);
    let explanation = explain(&declaration, &sources, Some("ExitOffice/ID"));
    assert!(
        matches!(&explanation.fields[0].story, Story::Missing { who, .. } if who == "the declarant")
    );
}

#[test]
fn a_missing_document_leaves_gaps_and_no_guesses() {
    let without_list = papers(Kind::Export)
        .into_iter()
        .filter(|document| document.kind() != DocumentType::PackingList);
    let declaration = derive_export(&set(without_list), &profile(Kind::Export));
    let masses = format!("{ITEM}/Commodity/GoodsMeasure/GrossMassMeasure");
    for element in ["TotalPackageQuantity", "TotalGrossMassMeasure", masses.as_str()] {
        assert_eq!(declaration.value(element), None, "{element}");
        assert!(declaration.element(element).is_some(), "{element}");
    }
    let nothing = derive_import(&SourceSet::default(), &profile(Kind::Import));
    assert!(nothing.completeness_permille() < 300);
    assert!(nothing.element(&format!("{ITEM}/StatisticalValueAmount")).unwrap().value().is_none());
}

#[test]
fn contradicting_documents_leave_a_gap() {
    let mut papers = papers(Kind::Import);
    let Document::CommercialInvoice(invoice) = &mut papers[0] else {
        panic!("the invoice is first")
    };
    invoice.lines[0].hs = Some(hansa_documents::types::HsCode::parse("190190", "2017").unwrap());
    invoice.lines[0].origin = Some("NL".parse().unwrap());
    let declaration = derive_import(&set(papers), &profile(Kind::Import));
    for element in ["Commodity/Classification/ID", "Origin/CountryCode"] {
        let field = declaration.element(&format!("{ITEM}/{element}")).unwrap();
        let DeclaredContent::Missing { reason, .. } = &field.content else {
            panic!("{element} is declared against a contradiction")
        };
        assert!(reason.as_str().contains("certificate-of-origin"), "{reason}");
    }
}

/// The same goods as two lines of different commodities, packed together.
fn mixed_papers() -> Vec<Document> {
    let mut papers = papers(Kind::Import);
    for document in &mut papers {
        match document {
            Document::CommercialInvoice(invoice) => {
                let mut other = invoice.lines[0].clone();
                other.id = "2".parse().unwrap();
                other.hs = Some(hansa_documents::types::HsCode::parse("190110", "2017").unwrap());
                other.quantity.value = 333.into();
                other.amount.value = "6160.50".parse().unwrap();
                invoice.lines[0].quantity.value = 667.into();
                invoice.lines[0].amount.value = "12339.50".parse().unwrap();
                invoice.lines.push(other);
            }
            Document::PackingList(list) => {
                for package in &mut list.packages {
                    let mut other = package.contents[0].clone();
                    package.contents[0].quantity.value = 300.into();
                    other.invoice_line = Some("2".parse().unwrap());
                    other.quantity.value = 200.into();
                    package.contents.push(other);
                }
            }
            Document::CertificateOfOrigin(certificate) => {
                let mut other = certificate.items[0].clone();
                other.id = "2".parse().unwrap();
                other.hs = Some(hansa_documents::types::HsCode::parse("190110", "2017").unwrap());
                certificate.items.push(other);
            }
            _ => {}
        }
    }
    papers
}

#[test]
fn items_share_costs_and_masses_exactly() {
    let sources = set(mixed_papers());
    let declaration = derive_import(&sources, &profile(Kind::Import));
    assert_eq!(declaration.item_count(), 2);
    let measure = |item: usize, rest: &str| {
        let element = format!("GoodsShipment/GovernmentAgencyGoodsItem[{item}]/{rest}");
        crate::confidential::Measure::parse(value(&declaration, &element)).unwrap().value
    };
    for (rest, total) in [
        ("StatisticalValueAmount", "19215.00"),
        ("Commodity/InvoiceLine/ItemChargeAmount", "18500.00"),
        ("Commodity/GoodsMeasure/GrossMassMeasure", "960"),
        ("Commodity/GoodsMeasure/NetNetWeightMeasure", "800"),
        ("CustomsValuation/ChargeDeduction[1]/OtherChargeDeductionAmount", "620"),
        ("CustomsValuation/ChargeDeduction[2]/OtherChargeDeductionAmount", "95"),
    ] {
        assert_eq!(measure(1, rest) + measure(2, rest), total.parse().unwrap(), "{rest}");
    }
    let freight = "CustomsValuation/ChargeDeduction[1]/OtherChargeDeductionAmount";
    assert_eq!(measure(1, freight), "372.00".parse().unwrap());
    let counts: Vec<&str> = ["[1]/Packaging[1]", "[1]/Packaging[2]", "[2]/Packaging[1]"]
        .into_iter()
        .map(|place| {
            let item = "GoodsShipment/GovernmentAgencyGoodsItem";
            value(&declaration, &format!("{item}{place}/QuantityQuantity"))
        })
        .collect();
    assert_eq!(counts, ["25", "25", "0"]);
    let code = |item| {
        format!("GoodsShipment/GovernmentAgencyGoodsItem[{item}]/Commodity/Classification/ID")
    };
    assert_eq!(value(&declaration, &code(1)), "040221");
    assert_eq!(value(&declaration, &code(2)), "190110");
    assert!(check_provenance(Kind::Import, &declaration, &sources, None).holds());
}

#[test]
fn freight_in_another_currency_needs_a_rate() {
    let mut papers = papers(Kind::Import);
    for document in &mut papers {
        if let Document::Waybill(waybill) = document {
            waybill.freight = Some(hansa_documents::types::Amount::parse("700", "USD").unwrap());
        }
    }
    let sources = set(papers);
    let mut profile = profile(Kind::Import);
    let element = format!("{ITEM}/StatisticalValueAmount");
    assert_eq!(derive_import(&sources, &profile).value(&element), None);
    profile.rates.push(ExchangeRate {
        from: "USD".parse().unwrap(),
        to: "EUR".parse().unwrap(),
        rate: "0.8769".parse().unwrap(),
        source: "customs rate of October 2018".parse().unwrap(),
    });
    assert_eq!(derive_import(&sources, &profile).value(&element), Some("19208.83 EUR"));
}

#[test]
fn a_derived_declaration_is_confirmed_by_customs_without_the_profile() {
    for kind in Kind::ALL {
        let (sources, declaration) = derived(kind);
        let check = check_provenance(kind, &declaration, &sources, None);
        assert!(check.holds(), "{:#?}", check.deviations().collect::<Vec<_>>());
        let stated = |check: &ProvenanceCheck| {
            check.fields.iter().filter(|field| field.outcome == FieldOutcome::Stated).count()
        };
        assert!(stated(&check) > 0);
        let known = check_provenance(kind, &declaration, &sources, Some(&profile(kind)));
        assert!(known.holds());
        assert_eq!(stated(&known), 0);
    }
}

fn altered(declaration: &Declaration, index: usize, change: u8) -> Declaration {
    let mut altered = declaration.clone();
    let field = &mut altered.elements[index];
    if let DeclaredContent::Value { value, origins, rule } = &mut field.content {
        match change {
            0 => *value = format!("{value}0").parse().unwrap(),
            1 if !origins.is_empty() => origins[0].version = Version(2),
            2 => *rule = "Z99/1".parse().unwrap(),
            3 => {
                altered.elements.remove(index);
            }
            _ => {
                field.content = DeclaredContent::Missing {
                    reason: "not at hand".parse().unwrap(),
                    who: "nobody".parse().unwrap(),
                };
            }
        }
    }
    altered
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn altering_any_declared_field_is_detected(
        export in any::<bool>(), place in any::<prop::sample::Index>(), change in 0_u8..5,
    ) {
        let kind = if export { Kind::Export } else { Kind::Import };
        let (sources, declaration) = derived(kind);
        let index = place.index(declaration.elements.len());
        let element = declaration.elements[index].element.to_string();
        let altered = altered(&declaration, index, change);
        prop_assert_ne!(&altered, &declaration);
        let check = check_provenance(kind, &altered, &sources, Some(&profile(kind)));
        let found = check.fields.iter().any(|field| {
            field.element == element
                && !matches!(field.outcome, FieldOutcome::Confirmed | FieldOutcome::Missing)
        });
        prop_assert!(found, "{element} {change}");
        prop_assert!(!check.holds());
    }

    #[test]
    fn deriving_twice_gives_the_same_bytes(export in any::<bool>(), lines in 1_u32..4) {
        let kind = if export { Kind::Export } else { Kind::Import };
        let mut papers = papers(kind);
        if let Document::CommercialInvoice(invoice) = &mut papers[0] {
            for line in 1..lines {
                let mut other = invoice.lines[0].clone();
                other.id = (line + 1).to_string().parse().unwrap();
                invoice.lines.push(other);
            }
        }
        let bytes = |papers: Vec<Document>| {
            let declaration = derive(kind, &set(papers), &profile(kind));
            let document = match kind {
                Kind::Export => Document::ExportDeclaration(Box::new(declaration)),
                Kind::Import => Document::ImportDeclaration(Box::new(declaration)),
            };
            document.canonical_json()
        };
        let once = bytes(papers.clone());
        papers.reverse();
        prop_assert_eq!(bytes(papers), once);
    }
}

#[test]
fn disclosed_fields_alone_confirm_a_value() {
    let chain = ChainId::new("test").unwrap();
    let mut rng = ChaCha20Rng::from_seed([7; 32]);
    let owner: MemberId = "milchpulver".parse().unwrap();
    let kinds = Kind::Export.required();
    let mut opened = Vec::new();
    for (index, kind) in kinds.iter().enumerate() {
        let id = document_id(&chain, &owner, &[index as u8; 32]);
        let context = DocumentContext::new(chain.clone(), id, Version(1));
        let key = DocumentKey::from_bytes([index as u8 + 1; 32]);
        let sealed = seal(&context, &key, &document(*kind), None, &mut rng).unwrap();
        let header = sealed.header(HeaderParts {
            owner: owner.clone(),
            issued_by: owner.clone(),
            previous: None,
            proof_leaf: Digest::ZERO,
        });
        let whole = open_all(&chain, &header, &sealed.bytes, &key).unwrap();
        opened.push((header, whole));
    }
    let sources_of = |opened: &[(_, hansa_documents::sealing::OpenedDocument)]| {
        SourceSet::new(opened.iter().map(|(header, whole)| Source::opened(header, whole))).unwrap()
    };
    let sources = sources_of(&opened);
    let declaration = derive_export(&sources, &profile(Kind::Export));
    assert!(check_provenance(Kind::Export, &declaration, &sources, None).holds());
    assert_eq!(sources.references().len(), 4);
    let key = DocumentKey::from_bytes([9; 32]);
    let elements = SectionName::new("elements").unwrap();
    let context = DocumentContext::new(chain.clone(), opened[0].0.document, Version(1));
    let secret = blinding(&chain, &key.section_key(&context, &elements));
    assert_ne!(secret, Digest::ZERO);

    let element = format!("{ITEM}/Commodity/Classification/ID");
    let sections: Vec<_> =
        opened.iter().map(|(header, whole)| (header, whole.sections.as_slice())).collect();
    let proofs = field_proofs(&declaration, Some(&element), &sections);
    assert_eq!(proofs.len(), 2);
    let disclosed = |proofs: &[hansa_documents::commitment::FieldProof]| {
        let sources = opened.iter().map(|(header, _)| {
            let own: Vec<_> =
                proofs.iter().filter(|proof| proof.document == header.document).cloned().collect();
            let id = SourceId::of(header);
            Source::disclosed(&chain, id, header.kind, header.fields_root, &own)
        });
        sources.collect::<Result<Vec<_>, SourceError>>()
    };
    let sources = SourceSet::new(disclosed(&proofs).unwrap()).unwrap();
    let check = check_provenance(Kind::Export, &declaration, &sources, None);
    let outcome = |element: &str| {
        &check.fields.iter().find(|field| field.element == element).unwrap().outcome
    };
    assert_eq!(outcome(&element), &FieldOutcome::ConfirmedAsDisclosed);
    assert!(matches!(outcome("TotalGrossMassMeasure"), FieldOutcome::NotProven { .. }));
    assert_eq!(check.deviations().count(), 0);

    let mut explanation = explain(&declaration, &sources_of(&opened), Some(&element));
    explanation.attach(&proofs);
    let Story::Value { origins, .. } = &explanation.fields[0].story else { panic!("declared") };
    assert_eq!(origins.len(), 2);
    for origin in origins {
        let proof = origin.proof.as_ref().unwrap();
        let header = opened.iter().map(|(header, _)| header);
        let header = header.clone().find(|header| header.document == origin.document).unwrap();
        proof.verify(&chain, &header.fields_root).unwrap();
        assert_eq!(Some(&proof.value), origin.value.as_ref());
    }

    let mut forged = proofs;
    forged[0].value = "040210".to_owned();
    assert!(matches!(disclosed(&forged), Err(SourceError::NotProven { .. })));
}

#[test]
fn rules_have_one_id_each_and_elements_of_the_data_model() {
    let mut ids: Vec<&str> = rules().map(|rule| rule.id).collect();
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), count);
    for rule in rules() {
        assert!(WcoPath::parse(&rule.element_at(Place::default())).is_ok(), "{}", rule.element);
        assert!(rule.export != Duty::Absent || rule.import != Duty::Absent, "{}", rule.id);
    }
}

#[test]
fn an_explanation_names_document_field_and_rule() {
    let (sources, declaration) = derived(Kind::Import);
    for wanted in ["Classification/ID", "42A/67A/68A[1]/23A/21A/145", "classification/id"] {
        let explanation = explain(&declaration, &sources, Some(wanted));
        assert_eq!(explanation.fields.len(), 1, "{wanted}");
        let Story::Value { value, rule, origins, .. } = &explanation.fields[0].story else {
            panic!("the code is declared")
        };
        assert_eq!((value.as_str(), rule.as_str()), ("040221", "G07/1"));
        assert_eq!(origins[0].kind, Some(DocumentType::CommercialInvoice));
        assert_eq!(origins[0].number.as_deref(), Some("MP-2018-1022"));
        assert_eq!(origins[0].path, "/lines/0/hs/code");
        assert_eq!(origins[0].value.as_deref(), Some("040221"));
    }
    let all = explain(&declaration, &sources, None);
    assert_eq!(all.fields.len(), declaration.elements.len());
}

#[test]
fn many_items_fit_a_declaration_because_lists_are_named_by_patterns() {
    let mut papers = papers(Kind::Import);
    if let Document::CommercialInvoice(invoice) = &mut papers[0] {
        let line = invoice.lines[0].clone();
        invoice.lines.clear();
        for number in 1..=8_u32 {
            let mut other = line.clone();
            other.id = number.to_string().parse().unwrap();
            let code = format!("0402{:02}", 20 + number);
            other.hs = Some(hansa_documents::types::HsCode::parse(&code, "2017").unwrap());
            invoice.lines.push(other);
        }
    }
    if let Document::PackingList(list) = &mut papers[1] {
        let package = list.packages[0].clone();
        list.packages.clear();
        for number in 1..=8_u32 {
            let mut other = package.clone();
            other.id = number.to_string().parse().unwrap();
            other.contents[0].invoice_line = Some(number.to_string().parse().unwrap());
            list.packages.push(other);
        }
    }
    let sources = set(papers);
    let declaration = derive_import(&sources, &profile(Kind::Import));
    assert_eq!(declaration.item_count(), 8);
    let share = "CustomsValuation/ChargeDeduction[1]/OtherChargeDeductionAmount";
    let field = declaration.element(&format!("{ITEM}/{share}")).unwrap();
    let paths: Vec<&str> = field.origins().iter().map(|origin| origin.path.as_str()).collect();
    assert!(paths.contains(&"/packages/*/gross_mass"), "{paths:?}");
    let provenance = provenance(&declaration, &sources).unwrap();
    let entry = provenance.entries.iter().find(|entry| entry.element.ends_with(share)).unwrap();
    let masses = entry.origins.iter().filter(|origin| origin.path.ends_with("/gross_mass"));
    assert_eq!(masses.count(), 8);
    assert_eq!(
        check_provenance(Kind::Import, &declaration, &sources, None).deviations().count(),
        0
    );
    let fields = Document::ImportDeclaration(Box::new(declaration)).fields().len();
    assert!(fields < hansa_primitives::limits::DOCUMENT_FIELDS_MAX, "{fields} fields");
}
