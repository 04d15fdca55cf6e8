//! Results of several parts, laid out for people.

use crate::output::table;
use hansa_client::{
    declarations::{DeclarationView, ProvenanceReport},
    shipments::ShipmentStatus,
};
use hansa_contracts::confidential::{
    cross_check::CrossCheckReport,
    explain::{ExplainedField, ExplainedOrigin, Explanation, Story},
};
use hansa_documents::document::DeclaredContent;
use hansa_primitives::BlockTime;
use serde::Serialize;
use serde_json::Value;

/// A shipment as one timeline, and what is awaited from whom.
pub(crate) fn shipment(status: &ShipmentStatus) -> String {
    let timeline = table(
        &["time", "who", "what"],
        status.timeline.iter().map(|happening| {
            vec![time(happening.time), happening.who.to_string(), happening.what.clone()]
        }),
    );
    let papers = table(
        &["paper", "version", "owner", "document", "countersigned by"],
        status.papers.iter().map(|paper| {
            vec![
                paper.kind.to_string(),
                paper.version.to_string(),
                paper.owner.to_string(),
                paper.document.to_string(),
                joined(&paper.countersigned_by),
            ]
        }),
    );
    let declarations = table(
        &["declaration", "status", "complete", "lane", "suggestion", "declarant", "customs"],
        status.declarations.iter().map(|declaration| {
            vec![
                declaration.kind.name().to_owned(),
                word(&declaration.status),
                declaration.completeness_permille.map(percent).unwrap_or_default(),
                declaration.lane.map(|lane| lane.to_string()).unwrap_or_default(),
                declaration.suggestion.as_ref().map(word).unwrap_or_default(),
                declaration.declarant.to_string(),
                declaration.customs.to_string(),
            ]
        }),
    );
    let awaited = table(
        &["awaited from", "what"],
        status.awaited.iter().map(|await_| vec![await_.from.to_string(), await_.what.clone()]),
    );
    let mut parts = vec![format!("shipment {}", status.ucr), timeline];
    parts.extend((!status.papers.is_empty()).then_some(papers));
    parts.extend((!status.declarations.is_empty()).then_some(declarations));
    parts.extend((!status.awaited.is_empty()).then_some(awaited));
    parts.extend(status.clearance_took_ms.map(|took| {
        format!("from the first document to clearance: {:.1} s", took as f64 / 1000.0)
    }));
    parts.join("\n\n")
}

/// A declaration: how it stands, and its elements as far as they may be read.
pub(crate) fn declaration(view: &DeclarationView) -> String {
    let head = format!(
        "{} declaration of {}: {} since {}\ndeclarant {}, customs {}{}",
        view.kind.name(),
        view.ucr,
        word(&view.status),
        time(view.since),
        view.declarant,
        view.customs,
        view.completeness_permille
            .map_or_else(String::new, |complete| format!(", {} complete", percent(complete)))
    );
    let Some(declaration) = &view.declaration else { return head };
    let elements = table(
        &["element", "value"],
        declaration.elements.iter().map(|field| {
            let content = match &field.content {
                DeclaredContent::Value { value, .. } => value.to_string(),
                DeclaredContent::Missing { reason, who } => {
                    format!("missing: {reason}; {who} could supply it")
                }
            };
            vec![field.element.to_string(), content]
        }),
    );
    format!("{head}\n\n{elements}")
}

/// Where declared values come from.
pub(crate) fn explanation(explanation: &Explanation) -> String {
    let head = format!(
        "declaration {}, {} complete, rules version {}",
        explanation.number,
        percent(explanation.completeness_permille),
        explanation.rules_version
    );
    let fields: Vec<String> = explanation.fields.iter().map(explained).collect();
    format!("{head}\n\n{}", fields.join("\n"))
}

