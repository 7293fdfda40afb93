//! A comment on a change: a table of findings, and the lines to add folded below it.

use std::fmt::Write as _;

use super::{Checked, count, radius};
use crate::inert::plain;
use crate::markup::{cell, words};

/// Most rows: forges cut comments at 65,536 characters.
const MOST_ROWS: usize = 100;
/// Most findings whose lines to add are shown.
const MOST_FOLDED: usize = 30;

/// The findings as Markdown.
#[must_use]
pub fn markdown(checked: &Checked<'_>) -> String {
    let numbers = checked.summary();
    let mut out = format!(
        "**Tidegate check:** {}, {} in {} and {}",
        count(numbers.blockers, "blocker"),
        count(numbers.warnings, "warning"),
        count(numbers.operations, "operation"),
        count(numbers.routes, "route"),
    );
    if numbers.suppressed > 0 {
        let _ = write!(out, ", {} answered for", numbers.suppressed);
    }
    if numbers.unjudged > 0 {
        let _ = write!(out, "; **{} could not be judged**", count(numbers.unjudged, "place"));
    }
    out.push_str("\n\n");
    if !checked.widened.is_empty() {
        out.push_str("**Newly let through**\n\n");
        for one in checked.widened {
            let _ = writeln!(
                out,
                "- {} ({}{})",
                words(&one.message),
                words(&checked.file(one.at)),
                line(one.at.span.line)
            );
        }
        out.push('\n');
    }
    if numbers.unjudged > 0 {
        for fault in checked.errors().take(MOST_ROWS) {
            let file =
                checked.inventory.source(fault.source).map(|source| source.name.clone()).unwrap_or_default();
            let at = line(fault.diagnostic.at.line);
            let _ = writeln!(out, "- {} ({}{at})", words(&fault.diagnostic.message), words(&file));
        }
        out.push('\n');
    }
    let told = &checked.verdict.told;
    if told.is_empty() {
        return out;
    }
    out.push_str("| | finding | where | could leave |\n|---|---|---|---|\n");
    for finding in told.iter().take(MOST_ROWS) {
        let sign = if finding.is_blocker() { "blocker" } else { "warning" };
        let width = finding.radius.as_ref().map_or_else(String::new, |found| radius(found, checked.table));
        let _ = writeln!(
            out,
            "| {sign} {} | {} | {}{} | {} |",
            finding.check.id,
            cell(&finding.message),
            cell(&checked.file(finding.at)),
            line(finding.at.span.line),
            cell(&width)
        );
    }
    if told.len() > MOST_ROWS {
        let _ = writeln!(out, "\n{} more.", count(told.len() - MOST_ROWS, "finding"));
    }
    let with_lines: Vec<_> =
        told.iter().filter(|finding| !finding.add.is_empty()).take(MOST_FOLDED).collect();
    if !with_lines.is_empty() {
        out.push_str("\n<details><summary>Lines to add</summary>\n\n");
        for finding in with_lines {
            let _ = writeln!(
                out,
                "{} at {}{}\n",
                words(&finding.message),
                words(&checked.file(finding.at)),
                line(finding.at.span.line)
            );
            for line in finding.add.lines() {
                // Four blanks make code of a line, whatever stands in it.
                let _ = writeln!(out, "    {}", plain(line));
            }
            out.push('\n');
        }
        out.push_str("</details>\n");
    }
    out
}

/// A line behind the name of a file; nothing for what is about the whole file.
fn line(number: u32) -> String {
    if number == 0 { String::new() } else { format!(":{number}") }
}
