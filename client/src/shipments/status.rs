//! How far a shipment has come, computed from the ledger's public state.

use hansa_contracts::{
    clearance::{Decision, Lane, Suggestion},
    declaration::{self, DeclarationRecord, Kind, Status},
    document,
    shipment::{self, AttachmentRecord, Classifier, MovementCode, Parties, ShipmentRecord},
    state::StateView,
};
use hansa_documents::DocumentType;
use hansa_primitives::{BlockTime, DocumentId, MemberId, Ucr, Version};
use serde::Serialize;

/// Everything that the ledger shows of a shipment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ShipmentStatus {
    /// The shipment.
    pub ucr: Ucr,
    /// Who takes part.
    pub parties: Parties,
    /// When it was opened.
    pub opened: BlockTime,
    /// Its papers.
    pub papers: Vec<Paper>,
    /// What has happened, in order of time.
    pub timeline: Vec<Happening>,
    /// Its declarations, as far as they are due.
    pub declarations: Vec<DeclarationProgress>,
    /// What is awaited, from whom.
    pub awaited: Vec<Awaited>,
    /// Milliseconds from the first document to the clearance, once there is one.
    pub clearance_took_ms: Option<u64>,
}

/// One of the papers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Paper {
    /// Its type.
    pub kind: DocumentType,
    /// The document.
    pub document: DocumentId,
    /// The version that counts.
    pub version: Version,
    /// Who owns it.
    pub owner: MemberId,
    /// When it was registered.
    pub registered: Option<BlockTime>,
    /// Who has put a name under it.
    pub countersigned_by: Vec<MemberId>,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Happening {
    /// When, by block time; a movement by the time that the carrier gave.
    pub time: BlockTime,
    /// What.
    pub what: String,
    /// Who did it.
    pub who: MemberId,
}

/// How far a declaration has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DeclarationProgress {
    /// Export or import.
    pub kind: Kind,
    /// How far.
    pub status: Status,
    /// Who declares.
    pub declarant: MemberId,
    /// Who decides.
    pub customs: MemberId,
    /// The declaration, once it is drafted.
    pub document: Option<(DocumentId, Version)>,
    /// The share of its fields that could be derived, in permille.
    pub completeness_permille: Option<u16>,
    /// How customs treats it.
    pub lane: Option<Lane>,
    /// What the cross-check proposes.
    pub suggestion: Option<Suggestion>,
    /// What customs decided last.
    pub decision: Option<Decision>,
    /// The clearance certificate.
    pub certificate: Option<(DocumentId, Version)>,
}

/// Something that a member has to do next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Awaited {
    /// From whom.
    pub from: MemberId,
    /// What.
    pub what: String,
}

/// The status, or nothing if there is no such shipment.
pub(super) fn status(view: &dyn StateView, ucr: &Ucr, time: BlockTime) -> Option<ShipmentStatus> {
    let record = shipment::shipment(view, ucr)?;
    let attached = shipment::documents(view, ucr);
    let papers: Vec<Paper> = attached.iter().map(|paper| self::paper(view, paper)).collect();
    let declarations: Vec<DeclarationRecord> = Kind::ALL
        .into_iter()
        .filter_map(|kind| declaration::declaration(view, ucr, kind))
        .collect();
    let mut timeline = vec![Happening {
        time: record.time,
        what: "shipment opened".to_owned(),
        who: record.opened_by.clone(),
    }];
    timeline.extend(papers.iter().filter_map(|paper| {
        let what = format!("{} registered, version {}", paper.kind, paper.version);
        Some(Happening { time: paper.registered?, what, who: paper.owner.clone() })
    }));
    timeline.extend(movements(view, &record));
    declarations.iter().for_each(|declaration| of_declaration(declaration, &mut timeline));
    timeline.sort();
    let cleared = declarations.iter().find(|record| record.status == Status::Cleared);
    let first = papers.iter().filter_map(|paper| paper.registered).min();
    Some(ShipmentStatus {
        ucr: ucr.clone(),
        opened: record.time,
        awaited: awaited(view, &record, &attached, time),
        clearance_took_ms: cleared.zip(first).map(|(cleared, first)| cleared.time.since(first)),
        declarations: declarations.iter().map(progress).collect(),
        parties: record.parties,
        papers,
        timeline,
    })
}

fn paper(view: &dyn StateView, paper: &AttachmentRecord) -> Paper {
    let countersignatures = document::countersignatures(view, &paper.document, paper.version);
    Paper {
        kind: paper.kind,
        document: paper.document,
        version: paper.version,
        owner: paper.owner.clone(),
        registered: document::first_registered(view, &paper.document),
        countersigned_by: countersignatures.into_iter().map(|record| record.member).collect(),
    }
}

