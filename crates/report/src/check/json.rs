//! For programs: `{"format": "tidegate.check/1", "judged", "summary", "findings", …}`.

use checks::{Finding, Radius};
use serde::Serialize;
use spec::inventory::{Ignore, Place};

use super::fingerprint::Fingerprints;
use super::{Checked, Summary};
use crate::json_text;

/// The name of this form; another number means another shape.
pub const FORMAT: &str = "tidegate.check/1";

#[derive(Serialize)]
struct Document<'c> {
    format: &'static str,
    /// Whether everything could be judged. A gate stays shut when not.
    judged: bool,
    summary: Summary,
    findings: Vec<FindingRow<'c>>,
    widened: Vec<WideningRow<'c>>,
    suppressed: Vec<SuppressedRow<'c>>,
    faults: Vec<FaultRow<'c>>,
    files: Vec<FileRow<'c>>,
}

#[derive(Serialize)]
struct At {
    file: String,
    line: u32,
    column: u32,
}

#[derive(Serialize)]
struct FindingRow<'c> {
    id: &'c str,
    name: &'c str,
    level: &'c str,
    subject: &'c str,
    message: &'c str,
    #[serde(flatten)]
    at: At,
    label: &'c str,
    also: Option<AlsoRow<'c>>,
    help: &'c str,
    add: &'c str,
    note: Option<&'c str>,
    could_leave: Option<Radius>,
    count: usize,
    others: &'c [std::sync::Arc<str>],
    owasp: &'c [&'c str],
    cwe: &'c [&'c str],
    d3fend: &'c [&'c str],
    attack: &'c [&'c str],
    fingerprint: String,
}

#[derive(Serialize)]
struct AlsoRow<'c> {
    #[serde(flatten)]
    at: At,
    label: &'c str,
}

#[derive(Serialize)]
struct WideningRow<'c> {
    message: &'c str,
    request: &'c str,
    #[serde(flatten)]
    at: At,
}

#[derive(Serialize)]
struct SuppressedRow<'c> {
    #[serde(flatten)]
    finding: FindingRow<'c>,
    reason: &'c str,
    owner: &'c str,
    expires: String,
}

#[derive(Serialize)]
struct FaultRow<'c> {
    code: &'c str,
    level: &'c str,
    message: &'c str,
    help: Option<&'c str>,
    #[serde(flatten)]
    at: At,
}

#[derive(Serialize)]
struct FileRow<'c> {
    file: &'c str,
    kind: &'c str,
}

/// The findings as JSON.
#[must_use]
pub fn json(checked: &Checked<'_>) -> String {
    let fingerprints = Fingerprints::new(checked);
    let row = |finding| finding_row(checked, &fingerprints, finding);
    let document = Document {
        format: FORMAT,
        judged: !checked.inventory.has_errors(),
        summary: checked.summary(),
        findings: checked.verdict.told.iter().map(row).collect(),
        widened: checked
            .widened
            .iter()
            .map(|one| WideningRow { message: &one.message, request: &one.request, at: at(checked, one.at) })
            .collect(),
        suppressed: checked.verdict.suppressed.iter().map(|(one, by)| suppressed(row(one), by)).collect(),
        faults: checked
            .inventory
            .faults
            .iter()
            .map(|fault| FaultRow {
                code: fault.diagnostic.code,
                level: match fault.diagnostic.severity {
                    spec::diagnostic::Severity::Error => "error",
                    spec::diagnostic::Severity::Warning => "warning",
                },
                message: &fault.diagnostic.message,
                help: fault.diagnostic.help.as_deref(),
                at: at(checked, Place::new(fault.source, fault.diagnostic.at)),
            })
            .collect(),
        files: checked
            .inventory
            .sources
            .iter()
            .map(|source| FileRow { file: &source.name, kind: source.kind.word() })
            .collect(),
    };
    json_text(&document)
}

fn at(checked: &Checked<'_>, place: Place) -> At {
    At { file: checked.file(place).to_string(), line: place.span.line, column: place.span.column }
}

fn finding_row<'c>(
    checked: &Checked<'c>,
    fingerprints: &Fingerprints<'c>,
    finding: &'c Finding,
) -> FindingRow<'c> {
    let check = finding.check;
    FindingRow {
        id: check.id,
        name: check.name,
        level: super::level(check.weight),
        subject: &finding.subject,
        message: &finding.message,
        at: at(checked, finding.at),
        label: &finding.label,
        also: finding.also.as_ref().map(|also| AlsoRow { at: at(checked, also.at), label: &also.label }),
        help: &finding.help,
        add: &finding.add,
        note: finding.note.as_deref(),
        could_leave: finding.radius,
        count: finding.count,
        others: &finding.others,
        owasp: check.owasp,
        cwe: check.cwe,
        d3fend: check.d3fend,
        attack: check.attack,
        fingerprint: fingerprints.of(checked, finding),
    }
}

fn suppressed<'c>(finding: FindingRow<'c>, by: &'c Ignore) -> SuppressedRow<'c> {
    let Ignore { check: _, reason, owner, expires, scope: _, at: _ } = by;
    SuppressedRow { finding, reason, owner, expires: expires.to_string() }
}
