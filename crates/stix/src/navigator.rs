//! The techniques of a report as a layer of the ATT&CK Navigator (layer format 4.5).
//!
//! Colour and score say how a technique stands in the report, the comment quotes the report.

use intel::{Intel, Span, Status, TechniqueClaim};
use serde_json::{Value, json};

use crate::evidence::{Basis, quote, status_word};

/// Places that one comment quotes.
const QUOTES_MAX: usize = 4;
/// Colour of what may follow and was not told.
const FEARED: &str = "#d5d8dc";

/// The layer, indented, with a last line feed. The same arguments give the same bytes.
#[must_use]
pub fn navigator(intel: &Intel, report: &[u8]) -> String {
    let feared = intel
        .consequences
        .iter()
        .filter(|feared| !intel.techniques.iter().any(|technique| technique.id == feared.id));
    let techniques: Vec<Value> = intel
        .techniques
        .iter()
        .map(|claim| {
            let basis = Basis::of(claim.status, "", None, &[]);
            annotation(report, claim, status_word(claim.status), colour(claim.status), basis.confidence())
        })
        .chain(feared.map(|claim| annotation(report, claim, "may follow", FEARED, 0)))
        .collect();
    let title = intel.title.as_ref().map_or("Incident report", |title| title.id.as_str());
    let major = catalog::ATTACK_VERSION.split('.').next().unwrap_or_default();
    let mut legend: Vec<Value> = [Status::Stated, Status::Claimed, Status::Hypothetical, Status::Suggested]
        .into_iter()
        .map(|status| json!({ "label": legend(status), "color": colour(status) }))
        .collect();
    legend.push(json!({ "label": "may follow, no part of what happened", "color": FEARED }));
    let layer = json!({
        "name": title.chars().take(120).collect::<String>(),
        "versions": { "attack": major, "navigator": "5.2.0", "layer": "4.5" },
        "domain": "enterprise-attack",
        "description": format!(
            "Techniques of a report (SHA-256 {}), held against {}. Each comment quotes the report with the place by byte.",
            intel.source.sha256, intel.held_against()
        ),
        "sorting": 3,
        "layout": { "layout": "side", "showID": true, "showName": true, "expandedSubtechniques": "annotated" },
        "hideDisabled": false,
        "techniques": techniques,
        "gradient": { "colors": ["#ffffff", "#c0392b"], "minValue": 0, "maxValue": 100 },
        "legendItems": legend,
        "metadata": [{ "name": "report_sha256", "value": intel.source.sha256 }],
    });
    let mut text = format!("{layer:#}");
    text.push('\n');
    text
}

fn annotation(report: &[u8], claim: &TechniqueClaim, stands: &str, colour: &str, score: u8) -> Value {
    let by = claim.by.as_deref().map(|by| format!(" by {by}")).unwrap_or_default();
    let mut spans: Vec<Span> = claim.spans.clone();
    spans.sort();
    let mut lines = vec![format!("{stands}{by}")];
    for span in spans.iter().take(QUOTES_MAX) {
        let quote = quote(report, *span).split_whitespace().collect::<Vec<_>>().join(" ");
        lines.push(format!("\"{quote}\" (bytes {}-{})", span.start, span.end));
    }
    if spans.len() > QUOTES_MAX {
        lines.push(format!("and {} more places", spans.len() - QUOTES_MAX));
    }
    json!({
        "techniqueID": claim.id,
        "score": score,
        "color": colour,
        "comment": lines.join("\n"),
        "enabled": true,
        "metadata": [
            { "name": "status", "value": stands },
            { "name": "because", "value": if claim.because.is_empty() { "-" } else { claim.because.as_str() } },
        ],
    })
}

const fn colour(status: Status) -> &'static str {
    match status {
        Status::Stated => "#c0392b",
        Status::Claimed => "#e67e22",
        Status::Hypothetical => "#f4d03f",
        Status::Suggested => "#85c1e9",
    }
}

const fn legend(status: Status) -> &'static str {
    match status {
        Status::Stated => "the report says so",
        Status::Claimed => "the report says that somebody says so",
        Status::Hypothetical => "the report holds it possible",
        Status::Suggested => "suggested, not told",
    }
}
