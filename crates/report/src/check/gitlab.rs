//! GitLab's code quality report: a list of issues as JSON.

use checks::Weight;
use serde_json::{Value, json};
use spec::diagnostic::Severity;

use super::{Checked, radius};
use crate::inert::plain;
use crate::json_text;

/// The findings as a code quality report.
#[must_use]
pub fn gitlab(checked: &Checked<'_>) -> String {
    let faults = checked.inventory.faults.iter().map(|fault| {
        let severity = if fault.diagnostic.severity == Severity::Error { "blocker" } else { "minor" };
        let file =
            checked.inventory.source(fault.source).map(|source| source.name.clone()).unwrap_or_default();
        let key = format!("{}|{}|{file}", fault.diagnostic.code, fault.diagnostic.message);
        issue(
            fault.diagnostic.code,
            &fault.diagnostic.message,
            severity,
            &file,
            fault.diagnostic.at.line,
            &key,
        )
    });
    let widened = checked.widened.iter().map(|one| {
        let file = checked.file(one.at);
        let key = format!("widened|{}|{file}", one.message);
        issue("newly-let-through", &one.message, "critical", &file, one.at.span.line, &key)
    });
    let findings = checked.verdict.told.iter().map(|finding| {
        let severity = match finding.check.weight {
            Weight::Blocker => "critical",
            Weight::Warning => "minor",
        };
        let mut text = finding.message.clone();
        if let Some(found) = &finding.radius {
            text.push_str(&format!(" (could leave: {})", radius(found, checked.table)));
        }
        let file = checked.file(finding.at);
        issue(finding.check.id, &text, severity, &file, finding.at.span.line, &finding.identity(&file))
    });
    json_text(&faults.chain(widened).chain(findings).collect::<Vec<_>>())
}

fn issue(check: &str, text: &str, severity: &str, file: &str, line: u32, key: &str) -> Value {
    use sha2::Digest as _;
    let digest = sha2::Sha256::digest(key.as_bytes());
    let fingerprint: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    json!({
        "description": plain(text),
        "check_name": check,
        "fingerprint": fingerprint,
        "severity": severity,
        "location": { "path": file.strip_prefix("./").unwrap_or(file), "lines": { "begin": line.max(1) } },
    })
}
