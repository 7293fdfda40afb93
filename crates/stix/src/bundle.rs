//! The STIX 2.1 bundle of a report.

mod defences;
mod entities;
mod indicators;
pub(crate) mod techniques;
mod weaknesses;

use intel::{Intel, Span, Status};
use rstix::{Bundle, ParseOptions};
use serde_json::{Map, json};

use crate::evidence::{Basis, Provenance};
use crate::facts::{self, word};
use crate::making::Making;
use crate::options::Options;

/// Why there is no bundle.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BundleError {
    /// The objects are no STIX: our fault.
    #[error("the bundle is no STIX 2.1")]
    Refused(#[source] Box<rstix::ParseError>),
    /// It cannot be written.
    #[error("the bundle cannot be written")]
    Written(#[source] serde_json::Error),
}

/// The bundle of a report, indented, with a last line feed. `report` are the bytes that `intel` was read
/// from. The same arguments give the same bytes.
///
/// # Errors
/// When what was made is refused by `rstix`, which would be a fault of ours.
pub fn bundle(intel: &Intel, report: &[u8], options: &Options) -> Result<String, BundleError> {
    let mut making = Making::new(intel, report, options);
    let subject = subject(&mut making);
    techniques::techniques(&mut making, &subject);
    defences::defences(&mut making, &subject);
    let targets = entities::entities(&mut making, &subject);
    weaknesses::weaknesses(&mut making, &subject, &targets);
    indicators::indicators(&mut making, &subject);
    errata(&mut making);
    the_report(&mut making);
    let value = making.finish();
    let text = serde_json::to_string_pretty(&value).map_err(BundleError::Written)? + "\n";
    Bundle::parse_with_options(&text, &ParseOptions::default())
        .map_err(|error| BundleError::Refused(Box::new(error)))?;
    Ok(text)
}

/// What the statements of the report are about: the incident, or the report itself where it tells of none.
struct Subject {
    id: String,
    is_incident: bool,
}

fn report_id(making: &Making<'_>) -> String {
    making.id("report", "report")
}

/// What the whole report rests on: the statements that make it an incident, else its title, else its
/// first statement.
fn whole(intel: &Intel) -> Vec<Span> {
    let title = intel.title.as_ref().map(|title| title.spans.clone()).unwrap_or_default();
    let first = || intel.statements.iter().map(|statement| statement.span).take(1).collect();
    let layer = intel.source.text_layer.as_ref();
    let read = Span { start: 0, end: layer.map_or(intel.source.bytes, |layer| layer.bytes) };
    [intel.is_incident_because.clone(), title, first()]
        .into_iter()
        .find(|spans| !spans.is_empty())
        .unwrap_or_else(|| vec![read])
}

fn name(intel: &Intel) -> String {
    match &intel.title {
        Some(title) => title.id.chars().take(200).collect(),
        None => {
            let digest: String = intel.source.sha256.chars().take(12).collect();
            format!("Incident report {digest}")
        }
    }
}

/// The incident with its facts, and the note that has them as text; where there is no incident, the note
/// alone.
fn subject(making: &mut Making<'_>) -> Subject {
    let (intel, report) = (making.intel, making.report);
    let all = facts::facts(intel);
    let spans = whole(intel);
    let basis = Basis::of(Status::Stated, "", None, &spans);
    let id = if intel.is_incident {
        let mut more = Map::new();
        more.insert("facts".into(), all.iter().map(|fact| fact.value(report)).collect());
        let own = json!({
            "name": name(intel),
            "description": "What the report tells of; the facts stand in the extension and, as text, in a note.",
        });
        making.about_with("incident", "incident", &basis, own, more)
    } else {
        report_id(making)
    };
    let spans: Vec<Span> = all.iter().flat_map(|fact| fact.spans.iter().copied()).collect();
    let content = if all.is_empty() {
        "The report gives no numbers, kinds of data, events or duties.".to_owned()
    } else {
        all.iter().map(|fact| fact.line(report)).collect::<Vec<_>>().join("\n")
    };
    let basis = if spans.is_empty() { basis } else { Basis::of(Status::Stated, "facts", None, &spans) };
    let own = json!({ "abstract": "Facts", "content": content, "object_refs": [id] });
    making.about("note", "facts", &basis, own);
    Subject { id, is_incident: intel.is_incident }
}

/// A note for each fault of the report.
fn errata(making: &mut Making<'_>) {
    let report = report_id(making);
    for (nth, erratum) in making.intel.errata.iter().enumerate() {
        let spans: Vec<Span> = erratum.places.iter().filter_map(|place| place.span).collect();
        let places: Vec<String> = erratum.places.iter().map(|place| format!("- {}", place.says)).collect();
        let basis = Basis {
            status: Status::Suggested,
            provenance: Provenance::Inferred,
            because: "erratum",
            by: None,
            spans,
        };
        let own = json!({
            "abstract": format!("Erratum: {}", word(&erratum.kind)),
            "content": format!("{}\n{}", erratum.message, places.join("\n")),
            "object_refs": [report],
        });
        making.about("note", &format!("erratum:{nth}"), &basis, own);
    }
}

/// The report itself, which names everything else.
fn the_report(making: &mut Making<'_>) {
    let intel = making.intel;
    let basis = Basis::of(Status::Stated, "", None, &whole(intel));
    let mut more = Map::new();
    more.insert("report_sha256".into(), json!(intel.source.sha256));
    more.insert("report_bytes".into(), json!(intel.source.bytes));
    if let Some(layer) = &intel.source.text_layer {
        more.insert("text_layer_sha256".into(), json!(layer.sha256));
    }
    more.insert("read".into(), json!(intel.how_much_was_read()));
    more.insert("knowledge".into(), json!(intel.knowledge));
    let own = json!({
        "name": name(intel),
        "report_types": ["threat-report"],
        "published": making.stamp,
        "object_refs": making.named(),
    });
    making.about_with("report", "report", &basis, own, more);
}
