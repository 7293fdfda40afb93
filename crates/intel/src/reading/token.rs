//! Tokens: words, numbers, signs, and code (paths, addresses, identifiers) as a whole.

use std::ops::Range;

use crate::lexicon::{Stem, lexicon};
use crate::source::mapped::cut;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Letters, with digits in them.
    Word,
    /// Begins with a digit: `27,000`, `9.8m`.
    Number,
    /// A path, an address, an identifier.
    Code,
    /// One sign.
    Sign(char),
}

/// A token.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    pub(crate) range: Range<usize>,
    pub(crate) kind: Kind,
    pub(crate) stem: Stem,
    /// Begins with a capital.
    pub(crate) is_capital: bool,
}

impl Token {
    pub(crate) fn is_sign(&self, signs: &[char]) -> bool {
        matches!(self.kind, Kind::Sign(sign) if signs.contains(&sign))
    }
}

/// Appends the tokens of `range`.
pub(super) fn tokens(text: &str, range: Range<usize>, out: &mut Vec<Token>) {
    let mut at = range.start;
    for chunk in cut(text, range).split(char::is_whitespace) {
        if !chunk.is_empty() {
            self::chunk(text, at..at + chunk.len(), out);
        }
        // Every white space that splits is one char; its length is found by where the next chunk is.
        at += chunk.len();
        at += cut(text, at..text.len()).chars().next().map_or(0, char::len_utf8);
    }
}

fn chunk(text: &str, range: Range<usize>, out: &mut Vec<Token>) {
    let whole = cut(text, range.clone());
    let is_open = |letter: char| matches!(letter, '(' | '"' | '\'' | '“' | '‘' | '«' | '<' | '„');
    let is_close = |letter: char| {
        matches!(
            letter,
            ')' | ']' | '"' | '\'' | '”' | '’' | '»' | '>' | ',' | ';' | ':' | '!' | '?' | '.' | '…'
        )
    };
    let core = whole.trim_start_matches(is_open);
    let start = range.start + (whole.len() - core.len());
    let core = if is_code(core) { trim_code(core) } else { core.trim_end_matches(is_close) };
    for (at, letter) in cut(text, range.start..start).char_indices() {
        sign(out, range.start + at, letter);
    }
    if is_code(core) {
        let range = start..start + core.len();
        out.push(Token { range, kind: Kind::Code, stem: 0, is_capital: false });
    } else {
        words(text, start..start + core.len(), out);
    }
    let end = start + core.len();
    for (at, letter) in cut(text, end..range.end).char_indices() {
        sign(out, end + at, letter);
    }
}

fn sign(out: &mut Vec<Token>, at: usize, letter: char) {
    let range = at..at + letter.len_utf8();
    out.push(Token { range, kind: Kind::Sign(letter), stem: 0, is_capital: false });
}

/// Signs at the end that belong to the sentence, not to the code.
fn trim_code(core: &str) -> &str {
    let core = core.trim_end_matches(['"', '\'', '”', '’', '»', ',', ';', ':', '!', '>']);
    let core = if core.ends_with("...") { core } else { core.trim_end_matches(['.', ',', '?']) };
    let opens = core.matches('(').count();
    if core.ends_with(')') && core.matches(')').count() > opens {
        core.trim_end_matches([')', '.', ','])
    } else {
        core
    }
}

/// Whether a chunk is code rather than words.
fn is_code(core: &str) -> bool {
    let letters = core.as_bytes();
    if letters.len() < 2 {
        return false;
    }
    if core.contains("://") || core.contains("[.]") || core.contains("(.)") || core.contains('\\') {
        return true;
    }
    match letters.first() {
        Some(b'/') => letters.get(1).is_some_and(|byte| {
            byte.is_ascii_alphanumeric() || matches!(byte, b'{' | b':' | b'.' | b'*' | b'[')
        }),
        Some(b'.') => core.starts_with(".../") || core.starts_with("./"),
        Some(b'{' | b'$' | b'%' | b'?') => core.contains(['=', '}', '/']),
        Some(first) if first.is_ascii_alphanumeric() || *first == b'_' => {
            core.contains('@')
                || inner(core, '_')
                || inner(core, '=')
                || core.matches('/').count() > 1
                || is_host(core)
        }
        _ => false,
    }
}

