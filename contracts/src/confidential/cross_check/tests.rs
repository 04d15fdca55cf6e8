#![allow(clippy::unwrap_used)]

use super::*;
use crate::{
    clearance::{Lane, Suggestion},
    confidential::{
        derive::{derive, samples::*},
        source::{Source, SourceId},
    },
    shipment::{Classifier, Movement, MovementCode, Vessel},
};
use hansa_documents::{
    Document, DocumentType,
    document::{
        CertificateOfOrigin, CommercialInvoice, Declaration, DeclaredContent, InsurancePolicy,
        PackingList, TradeContract, Waybill,
    },
    types::{Amount, HsCode},
};
use hansa_primitives::{BlockTime, Digest, DocumentId, certificate::Role, hash};

const ITEM: &str = "GoodsShipment/GovernmentAgencyGoodsItem[1]";

fn moved(code: MovementCode, place: &str, millis: u64) -> Movement {
    Movement {
        code,
        classifier: Classifier::Act,
        occurred: BlockTime(millis),
        location: place.parse().unwrap(),
        container: None,
        vessel: Some(Vessel { imo: Some(9_700_017), voyage: "843E".to_owned() }),
        remark: String::new(),
    }
}

/// The trade as the ledger knows it when the import is declared.
fn known() -> PublicFacts {
    // 2018-10-25 14:30 and 2018-11-28 01:10, UTC.
    let departure = moved(MovementCode::Depa, "DEHAM", 1_540_477_800_000);
    let arrival = moved(MovementCode::Arri, "CNTXG", 1_543_367_400_000);
    PublicFacts { movements: vec![departure, arrival], ..facts() }
}

fn declared(kind: Kind, declaration: Declaration) -> Document {
    match kind {
        Kind::Export => Document::ExportDeclaration(Box::new(declaration)),
        Kind::Import => Document::ImportDeclaration(Box::new(declaration)),
    }
}

/// Derives the declaration from the papers, then lets customs compare it with them.
fn check(kind: Kind, papers: Vec<Document>, facts: &PublicFacts) -> CrossCheckReport {
    let sources = set(papers.clone());
    let declaration = derive(kind, &sources, &profile(kind));
    check_declaration(kind, papers, declaration, facts)
}

fn check_declaration(
    kind: Kind,
    papers: Vec<Document>,
    declaration: Declaration,
    facts: &PublicFacts,
) -> CrossCheckReport {
    let documents = set(papers.into_iter().chain([declared(kind, declaration)]));
    cross_check(kind, &documents, facts, &Tolerances::default())
}

/// Findings as `rule severity element left → right`.
fn listed(report: &CrossCheckReport) -> Vec<String> {
    let line = |finding: &Finding| {
        let severity = match finding.severity {
            Severity::Error => "E",
            Severity::Warning => "W",
            Severity::Note => "N",
        };
        format!(
            "{} {severity} {} {}={} {}={}",
            finding.rule,
            finding.element.rsplit('/').next().unwrap(),
            finding.left.path,
            finding.left.value,
            finding.right.path,
            finding.right.value
        )
    };
    report.findings.iter().map(line).collect()
}

#[test]
fn the_clean_trade_is_green() {
    for kind in Kind::ALL {
        let report = check(kind, papers(kind), &known());
        assert_eq!(listed(&report), Vec::<String>::new(), "{kind:?}");
        assert_eq!((report.lane, report.suggestion), (Lane::Green, Suggestion::PreClear));
        assert_eq!(report.counts, Counts::default());
        let skipped: Vec<RuleId> = report.not_evaluated.iter().map(|skip| skip.rule).collect();
        match kind {
            Kind::Export => {
                assert_eq!(skipped, [RuleId::V4, RuleId::V8, RuleId::Q2, RuleId::T3, RuleId::N2])
            }
            Kind::Import => assert_eq!(skipped, [RuleId::N2]),
        }
    }
}

#[test]
fn the_report_has_one_form_and_reads_back() {
    let report = check(Kind::Import, papers(Kind::Import), &known());
    let again = check(Kind::Import, papers(Kind::Import), &known());
    assert_eq!(report.canonical_json(), again.canonical_json());
    let read: CrossCheckReport = serde_json::from_str(&report.canonical_json()).unwrap();
    assert_eq!(read, report);
    let blinding = Digest([7; 32]);
    assert_eq!(report.digest(&blinding), again.digest(&blinding));
    assert_ne!(report.digest(&blinding), report.digest(&Digest::ZERO));
    assert_eq!(report.sources().count(), 8);
}

