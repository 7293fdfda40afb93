//! Everybody who is mentioned, the mentions of one gathered, with the points for each part.

use std::collections::BTreeMap;
use std::ops::Range;

use super::evidence::{Points, points};
use super::mention::{Mention, common, named};
use super::names::names;
use super::words::{Noun, singular};
use crate::model::{EntityRole as R, Span};
use crate::report::Report;

/// The most mentions that are weighed, by names and by nouns.
const MENTIONS_MAX: usize = 4_000;
/// The most who are told apart.
const PARTS_MAX: usize = 300;

/// One who is mentioned.
#[derive(Clone, Debug, Default)]
pub(super) struct Part {
    /// The name, or the noun with what describes it.
    pub(super) words: String,
    pub(super) spans: Vec<Span>,
    pub(super) is_group: bool,
    nouns: Vec<Noun>,
    points: Points,
    tokens: Vec<Range<usize>>,
    /// For each part the words of the mention that says most for it.
    best: BTreeMap<R, (i32, String)>,
}

/// All who are mentioned, in the order of their first mention.
pub(super) struct Cast {
    pub(super) named: Vec<Part>,
    pub(super) common: Vec<Part>,
}

impl Part {
    pub(super) fn points(&self, role: R) -> i32 {
        self.points.get(&role).copied().unwrap_or_default()
    }

    /// Points, then mentions, then who is mentioned first.
    pub(super) fn rank(&self, role: R) -> (i32, usize, std::cmp::Reverse<usize>) {
        let first = self.tokens.first().map_or(usize::MAX, |tokens| tokens.start);
        (self.points(role), self.tokens.len(), std::cmp::Reverse(first))
    }

    /// The words of the mention that says most for a part.
    pub(super) fn words_of(&self, role: R) -> &str {
        self.best.get(&role).map_or(self.words.as_str(), |(_, words)| words.as_str())
    }

    pub(super) fn is(&self, noun: Noun) -> bool {
        self.nouns.contains(&noun)
    }

    pub(super) fn holds(&self, token: usize) -> bool {
        self.tokens.iter().any(|tokens| tokens.contains(&token))
    }

    /// A person rather than a firm.
    pub(super) fn is_person(&self) -> bool {
        self.is(Noun::Person)
            || self.is(Noun::Press)
            || self.is(Noun::Finder) && !self.is(Noun::Body) && !self.is(Noun::Helper)
    }

    /// The part that most speaks for; nothing where too little does.
    pub(super) fn role(&self) -> Option<R> {
        // A helper or a good with a name stays what its noun says, unless more speaks against it.
        let at_least = |role: R, noun: Noun| {
            self.is(noun) && self.points(role) >= super::ENOUGH && self.points(role) >= self.points(R::Victim)
        };
        // Who is called a thief is none of those who were robbed, whatever he says of them.
        if self.is(Noun::Villain) && self.points(R::Attacker) >= super::ENOUGH {
            return Some(R::Attacker);
        }
        if at_least(R::ThirdParty, Noun::Helper) {
            return Some(R::ThirdParty);
        }
        if at_least(R::Target, Noun::Product) && !self.is(Noun::Body) {
            return Some(R::Target);
        }
        let order =
            [R::Victim, R::Authority, R::Attacker, R::Discoverer, R::ThirdParty, R::Target, R::Reference];
        let best = order.into_iter().rev().max_by_key(|role| self.points(*role))?;
        let enough = match best {
            R::Victim | R::Reference => 2,
            _ => super::ENOUGH,
        };
        (self.points(best) >= enough).then_some(best)
    }
}

/// Gathers everybody.
pub(super) fn cast(report: &Report) -> Cast {
    let reading = &report.reading;
    let names = names(report);
    let mut by_name: Vec<Part> = Vec::new();
    let mut place: BTreeMap<String, usize> = BTreeMap::new();
    // Longest first, so that a short form finds what it is short for.
    let full: Vec<&str> = {
        let mut full: Vec<&str> = names.iter().take(MENTIONS_MAX).map(|name| name.words.as_str()).collect();
        full.sort_by_key(|words| (std::cmp::Reverse(words.split(' ').count()), *words));
        full.dedup();
        full.truncate(PARTS_MAX);
        full
    };
    let mut last: Option<(usize, usize)> = None;
    for mention in named(report, &names).iter().take(MENTIONS_MAX) {
        let words = reading.words(mention.tokens.clone());
        // `Office of the Comptroller (OCC)`: another name of the same.
        let alias = last.filter(|(_, end)| {
            let closes = reading.word(mention.tokens.end) == ")"
                || reading.word(mention.tokens.end) == "," && !words.chars().any(char::is_lowercase);
            reading.word(*end) == "(" && end + 1 == mention.tokens.start && closes
        });
        let key = alias.map(|(nth, _)| nth).or_else(|| place.get(&words).copied()).or_else(|| {
            let long = full.iter().find(|long| **long != words && is_short_for(&words, long));
            long.and_then(|long| place.get(*long).copied())
        });
        if key.is_none() && by_name.len() >= PARTS_MAX {
            continue;
        }
        let nth = key.unwrap_or_else(|| {
            by_name.push(Part { words: words.clone(), ..Part::default() });
            by_name.len() - 1
        });
        place.entry(words.clone()).or_insert(nth);
        last = Some((nth, mention.tokens.end));
        if let Some(part) = by_name.get_mut(nth) {
            gather(report, part, mention);
            if !mention.is(Noun::Judge) {
                *part.points.entry(R::Victim).or_default() += super::score(reading, &mention.tokens);
            }
        }
    }
    // A short form that stands before the full one.
    let mut merged: Vec<Part> = Vec::new();
    for part in by_name {
        match merged.iter_mut().find(|known| {
            is_short_for(&known.words, &part.words)
                || is_initials(&known.words, &part.words)
                || is_initials(&part.words, &known.words)
        }) {
            Some(known) => merge(known, part),
            None => merged.push(part),
        }
    }
    let common = by_noun(report);
    refer(report, &mut merged, &common);
    Cast { named: merged, common }
}

