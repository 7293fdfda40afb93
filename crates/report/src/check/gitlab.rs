//! GitLab's code quality report: a list of issues as JSON.

use std::collections::HashMap;

use checks::Weight;
use serde_json::{Value, json};
use spec::diagnostic::Severity;
use spec::inventory::Place;

use super::fingerprint::{Fingerprints, digest};
use super::{Checked, radius};
use crate::inert::plain;
use crate::json_text;

/// The findings as a code quality report.
#[must_use]
pub fn gitlab(checked: &Checked<'_>) -> String {
    let fingerprints = Fingerprints::new(checked);
    let mut alike: HashMap<String, usize> = HashMap::new();
    // Of equal fingerprints only the first is shown.
    let mut unlike = |key: String| {
        let nth = alike.entry(key.clone()).or_default();
        *nth += 1;
        if *nth == 1 { digest(&key) } else { digest(&format!("{key}|{nth}")) }
    };
    let mut issues = Vec::new();
    for fault in &checked.inventory.faults {
        let severity = if fault.diagnostic.severity == Severity::Error { "blocker" } else { "minor" };
        let place = Place::new(fault.source, fault.diagnostic.at);
        let file = checked.file(place);
        let key = unlike(format!("{}|{}|{file}", fault.diagnostic.code, fault.diagnostic.message));
        issues.push(issue(fault.diagnostic.code, &fault.diagnostic.message, severity, &file, place, &key));
    }
    for one in checked.widened {
        let file = checked.file(one.at);
        let key = unlike(format!("widened|{}|{file}", one.message));
        issues.push(issue("newly-let-through", &one.message, "critical", &file, one.at, &key));
    }
    for finding in &checked.verdict.told {
        let severity = match finding.check.weight {
            Weight::Blocker => "critical",
            Weight::Warning => "minor",
        };
        let mut text = finding.message.clone();
        if let Some(found) = &finding.radius {
            text.push_str(&format!(" (could leave: {})", radius(found, checked.table)));
        }
        let key = fingerprints.of(checked, finding);
        issues.push(issue(finding.check.id, &text, severity, &checked.file(finding.at), finding.at, &key));
    }
    json_text(&issues)
}

fn issue(check: &str, text: &str, severity: &str, file: &str, at: Place, fingerprint: &str) -> Value {
    json!({
        "description": plain(text),
        "check_name": check,
        "fingerprint": fingerprint,
        "severity": severity,
        "location": {
            "path": file.strip_prefix("./").unwrap_or(file),
            "lines": { "begin": at.span.line.max(1) },
        },
    })
}