fn alter<T>(
    papers: &mut [Document],
    pick: impl Fn(&mut Document) -> Option<&mut T>,
    change: impl FnOnce(&mut T),
) {
    let found = papers.iter_mut().find_map(pick);
    change(found.expect("the trade has this document"));
}

macro_rules! altered {
    ($papers:expr, $kind:ident, $change:expr) => {
        alter::<$kind>(
            &mut $papers,
            |document| match document {
                Document::$kind(inner) => Some(inner),
                _ => None,
            },
            $change,
        )
    };
}

/// Alters the invoice, lets the declaration be derived from it, and returns what customs finds.
fn with_invoice(change: impl FnOnce(&mut CommercialInvoice)) -> CrossCheckReport {
    let mut papers = papers(Kind::Import);
    altered!(papers, CommercialInvoice, change);
    check(Kind::Import, papers, &known())
}

fn euro(value: &str) -> Amount {
    Amount::parse(value, "EUR").unwrap()
}

fn names(report: &CrossCheckReport, rule: RuleId, path: &str) -> bool {
    report.findings.iter().any(|finding| {
        finding.rule == rule && (finding.left.path == path || finding.right.path == path)
    })
}

#[test]
fn an_invoice_altered_in_value_is_named() {
    let report = with_invoice(|invoice| invoice.payable = euro("19125.00"));
    assert!(names(&report, RuleId::V1, "/payable/value"), "{:#?}", listed(&report));
    assert_eq!(report.lane, Lane::Yellow);

    let report = with_invoice(|invoice| invoice.lines[0].amount = euro("17500.00"));
    assert!(names(&report, RuleId::V1, "/lines/0/amount/value"));
    assert!(names(&report, RuleId::V1, "/line_total/value"));
    assert_ne!(report.lane, Lane::Green);

    // Altered throughout: the price no longer is that of contract and order.
    let report = with_invoice(|invoice| {
        invoice.lines[0].unit_price = euro("16.50");
        invoice.lines[0].amount = euro("16500.00");
        invoice.line_total = Some(euro("16500.00"));
        invoice.payable = euro("17215.00");
    });
    assert!(names(&report, RuleId::V4, "/lines/0/unit_price/value"));
    assert_eq!(report.lane, Lane::Blue);
    assert_eq!(report.suggestion, Suggestion::AuditAfterRelease);
}

#[test]
fn an_invoice_altered_in_weight_is_named() {
    let report = with_invoice(|invoice| {
        invoice.lines[0].net_mass = Some("799".parse().unwrap());
    });
    assert!(names(&report, RuleId::W2, "/lines/0/net_mass"), "{:#?}", listed(&report));
    assert_eq!(report.lane, Lane::Yellow);
    let report = with_invoice(|invoice| {
        invoice.lines[0].gross_mass = Some("700".parse().unwrap());
    });
    assert!(names(&report, RuleId::W1, "/lines/0/gross_mass"));
    assert_eq!(report.lane, Lane::Red);
}

#[test]
fn an_invoice_altered_in_quantity_is_named() {
    let report = with_invoice(|invoice| invoice.lines[0].quantity.value = 1200.into());
    assert!(names(&report, RuleId::Q1, "/lines/0/quantity/value"), "{:#?}", listed(&report));
    assert!(names(&report, RuleId::Q2, "/lines/0/quantity/value"));
    assert!(names(&report, RuleId::O3, "/lines/0/quantity/value"));
    let amount = "/lines/0/amount/value";
    assert!(names(&report, RuleId::V1, amount), "quantity × price no longer is the amount");
    assert_eq!((report.lane, report.suggestion), (Lane::Red, Suggestion::InspectGoods));
}

