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

/// Text that is nothing but text. Our sentences hold the words of documents between single backticks:
/// those are code, in which nothing is markup, link or mention. Signs of Markdown and HTML beside them
/// are escaped. Where backticks do not pair one by one (CommonMark 6.1), or something beside them could
/// become a link or a mention, which no backslash prevents, everything is code.
fn words(text: &str) -> String {
    let text = plain(text);
    let paired = text.matches('`').count().is_multiple_of(2) && !text.contains("``");
    if !paired || text.split('`').step_by(2).any(is_active) {
        return code(&text);
    }
    let mut out = String::with_capacity(text.len());
    for (nth, part) in text.split('`').enumerate() {
        if nth % 2 == 1 {
            out.push_str(&code(part));
        } else {
            escape(part, &mut out);
        }
    }
    out
}

/// The same as a cell of a table, which a bar would end. In code one is written behind a backslash, and
/// as its number where a backslash stands before it: readers do not agree on that.
fn cell(text: &str) -> String {
    words(&text.replace("\\|", "\\\\u{7c}")).replace('|', "\\|")
}

/// Whether a forge may make a link, a mention or a number of an issue of plain text.
fn is_active(text: &str) -> bool {
    text.contains(['@', '#']) || text.contains("://") || text.to_ascii_lowercase().contains("www.")
}

fn escape(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '|' => out.push_str("&#124;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '*' | '_' | '[' | ']' | '~' | '\\' | '!' | '$' => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
}

/// Code, between more backticks than stand in it.
fn code(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest + 1);
    // One blank on each side is no part of the code.
    let blank = if longest > 0 || text.starts_with(' ') { " " } else { "" };
    if text.trim().is_empty() { text.to_owned() } else { format!("{fence}{blank}{text}{blank}{fence}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_cell_is_markup_link_or_mention_but_code_in_backticks() {
        for (text, shown) in [
            ("no owner on `GET /a`", "no owner on `GET /a`"),
            ("`GET /a|b`", "`GET /a\\|b`"),
            ("`GET /a\\|b`", "`GET /a\\\\u{7c}b`"),
            ("a|b", "a&#124;b"),
            ("<img>", "&lt;img&gt;"),
            // One backtick opens, three close nothing: a reader would take the tag for a tag.
            ("`GET /<img>```", "```` `GET /<img>``` ````"),
            ("`GET /<img>", "`` `GET /<img> ``"),
            ("[a](b) *c*", "\\[a\\](b) \\*c\\*"),
            ("ask @d", "`ask @d`"),
            ("`GET /@d` is open", "`GET /@d` is open"),
            ("see https://evil.example", "`see https://evil.example`"),
            ("`a`www.evil.example`b`", "`` `a`www.evil.example`b` ``"),
            ("", ""),
        ] {
            assert_eq!(cell(text), shown, "{text}");
        }
        assert_eq!(words("`a|b`"), "`a|b`");
    }
}
