//! Who says a clause, where the report says that somebody does.

use std::ops::Range;

use super::Clause;
use crate::lexicon::Concept as C;
use crate::model::Discourse;
use crate::reading::{Kind, Reading};

/// Longest description of a speaker, in tokens.
const SPEAKER_MAX: usize = 9;

/// Whether somebody says the clause; inside, who, where that can be read.
pub(super) fn of(reading: &Reading, tokens: Range<usize>) -> Option<Option<String>> {
    if let Some(hit) = reading.first(tokens.clone(), &[C::Hearsay]) {
        if reading.says(hit.from, &["according"]) {
            return Some(name(reading, after(reading, hit.to, tokens.end)));
        }
        if reading.says(hit.from, &["reportedly", "allegedly", "purportedly", "supposedly"]) {
            return Some(None);
        }
        return Some(name(reading, before(reading, tokens.start, hit.from)));
    }
    let say = reading.of(tokens.clone(), &[C::Say]).find(|hit| is_verb(reading, hit.from, tokens.start))?;
    let subject = before(reading, tokens.start, say.from);
    let author = ["we", "this", "i"];
    if subject.len() == 1 && reading.says(subject.start, &author) {
        return None;
    }
    if subject.is_empty() {
        // `..., said Jane Doe` and `says the company`.
        let object = after(reading, say.to, tokens.end);
        let named = reading.tokens.get(object.start).is_some_and(|token| token.is_capital)
            || reading.says(object.start, &["the", "a"]);
        return named.then(|| name(reading, object));
    }
    Some(name(reading, subject))
}

/// Lets what is said in a part of a sentence hold for the parts that it is said of: `A, B said` holds for A.
pub(super) fn spread(reading: &Reading, clauses: &mut [Clause]) {
    let Some(last) = clauses.last() else { return };
    // `..., the company said.` has nothing after the verb.
    let trailing = last.is_claimed && ends_with_speech(reading, last.tokens.clone());
    let by = last.by.clone();
    let mut carried: Option<Option<String>> = None;
    for clause in clauses.iter_mut() {
        if clause.is_claimed {
            carried = Some(clause.by.clone());
            continue;
        }
        let own = reading.says(clause.tokens.start, &["and", "so"]) && carried.is_none();
        let heir =
            if trailing { Some(by.clone()) } else { carried.clone().filter(|_| continues(reading, clause)) };
        if let Some(heir) = heir.filter(|_| !own) {
            clause.is_claimed = true;
            clause.by = heir;
            if clause.role == Discourse::Stated {
                clause.role = Discourse::Claimed;
                clause.because = "somebody says so".into();
            }
        }
    }
}

/// `said names were taken but no passwords`: the part after `but` is still said by the same.
fn continues(reading: &Reading, clause: &Clause) -> bool {
    reading.says(clause.tokens.start, &["but", "no", "not", "nor", "and", "excluding", "except"])
}

fn ends_with_speech(reading: &Reading, tokens: Range<usize>) -> bool {
    let from = tokens.end.saturating_sub(8).max(tokens.start);
    reading.of(from..tokens.end, &[C::Say]).any(|hit| {
        let rest = reading.tokens.get(hit.to..tokens.end).unwrap_or_default();
        let words = rest.iter().filter(|token| token.kind == Kind::Word).count();
        words <= 3 && !reading.says(hit.to, &["that", "it"])
    })
}

/// A verb of saying, not a noun (`a claim`, `the state`), and not `to say`.
fn is_verb(reading: &Reading, at: usize, start: usize) -> bool {
    let word = reading.word(at).to_lowercase();
    let before = at.checked_sub(1).filter(|before| *before >= start);
    let after_article = before.is_some_and(|before| {
        reading.says(
            before,
            &[
                "the", "a", "an", "this", "that", "any", "no", "of", "to", "its", "their", "each", "per",
                "in", "and",
            ],
        )
    });
    let is_form = word.ends_with('s')
        || word.ends_with("ed")
        || matches!(
            word.as_str(),
            "said" | "told" | "wrote" | "claim" | "say" | "believe" | "estimate" | "admit" | "deny"
        );
    let passive = before
        .is_some_and(|before| reading.says(before, &["was", "were", "is", "are", "be", "been", "being"]));
    let noun = matches!(
        word.as_str(),
        "wrote" | "writes" | "states" | "notes" | "claims" | "estimates" | "adds" | "added" | "describes"
    ) && {
        let next = at + 1;
        !(reading.says(next, &["that", "it", "they", "the", "he", "she", "in", "no", "there", "its", "to"])
            || reading.tokens.get(next).is_some_and(|token| token.is_sign(&[',', ':', '"', '“'])))
    };
    is_form && !after_article && !passive && !noun
}

/// The words before a verb, back to where their group begins.
fn before(reading: &Reading, start: usize, verb: usize) -> Range<usize> {
    let is_auxiliary = |at: usize| {
        reading.says(
            at,
            &[
                "has",
                "have",
                "had",
                "also",
                "later",
                "now",
                "then",
                "publicly",
                "since",
                "would",
                "not",
                "itself",
                "reportedly",
                "did",
                "further",
                "repeatedly",
                "is",
                "are",
                "was",
                "were",
                "only",
                "subsequently",
            ],
        )
    };
    let mut end = verb;
    while end > start && is_auxiliary(end - 1) {
        end -= 1;
    }
    let mut from = end;
    while from > start && end - from < SPEAKER_MAX {
        let at = from - 1;
        let Some(token) = reading.tokens.get(at) else { break };
        let stops = token.is_sign(&[',', ';', ':', '(', ')', '—', '"', '“', '”', '.'])
            || reading.says(
                at,
                &[
                    "and", "but", "that", "while", "as", "which", "when", "after", "on", "in", "however",
                    "so", "because", "although", "what",
                ],
            ) && !(reading.says(at, &["and"])
                && reading.tokens.get(at.saturating_sub(1)).is_some_and(|token| token.is_capital)
                && from < end);
        if stops {
            // `Acme, a phone company, said`: the name stands before the description.
            if token.is_sign(&[',']) && from == end {
                end = at;
                from = at;
                let open = (start..at)
                    .rev()
                    .find(|at| reading.tokens.get(*at).is_some_and(|token| token.is_sign(&[','])));
                if let Some(open) = open {
                    end = open;
                    from = open;
                    continue;
                }
            }
            break;
        }
        from = at;
    }
    from..end
}

/// The words after `according to` or a verb, up to where their group ends.
fn after(reading: &Reading, from: usize, end: usize) -> Range<usize> {
    let stop = (from..end.min(from + SPEAKER_MAX))
        .find(|at| {
            reading.tokens.get(*at).is_some_and(|token| matches!(token.kind, Kind::Sign(_)))
                || reading.says(*at, &["that", "which", "who", "the"]) && *at > from
                || reading.says(*at, &["in", "on", "at", "said"])
        })
        .unwrap_or(end.min(from + SPEAKER_MAX));
    from..stop
}

fn name(reading: &Reading, tokens: Range<usize>) -> Option<String> {
    let words = reading.words(tokens);
    (!words.is_empty()).then_some(words)
}