#[test]
fn an_invoice_altered_in_commodity_code_is_named() {
    let near = with_invoice(|invoice| {
        invoice.lines[0].hs = Some(HsCode::parse("040210", "2017").unwrap());
    });
    assert!(names(&near, RuleId::H1, "/lines/0/hs/code"), "{:#?}", listed(&near));
    assert!(names(&near, RuleId::C1, &format!("{ITEM}/Commodity/Classification/ID")));
    assert_eq!(near.lane, Lane::Yellow);
    let far = with_invoice(|invoice| {
        invoice.lines[0].hs = Some(HsCode::parse("190190", "2017").unwrap());
    });
    assert_eq!(far.lane, Lane::Red);
    assert!(far.counts.errors >= 1);
    let impossible = with_invoice(|invoice| {
        invoice.lines[0].hs = Some(HsCode::parse("779900", "2017").unwrap());
    });
    let sentence = "no edition has";
    assert!(impossible.findings.iter().any(|finding| finding.sentence.contains(sentence)));
}

#[test]
fn an_invoice_altered_in_origin_is_named() {
    let report = with_invoice(|invoice| invoice.lines[0].origin = Some("NL".parse().unwrap()));
    assert!(names(&report, RuleId::O1, "/lines/0/origin"), "{:#?}", listed(&report));
    assert_eq!(report.lane, Lane::Red);
}

fn with_declared(kind: Kind, element: &str, changed: &str) -> CrossCheckReport {
    let sources = set(papers(kind));
    let mut declaration = derive(kind, &sources, &profile(kind));
    let field = declaration
        .elements
        .iter_mut()
        .find(|field| field.element.as_str() == element)
        .unwrap_or_else(|| panic!("{element} is declared"));
    let DeclaredContent::Value { value, .. } = &mut field.content else { panic!("{element}") };
    *value = changed.parse().unwrap();
    check_declaration(kind, papers(kind), declaration, &known())
}

#[test]
fn a_declaration_wrong_in_one_element_is_named_and_leaves_the_green_lane() {
    let cases = [
        (Kind::Import, "StatisticalValueAmount", "15215.00 EUR", RuleId::V5, Lane::Yellow),
        (Kind::Import, "StatisticalValueAmount", "19214.50 EUR", RuleId::C2, Lane::Yellow),
        (Kind::Export, "StatisticalValueAmount", "18000.00 EUR", RuleId::V5, Lane::Yellow),
        (
            Kind::Import,
            "Commodity/InvoiceLine/ItemChargeAmount",
            "18400.00 EUR",
            RuleId::V2,
            Lane::Yellow,
        ),
        (Kind::Import, "Commodity/GoodsMeasure/GrossMassMeasure", "860 KGM", RuleId::W2, Lane::Red),
        (
            Kind::Import,
            "Commodity/GoodsMeasure/NetNetWeightMeasure",
            "700 KGM",
            RuleId::W2,
            Lane::Yellow,
        ),
        (Kind::Import, "Commodity/GoodsMeasure/TariffQuantity", "900 XCX", RuleId::Q1, Lane::Red),
        (Kind::Import, "Commodity/Classification/ID", "190190", RuleId::H1, Lane::Red),
        (Kind::Export, "Commodity/Classification/ID", "040229", RuleId::H1, Lane::Yellow),
        (Kind::Import, "Origin/CountryCode", "NZ", RuleId::O1, Lane::Red),
        (Kind::Import, "Origin/TypeCode", "2", RuleId::O1, Lane::Red),
        (Kind::Import, "Packaging[1]/QuantityQuantity", "20", RuleId::C2, Lane::Red),
        (Kind::Import, "AdditionalDocument[1]/ID", "MP-2018-9999", RuleId::C2, Lane::Yellow),
        (Kind::Import, "Commodity/Description", "Cement", RuleId::C2, Lane::Yellow),
    ];
    for (kind, rest, changed, rule, lane) in cases {
        let element = format!("{ITEM}/{rest}");
        let report = with_declared(kind, &element, changed);
        let found = report.findings.iter().find(|finding| {
            finding.rule == rule && (finding.left.path == element || finding.right.path == element)
        });
        let found = found.unwrap_or_else(|| panic!("{rest}: {:#?}", listed(&report)));
        let declared = if found.left.path == element { &found.left } else { &found.right };
        assert_eq!(declared.value, changed, "{rest}");
        assert!(found.pointer.starts_with("42A/67A/68A[1]/"), "{}", found.pointer);
        assert_eq!(report.lane, lane, "{rest}: {:#?}", listed(&report));
        assert!(!report.reasons.is_empty());
    }
}

