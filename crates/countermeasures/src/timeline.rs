//! `timeline.json`: what happened, in the order that the report gives, each with its sentence.

use intel::{Event, Knowledge, Span};
use serde::Serialize;

use crate::Report;

/// Name and number of the format.
pub const SCHEMA: &str = "tidegate.timeline/1";

#[derive(Serialize)]
struct Timeline<'r> {
    schema: &'static str,
    /// SHA-256 of the report that the spans belong to.
    report: &'r str,
    /// What ids were held against.
    knowledge: &'r [Knowledge],
    published: Option<&'r str>,
    events: Vec<Told<'r>>,
}

#[derive(Serialize)]
struct Told<'r> {
    #[serde(flatten)]
    event: &'r Event,
    /// The statements of the report, one for each span.
    sentences: Vec<String>,
}

/// The file. Events are in order; equal `order` means that the report does not order them.
#[must_use]
pub fn json(report: &Report<'_>) -> String {
    let sentences = |spans: &[Span]| spans.iter().map(|span| report.quote(*span)).collect();
    let mut events: Vec<Told<'_>> = report
        .intel
        .timeline
        .iter()
        .map(|event| Told { event, sentences: sentences(&event.spans) })
        .collect();
    events.sort_by_key(|told| told.event.order);
    let timeline = Timeline {
        schema: SCHEMA,
        report: &report.intel.source.sha256,
        knowledge: &report.intel.knowledge,
        published: report.published,
        events,
    };
    // Texts as keys, whole numbers and texts as values: writing cannot fail.
    serde_json::to_string_pretty(&timeline).unwrap_or_default() + "\n"
}
