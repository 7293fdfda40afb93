//! Shallow syntax: the verbs of a sentence, how each is meant, and which words are its subject and object.
//!
//! It knows English and nothing of incidents: what it means that something was taken is for those who ask.
//! It is no full parse. Where it cannot tell, nothing governs a word, and whoever asks abstains.

mod outcome;
mod predicate;
mod tag;
mod verbal;
pub(crate) mod verbs;

use std::ops::Range;

use outcome::Zone;
pub(crate) use predicate::Predicate;
pub(crate) use tag::Tag;

use crate::reading::Reading;

/// A reading with its verbs.
pub(crate) struct Syntax {
    tags: Vec<Tag>,
    predicates: Vec<Predicate>,
    /// For each sentence the first of its predicates.
    first: Vec<usize>,
    /// `other than`, `except`: tokens that take something out of a denial.
    excepts: std::collections::BTreeSet<usize>,
    /// Tokens that are denied whatever their verb says; and those that are doubted.
    denied: Vec<bool>,
    doubted: Vec<bool>,
    /// Tokens of what was tried in vain.
    failed: Vec<bool>,
}

/// How a word stands to a verb.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Governor<'a> {
    pub(crate) predicate: &'a Predicate,
    /// It is what the verb is done to: its object, or the subject of a passive.
    pub(crate) is_theme: bool,
    /// The verb, or a `no` before the word, denies it.
    pub(crate) is_denied: bool,
}

impl Syntax {
    /// Finds the verbs of a reading.
    pub(crate) fn new(reading: &Reading) -> Self {
        let mut syntax = Self {
            tags: Vec::with_capacity(reading.tokens.len()),
            predicates: Vec::new(),
            first: Vec::new(),
            excepts: (0..reading.tokens.len())
                .filter(|at| {
                    reading.says(*at, &["other"]) && reading.says(at + 1, &["than"])
                        || reading.says(*at, &["except", "besides", "apart"])
                })
                .collect(),
            denied: vec![false; reading.tokens.len()],
            doubted: vec![false; reading.tokens.len()],
            failed: vec![false; reading.tokens.len()],
        };
        for sentence in &reading.sentences {
            let mut tags = tag::tags(reading, sentence.tokens.clone());
            bracket(reading, sentence.tokens.start, &mut tags);
            syntax.first.push(syntax.predicates.len());
            let (predicates, zones) = predicate::predicates(reading, sentence.tokens.clone(), &tags);
            syntax.predicates.extend(predicates);
            for (range, zone) in zones {
                let marks = match zone {
                    Zone::Denied => &mut syntax.denied,
                    Zone::Failed => &mut syntax.failed,
                    Zone::Doubted => &mut syntax.doubted,
                };
                if let Some(marks) = marks.get_mut(range) {
                    marks.fill(true);
                }
            }
            syntax.tags.extend(tags);
        }
        syntax.first.push(syntax.predicates.len());
        syntax
    }

    /// The part of speech of a token.
    pub(crate) fn tag(&self, token: usize) -> Tag {
        self.tags.get(token).copied().unwrap_or(Tag::Stop)
    }

    /// The verbs of a sentence, in order.
    pub(crate) fn of_sentence(&self, sentence: usize) -> &[Predicate] {
        let at = |nth: usize| self.first.get(nth).copied().unwrap_or(self.predicates.len());
        self.predicates.get(at(sentence)..at(sentence + 1)).unwrap_or_default()
    }

