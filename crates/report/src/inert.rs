//! Text from outside, made harmless for the place where it is printed.

use std::fmt::Write as _;

/// `text` for a terminal or a log: control characters, and characters that change the direction or
/// the look of what follows, stand as `\u{…}`.
pub fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() || is_invisible(c) {
            // Writing to a String cannot fail.
            let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
        } else {
            out.push(c);
        }
    }
    out
}

/// JSON `text` with what a terminal or an editor obeys written as `\\u…`: the C1 controls, marks of direction,
/// and what has no width. They stand in strings only, so that the value stays the same.
#[must_use]
pub fn json(text: String) -> String {
    let obeyed = |c: char| c != '\n' && (c.is_control() || is_invisible(c));
    if !text.contains(obeyed) {
        return text;
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if obeyed(c) {
            let _ = write!(out, "\\u{:04x}", u32::from(c));
        } else {
            out.push(c);
        }
    }
    out
}

/// `text` as a cell of a CSV file (RFC 4180) that no spreadsheet takes for a formula: a cell that
/// begins with one of `= + - @`, a tab or a line break gets an apostrophe (OWASP, CSV injection).
pub(crate) fn cell(text: &str, out: &mut String) {
    let text = plain(text);
    let formula = text.starts_with(['=', '+', '-', '@', '\\', '＝', '＋', '－', '＠']);
    out.push('"');
    if formula {
        out.push('\'');
    }
    for c in text.chars() {
        if c == '"' {
            out.push('"');
        }
        out.push(c);
    }
    out.push('"');
}

/// Marks of direction (bidi), zero-width characters and separators that terminals obey.
const fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_obeys_is_escaped() {
        for (text, printed) in [
            ("plain ü 字", "plain ü 字"),
            ("\x1b[31mred\r\n", "\\u{1b}[31mred\\u{d}\\u{a}"),
            ("a\u{202e}b\u{200b}", "a\\u{202e}b\\u{200b}"),
            ("\u{9b}2J", "\\u{9b}2J"),
        ] {
            assert_eq!(plain(text), printed);
        }
    }

    #[test]
    fn json_keeps_its_value_and_loses_what_is_obeyed() {
        let value = serde_json::json!({"a\u{202e}": "\u{9b}31m\u{200b} ü 字 \u{7f}", "b": [1, "\n\t"]});
        let text = json(serde_json::to_string_pretty(&value).unwrap());
        assert!(!text.contains(['\u{202e}', '\u{9b}', '\u{200b}', '\u{7f}']), "{text}");
        assert!(text.contains("\\u202e") && text.contains("ü 字"), "{text}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), value);
    }

    #[test]
    fn a_cell_is_never_a_formula_and_never_ends_early() {
        for (text, printed) in [
            ("GET /a", "\"GET /a\""),
            ("=cmd()", "\"'=cmd()\""),
            ("-1+2", "\"'-1+2\""),
            ("@x", "\"'@x\""),
            ("\t=x", "\"'\\u{9}=x\""),
            ("a\",\"b", "\"a\"\",\"\"b\""),
            ("", "\"\""),
        ] {
            let mut out = String::new();
            cell(text, &mut out);
            assert_eq!(out, printed);
        }
    }
}