#[test]
fn wrong_totals_parties_terms_and_containers_are_named() {
    let shipment = "GoodsShipment";
    for (element, changed, rule) in [
        ("TotalGrossMassMeasure".to_owned(), "1100 KGM", RuleId::W2),
        ("TotalPackageQuantity".to_owned(), "60", RuleId::Q3),
        ("InvoiceAmount".to_owned(), "18215.00 EUR", RuleId::V2),
        ("Exporter/Name".to_owned(), "Kaffeehaus AG", RuleId::P1),
        ("Exporter/ID".to_owned(), "DE999999999999999", RuleId::P1),
        (format!("{shipment}/Importer/ID"), "91120118MA06F4K27Y", RuleId::P1),
        (format!("{shipment}/TradeTerms/ConditionCode"), "FOB", RuleId::T1),
        (format!("{shipment}/TradeTerms/LocationID"), "CNSHA", RuleId::T1),
        (format!("{shipment}/PreviousDocument[1]/ID"), "HACLHAM9999999", RuleId::R1),
        (format!("{shipment}/Consignment/LoadingLocation/ID"), "NLRTM", RuleId::R1),
        (format!("{shipment}/Destination/CountryCode"), "KR", RuleId::R1),
        (format!("{shipment}/Consignment/TransportEquipment[1]/ID"), "CSQU3054383", RuleId::R2),
        (format!("{shipment}/Consignment/TransportEquipment[1]/Seal[1]/ID"), "X1", RuleId::R2),
    ] {
        let report = with_declared(Kind::Import, &element, changed);
        let found = report.findings.iter().any(|finding| {
            finding.rule == rule
                && [&finding.left, &finding.right].iter().any(|s| s.value == changed)
        });
        assert!(found, "{element}: {:#?}", listed(&report));
        assert_ne!(report.lane, Lane::Green, "{element}");
    }
}

#[test]
fn documents_that_contradict_each_other_are_named() {
    let run = |change: &dyn Fn(&mut Vec<Document>)| {
        let mut papers = papers(Kind::Import);
        change(&mut papers);
        check(Kind::Import, papers, &known())
    };
    let report = run(&|papers| {
        altered!(*papers, Waybill, |waybill| {
            waybill.gross_mass = Some("1020".parse().unwrap());
            waybill.goods[0].gross_mass = Some("1020".parse().unwrap());
        });
    });
    assert_eq!(listed(&report), ["W2 W TotalGrossMassMeasure /gross_mass=960 /gross_mass=1020"]);
    assert_eq!(report.findings[0].delta.as_deref(), Some("-60"));
    let report = run(&|papers| {
        altered!(*papers, Waybill, |waybill| {
            waybill.gross_mass = Some("980".parse().unwrap());
            waybill.goods[0].gross_mass = Some("980".parse().unwrap());
        });
    });
    assert_eq!((report.counts.notes, report.lane), (1, Lane::Green));

    let report = run(&|papers| {
        altered!(*papers, Waybill, |waybill| {
            waybill.equipment[0].number = "CSQU3054384".parse().unwrap();
        });
    });
    assert!(report.counts.errors == 1 && report.lane == Lane::Red, "{:#?}", listed(&report));
    let report = run(&|papers| {
        altered!(*papers, Waybill, |waybill| waybill.total_packages = Some(2));
    });
    assert_eq!(report.lane, Lane::Green, "{:#?}", listed(&report));
    let report = run(&|papers| {
        altered!(*papers, Waybill, |waybill| waybill.total_packages = Some(49));
    });
    assert_eq!(report.lane, Lane::Red);
    let report = run(&|papers| {
        altered!(*papers, InsurancePolicy, |policy| {
            policy.insured_amount = euro("19000.00");
            policy.effective_date = "2018-11-02".parse().unwrap();
            policy.to = "CNSHA".parse().unwrap();
        });
    });
    let rules: Vec<RuleId> = report.findings.iter().map(|finding| finding.rule).collect();
    assert_eq!(rules, [RuleId::R1, RuleId::V8, RuleId::T3]);
    let report = run(&|papers| {
        altered!(*papers, PackingList, |list| list.packages[0].contents[0].quantity.value =
            499.into());
    });
    assert!(names(&report, RuleId::Q1, "/packages/0/contents/0/quantity/value"));
    let report = run(&|papers| {
        altered!(*papers, TradeContract, |contract| {
            contract.seller.member = Some("other".parse().unwrap());
            contract.issue_date = "2018-11-20".parse().unwrap();
        });
    });
    assert!(names(&report, RuleId::P1, "/seller/name"), "{:#?}", listed(&report));
    assert!(names(&report, RuleId::D1, "/issue_date"));
}

