//! For people: each finding with its line underlined, what could leave, and the lines to add.

use checks::{Finding, Widening};
use spec::diagnostic::{Colour, Diagnostic, Severity, Source};
use spec::inventory::{Fault, Place};

use super::{Checked, count, grouped, radius, standing};
use crate::inert::plain;

/// Most findings printed whole; of the others only a line each.
const MOST_WHOLE: usize = 500;

/// The findings as text.
#[must_use]
pub fn text(checked: &Checked<'_>, colour: Colour) -> String {
    let mut out = String::new();
    for fault in &checked.inventory.faults {
        out.push_str(&self::fault(checked, fault, colour));
        out.push('\n');
    }
    for widening in checked.widened {
        out.push_str(&self::widening(checked, widening, colour));
        out.push('\n');
    }
    for (nth, finding) in checked.verdict.told.iter().enumerate() {
        if nth < MOST_WHOLE {
            out.push_str(&self::finding(checked, finding, colour));
            out.push('\n');
        } else {
            let (file, line) = (plain(&checked.file(finding.at)), finding.at.span.line);
            out.push_str(&format!("{}: {file}:{line}: {}\n", finding.check.id, plain(&finding.message)));
        }
    }
    for idle in &checked.verdict.idle {
        let diagnostic = Diagnostic::warning(
            "CHECK-003",
            format!("this suppression of `{}` suppresses nothing", idle.check),
            idle.at.span,
        );
        out.push_str(&render(checked, &diagnostic.help("remove it"), idle.at, colour));
        out.push('\n');
    }
    out.push_str(&unrecognised(checked));
    out.push_str(&last_line(checked));
    out
}

fn finding(checked: &Checked<'_>, finding: &Finding, colour: Colour) -> String {
    let mut diagnostic = if finding.is_blocker() {
        Diagnostic::error(finding.check.id, finding.message.clone(), finding.at.span)
    } else {
        Diagnostic::warning(finding.check.id, finding.message.clone(), finding.at.span)
    };
    diagnostic = diagnostic.label(finding.label.clone());
    let mut notes: Vec<(&str, String)> = Vec::new();
    if let Some(also) = &finding.also {
        if also.at.source == finding.at.source {
            diagnostic = diagnostic.also(also.at.span, also.label.clone());
        } else {
            let at = format!("{}:{}:{}", checked.file(also.at), also.at.span.line, also.at.span.column);
            notes.push(("also", format!("{at}: {}", also.label)));
        }
    }
    diagnostic = diagnostic.why(standing(finding));
    if !finding.help.is_empty() {
        diagnostic = diagnostic.help(finding.help.clone());
    }
    if let Some(found) = &finding.radius {
        notes.push(("could leave", radius(found, checked.table)));
    }
    if !finding.others.is_empty() {
        let more = finding.count.saturating_sub(finding.others.len());
        let mut list = finding.others.join(", ");
        if more > 0 {
            list.push_str(&format!(" and {} more", grouped(u64::try_from(more).unwrap_or(u64::MAX))));
        }
        notes.push(("riskiest", list));
    }
    notes.extend(finding.note.clone().map(|note| ("note", note)));
    let mut shown = render(checked, &diagnostic, finding.at, colour);
    let gutter = gutter(&shown);
    for (word, note) in notes {
        shown.push_str(&format!("{gutter}= {word}: {}\n", plain(&note)));
    }
    if !finding.add.is_empty() {
        shown.push_str(&format!("{gutter}= {}:\n", add_where(&finding.add)));
        for line in finding.add.lines() {
            shown.push_str(&format!("{gutter}    {}\n", plain(line)));
        }
    }
    shown
}

/// Where the lines to add belong, which need not be where the finding points.
fn add_where(lines: &str) -> &'static str {
    const INTENT: [&str; 9] =
        ["audience", "owner", "roles", "limit", "budget", "classes", "operator", "subject", "stream"];
    let key = lines.split(':').next().unwrap_or_default();
    if INTENT.contains(&key) { "add under `x-tidegate` of the operation" } else { "add" }
}

fn widening(checked: &Checked<'_>, widening: &Widening, colour: Colour) -> String {
    let diagnostic = Diagnostic::error("CHECK-010", widening.message.clone(), widening.at.span)
        .help("if this is meant, say so in the review; else take it back");
    let mut shown = render(checked, &diagnostic, widening.at, colour);
    let gutter = gutter(&shown);
    shown.push_str(&format!("{gutter}= shown by:\n"));
    for line in widening.request.lines() {
        shown.push_str(&format!("{gutter}    {}\n", plain(line)));
    }
    shown
}

fn fault(checked: &Checked<'_>, fault: &Fault, colour: Colour) -> String {
    render(checked, &fault.diagnostic, Place::new(fault.source, fault.diagnostic.at), colour)
}

fn render(checked: &Checked<'_>, diagnostic: &Diagnostic, at: Place, colour: Colour) -> String {
    let source = checked.inventory.source(at.source);
    let (name, text) = source.map_or(("", ""), |source| (&*source.name, &*source.text));
    diagnostic.render(Source { name, text }, colour)
}

/// The blanks before `= help`, so that further lines stand below it.
fn gutter(shown: &str) -> String {
    let last = shown.lines().rev().find(|line| line.contains("= "));
    let width = last.map_or(2, |line| line.chars().take_while(|c| *c == ' ').count());
    " ".repeat(width.clamp(1, 12))
}

fn unrecognised(checked: &Checked<'_>) -> String {
    const SHOWN: usize = 10;
    let names: Vec<_> = checked.unrecognised().map(plain).collect();
    if names.is_empty() {
        return String::new();
    }
    let shown = names.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    let more = names.len().saturating_sub(SHOWN);
    let more = if more > 0 {
        format!(" and {more} more (`--format json` lists all, under `files`)")
    } else {
        String::new()
    };
    format!("not judged, for they are nothing that is known here: {shown}{more}\n")
}

fn last_line(checked: &Checked<'_>) -> String {
    let numbers = checked.summary();
    let mut parts = vec![count(numbers.blockers, "blocker"), count(numbers.warnings, "warning")];
    if checked.compared {
        parts.push(count(numbers.widened, "widening"));
    }
    if numbers.suppressed > 0 {
        parts.push(format!("{} answered for", numbers.suppressed));
    }
    if checked.inventory.faults.iter().any(|fault| fault.diagnostic.severity == Severity::Error) {
        parts.push(format!("{} could not be judged", count(numbers.unjudged, "place")));
    }
    format!(
        "{} in {} and {} of {}\n",
        parts.join(", "),
        count(numbers.operations, "operation"),
        count(numbers.routes, "route"),
        count(numbers.files, "file")
    )
}