/// `The company` after a name is whom the name names: what is said of it counts for the name.
fn refer(report: &Report, named: &mut [Part], common: &[Part]) {
    let reading = &report.reading;
    let best = common.iter().filter(|part| part.is(Noun::Body) && part.points(R::Victim) >= 2);
    let mut given = 0;
    for tokens in best.flat_map(|part| &part.tokens) {
        let is_the =
            tokens.start.checked_sub(1).is_some_and(|at| reading.says(at, &["the"])) && tokens.len() == 1;
        let Some(sentence) = reading.sentence_of(tokens.start).filter(|_| is_the && given < 3) else {
            continue;
        };
        let from = reading.sentences.get(sentence.saturating_sub(3)).map_or(0, |one| one.tokens.start);
        let near = |part: &Part| {
            part.tokens
                .iter()
                .filter(|one| (from..tokens.start).contains(&one.start))
                .map(|one| one.start)
                .max()
        };
        let nearest = named
            .iter_mut()
            .filter(|part| matches!(part.role(), None | Some(R::Victim)) && part.points(R::Victim) >= 0)
            .filter_map(|part| near(part).map(|at| (at, part)))
            .max_by_key(|(at, part)| (part.points(R::Victim), *at));
        if let Some((_, part)) = nearest {
            given += 1;
            *part.points.entry(R::Victim).or_default() += 1;
        }
    }
}

fn gather(report: &Report, part: &mut Part, mention: &Mention) {
    for (role, more) in points(report, mention) {
        *part.points.entry(role).or_default() += more;
        if part.best.get(&role).is_none_or(|(best, _)| more > *best) {
            part.best.insert(role, (more, report.reading.words(mention.tokens.clone())));
        }
    }
    for noun in &mention.nouns {
        if !part.nouns.contains(noun) {
            part.nouns.push(*noun);
        }
    }
    let group = ["group", "gang", "crew", "ransomware", "collective"];
    let near = mention.tokens.start.saturating_sub(5)..mention.tokens.end + 2;
    part.is_group |= near.into_iter().any(|at| report.reading.says(at, &group));
    part.spans.extend(report.reading.span(mention.tokens.clone()));
    part.tokens.push(mention.tokens.clone());
}

fn merge(known: &mut Part, other: Part) {
    if other.words.len() > known.words.len() {
        known.words = other.words;
    }
    for (role, more) in other.points {
        *known.points.entry(role).or_default() += more;
    }
    for noun in other.nouns {
        if !known.nouns.contains(&noun) {
            known.nouns.push(noun);
        }
    }
    known.is_group |= other.is_group;
    known.spans.extend(other.spans);
    known.tokens.extend(other.tokens);
}

/// Mentions by a noun, gathered by it.
fn by_noun(report: &Report) -> Vec<Part> {
    let reading = &report.reading;
    let mut parts: Vec<Part> = Vec::new();
    let mut place: BTreeMap<String, usize> = BTreeMap::new();
    for mention in common(report).iter().filter(|mention| !mention.of_name).take(MENTIONS_MAX) {
        let head = singular(&reading.word(mention.head()).to_lowercase());
        let nth = *place.entry(head).or_insert_with(|| {
            parts.push(Part::default());
            parts.len() - 1
        });
        if let Some(part) = parts.get_mut(nth) {
            let words = reading.words(mention.tokens.clone());
            // What describes it stands at one of the first mentions.
            if part.tokens.len() < 4 && words.split(' ').count() > part.words.split_whitespace().count() {
                part.words = words;
            }
            gather(report, part, mention);
        }
    }
    parts
}

/// Whether a name is a short form of another: some of its words in order, the first or the last among them.
fn is_short_for(short: &str, long: &str) -> bool {
    short.len() < long.len()
        && short.len() > 2
        && (long.strip_prefix(short).is_some_and(|rest| rest.starts_with(' '))
            || long.strip_suffix(short).is_some_and(|rest| rest.ends_with(' ')))
}

/// Whether a name is made of the first letters of another.
fn is_initials(short: &str, long: &str) -> bool {
    let letters: String = long
        .split([' ', '-'])
        .filter_map(|word| word.chars().next())
        .filter(|first| first.is_uppercase())
        .collect();
    short.len() > 1 && short.chars().all(char::is_uppercase) && letters == short
}

/// Whether two names or descriptions are of one: one holds the other.
pub(super) fn are_same(one: &str, other: &str) -> bool {
    let (one, other) = (one.to_lowercase(), other.to_lowercase());
    !one.is_empty() && !other.is_empty() && (one.contains(&other) || other.contains(&one))
}