    /// The verbs that a token is subject or object of, the nearest first.
    pub(crate) fn governors(&self, sentence: usize, token: usize) -> Vec<Governor<'_>> {
        let mut found: Vec<Governor<'_>> = Vec::new();
        for predicate in self.of_sentence(sentence) {
            let (zone, is_theme) = if predicate.object.contains(&token) {
                (predicate.object.clone(), true)
            } else if predicate.subject.contains(&token) {
                (predicate.subject.clone(), predicate.is_passive)
            } else {
                continue;
            };
            // `nothing was seen of card numbers`, `nobody saw passwords`.
            let nobody = is_theme && predicate.object.contains(&token) && self.is_nobody(predicate);
            // `What did not come back: no account numbers`: two denials are one.
            let is_denied = predicate.is_negated
                || self.no_before(zone, token)
                || nobody
                || self.is_marked(&self.denied, token);
            found.push(Governor { predicate, is_theme, is_denied });
        }
        if found.is_empty() {
            found.extend(self.corrected(sentence, token));
        }
        let distance = |governor: &Governor<'_>| governor.predicate.head.abs_diff(token);
        found.sort_by_key(distance);
        found
    }

    /// Whether nobody does it, and not nobody but some: `no one other than him`.
    fn is_nobody(&self, verb: &Predicate) -> bool {
        let excepted =
            verb.subject.len() > 3 && verb.subject.clone().skip(1).any(|at| self.excepts.contains(&at));
        !excepted && verb.subject.clone().take(3).any(|at| self.tag(at) == Tag::No)
    }

    /// What stands behind `but` without a verb of its own: `did not copy 9,000 records but 90`, `names, but no keys`.
    fn corrected(&self, sentence: usize, token: usize) -> Option<Governor<'_>> {
        let predicate = self.of_sentence(sentence).iter().rfind(|one| one.head < token)?;
        let between = predicate.group.end..token;
        let but = between.clone().rev().find(|at| self.tag(*at) == Tag::Turn)?;
        let plain = (but + 1..token).all(|at| self.tag(at).is_nominal());
        let is_denied = self.no_before(but + 1..token, token) || self.is_denied(token);
        plain.then_some(Governor { predicate, is_theme: true, is_denied })
    }

    fn is_marked(&self, marks: &[bool], token: usize) -> bool {
        marks.get(token).copied().unwrap_or(false)
    }

    /// Whether a token is denied whatever its verb says: `no sign of`, `the attempt failed`.
    pub(crate) fn is_denied(&self, token: usize) -> bool {
        self.is_marked(&self.denied, token) || self.is_failed(token)
    }

    /// Whether a token belongs to what was tried in vain: `the attempt from 192.0.2.4 failed`.
    pub(crate) fn is_failed(&self, token: usize) -> bool {
        self.is_marked(&self.failed, token)
    }

    /// Whether a token is denied: it is a verb that is, what such a verb governs, or what a `no` stands before.
    pub(crate) fn denies(&self, sentence: usize, token: usize) -> bool {
        if self.is_denied(token) {
            return true;
        }
        if let Some(verb) = self.of_sentence(sentence).iter().find(|one| one.group.contains(&token)) {
            return verb.is_negated || self.is_nobody(verb);
        }
        self.governors(sentence, token).first().is_some_and(|governor| governor.is_denied)
    }

    /// The tokens of a sentence that are denied, as [`Self::denies`] says of each; in one pass over its verbs.
    pub(crate) fn denied_in(&self, sentence: usize, tokens: Range<usize>) -> Vec<Range<usize>> {
        // For each token how far its nearest verb is, and whether that denies it.
        let mut nearest: Vec<Option<(usize, bool)>> = vec![None; tokens.len()];
        let slot = |at: usize| at.checked_sub(tokens.start).filter(|nth| *nth < tokens.len());
        for verb in self.of_sentence(sentence) {
            let nobody = self.is_nobody(verb);
            for (zone, is_object) in [(verb.object.clone(), true), (verb.subject.clone(), false)] {
                let mut no = false;
                for at in zone {
                    let denied = verb.is_negated || no || nobody && is_object;
                    let distance = verb.head.abs_diff(at);
                    if let Some(near) = slot(at).and_then(|nth| nearest.get_mut(nth))
                        && near.is_none_or(|(known, _)| distance < known)
                    {
                        *near = Some((distance, denied));
                    }
                    no |= self.tag(at) == Tag::No;
                }
            }
        }
        for verb in self.of_sentence(sentence) {
            let denied = verb.is_negated || self.is_nobody(verb);
            for at in verb.group.clone() {
                if let Some(near) = slot(at).and_then(|nth| nearest.get_mut(nth)) {
                    *near = Some((0, denied));
                }
            }
        }
        let mut denied: Vec<Range<usize>> = Vec::new();
        for (at, near) in tokens.clone().zip(&nearest) {
            let by_verb = match near {
                Some((_, denied)) => *denied,
                None => self.corrected(sentence, at).is_some_and(|governor| governor.is_denied),
            };
            if !by_verb && !self.is_denied(at) {
                continue;
            }
            match denied.last_mut().filter(|last| last.end == at) {
                Some(last) => last.end = at + 1,
                None => denied.push(at..at + 1),
            }
        }
        denied
    }

    /// Whether it is open, for all that could be found out, or was only wanted or tried.
    pub(crate) fn doubts(&self, sentence: usize, token: usize) -> bool {
        let open = |one: &Predicate| one.is_doubted || one.is_wanted;
        if let Some(verb) = self.of_sentence(sentence).iter().find(|one| one.group.contains(&token)) {
            return open(verb) || self.is_marked(&self.doubted, token);
        }
        self.is_marked(&self.doubted, token)
            || self.governors(sentence, token).first().is_some_and(|governor| open(governor.predicate))
    }

    /// The words of a group before its first preposition: `a competitor` of `a competitor of the firm`.
    pub(crate) fn head(&self, group: Range<usize>) -> Range<usize> {
        let end = group.clone().find(|at| self.tag(*at) == Tag::Prep && *at > group.start);
        group.start..end.unwrap_or(group.end)
    }

    /// Whether a `no` in the same group of nouns reaches a token.
    fn no_before(&self, zone: Range<usize>, token: usize) -> bool {
        (zone.start..token).any(|at| self.tag(at) == Tag::No)
    }
}

/// Longest aside, in tokens.
const ASIDE_MAX: usize = 7;

