//! Names: runs of capitalised words that are no common words.

use std::ops::Range;

use crate::reading::{Kind, Reading};
use crate::report::Report;

/// Capitalised words that begin sentences or name no one.
const COMMON: &[&str] = &[
    "the",
    "a",
    "an",
    "this",
    "that",
    "these",
    "in",
    "on",
    "at",
    "by",
    "for",
    "from",
    "it",
    "its",
    "they",
    "he",
    "she",
    "we",
    "no",
    "not",
    "while",
    "when",
    "after",
    "before",
    "if",
    "as",
    "and",
    "but",
    "or",
    "to",
    "of",
    "with",
    "without",
    "what",
    "how",
    "why",
    "who",
    "api",
    "apis",
    "http",
    "https",
    "post",
    "get",
    "put",
    "url",
    "pii",
    "ioc",
    "iocs",
    "owasp",
    "mitre",
    "bola",
    "idor",
    "waf",
    "siem",
    "gdpr",
    "ccpa",
    "hipaa",
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
    "security",
    "data",
    "incident",
    "report",
    "summary",
    "timeline",
    "researchers",
    "researcher",
    "attackers",
    "customers",
    "users",
    "names",
    "there",
    "one",
    "application",
    "programming",
    "interface",
    "top",
    "broken",
    "object",
    "level",
    "authorization",
    "social",
    "numbers",
    "first",
    "second",
    "according",
    "personal",
    "information",
    "identifiable",
    "i",
    "ip",
    "id",
    "ids",
    "json",
    "rest",
    "sql",
    "cve",
    "cwe",
    "detection",
    "exploit",
    "active",
    "scanning",
    "vulnerability",
    "automated",
    "exfiltration",
    "also",
    "however",
    "because",
    "our",
    "your",
    "their",
    "his",
    "her",
    "each",
    "all",
    "any",
    "some",
    "both",
    "more",
    "most",
    "many",
    "every",
    "anyone",
    "nobody",
    "published",
    "english",
    "australian",
    "american",
    "british",
    "european",
    "german",
    "french",
    "dutch",
    "sim",
    "imei",
    "mfa",
    "ssn",
    "faq",
    "q",
];

/// Numbers that open sentences.
const NUMERALS: &[&str] = &["two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];

/// A name with where it stands.
pub(super) struct Name {
    pub(super) words: String,
    pub(super) tokens: Range<usize>,
}

/// Runs of capitalised words that are no common words.
pub(super) fn names(report: &Report) -> Vec<Name> {
    let reading = &report.reading;
    let mut names = Vec::new();
    for clause in &report.discoursed.clauses {
        if clause.role == crate::model::Discourse::Boilerplate {
            continue;
        }
        // A line in capitals shouts; it names nobody.
        if !reading.words(clause.tokens.clone()).chars().any(char::is_lowercase) {
            continue;
        }
        let mut at = clause.tokens.start;
        while at < clause.tokens.end {
            let is_name = |at: usize| {
                reading.tokens.get(at).is_some_and(|token| {
                    let inner = token.kind == Kind::Number
                        && reading.word(at).chars().filter(|letter| letter.is_alphabetic()).count() > 3;
                    (token.kind == Kind::Word && token.is_capital) || inner
                }) && (!COMMON.contains(&reading.word(at).to_lowercase().as_str()) || opens_name(reading, at))
            };
            if !is_name(at) {
                at += 1;
                continue;
            }
            let from = at;
            while at < clause.tokens.end && at - from < 5 && is_name(at) {
                let is_possessive = reading.tokens.get(at).is_some_and(|token| {
                    reading
                        .text()
                        .get(token.range.end..)
                        .is_some_and(|rest| rest.starts_with("'s") || rest.starts_with("’s"))
                });
                at += 1;
                if is_possessive {
                    break;
                }
            }
            let lone = at == from + 1;
            let is_word = lone
                && reading.tokens.get(from).is_some_and(|token| {
                    token.stem != 0 || NUMERALS.contains(&reading.word(from).to_lowercase().as_str())
                });
            // A lone word that opens a sentence has its capital from there, unless something shows a name.
            let opens = lone && from == clause.tokens.start;
            if is_word || (opens && !shows_name(reading, from)) {
                continue;
            }
            names.push(Name { words: reading.words(from..at), tokens: from..at });
        }
    }
    names
}

/// `First American Sample Corp`: a common word that a name begins with.
fn opens_name(reading: &Reading, at: usize) -> bool {
    let next = |at: usize| {
        let word = reading.word(at).to_lowercase();
        reading.tokens.get(at).is_some_and(|token| token.kind == Kind::Word && token.is_capital)
            && (!COMMON.contains(&word.as_str()) || ADJECTIVES.contains(&word.as_str()))
    };
    ADJECTIVES.contains(&reading.word(at).to_lowercase().as_str()) && next(at + 1) && next(at + 2)
}

/// Common words that names begin with.
const ADJECTIVES: &[&str] = &[
    "first",
    "american",
    "british",
    "australian",
    "english",
    "european",
    "german",
    "french",
    "dutch",
    "one",
];

/// Whether a word is a name by what stands after it, or by its capital in the midst of another sentence.
fn shows_name(reading: &Reading, at: usize) -> bool {
    let Some(token) = reading.tokens.get(at) else { return false };
    let after = reading.text().get(token.range.end..).unwrap_or_default();
    let acts = reading.says(
        at + 1,
        &[
            "has",
            "had",
            "is",
            "was",
            "let",
            "left",
            "said",
            "says",
            "told",
            "warned",
            "confirmed",
            "disclosed",
            "detected",
            "notified",
            "identified",
            "will",
            "did",
            "changed",
            "fixed",
            "leaked",
            "exposed",
            "closed",
            "called",
            ",",
        ],
    );
    let word = reading.word(at);
    // Looking is bounded: the first thousand words show a name, or nothing does.
    let elsewhere = reading.tokens.iter().take(1_000).enumerate().any(|(nth, other)| {
        nth > 0
            && other.is_capital
            && reading.word(nth) == word
            && reading
                .tokens
                .get(nth - 1)
                .is_some_and(|before| before.kind == Kind::Word && !before.is_capital)
    });
    after.starts_with("'s") || after.starts_with('’') || acts || elsewhere
}
