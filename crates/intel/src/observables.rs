//! Addresses, paths, hashes, command lines: what can be looked for.
//!
//! One pass over white space and the pieces between; nothing looks back, so hostile text costs its length.

mod defang;
mod shape;

use std::ops::Range;
use std::sync::OnceLock;

use aho_corasick::AhoCorasick;

use crate::model::ObservableType;
use crate::source::mapped::cut;

/// Longest piece that is looked at as one observable.
const PIECE_MAX: usize = 2_048;

/// Something that can be looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// With its defanging undone.
    pub value: String,
    /// What it is.
    pub kind: ObservableType,
    /// Bytes of the text.
    pub range: Range<usize>,
    /// It was written so that nobody follows it by accident.
    pub is_defanged: bool,
}

/// Every observable of a text, in order. Linear in the length of the text.
#[must_use]
pub fn observables(text: &str) -> Vec<Seen> {
    let mut found = Vec::new();
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let rest = bytes.get(at..).unwrap_or_default();
        let Some(skip) = rest.iter().position(|byte| !byte.is_ascii_whitespace()) else { break };
        let start = at + skip;
        let rest = bytes.get(start..).unwrap_or_default();
        let mut marks = 0_usize;
        let mut len = 0;
        for byte in rest {
            if byte.is_ascii_whitespace() {
                break;
            }
            len += 1;
            marks += usize::from(MARKS.get(usize::from(*byte)).copied().unwrap_or(false));
        }
        let end = start + len;
        at = end;
        // Plain words have none of the signs that every observable has, and are shorter than any hash.
        if (marks == 0 && len < 32) || len < 4 {
            continue;
        }
        if len <= PIECE_MAX && text.is_char_boundary(start) && text.is_char_boundary(end) {
            shape::piece(text, start..end, &mut found);
        }
    }
    commands(text, &mut found);
    found.sort_by_key(|seen| (seen.range.start, seen.range.end));
    found
}

/// Signs that observables have and plain words have not.
const MARKS: [bool; 256] = {
    let mut marks = [false; 256];
    let signs = b"./@:\\[{_";
    let mut at = 0;
    while at < signs.len() {
        #[expect(
            clippy::indexing_slicing,
            clippy::as_conversions,
            reason = "constant, checked by the compiler"
        )]
        {
            marks[signs[at] as usize] = true;
        }
        at += 1;
    }
    marks
};

/// Programs whose command lines reports quote.
const PROGRAMS: &[&str] = &[
    "curl ",
    "wget ",
    "python ",
    "python3 ",
    "powershell ",
    "sqlmap ",
    "ffuf ",
    "gobuster ",
    "nmap ",
    "http POST ",
    "http GET ",
];

/// Command lines: a program with its arguments, up to the end of the line or of the quotation.
fn commands(text: &str, found: &mut Vec<Seen>) {
    static SEARCH: OnceLock<AhoCorasick> = OnceLock::new();
    let search = SEARCH.get_or_init(|| AhoCorasick::new(PROGRAMS).unwrap_or_else(|_| crate::ids::none()));
    let mut after = 0;
    for start in search.find_iter(text).map(|hit| hit.start()) {
        let rest = cut(text, start..text.len());
        let Some(program) = PROGRAMS.iter().find(|program| rest.starts_with(**program)) else { continue };
        let before = start.checked_sub(1).and_then(|at| text.as_bytes().get(at)).copied().unwrap_or(b' ');
        if start < after || before.is_ascii_alphanumeric() || matches!(before, b'-' | b'/' | b'.') {
            continue;
        }
        let line =
            rest.get(..rest.len().min(512)).unwrap_or_else(|| rest.split('\n').next().unwrap_or_default());
        let line = line.split(['\n', '`', '"', '”', '|']).next().unwrap_or_default();
        // Arguments: options, addresses, assignments, methods. A word of prose ends the line.
        let mut end = program.len();
        let mut is_command = false;
        for word in line.get(program.len()..).unwrap_or_default().split_inclusive(' ') {
            let bare = word.trim();
            let fits = bare.starts_with('-')
                || bare.contains(['/', ':', '=', '{', '$', '\''])
                || matches!(bare, "GET" | "POST" | "PUT" | "PATCH" | "DELETE" | "Bypass")
                || bare.ends_with(".py");
            if !fits {
                break;
            }
            is_command = true;
            end += word.len();
        }
        let range = start..start + cut(rest, 0..end).trim_end().len();
        if is_command {
            after = range.end;
            let value = cut(text, range.clone()).to_owned();
            found.push(Seen { value, kind: ObservableType::CommandLine, range, is_defanged: false });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Vec<(String, ObservableType)> {
        observables(text).into_iter().map(|seen| (seen.value, seen.kind)).collect()
    }

    #[test]
    fn all_common_forms_of_defanging_are_undone() {
        use ObservableType::{Domain, Email, Ipv4, Ipv6, Md5, Sha256, Url, UrlPath};
        for (text, value, kind) in [
            ("hxxp://evil[.]example[.]com/x", "http://evil.example.com/x", Url),
            ("hXXps[:]//evil(.)example(.)com", "https://evil.example.com", Url),
            ("hxxps[://]evil[dot]example[dot]com/a?b=1", "https://evil.example.com/a?b=1", Url),
            ("evil[.]example.com", "evil.example.com", Domain),
            ("evil{.}example{.}com,", "evil.example.com", Domain),
            ("evil[dot]example[dot]com", "evil.example.com", Domain),
            ("192.0.2[.]7", "192.0.2.7", Ipv4),
            ("192[.]0[.]2[.]7:8080", "192.0.2.7", Ipv4),
            ("(198.51.100.7)", "198.51.100.7", Ipv4),
            ("2001:db8::7", "2001:db8::7", Ipv6),
            ("thief[@]example[.]com", "thief@example.com", Email),
            ("thief[at]example[dot]com", "thief@example.com", Email),
            ("d41d8cd98f00b204e9800998ecf8427e", "d41d8cd98f00b204e9800998ecf8427e", Md5),
            (
                "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855.",
                "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                Sha256,
            ),
            ("/api/v[1-9]/users", "/api/v[1-9]/users", UrlPath),
            ("`/api/orders/{id}`,", "/api/orders/{id}", UrlPath),
            (".../api/customers?id=1,", "/api/customers?id=1", UrlPath),
        ] {
            assert_eq!(of(text), [(value.to_owned(), kind)], "{text}");
        }
    }

    #[test]
    fn words_versions_and_fractions_are_no_observables() {
        for text in [
            "and/or",
            "e.g. this",
            "version 1.2.3",
            "27,000.",
            "9.8 million",
            "SOAR/XSOAR",
            "10:30",
            "Node.js",
            "the end.The start",
            "256.1.1.1",
            "STIX 2.1.0",
        ] {
            assert_eq!(of(text), [], "{text}");
        }
    }

    #[test]
    fn command_lines_end_where_prose_begins() {
        let found = of("ran curl -X POST https://[domain]/api/... against it");
        assert!(
            found
                .contains(&("curl -X POST https://[domain]/api/...".to_owned(), ObservableType::CommandLine)),
            "{found:?}"
        );
    }
}
