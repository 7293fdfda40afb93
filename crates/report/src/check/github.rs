//! Workflow commands of GitHub Actions: an annotation per finding.

use std::fmt::Write as _;

use spec::diagnostic::Severity;
use spec::inventory::Place;

use super::{Checked, radius};
use crate::inert::plain;

/// The findings as workflow commands, one a line.
#[must_use]
pub fn github(checked: &Checked<'_>) -> String {
    let mut out = String::new();
    for fault in &checked.inventory.faults {
        let level = if fault.diagnostic.severity == Severity::Error { "error" } else { "warning" };
        let place = Place::new(fault.source, fault.diagnostic.at);
        command(&mut out, checked, level, place, fault.diagnostic.code, &fault.diagnostic.message);
    }
    for widening in checked.widened {
        let message = format!("{}\n{}", widening.message, widening.request);
        command(&mut out, checked, "error", widening.at, "newly let through", &message);
    }
    for finding in &checked.verdict.told {
        let mut message = finding.message.clone();
        if let Some(found) = &finding.radius {
            let _ = write!(message, "\ncould leave: {}", radius(found, checked.table));
        }
        if !finding.help.is_empty() {
            let _ = write!(message, "\n{}", finding.help);
        }
        if !finding.add.is_empty() {
            let _ = write!(message, "\nadd:\n{}", finding.add);
        }
        let title = format!("{} {}", finding.check.id, finding.check.name);
        command(&mut out, checked, super::level(finding.check.weight), finding.at, &title, &message);
    }
    out
}

fn command(out: &mut String, checked: &Checked<'_>, level: &str, at: Place, title: &str, message: &str) {
    let file = property(&checked.file(at));
    let (line, column) = (at.span.line.max(1), at.span.column.max(1));
    // Writing to a String cannot fail.
    let _ = writeln!(
        out,
        "::{level} file={file},line={line},col={column},title={}::{}",
        property(title),
        data(message)
    );
}

/// The text of a command: a line break would end it, and the next line could be another command.
fn data(text: &str) -> String {
    let lines: Vec<_> = text.lines().map(|line| plain(line).replace('%', "%25")).collect();
    lines.join("%0A")
}

/// A property also ends at a comma or a colon.
fn property(text: &str) -> String {
    plain(text).replace('%', "%25").replace(':', "%3A").replace(',', "%2C")
}
