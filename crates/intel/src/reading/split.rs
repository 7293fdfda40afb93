//! Blocks into sentences.

use std::ops::Range;

use crate::source::mapped::cut;
use crate::source::{Block, BlockKind};

/// What ends with a dot and ends no sentence.
const ABBREVIATIONS: &[&str] = &[
    "e.g", "i.e", "etc", "inc", "ltd", "co", "corp", "mr", "mrs", "ms", "dr", "prof", "st", "vs", "no",
    "approx", "jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec", "u.s",
    "u.k", "e.u", "gen", "sen", "rep", "art", "sec", "fig", "est", "dept", "cf", "al", "plc", "gmbh", "pty",
    "jr", "sr", "a.m", "p.m",
];

/// The sentences of a block; lines of code, headings and rows are one each.
pub(super) fn sentences(text: &str, block: &Block) -> Vec<Range<usize>> {
    let body = cut(text, block.range.clone());
    if block.kind == BlockKind::Code {
        let mut at = block.range.start;
        let mut lines = Vec::new();
        for line in body.split_inclusive('\n') {
            push(text, at..at + line.len(), &mut lines);
            at += line.len();
        }
        return lines;
    }
    let mut sentences = Vec::new();
    let mut start = block.range.start;
    let mut letters = body.char_indices().peekable();
    let mut word = 0;
    // Who begins a text with a small letter writes all sentences so.
    let is_small = body.chars().find(|letter| letter.is_alphabetic()).is_some_and(char::is_lowercase);
    while let Some((at, letter)) = letters.next() {
        if letter.is_whitespace() || matches!(letter, '(' | '"' | '“') {
            word = at + letter.len_utf8();
        }
        if !matches!(letter, '.' | '!' | '?' | '…') {
            continue;
        }
        let mut end = at + letter.len_utf8();
        while let Some((_, close)) = letters
            .peek()
            .filter(|(_, next)| matches!(next, ')' | '"' | '”' | '’' | '\'' | ']' | '.' | '!' | '?'))
        {
            end += close.len_utf8();
            letters.next();
        }
        let rest = cut(body, end..body.len());
        if !rest.starts_with(char::is_whitespace) {
            continue;
        }
        let next = rest.trim_start().chars().next().unwrap_or('A');
        let begins = next.is_uppercase()
            || is_small && at.saturating_sub(word) > 2 && next.is_lowercase()
            || next.is_ascii_digit()
            || matches!(next, '"' | '“' | '(' | '\'' | '‘' | '[' | '/' | '<' | '•' | '-');
        if begins
            && !(letter == '.' && is_abbreviation(cut(body, word..at), next, rest.trim_start(), word == 0))
        {
            push(text, start..block.range.start + end, &mut sentences);
            start = block.range.start + end;
        }
    }
    push(text, start..block.range.end, &mut sentences);
    sentences
}

fn is_abbreviation(word: &str, next: char, rest: &str, opens: bool) -> bool {
    let lower = word.trim_start_matches(['(', '[']).to_lowercase();
    // A number that opens an item ends nothing.
    if word.len() < 3 && word.bytes().all(|byte| byte.is_ascii_digit()) && opens {
        return true;
    }
    let is_initial = lower.chars().count() == 1 && word.chars().all(char::is_uppercase);
    // `in the U.S. The` ends a sentence; `Inc. said` does not.
    let ends_too = matches!(
        lower.as_str(),
        "etc" | "inc" | "ltd" | "co" | "corp" | "u.s" | "u.k" | "e.u" | "plc" | "a.m" | "p.m" | "no"
    ) && next.is_uppercase();
    // `the U.S. Postal Service`: only what opens sentences ends one there.
    if matches!(lower.as_str(), "u.s" | "u.k" | "e.u") {
        let opens = [
            "The ", "It ", "A ", "An ", "In ", "This ", "They ", "He ", "She ", "But ", "On ", "We ", "That ",
        ];
        return !opens.iter().any(|word| rest.starts_with(word));
    }
    // A marker of a list: `1.` at the start.
    is_initial || (ABBREVIATIONS.contains(&lower.as_str()) && !ends_too)
}

fn push(text: &str, range: Range<usize>, out: &mut Vec<Range<usize>>) {
    let part = cut(text, range.clone());
    let start = range.start + (part.len() - part.trim_start().len());
    let end = range.start + part.trim_end().len();
    if start < end {
        out.push(start..end);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_end_where_they_end() {
        for (text, expected) in [
            ("It leaked. Nobody saw.", 2),
            ("Rules (e.g. OPA Gatekeeper) help. See Dr. Who.", 2),
            ("About 9.8 million, i.e. all of them.", 1),
            ("\"It is shut.\" He left.", 2),
            ("Acme Inc. said so. Acme Inc. It ended.", 3),
            ("From .../api/c?id=1, .../api/c?id=2, etc.) in a short time.", 1),
        ] {
            let block = Block { range: 0..text.len(), kind: BlockKind::Paragraph };
            let found: Vec<&str> =
                sentences(text, &block).into_iter().map(|range| cut(text, range)).collect();
            assert_eq!(found.len(), expected, "{found:?}");
        }
    }
}
