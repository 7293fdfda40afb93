//! A comment on a change: a table of findings, and the lines to add folded below it.

use std::fmt::Write as _;

use super::{Checked, count, radius};
use crate::inert::plain;

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
                "- {} ({}:{})",
                cell(&one.message),
                cell(&checked.file(one.at)),
                one.at.span.line
            );
        }
        out.push('\n');
    }
    if numbers.unjudged > 0 {
        for fault in checked.errors().take(MOST_ROWS) {
            let file =
                checked.inventory.source(fault.source).map(|source| source.name.clone()).unwrap_or_default();
            let at = fault.diagnostic.at.line;
            let _ = writeln!(out, "- {} ({}:{at})", cell(&fault.diagnostic.message), cell(&file));
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
            "| {sign} {} | {} | {}:{} | {} |",
            finding.check.id,
            cell(&finding.message),
            cell(&checked.file(finding.at)),
            finding.at.span.line,
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
                "{} at {}:{}\n",
                cell(&finding.message),
                cell(&checked.file(finding.at)),
                finding.at.span.line
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

/// Text that is nothing but text: Markdown's and HTML's signs are escaped. Backticks stay where each
/// stands alone and has its partner; several in a row pair by rules of their own (CommonMark 6.1)
/// and are escaped, with everything between them.
fn cell(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let paired = text.matches('`').count().is_multiple_of(2) && !text.contains("``");
    let mut in_code = false;
    for c in plain(text).chars() {
        match c {
            '`' if paired => {
                in_code = !in_code;
                out.push(c);
            }
            '|' => out.push_str("\\|"),
            '<' if !in_code => out.push_str("&lt;"),
            '>' if !in_code => out.push_str("&gt;"),
            '&' if !in_code => out.push_str("&amp;"),
            '`' | '*' | '_' | '[' | ']' | '#' | '~' | '\\' | '!' | '@' if !in_code => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_cell_is_markup_but_single_backticks_in_pairs() {
        for (text, shown) in [
            ("no owner on `GET /a`", "no owner on `GET /a`"),
            ("`GET /a|b`", "`GET /a\\|b`"),
            ("<img>", "&lt;img&gt;"),
            // One backtick opens, three close nothing: a reader would take the tag for a tag.
            ("`GET /<img>```", "\\`GET /&lt;img&gt;\\`\\`\\`"),
            ("`GET /<img>", "\\`GET /&lt;img&gt;"),
            ("[a](b) *c* @d", "\\[a\\](b) \\*c\\* \\@d"),
        ] {
            assert_eq!(cell(text), shown, "{text}");
        }
    }
}