/// Asides in a list, `and, where stored, notes`, break no list: they become marks.
fn bracket(reading: &Reading, start: usize, tags: &mut [Tag]) {
    for at in 1..tags.len() {
        // `at two answers, that is at 400 bookings`: said again.
        if tags.get(at - 1) == Some(&Tag::Mark)
            && reading.says(start + at, &["that"])
            && reading.says(start + at + 1, &["is"])
        {
            if let Some(aside) = tags.get_mut(at..at + 2) {
                aside.fill(Tag::Mark);
            }
            continue;
        }
        let comma = |at: usize| reading.tokens.get(start + at).is_some_and(|token| token.is_sign(&[',']));
        let near = |reach: usize| (at + 1..tags.len().min(at + reach)).find(|close| comma(*close));
        // `and, for one of them, names`.
        let after_join = at > 1 && comma(at - 1) && tags.get(at - 2) == Some(&Tag::Join);
        let close = if after_join {
            near(2 * ASIDE_MAX)
        } else {
            near(ASIDE_MAX).filter(|close| {
                let inside = tags.get(at..*close).unwrap_or_default();
                // `, although stored there,`
                let concedes = reading.says(start + at, &["although", "though", "while", "albeit"])
                    && matches!(tags.get(at + 1), Some(Tag::Verb(_) | Tag::Adj));
                let opens = matches!(tags.get(at - 1), Some(Tag::Mark | Tag::Join))
                    && (concedes
                        || reading
                            .says(start + at, &["where", "if", "when", "insofar", "as", "in", "according"]));
                let plain = inside.iter().all(|tag| !matches!(tag, Tag::Join | Tag::Pron | Tag::Modal));
                // `, the company writes,`
                let says = comma(at - 1)
                    && inside.len() <= 5
                    && (at..*close).any(|at| {
                        reading.says(
                            start + at,
                            &[
                                "says", "said", "writes", "wrote", "adds", "added", "states", "stated",
                                "claims", "explains", "notes", "agree", "agrees", "stresses", "insists",
                                "believes", "thinks",
                            ],
                        )
                    });
                opens && plain || says
            })
        };
        let Some(close) = close else { continue };
        if let Some(aside) = tags.get_mut(at..close) {
            aside.fill(Tag::Mark);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The verb of a sentence that has this form, as `subject | object`, with its marks.
    fn parsed(sentence: &str, verb: &str) -> String {
        let document =
            crate::source::read(&crate::Given::all(sentence.as_bytes()).unwrap(), "a.txt").unwrap();
        let reading = Reading::new(document);
        let syntax = Syntax::new(&reading);
        let all = syntax.of_sentence(0);
        let one = all.iter().find(|one| reading.word(one.head) == verb).unwrap();
        let marks = [
            (one.is_passive, "passive"),
            (one.is_negated, "denied"),
            (one.is_possible, "possible"),
            (one.is_past, "past"),
        ];
        let marks: Vec<&str> = marks.iter().filter(|(is, _)| *is).map(|(_, mark)| *mark).collect();
        let words = |range: &Range<usize>| {
            if range.is_empty() { String::new() } else { reading.words(range.clone()) }
        };
        format!("{} | {} | {}", words(&one.subject), words(&one.object), marks.join(" "))
    }

    #[test]
    fn what_one_pass_denies_is_what_each_token_is_asked_for() {
        for sentence in [
            "Neither names nor mails were read, but keys were, and nobody saw cards",
            "The attempt to copy names failed and the thief did not read mails but photos",
            "No one other than he saw the keys that were not stored there; cards were not",
            "We found no sign of theft, and cannot rule out that names, mails and cards were read",
            "Records taken from it without a key were sold, not given away",
        ] {
            let document =
                crate::source::read(&crate::Given::all(sentence.as_bytes()).unwrap(), "a.txt").unwrap();
            let reading = Reading::new(document);
            let syntax = Syntax::new(&reading);
            let tokens = reading.sentences.first().unwrap().tokens.clone();
            let denied = syntax.denied_in(0, tokens.clone());
            for at in tokens {
                let said = denied.iter().any(|range| range.contains(&at));
                assert_eq!(said, syntax.denies(0, at), "{sentence}: {}", reading.word(at));
            }
        }
    }

    #[test]
    fn verbs_have_their_subject_their_object_and_their_mood() {
        for (sentence, verb, expected) in [
            ("The thief downloaded 5,000 records", "downloaded", "The thief | 5,000 records | past"),
            ("Names and addresses were not taken", "taken", "Names and addresses | | passive denied past"),
            ("The file that he copied held names", "copied", "he |  | past"),
            (
                "Records taken from the server were sold",
                "sold",
                "Records taken from the server |  | passive past",
            ),
            ("It was able to read the notes", "read", "It | the notes | past"),
            ("It failed to check the owner", "check", "It | the owner | denied past"),
            ("Anyone could have seen names", "seen", "Anyone | names | possible past"),
            ("He used leaked keys to open the safe", "open", " | the safe | past"),
            (
                "Names, sex and, where stored, age leaked",
                "leaked",
                "Names, sex and, where stored, age |  | past",
            ),
        ] {
            assert_eq!(parsed(sentence, verb).replace("  ", " "), expected.replace("  ", " "), "{sentence}");
        }
    }
}