#[test]
fn a_certificate_is_worth_what_its_issuer_is() {
    let with = |change: &dyn Fn(&mut IssuerFact)| {
        let mut facts = known();
        change(facts.certificate_issuer.as_mut().unwrap());
        check(Kind::Import, papers(Kind::Import), &facts)
    };
    for report in [
        with(&|issuer| issuer.role = Role::FreightForwarder),
        with(&|issuer| issuer.country = "NL".to_owned()),
        with(&|issuer| issuer.active = false),
    ] {
        assert_eq!((report.counts.errors, report.lane), (1, Lane::Red), "{:#?}", listed(&report));
        assert_eq!(report.findings[0].rule, RuleId::O3);
    }
    let unknown = PublicFacts { certificate_issuer: None, ..known() };
    let report = check(Kind::Import, papers(Kind::Import), &unknown);
    assert_eq!((report.findings.len(), report.lane), (0, Lane::Yellow));
    let mut papers = papers(Kind::Import);
    altered!(papers, CertificateOfOrigin, |certificate| {
        certificate.valid_until = Some("2018-10-25".parse().unwrap());
        certificate.endorsement = None;
    });
    assert_eq!(check(Kind::Import, papers, &known()).counts.errors, 2);
}

#[test]
fn what_the_ledger_knows_is_compared() {
    let mut facts = known();
    facts.movements[0].location = "NLRTM".parse().unwrap();
    facts.movements[1].vessel = Some(Vessel { imo: Some(9_074_729), voyage: "843E".to_owned() });
    let report = check(Kind::Import, papers(Kind::Import), &facts);
    let rules: Vec<RuleId> = report.findings.iter().map(|finding| finding.rule).collect();
    assert_eq!(rules, [RuleId::R1, RuleId::R1], "{:#?}", listed(&report));

    let mut facts = known();
    facts.movements[0].occurred = BlockTime(1_540_000_000_000);
    let report = check(Kind::Import, papers(Kind::Import), &facts);
    assert_eq!(report.findings[0].rule, RuleId::D1, "the ship left before the goods were on board");

    let used = id(DocumentType::CommercialInvoice).document;
    let declaration = DocumentId(hash::sha256(&[b"another"]));
    let facts =
        PublicFacts { other_uses: vec![OtherUse { document: used, declaration }], ..known() };
    let report = check(Kind::Import, papers(Kind::Import), &facts);
    assert_eq!((report.findings[0].rule, report.lane), (RuleId::N1, Lane::Red));
}

#[test]
fn an_import_mirrors_its_export() {
    let export = derive(Kind::Export, &set(papers(Kind::Export)), &profile(Kind::Export));
    let import = derive(Kind::Import, &set(papers(Kind::Import)), &profile(Kind::Import));
    let run = |export: Declaration| {
        let documents = papers(Kind::Import)
            .into_iter()
            .chain([declared(Kind::Import, import.clone()), declared(Kind::Export, export)]);
        cross_check(Kind::Import, &set(documents), &known(), &Tolerances::default())
    };
    let report = run(export.clone());
    assert_eq!((listed(&report), report.lane), (Vec::new(), Lane::Green));
    assert!(report.not_evaluated.is_empty());
    let mut altered = export;
    for field in &mut altered.elements {
        let changed = match field.element.as_str() {
            "TotalGrossMassMeasure" => "800 KGM",
            element if element.ends_with("StatisticalValueAmount") => "28500.00 EUR",
            element if element.ends_with("Classification/ID") => "190190",
            _ => continue,
        };
        if let DeclaredContent::Value { value, .. } = &mut field.content {
            *value = changed.parse().unwrap();
        }
    }
    let report = run(altered);
    assert_eq!(report.findings.len(), 3, "{:#?}", listed(&report));
    assert!(report.findings.iter().all(|finding| finding.rule == RuleId::N2));
    assert_eq!(report.lane, Lane::Yellow);
}

