//! Sentences into clauses, where one part may be meant otherwise than another.

use std::ops::Range;

use super::has_words;
use crate::lexicon::Concept as C;
use crate::reading::{Reading, Sentence};
use crate::source::BlockKind;

const SUBJECTS: &[&str] = &[
    "the",
    "a",
    "an",
    "it",
    "he",
    "she",
    "they",
    "we",
    "this",
    "that",
    "these",
    "those",
    "no",
    "its",
    "his",
    "her",
    "their",
    "there",
    "one",
    "some",
    "another",
    "nobody",
    "anyone",
    "anybody",
    "neither",
    "none",
    "you",
    "attackers",
    "customers",
    "users",
];

/// The clauses of a sentence, in order, without gaps.
pub(super) fn split(reading: &Reading, sentence: &Sentence) -> Vec<Range<usize>> {
    let tokens = sentence.tokens.clone();
    if sentence.kind == BlockKind::Code {
        return vec![tokens];
    }
    let opens = reading
        .says(tokens.start, &["while", "although", "though", "if", "because", "since", "whereas", "unless"]);
    let mut comma_ends = opens;
    let mut cuts = vec![tokens.start];
    for at in tokens.clone().skip(1) {
        let Some(token) = reading.tokens.get(at) else { break };
        let next = at + 1;
        let begins = |at: usize| {
            reading.says(at, SUBJECTS) || reading.tokens.get(at).is_some_and(|token| token.is_capital)
        };
        let cut = if token.is_sign(&[';', '—', '–']) {
            Some(next)
        } else if token.is_sign(&[',']) {
            let closes_opening = std::mem::take(&mut comma_ends);
            (closes_opening || turns(reading, next, tokens.end, begins(next + 1))).then_some(next)
        } else {
            let turn = (reading.says(at, &["but"]) && !reading.says(next, &["also", "a", "one"]))
                || reading.says(at, &["because", "whereas", "although", "though"])
                || (reading.says(at, &["while"]) && begins(next));
            turn.then_some(at)
        };
        if let Some(cut) = cut.filter(|cut| *cut < tokens.end) {
            let from = cuts.last().copied().unwrap_or(tokens.start);
            if cut > from && has_words(reading, from..cut) {
                cuts.push(cut);
            }
        }
    }
    let ends = cuts.iter().skip(1).copied().chain([tokens.end]);
    cuts.iter().copied().zip(ends).map(|(from, to)| from..to).collect()
}

/// Whether the words after a comma begin a clause of their own. `begins`: the word after the next can be a
/// subject.
fn turns(reading: &Reading, next: usize, end: usize, begins: bool) -> bool {
    let contrast = ["but", "while", "whereas", "although", "though", "yet", "however", "nor", "because"];
    let denies = reading.says(next, &["no", "not", "excluding", "except"])
        && !reading.says(next + 1, &["only", "just", "least"]);
    let joins = reading.says(next, &["and", "so", "or"]) && begins && has_verb(reading, next + 1..end);
    let relative =
        reading.says(next, &["which", "who", "where"]) && has_modal(reading, next..(next + 4).min(end));
    reading.says(next, &contrast) || denies || joins || relative
}

/// A verb within the next words, before the next comma.
fn has_verb(reading: &Reading, tokens: Range<usize>) -> bool {
    let end = (tokens.start + 9).min(tokens.end);
    for at in tokens.start..end {
        if reading.tokens.get(at).is_some_and(|token| token.is_sign(&[',', ';'])) {
            return false;
        }
        let is_auxiliary = reading.says(
            at,
            &[
                "is", "are", "was", "were", "has", "have", "had", "did", "does", "will", "can", "could",
                "may", "might", "would", "should", "must",
            ],
        );
        if is_auxiliary
            || reading
                .is(at, &[C::Say, C::Take, C::Expose, C::Fix, C::Stop, C::Investigate, C::Confirm, C::Notify])
                && at > tokens.start
        {
            return true;
        }
    }
    false
}

fn has_modal(reading: &Reading, tokens: Range<usize>) -> bool {
    reading.has(tokens, &[C::Can, C::Hedge, C::Should])
}
