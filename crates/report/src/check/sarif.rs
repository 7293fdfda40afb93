//! SARIF 2.1.0 (OASIS), within what GitHub code scanning takes.
//!
//! GitHub reads at most 5,000 results of a run, 20 tags of a rule and 1,000 related locations; the
//! riskiest findings come first, and what is left out is said in a notification.

use checks::{CATALOGUE, Check, Finding, Weight};
use serde_json::{Value, json};
use spec::diagnostic::Severity;
use spec::inventory::Place;

use super::{Checked, radius, standing};
use crate::inert::plain;
use crate::json_text;

/// Most results of one run.
const MOST_RESULTS: usize = 5_000;

/// The findings as SARIF.
#[must_use]
pub fn sarif(checked: &Checked<'_>) -> String {
    let told = &checked.verdict.told;
    let mut results: Vec<Value> =
        told.iter().take(MOST_RESULTS).map(|finding| result(checked, finding)).collect();
    let suppressed = checked.verdict.suppressed.iter().take(MOST_RESULTS.saturating_sub(results.len()));
    results.extend(suppressed.map(|(finding, by)| {
        let mut value = result(checked, finding);
        if let Some(object) = value.as_object_mut() {
            let why = format!("{} (answered for by {}, until {})", by.reason, by.owner, by.expires);
            object.insert(
                "suppressions".into(),
                json!([{ "kind": "inSource", "status": "accepted", "justification": why }]),
            );
        }
        value
    }));
    let run = json!({
        "tool": { "driver": {
            "name": "Tidegate",
            "semanticVersion": env!("CARGO_PKG_VERSION"),
            "rules": CATALOGUE.iter().map(|check| rule(check)).collect::<Vec<_>>(),
        } },
        "columnKind": "unicodeCodePoints",
        "invocations": [{
            "executionSuccessful": !checked.inventory.has_errors(),
            "toolExecutionNotifications": notifications(checked),
        }],
        "results": results,
    });
    json_text(&json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [run],
    }))
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
            "tags": tags.take(20).collect::<Vec<_>>(),
            "security-severity": score,
            "precision": "high",
        },
    })
}

fn result(checked: &Checked<'_>, finding: &Finding) -> Value {
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
                object.insert("message".into(), json!({ "text": plain(&also.label) }));
            }
            value
        })
        .collect();
    json!({
        "ruleId": finding.check.id,
        "ruleIndex": CATALOGUE.iter().position(|check| check.id == finding.check.id),
        "level": super::level(finding.check.weight),
        "message": { "text": lines(&text) },
        "locations": [location(checked, finding.at)],
        "relatedLocations": related,
        "partialFingerprints": { "tidegateFinding/v1": checked.fingerprint(finding) },
        "properties": { "subject": finding.subject, "could_leave": finding.radius },
    })
}

/// Inert, and with its line breaks kept.
fn lines(text: &str) -> String {
    text.lines().map(plain).collect::<Vec<_>>().join("\n")
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

fn notifications(checked: &Checked<'_>) -> Vec<Value> {
    let faults = checked.inventory.faults.iter().map(|fault| {
        let level = match fault.diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        let place = Place::new(fault.source, fault.diagnostic.at);
        json!({
            "level": level,
            "message": { "text": plain(&fault.diagnostic.message) },
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
    let left_out = checked.verdict.told.len().saturating_sub(MOST_RESULTS);
    let cut = (left_out > 0).then(|| {
        json!({ "level": "warning", "message": { "text": format!("{left_out} further findings are left out") } })
    });
    faults.chain(widened).chain(cut).collect()
}
