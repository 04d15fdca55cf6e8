//! The transport event (UNTDID 1001 code 44), in the terms of DCSA Track & Trace 2.2.

use crate::{
    problem::{Checker, Problem},
    types::{
        CheckDigit, ContainerNumber, Date, DocRef, Instant, Locode, Number, Party, Text, Vessel,
        value::code_list,
    },
};
use hansa_primitives::Ucr;
use serde::{Deserialize, Serialize};

code_list! {
    /// What an event is about.
    EventKind, "kind of event";
    /// The shipment and its documents.
    Shipment = "SHIPMENT",
    /// The means of transport.
    Transport = "TRANSPORT",
    /// A container.
    Equipment = "EQUIPMENT",
}

code_list! {
    /// How sure an event is.
    EventClassifier, "classifier of events";
    /// As planned.
    Planned = "PLN",
    /// As estimated.
    Estimated = "EST",
    /// As it happened.
    Actual = "ACT",
    /// As requested.
    Requested = "REQ",
}

code_list! {
    /// What happened.
    EventCode, "code of an event";
    /// The means of transport departed.
    Departed = "DEPA",
    /// The means of transport arrived.
    Arrived = "ARRI",
    /// A container was loaded.
    Loaded = "LOAD",
    /// A container was discharged.
    Discharged = "DISC",
    /// A container came in through the gate.
    GateIn = "GTIN",
    /// A container went out through the gate.
    GateOut = "GTOT",
    /// A container was stuffed.
    Stuffed = "STUF",
    /// A container was stripped.
    Stripped = "STRP",
    /// A container was picked up.
    PickedUp = "PICK",
    /// A container was dropped off.
    DroppedOff = "DROP",
    /// A container was inspected.
    Inspected = "INSP",
    /// A container was sealed anew.
    Resealed = "RSEA",
    /// A container was removed.
    Removed = "RMVD",
    /// The shipment was put on hold.
    Held = "HOLD",
    /// The shipment was released.
    Released = "RELS",
}

/// Something that happened to goods, a container or a means of transport.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TransportEvent {
    /// The event's number.
    pub number: Number,
    /// When it was reported.
    pub issue_date: Date,
    /// The consignment.
    pub ucr: Option<Ucr>,
    /// What it is about.
    pub kind: EventKind,
    /// How sure it is.
    pub classifier: EventClassifier,
    /// What happened.
    pub code: EventCode,
    /// When.
    pub occurred: Instant,
    /// Where.
    pub location: Locode,
    /// Who reports.
    pub carrier: Party,
    /// The ship.
    pub vessel: Option<Vessel>,
    /// The transport document.
    pub transport_document: Option<DocRef>,
    /// The containers.
    #[serde(default)]
    pub containers: Vec<ContainerNumber>,
    /// Other documents.
    #[serde(default)]
    pub references: Vec<DocRef>,
    /// Remarks.
    #[serde(default)]
    pub notes: Vec<Text>,
}

impl TransportEvent {
    /// What is wrong with the event in itself.
    pub fn validate(&self) -> Vec<Problem> {
        let mut checker = Checker::default();
        let fits = match self.code {
            EventCode::Departed | EventCode::Arrived => self.kind == EventKind::Transport,
            EventCode::Held | EventCode::Released => self.kind == EventKind::Shipment,
            _ => self.kind == EventKind::Equipment,
        };
        if !fits {
            checker.add(Problem::Contradiction {
                path: "/kind".to_owned(),
                message: format!("{} is no event about {}", self.code, self.kind),
            });
        }
        for (index, container) in self.containers.iter().enumerate() {
            if let CheckDigit::Wrong { expected } = container.check() {
                let path = format!("/containers/{index}");
                checker.add(Problem::CheckDigit { path, number: container.to_string(), expected });
            }
        }
        checker.finish()
    }
}