fn movements(view: &dyn StateView, record: &ShipmentRecord) -> Vec<Happening> {
    let happening = |code: MovementCode, classifier: Classifier, place: &str| {
        let what = match code {
            MovementCode::Depa => "departure from",
            MovementCode::Arri => "arrival at",
            MovementCode::Load => "loaded at",
            MovementCode::Disc => "discharged at",
            other => return format!("{other} {classifier} at {place}"),
        };
        match classifier {
            Classifier::Act => format!("{what} {place}"),
            Classifier::Est => format!("expected: {what} {place}"),
            Classifier::Pln => format!("planned: {what} {place}"),
        }
    };
    shipment::events(view, &record.ucr)
        .into_iter()
        .map(|reported| {
            let movement = reported.movement;
            Happening {
                time: movement.occurred,
                what: happening(movement.code, movement.classifier, movement.location.as_str()),
                who: record.parties.carrier.clone(),
            }
        })
        .collect()
}

fn of_declaration(record: &DeclarationRecord, timeline: &mut Vec<Happening>) {
    let name = record.kind.name();
    let mut add = |time: BlockTime, what: String, who: &MemberId| {
        timeline.push(Happening { time, what, who: who.clone() });
    };
    add(record.due, format!("{name} declaration due"), &record.declarant);
    if let Some(draft) = &record.draft {
        let permille = draft.completeness_permille;
        let what =
            format!("{name} declaration derived, {}.{} % complete", permille / 10, permille % 10);
        add(draft.time, what, &record.declarant);
    }
    if let Some(submitted) = record.submitted {
        add(submitted, format!("{name} declaration submitted"), &record.declarant);
    }
    if let Some(check) = &record.cross_check {
        let (lane, errors, warnings) = (check.lane, check.errors, check.warnings);
        let what = format!(
            "{name} declaration cross-checked: {lane} lane, {errors} errors, {warnings} warnings"
        );
        add(check.time, what, &record.customs);
    }
    let decided = match record.status {
        Status::Released => "goods released for export",
        Status::Cleared => "goods cleared for import",
        Status::Held => "declaration held",
        Status::Refused => "declaration refused",
        Status::Due | Status::Drafted | Status::Submitted | Status::Checked(_) => return,
    };
    add(record.time, decided.to_owned(), &record.customs);
}

fn progress(record: &DeclarationRecord) -> DeclarationProgress {
    DeclarationProgress {
        kind: record.kind,
        status: record.status,
        declarant: record.declarant.clone(),
        customs: record.customs.clone(),
        document: record.draft.as_ref().map(|draft| (draft.document, draft.version)),
        completeness_permille: record.draft.as_ref().map(|draft| draft.completeness_permille),
        lane: record.cross_check.map(|check| check.lane),
        suggestion: record.cross_check.map(|check| check.suggestion),
        decision: record.decision,
        certificate: record.certificate,
    }
}

fn awaited(
    view: &dyn StateView,
    record: &ShipmentRecord,
    attached: &[AttachmentRecord],
    time: BlockTime,
) -> Vec<Awaited> {
    let mut awaited = Vec::new();
    for kind in Kind::ALL {
        let (declarant, customs) = (kind.declarant(&record.parties), kind.customs(&record.parties));
        let name = kind.name();
        let mut add = |from: &MemberId, what: String| {
            let next = Awaited { from: from.clone(), what };
            if !awaited.contains(&next) {
                awaited.push(next);
            }
        };
        match declaration::status(view, &record.ucr, kind) {
            None => {
                for wanted in declaration::missing(view, record, kind, time) {
                    let there = attached.iter().find(|paper| paper.kind == wanted);
                    match there {
                        Some(paper) => {
                            add(&paper.owner, format!("grant the {wanted} to `{declarant}`"));
                        }
                        None => {
                            let from = issuer(wanted, &record.parties);
                            add(from, format!("upload and attach the {wanted}"));
                        }
                    }
                }
                if kind == Kind::Import && shipment::departure(view, &record.ucr).is_none() {
                    add(&record.parties.carrier, "report the departure".to_owned());
                }
            }
            Some(Status::Due) => add(declarant, format!("derive the {name} declaration")),
            Some(Status::Drafted) => add(declarant, format!("submit the {name} declaration")),
            Some(Status::Held) => add(declarant, format!("correct the {name} declaration")),
            Some(Status::Submitted) => add(customs, format!("cross-check the {name} declaration")),
            Some(Status::Checked(_)) => add(customs, format!("decide on the {name} declaration")),
            Some(Status::Refused | Status::Released | Status::Cleared) => {}
        }
    }
    awaited
}

/// The party that usually brings a paper.
fn issuer(kind: DocumentType, parties: &Parties) -> &MemberId {
    match kind {
        DocumentType::PurchaseOrder => &parties.importer,
        DocumentType::Waybill | DocumentType::Booking => &parties.export_forwarder,
        DocumentType::InsurancePolicy => &parties.insurer,
        DocumentType::ClearanceNotice => &parties.import_customs,
        _ => &parties.exporter,
    }
}