fn explained(field: &ExplainedField) -> String {
    let ExplainedField { element, story, .. } = field;
    match story {
        Story::Value { value, rule, transformation, origins, .. } => {
            let made = transformation.map_or_else(String::new, |made| format!(": {made}"));
            let mut lines = vec![format!("{element} = {value}\n    rule {rule}{made}")];
            lines.extend(origins.iter().map(explained_origin));
            lines.join("\n")
        }
        Story::Missing { reason, who, .. } => {
            format!("{element} is missing\n    {reason}; {who} could supply it")
        }
    }
}

fn explained_origin(origin: &ExplainedOrigin) -> String {
    let kind = origin.kind.map_or("document".to_owned(), |kind| kind.to_string());
    let number = origin.number.as_deref().unwrap_or_default();
    let value = origin.value.as_ref().map_or_else(String::new, |value| format!(" = {value}"));
    let proof = origin.proof.as_ref().map_or_else(
        || "no path to its root is at hand".to_owned(),
        |proof| {
            let hashes = proof.inclusion.path.len() + proof.section_inclusion.path.len();
            format!("{hashes} hashes lead to its registered root")
        },
    );
    let (path, document, version) = (&origin.path, &origin.document, origin.version);
    format!(
        "    {kind} {number} {path}{value}\n        document {document} version {version}, {proof}"
    )
}

/// What the check of a declaration's provenance found.
pub(crate) fn provenance(report: &ProvenanceReport) -> String {
    let verdict = if report.holds() {
        "every declared value follows from the documents' commitments"
    } else if report.digest_matches {
        "the declaration does not follow from its documents"
    } else {
        "the origins are not those whose digest the declarant put on the ledger"
    };
    let deviating: Vec<_> = report.check.deviations().collect();
    if deviating.is_empty() {
        return format!(
            "{verdict}: {} elements derived again, {} fields proven against registered roots",
            report.check.fields.len(),
            report.proven
        );
    }
    let rows = table(
        &["element", "declared", "follows from the documents"],
        deviating.iter().map(|field| {
            let value = |value: &Option<String>| value.clone().unwrap_or_default();
            vec![field.element.clone(), value(&field.declared), value(&field.derived)]
        }),
    );
    format!("{verdict}\n\n{rows}")
}

/// What a cross-check found.
pub(crate) fn findings(report: &CrossCheckReport) -> String {
    let head = format!("{} lane: {}", report.lane, word(&report.suggestion));
    if report.findings.is_empty() {
        return format!("{head}\n{}", report.reasons.join("\n"));
    }
    let rows = table(
        &["rule", "severity", "finding"],
        report.findings.iter().map(|finding| {
            vec![finding.rule.to_string(), word(&finding.severity), finding.sentence.clone()]
        }),
    );
    format!("{head}\n\n{rows}")
}

/// The name that a value has in JSON, as words.
pub(crate) fn word<T: Serialize>(value: &T) -> String {
    match serde_json::to_value(value).unwrap_or_default() {
        Value::String(name) => name.replace('-', " "),
        Value::Object(fields) => {
            let named = fields.iter().map(|(name, value)| format!("{name}, {}", word(value)));
            named.collect::<Vec<_>>().join("; ")
        }
        other => other.to_string(),
    }
}

fn percent(permille: u16) -> String {
    format!("{:.1} %", f64::from(permille) / 10.0)
}

fn joined<T: ToString>(values: &[T]) -> String {
    values.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// A block's time in UTC, to the second.
fn time(time: BlockTime) -> String {
    let millis = i64::try_from(time.0).unwrap_or(i64::MAX);
    match jiff::Timestamp::from_millisecond(millis) {
        Ok(time) => time.strftime("%Y-%m-%d %H:%M:%SZ").to_string(),
        Err(_) => time.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hansa_contracts::{clearance::Lane, declaration::Status};

    #[test]
    fn people_read_words_and_times() {
        assert_eq!(word(&Status::Drafted), "drafted");
        assert_eq!(word(&Status::Checked(Lane::Green)), "checked, green");
        assert_eq!(time(BlockTime(1_540_477_800_000)), "2018-10-25 14:30:00Z");
        assert_eq!(time(BlockTime(u64::MAX)), format!("{} ms", u64::MAX));
        assert_eq!(percent(987), "98.7 %");
    }
}