/// A sign with letters on both sides of it.
fn inner(core: &str, sign: char) -> bool {
    core.find(sign).is_some_and(|at| at > 0 && at + 1 < core.len())
}

/// A host name, with or without a path: `api.example.com/v1`.
fn is_host(core: &str) -> bool {
    let host = core.split(['/', ':', '?']).next().unwrap_or_default().trim_end_matches(['.', ',']);
    let Some((left, tld)) = host.rsplit_once('.') else { return false };
    let fits = |part: &str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    (2..=12).contains(&tld.len())
        && tld.bytes().all(|byte| byte.is_ascii_lowercase())
        && left.split('.').all(fits)
        && left.len() > 1
        && !matches!(host, "e.g" | "i.e" | "p.m" | "a.m")
}

/// Words, numbers and signs inside a chunk; hyphens and inner slashes only divide.
fn words(text: &str, range: Range<usize>, out: &mut Vec<Token>) {
    let mut at = range.start;
    while at < range.end {
        let rest = cut(text, at..range.end);
        let Some(first) = rest.chars().next() else { break };
        let len = if first.is_ascii_digit() {
            let bytes = rest.as_bytes();
            let mut len = 1;
            while let Some(byte) = bytes.get(len) {
                let between = bytes.get(len + 1).is_some_and(u8::is_ascii_digit);
                let is_part =
                    byte.is_ascii_alphanumeric() || (matches!(byte, b',' | b'.' | b'\'') && between);
                if !is_part {
                    break;
                }
                len += 1;
            }
            len
        } else if first.is_alphabetic() {
            let is_part = |letter: char| letter.is_alphanumeric() || matches!(letter, '\'' | '’');
            let word = rest.find(|letter| !is_part(letter)).unwrap_or(rest.len());
            let word = cut(rest, 0..word);
            let possessive =
                ["'s", "’s", "'", "’"].into_iter().find(|end| word.len() > end.len() && word.ends_with(end));
            let len = word.len() - possessive.map_or(0, str::len);
            push(text, at..at + len, Kind::Word, out);
            at += word.len();
            continue;
        } else {
            if !matches!(first, '-' | '/') {
                sign(out, at, first);
            }
            at += first.len_utf8();
            continue;
        };
        push(text, at..at + len, Kind::Number, out);
        at += len;
    }
}

fn push(text: &str, range: Range<usize>, kind: Kind, out: &mut Vec<Token>) {
    let word = cut(text, range.clone());
    let is_capital = word.chars().next().is_some_and(char::is_uppercase);
    let stem = if kind == Kind::Word { lexicon().stem_of(word) } else { 0 };
    out.push(Token { range, kind, stem, is_capital });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Vec<&str> {
        let mut out = Vec::new();
        tokens(text, 0..text.len(), &mut out);
        out.into_iter().map(|token| cut(text, token.range)).collect()
    }

    #[test]
    fn words_numbers_signs_and_code_are_told_apart() {
        for (text, expected) in [
            ("the company's API,", &["the", "company", "API", ","][..]),
            ("e-mail and/or phone", &["e", "mail", "and", "or", "phone"]),
            ("about 27,000 (9.8m) users.", &["about", "27,000", "(", "9.8m", ")", "users", "."]),
            (
                "such as /api/customers or /api/orders, they",
                &["such", "as", "/api/customers", "or", "/api/orders", ",", "they"],
            ),
            (
                "(e.g., .../api/c?id=1, and customer_id)",
                &["(", "e", ".", "g", ".", ",", ".../api/c?id=1", ",", "and", "customer_id", ")"],
            ),
            ("at hxxps://a[.]example/x. Then", &["at", "hxxps://a[.]example/x", ".", "Then"]),
            ("mail a.b@example.com, OAuth2", &["mail", "a.b@example.com", ",", "OAuth2"]),
            ("didn’t “ask”", &["didn’t", "“", "ask", "”"]),
            ("curl -X POST https://[domain]/api/...", &["curl", "X", "POST", "https://[domain]/api/..."]),
        ] {
            assert_eq!(of(text), expected, "{text}");
        }
    }
}
