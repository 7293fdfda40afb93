//! SARIF 2.1.0 (OASIS), within what GitHub code scanning takes and shows.
//!
//! GitHub shows 5,000 results of a run and 10 tags of a rule, and refuses a file above 10 MB when packed
//! (docs.github.com, "SARIF results exceed one or more limits"). The riskiest findings come first, and
//! what is left out is said in a notification.

use checks::{CATALOGUE, Check, Finding, OWN_RULES, Weight};
use serde_json::{Value, json};
use spec::diagnostic::Severity;
use spec::inventory::{Ignore, Kind, Place};

use super::fingerprint::Fingerprints;
use super::{Checked, radius, standing};
use crate::inert::plain;
use crate::json_text;

/// Most results of one run.
const MOST_RESULTS: usize = 5_000;
/// Most bytes of all results, unpacked and without blanks: text that does not pack at all still fits.
const MOST_BYTES: usize = 8_000_000;
/// Most notifications; with the longest texts 800 kB.
const MOST_NOTIFICATIONS: usize = 200;
/// Most characters of one text.
const MOST_CHARS: usize = 4_000;
/// Most tags of one rule.
const MOST_TAGS: usize = 10;

/// The findings as SARIF.
#[must_use]
pub fn sarif(checked: &Checked<'_>) -> String {
    let fingerprints = Fingerprints::new(checked);
    let verdict = checked.verdict;
    let told = verdict.told.iter().map(|finding| result(checked, &fingerprints, finding));
    let suppressed = verdict.suppressed.iter().map(|(finding, by)| {
        let mut value = result(checked, &fingerprints, finding);
        if let Some(object) = value.as_object_mut() {
            object.insert("suppressions".into(), json!([suppression(checked, by)]));
        }
        value
    });
    let mut results = Vec::new();
    let mut bytes = 0;
    for value in told.chain(suppressed).take(MOST_RESULTS) {
        bytes += value.to_string().len();
        if bytes > MOST_BYTES {
            break;
        }
        results.push(value);
    }
    let left_out = (verdict.told.len() + verdict.suppressed.len()).saturating_sub(results.len());
    let run = json!({
        "tool": { "driver": {
            "name": "Tidegate",
            "semanticVersion": env!("CARGO_PKG_VERSION"),
            "rules": rules().map(rule).collect::<Vec<_>>(),
        } },
        "columnKind": "unicodeCodePoints",
        "invocations": [{
            "executionSuccessful": !checked.inventory.has_errors(),
            "toolExecutionNotifications": notifications(checked, left_out),
        }],
        "results": results,
    });
    json_text(&json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [run],
    }))
}

fn suppression(checked: &Checked<'_>, by: &Ignore) -> Value {
    let source = checked.inventory.source(by.at.source);
    let kind =
        if source.is_some_and(|source| source.kind == Kind::Baseline) { "external" } else { "inSource" };
    let why = format!("{} (answered for by {}, until {})", by.reason, by.owner, by.expires);
    json!({ "kind": kind, "status": "accepted", "justification": lines(&why) })
}

/// Every rule that a result may name: ours, then those for a user's own policies.
fn rules() -> impl Iterator<Item = &'static Check> {
    CATALOGUE.iter().chain(&OWN_RULES).copied()
}

fn rule(check: &Check) -> Value {
    let tags = std::iter::once("security".to_owned())
        .chain(check.cwe.iter().map(|id| format!("external/cwe/{}", id.to_ascii_lowercase())))
        .chain(check.owasp.iter().chain(check.d3fend).chain(check.attack).map(|id| (*id).to_owned()));
    let (severity, score) = match check.weight {
        Weight::Blocker => ("error", "8.5"),
        Weight::Warning => ("warning", "4.0"),
    };
    json!({
        "id": check.id,
        "name": check.name,
        "shortDescription": { "text": check.title },
        "fullDescription": { "text": check.title },
        "help": { "text": check.page, "markdown": check.page },
        "defaultConfiguration": { "level": severity },
        "properties": {
            "tags": tags.take(MOST_TAGS).collect::<Vec<_>>(),
            "security-severity": score,
            "precision": "high",
        },
    })
}

