//! Text from outside as Markdown in which it is nothing but text.
//!
//! Held against GitHub's dialect (`crates/tidegate/tests/foreign`): no element, link, mention or column comes
//! of what stands in a document or a report.

use crate::inert::plain;

/// Text that is nothing but text. Our sentences hold the words of documents between single backticks:
/// those are code, in which nothing is markup, link or mention. Signs of Markdown and HTML beside them
/// are escaped. Where backticks do not pair one by one (CommonMark 6.1), or something beside them could
/// become a link or a mention, which no backslash prevents, everything is code.
#[must_use]
pub fn words(text: &str) -> String {
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
#[must_use]
pub fn cell(text: &str) -> String {
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
#[must_use]
pub fn code(text: &str) -> String {
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
