//! Who and what is mentioned, by name or by a noun, and the words around each mention that say which part it plays.

use std::ops::Range;

use super::names::Name;
use super::words::{AUTHORITY_HEADS, AUTHORITY_NAMES, Noun, nouns};
use crate::reading::Reading;
use crate::report::Report;
use crate::syntax::Tag;

/// How many words before a noun describe it.
const MODIFIERS_MAX: usize = 3;

/// Somebody or something, mentioned once.
#[derive(Clone, Debug)]
pub(super) struct Mention {
    /// The noun with what describes it, or the name.
    pub(super) tokens: Range<usize>,
    pub(super) sentence: usize,
    pub(super) is_named: bool,
    /// What the noun says; of a name what stands beside it: `researcher Jo Doe`, `Examplia, a bank`.
    pub(super) nouns: Vec<Noun>,
    /// The noun is only in apposition to a name.
    pub(super) of_name: bool,
}

impl Mention {
    pub(super) fn head(&self) -> usize {
        self.tokens.end.saturating_sub(1)
    }

    pub(super) fn is(&self, noun: Noun) -> bool {
        self.nouns.contains(&noun)
    }
}

/// Mentions by name, each with the nouns beside it.
pub(super) fn named(report: &Report, names: &[Name]) -> Vec<Mention> {
    let reading = &report.reading;
    let of = |name: &Name| {
        let sentence = reading.sentence_of(name.tokens.start)?;
        let mut found = beside(report, &name.tokens);
        let last = reading.word(name.tokens.end.saturating_sub(1)).to_lowercase();
        let is_judge = AUTHORITY_HEADS.split(' ').any(|head| head == last)
            || AUTHORITY_HEADS.split(' ').any(|head| reading.says(name.tokens.start, &[head]))
                && name.tokens.len() > 2
            || AUTHORITY_NAMES.contains(&name.words.as_str())
            || name
                .tokens
                .clone()
                .any(|at| reading.says(at, &["commission", "commissioner", "police", "prosecutor"]))
            || name.words.contains("Department of Justice");
        if is_judge {
            found.push(Noun::Judge);
        }
        Some(Mention { tokens: name.tokens.clone(), sentence, is_named: true, nouns: found, of_name: false })
    };
    let mut found: Vec<Mention> = Vec::new();
    for mut mention in names.iter().filter_map(of) {
        // `the integrators Examplia and Samplia`: what is said of the first is said of the second.
        let joined = mention.tokens.start.checked_sub(1).filter(|at| reading.says(*at, &["and", "or", ","]));
        if let (Some(joint), Some(before)) = (joined, found.last())
            && before.tokens.end == joint
            && before.sentence == mention.sentence
            && mention.nouns.is_empty()
        {
            let shared = before
                .nouns
                .iter()
                .filter(|noun| matches!(noun, Noun::Helper | Noun::Villain | Noun::Finder));
            mention.nouns.extend(shared.copied());
        }
        found.push(mention);
    }
    found
}

/// What stands beside a name: `the airline X`, `X, a maker of bikes,`, `a group called X`.
fn beside(report: &Report, tokens: &Range<usize>) -> Vec<Noun> {
    let reading = &report.reading;
    let mut found: Vec<Noun> = Vec::new();
    let lower = |at: usize| reading.word(at).to_lowercase();
    if let Some(before) = tokens.start.checked_sub(1) {
        if !reading.tokens.get(before).is_some_and(|token| token.is_capital && before > 0)
            || nouns(&lower(before)).contains(&Noun::Finder)
        {
            found.extend(kind_of(report, before));
        }
        // `one of two integrators, Examplia`.
        if reading.word(before) == "," {
            let said = before.checked_sub(1).map(|at| kind_of(report, at)).unwrap_or_default();
            found.extend(said.into_iter().filter(|noun| matches!(noun, Noun::Helper | Noun::Villain)));
        }
        let calls = [
            "called",
            "named",
            "itself",
            "themselves",
            "himself",
            "as",
            "alias",
            "handle",
            "name",
            "nickname",
            "pseudonym",
            "dubbed",
        ];
        if calls.iter().any(|word| reading.says(before, &[word])) {
            let near = before.saturating_sub(7)..before;
            let crowd = ["group", "gang", "crew", "collective", "user", "account", "seller", "actor"];
            if near.clone().any(|at| crowd.iter().any(|word| reading.says(at, &[word]))) {
                found.insert(0, Noun::Villain);
            }
            found.extend(
                near.rev()
                    .find_map(|at| Some(kind_of(report, at)).filter(|kinds| !kinds.is_empty()))
                    .unwrap_or_default(),
            );
        }
    }
    let comma = tokens.end;
    if matches!(reading.word(comma), "," | "(" | ":") {
        let opens =
            reading.says(comma + 1, &["a", "an", "the", "one", "its", "our", "another", "his", "their"]);
        if opens {
            found.extend(apposed(report, comma + 2));
        } else if let Some(head) = apposed_head(report, comma + 1)
            && reading.says(head + 1, &["of", "for"])
        {
            // `Examplia, operator of`
            found.extend(kind_of(report, head));
        }
    } else if reading.says(comma, &["is", "was"]) && reading.says(comma + 1, &["a", "an", "the", "one"]) {
        // `Examplia is a payment app`: the good stands for who makes it.
        let said = apposed(report, comma + 2);
        found.extend(said.contains(&Noun::Product).then_some(Noun::Body));
        found.extend(said);
    }
    let said = tokens.start.checked_sub(1).filter(|at| reading.says(*at, &["is", "was"]));
    if let Some(subject) = said.and_then(|at| at.checked_sub(1))
        && reading.says(subject.saturating_sub(1), &["the", "our"])
    {
        found.extend(kind_of(report, subject));
    }
    found
}