fn result(checked: &Checked<'_>, fingerprints: &Fingerprints<'_>, finding: &Finding) -> Value {
    let mut text = finding.message.clone();
    if !finding.label.is_empty() {
        text.push_str(&format!(": {}", finding.label));
    }
    if let Some(found) = &finding.radius {
        text.push_str(&format!(". Could leave: {}", radius(found, checked.table)));
    }
    text.push_str(&format!(". {}.", standing(finding)));
    if !finding.help.is_empty() {
        text.push_str(&format!(" {}.", finding.help));
    }
    if !finding.add.is_empty() {
        text.push_str(&format!(" Add: {}", finding.add.trim()));
    }
    let related: Vec<Value> = finding
        .also
        .iter()
        .map(|also| {
            let mut value = location(checked, also.at);
            if let Some(object) = value.as_object_mut() {
                object.insert("message".into(), json!({ "text": lines(&also.label) }));
            }
            value
        })
        .collect();
    json!({
        "ruleId": finding.check.id,
        "ruleIndex": rules().position(|check| check.id == finding.check.id),
        "level": super::level(finding.check.weight),
        "message": { "text": lines(&text) },
        "locations": [location(checked, finding.at)],
        "relatedLocations": related,
        "partialFingerprints": { "tidegateFinding/v1": fingerprints.of(checked, finding) },
        "properties": { "subject": lines(&finding.subject), "could_leave": finding.radius },
    })
}

/// Inert, with its line breaks kept, and cut where it is very long. `[text](target)` would be a link
/// (SARIF 3.11.6), and no text of a document's own makes one.
fn lines(text: &str) -> String {
    let inert = text.lines().map(plain).collect::<Vec<_>>().join("\n").replace("](", "] (");
    match inert.char_indices().nth(MOST_CHARS) {
        Some((end, _)) => format!("{} [cut]", inert.get(..end).unwrap_or_default()),
        None => inert,
    }
}

fn location(checked: &Checked<'_>, place: Place) -> Value {
    let mut physical = json!({ "artifactLocation": { "uri": uri(&checked.file(place)) } });
    let span = place.span;
    if span.line > 0
        && let Some(object) = physical.as_object_mut()
    {
        object.insert("region".into(), json!({ "startLine": span.line, "startColumn": span.column.max(1) }));
    }
    json!({ "physicalLocation": physical })
}

/// A path as a URI reference (RFC 3986): what may not stand in one is percent-encoded.
fn uri(path: &str) -> String {
    let path = path.strip_prefix("./").unwrap_or(path);
    let mut out = String::with_capacity(path.len());
    if path.starts_with('/') {
        out.push_str("file://");
    }
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                out.push(char::from(byte));
            }
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}

/// What could not be judged, what is newly let through, and what was left out.
fn notifications(checked: &Checked<'_>, left_out: usize) -> Vec<Value> {
    let faults = checked.inventory.faults.iter().map(|fault| {
        let level = match fault.diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        let place = Place::new(fault.source, fault.diagnostic.at);
        json!({
            "level": level,
            "message": { "text": lines(&fault.diagnostic.message) },
            "locations": [location(checked, place)],
        })
    });
    let widened = checked.widened.iter().map(|widening| {
        json!({
            "level": "error",
            "message": { "text": lines(&format!("{}\n{}", widening.message, widening.request)) },
            "locations": [location(checked, widening.at)],
        })
    });
    let all = checked.inventory.faults.len() + checked.widened.len();
    let cut = [(left_out, "findings"), (all.saturating_sub(MOST_NOTIFICATIONS), "notifications")];
    let cut = cut.into_iter().filter(|(number, _)| *number > 0).map(|(number, what)| {
        json!({ "level": "warning", "message": { "text": format!("{number} further {what} are left out") } })
    });
    // What is newly let through comes first: it is what a change is judged by.
    widened.chain(faults).take(MOST_NOTIFICATIONS).chain(cut).collect()
}