#[test]
fn nothing_is_green_without_its_papers() {
    for absent in Kind::Export.required() {
        let sources = set(papers(Kind::Export));
        let declaration = derive(Kind::Export, &sources, &profile(Kind::Export));
        let papers = papers(Kind::Export).into_iter().filter(|paper| paper.kind() != *absent);
        let report = check_declaration(Kind::Export, papers.collect(), declaration, &known());
        assert_ne!(report.lane, Lane::Green, "without {absent}");
        let unchecked = report.not_evaluated.iter().any(|skip| skip.rule == RuleId::C2);
        assert!(unchecked, "without {absent}");
    }
    let empty = cross_check(
        Kind::Import,
        &super::super::source::SourceSet::default(),
        &PublicFacts::default(),
        &Tolerances::default(),
    );
    assert_eq!(empty.lane, Lane::Yellow);
}

#[test]
fn absurd_numbers_do_not_stop_the_check() {
    let huge = "7922816251426433759354395033".to_owned();
    let report = with_invoice(|invoice| {
        for value in [&mut invoice.payable, &mut invoice.lines[0].amount] {
            *value = euro(&huge);
        }
        let mut other = invoice.lines[0].clone();
        other.id = "2".parse().unwrap();
        other.quantity.value = huge.parse().unwrap();
        other.unit_price = euro(&huge);
        let mut third = other.clone();
        third.id = "3".parse().unwrap();
        invoice.lines.extend([other, third]);
        for _ in 0..20 {
            let charge = invoice.charges[0].clone();
            invoice.charges.push(charge);
        }
        for charge in &mut invoice.charges {
            charge.amount = euro(&huge);
        }
    });
    assert_ne!(report.lane, Lane::Green);
    let mut papers = papers(Kind::Import);
    altered!(papers, PackingList, |list| {
        for package in &mut list.packages {
            package.gross_mass = huge.parse().unwrap();
            package.contents[0].quantity.value = huge.parse().unwrap();
        }
        let package = list.packages[0].clone();
        list.packages.extend(std::iter::repeat_n(package, 30));
    });
    assert_ne!(check(Kind::Import, papers, &known()).lane, Lane::Green);
}

#[test]
fn tolerances_are_the_authoritys() {
    let mut papers = papers(Kind::Import);
    altered!(papers, Waybill, |waybill| {
        waybill.gross_mass = Some("1020".parse().unwrap());
        waybill.goods[0].gross_mass = Some("1020".parse().unwrap());
    });
    let declaration = derive(Kind::Import, &set(papers.clone()), &profile(Kind::Import));
    let documents = set(papers.into_iter().chain([declared(Kind::Import, declaration)]));
    let loose = Tolerance { permille: 100, units: 0, note_permille: 100 };
    let tolerances = Tolerances([(RuleId::W2, loose)].into());
    let report = cross_check(Kind::Import, &documents, &known(), &tolerances);
    assert_eq!((report.findings.len(), report.lane), (0, Lane::Green));
}

#[test]
fn events_in_documents_count_like_events_on_the_ledger() {
    let mut event = document(DocumentType::TransportEvent);
    if let Document::TransportEvent(event) = &mut event {
        event.containers = vec!["CSQU3054383".parse().unwrap()];
    }
    let sources = set(papers(Kind::Import));
    let declaration = derive(Kind::Import, &sources, &profile(Kind::Import));
    let mut documents =
        set(papers(Kind::Import).into_iter().chain([declared(Kind::Import, declaration)]));
    let other = SourceId { document: DocumentId(hash::sha256(&[b"event"])), ..id(event.kind()) };
    documents.add(Source::whole(other, Digest::ZERO, event)).unwrap();
    let report = cross_check(Kind::Import, &documents, &facts(), &Tolerances::default());
    assert_eq!(report.findings.len(), 1, "{:#?}", listed(&report));
    assert_eq!(report.findings[0].rule, RuleId::R2);
}