/// The head of the nouns that begin here.
fn apposed(report: &Report, from: usize) -> Vec<Noun> {
    apposed_head(report, from).map(|head| kind_of(report, head)).unwrap_or_default()
}

fn apposed_head(report: &Report, from: usize) -> Option<usize> {
    let group = (from..from + 8).take_while(|at| {
        matches!(report.syntax.tag(*at), Tag::Noun | Tag::Adj | Tag::Adv | Tag::Num)
            || report.reading.tokens.get(*at).is_some_and(|token| token.is_capital)
            || report.reading.word(*at).ends_with("ing") && *at < from + 3
            || matches!(report.syntax.tag(*at), Tag::Verb(_)) && *at < from + 2
    });
    group.last()
}

/// What a noun says, with the word before it: a `security firm` looks for faults, a `hosting company` helps.
pub(super) fn kind_of(report: &Report, at: usize) -> Vec<Noun> {
    let reading = &report.reading;
    let known = nouns(&reading.word(at).to_lowercase());
    let before = at.checked_sub(1).unwrap_or(at);
    let mut found = known.to_vec();
    let runs = ["transit", "port", "housing", "airport", "transport", "water", "parking", "harbour"];
    if reading.says(at, &["authority"]) && reading.says(before, &runs) {
        return vec![Noun::Body];
    }
    if reading.says(at, &["agencies"])
        && reading.says(before, &["federal", "government", "state", "regulatory", "national"])
    {
        return vec![Noun::Judge];
    }
    let trade = |words: &[&str]| {
        reading.says(before, words)
            || report.syntax.tag(before) == Tag::Noun && reading.says(before.saturating_sub(1), words)
    };
    if known.contains(&Noun::Body)
        || known.contains(&Noun::Helper)
        || reading.says(at, &["team", "group", "lab"])
    {
        if trade(&[
            "security",
            "cybersecurity",
            "research",
            "intelligence",
            "forensics",
            "forensic",
            "pentest",
            "pentesting",
        ]) {
            found.insert(0, Noun::Finder);
        } else if trade(&[
            "hosting",
            "printing",
            "billing",
            "mailing",
            "payment",
            "payments",
            "cloud",
            "analytics",
            "logistics",
            "software",
            "support",
            "marketing",
            "delivery",
            "identity",
            "outsourcing",
            "party",
        ]) && reading.says(
            at,
            &["company", "firm", "provider", "agency", "partner", "processor", "supplier", "vendor", "house"],
        ) {
            found.insert(0, Noun::Helper);
        }
    }
    if reading.says(at, &["group", "gang", "crew", "collective"])
        && trade(&[
            "ransomware",
            "hacking",
            "hacker",
            "criminal",
            "extortion",
            "threat",
            "cybercrime",
            "crime",
        ])
    {
        found.insert(0, Noun::Villain);
    }
    found
}

/// Mentions by a noun, in clauses that tell of what happened.
pub(super) fn common(report: &Report) -> Vec<Mention> {
    let reading = &report.reading;
    let mut found = Vec::new();
    for clause in report.discoursed.clauses.iter().filter(|clause| clause.tells()) {
        for at in clause.tokens.clone() {
            let Some(token) = reading.tokens.get(at) else { continue };
            let opens = reading.sentences.get(clause.sentence).is_some_and(|one| one.tokens.start == at);
            if token.is_capital && !opens || !matches!(report.syntax.tag(at), Tag::Noun | Tag::Pron) {
                continue;
            }
            let kinds = kind_of(report, at);
            let next = reading.tokens.get(at + 1);
            let compound =
                matches!(report.syntax.tag(at + 1), Tag::Noun) && next.is_some_and(|next| !next.is_capital);
            if kinds.is_empty() || compound && !owns(reading, at) {
                continue;
            }
            let tokens = described(report, at, clause.tokens.start);
            let before = tokens.start.checked_sub(1);
            if before.is_some_and(|before| report.syntax.tag(before) == Tag::No) {
                continue;
            }
            let of_name = before.is_some_and(|before| matches!(reading.word(before), "," | "("))
                || tokens.end < clause.tokens.end
                    && reading
                        .tokens
                        .get(tokens.end)
                        .is_some_and(|next| next.is_capital && !owns(reading, at));
            found.push(Mention { tokens, sentence: clause.sentence, is_named: false, nouns: kinds, of_name });
        }
    }
    found
}

/// A noun with the words before it that describe it.
fn described(report: &Report, head: usize, start: usize) -> Range<usize> {
    let reading = &report.reading;
    let mut from = head;
    while from > start && head - from < MODIFIERS_MAX {
        let before = from - 1;
        let describes = matches!(report.syntax.tag(before), Tag::Noun | Tag::Adj)
            || reading.says(
                before,
                &[
                    "hosting",
                    "printing",
                    "billing",
                    "mailing",
                    "marketing",
                    "unknown",
                    "unnamed",
                    "unauthorized",
                    "unauthorised",
                    "advanced",
                    "persistent",
                ],
            );
        let quiet = reading
            .says(before, &["affected", "same", "own", "other", "former", "current", "second", "first"]);
        if !describes
            || quiet
            || owns(reading, before)
            || reading.tokens.get(before).is_some_and(|token| token.is_capital && before == start)
        {
            break;
        }
        from = before;
    }
    from..head + 1
}

/// Whether a sign of possession stands right behind a word.
pub(super) fn owns(reading: &Reading, at: usize) -> bool {
    let end = reading.tokens.get(at).map_or(0, |token| token.range.end);
    let rest = reading.text().get(end..).unwrap_or_default();
    ["'s", "’s", "' ", "’ "].iter().any(|mark| rest.starts_with(mark))
}
