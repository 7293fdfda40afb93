//! Frames: what clauses say was done, and what made it possible.
//!
//! Each rule of the grammar is tried wherever its first element stands. How the clause is meant decides
//! how the frame stands; what is advised or feared makes no frame at all.

mod checks;
mod grammar;
pub(crate) mod rule;

use std::ops::Range;

use crate::discourse::{Clause, Discoursed};
use crate::lexicon::Concept as C;
use crate::model::{Discourse, Frame, FrameKind, Status};
use crate::reading::Reading;
use crate::syntax::{Predicate, Syntax};

/// More clauses than a sentence of the longest kind has.
const SENTENCE_CLAUSES: usize = 256;

/// A frame with its tokens.
#[derive(Clone, Debug)]
pub(crate) struct Framed {
    pub(crate) frame: Frame,
    pub(crate) tokens: Range<usize>,
    pub(crate) clause: usize,
}

/// Every frame of a report, in order.
pub(crate) fn frames(reading: &Reading, syntax: &Syntax, discoursed: &Discoursed) -> Vec<Framed> {
    let mut found: Vec<Framed> = Vec::new();
    for (nth_sentence, sentence) in reading.sentences.iter().enumerate() {
        let missing = checks::missing(reading, syntax, nth_sentence, sentence);
        let told = rule::matches(reading, sentence.tokens.clone()).into_iter().map(|found| (found, false));
        let missing = missing.into_iter().map(|found| (found, true));
        for ((kind, tokens), is_missing) in told.chain(missing) {
            let Some(nth) = discoursed.of_token(tokens.end.saturating_sub(1)) else { continue };
            let first = discoursed.of_token(tokens.start);
            let (Some(clause), Some(span)) = (discoursed.clauses.get(nth), reading.span(tokens.clone()))
            else {
                continue;
            };
            // Two clauses of different kinds make no frame together.
            let parts = first.and_then(|first| discoursed.clauses.get(first));
            if parts.is_some_and(|first| first.tells() != clause.tells()) {
                continue;
            }
            let Some((status, is_negated)) = standing(reading, kind, clause, &tokens) else { continue };
            // What says that a check was not made holds its own denial.
            let is_negated = is_negated && !is_missing;
            let open = kind.is_act() || matches!(kind, FrameKind::Exposed | FrameKind::Deleted);
            let is_open = open && tokens.clone().any(|at| syntax.doubts(nth_sentence, at));
            let status = if is_open { status.max(Status::Hypothetical) } else { status };
            let heads: Vec<&Predicate> =
                syntax.of_sentence(nth_sentence).iter().filter(|verb| tokens.contains(&verb.head)).collect();
            // `attackers could use an API that fails to compare`: any such API.
            // `it was possible to open them` tells of what was.
            let was = (tokens.start.saturating_sub(4)..tokens.end).any(|at| {
                reading.says(at, &["possible"])
                    && reading.says(at.saturating_sub(1), &["was", "were", "been"])
            });
            let supposed = kind.is_fault()
                && !was
                && clause.is_possible
                && !heads.is_empty()
                && heads.iter().all(|verb| !verb.is_past);
            let status = if supposed { status.max(Status::Hypothetical) } else { status };
            if kind == FrameKind::Retrieved && heads.iter().any(|verb| is_habit(reading, verb)) {
                continue;
            }
            // Frames of a sentence are found together, so only the last ones can be of this clause.
            let near = found.iter().rev().take_while(|other| other.clause + SENTENCE_CLAUSES > nth);
            let is_told = near.into_iter().any(|other| other.frame.kind == kind && other.clause == nth);
            if is_told {
                continue;
            }
            let actor = actor(reading, clause, &tokens);
            let by = clause.by.clone();
            let frame = Frame { kind, status, is_negated, by, actor, span, statement: nth };
            found.push(Framed { frame, tokens, clause: nth });
        }
    }
    found.sort_by_key(|framed| (framed.clause, framed.tokens.start, framed.frame.kind));
    found
}

/// How a frame stands by its clause; nothing where the clause does not tell of the incident.
fn standing(
    reading: &Reading,
    kind: FrameKind,
    clause: &Clause,
    tokens: &Range<usize>,
) -> Option<(Status, bool)> {
    let duty = matches!(kind, FrameKind::Notified | FrameKind::EvaluatingDuties | FrameKind::LegalAction);
    match clause.role {
        Discourse::Boilerplate | Discourse::Consequence => return None,
        Discourse::Recommended if !(duty && reading.has(clause.tokens.clone(), &[C::Duty])) => return None,
        _ => {}
    }
    let says = |range: Range<usize>, words: &[&str]| range.clone().any(|at| reading.says(at, words));
    // What the one part of a sentence asks and the other part does not check are two things.
    if kind.is_fault() && says(tokens.start + 1..tokens.end, &["but"]) {
        return None;
    }
    // `no log-in credentials were compromised` says nothing of a check.
    let after = tokens.end..(tokens.end + 3).min(clause.tokens.end.max(tokens.end));
    if kind == FrameKind::NoAuthentication
        && reading.says(tokens.start, &["no", "nor", "neither"])
        && says(after.clone(), &["was", "were"])
        && reading.has(after, &[C::Expose, C::Take, C::TakeHard, C::Affect])
    {
        return None;
    }
    // Who asks and whose it is are two checks: `without checking who owns it` says nothing of a log-in.
    let owner = tokens.start..(tokens.end + 4).min(clause.tokens.end.max(tokens.end));
    if kind == FrameKind::NoAuthentication
        && says(owner.clone(), &["owns", "own", "owned", "owner", "belongs", "belonged", "whose"])
        && reading.has(owner.clone(), &[C::Check])
        && !reading.has(owner, &[C::AuthCheck, C::Proof])
    {
        return None;
    }
    // `stops working after it runs out` stops nobody.
    if kind == FrameKind::Stopped && says(tokens.clone(), &["working", "functioning", "existing"]) {
        return None;
    }
    // What will be is no fault yet.
    if kind.is_fault() && says(tokens.clone(), &["will", "shall"]) {
        return None;
    }
    // A kind of attack that is only named was not done: `credential stuffing is detected`.
    let is_kind =
        matches!(kind, FrameKind::CredentialStuffing | FrameKind::BruteForce | FrameKind::Injection);
    if is_kind && !is_heading(reading, clause) && !tells_of_past(reading, clause.tokens.clone()) {
        return None;
    }
    // A page of a web site is no page of records.
    if kind == FrameKind::Paged && !pages(reading, tokens) {
        return None;
    }
    // `it does not show bank details` leaves nothing out that was sent; a page or an app does.
    let unseen = kind == FrameKind::ExcessiveData
        && says(tokens.clone(), &["not", "never"])
        && says(tokens.clone(), &["show", "shown", "display", "displayed"]);
    if unseen
        && !says(
            whole_of(reading, tokens.start),
            &[
                "app",
                "page",
                "screen",
                "interface",
                "browser",
                "site",
                "website",
                "client",
                "form",
                "ui",
                "users",
                "button",
                "map",
            ],
        )
    {
        return None;
    }
    // `ways to secure your APIs` tells of nothing that was mended.
    let infinitive = tokens.start.checked_sub(1).is_some_and(|before| reading.says(before, &["to"]));
    if kind == FrameKind::Fixed && infinitive {
        return None;
    }
    // Rules that begin with a word of lack hold their own denial.
    let holds_denial = kind.is_fault()
        && (reading.of(tokens.clone(), &[C::Lack, C::Neg]).next().is_some()
            || says(tokens.clone(), &["not", "never", "no", "without", "nothing", "nobody"]));
    let is_negated =
        !holds_denial && (clause.denies(tokens.start) || clause.denies(tokens.end.saturating_sub(1)));
    let is_act =
        kind.is_act() || matches!(kind, FrameKind::Exposed | FrameKind::Stopped | FrameKind::Deleted);
    let doubtful = clause.is_hedged || (is_act && clause.is_possible);
    let status = if kind == FrameKind::ThirdPartyFault && clause.is_claimed {
        Status::Claimed
    } else if doubtful || (duty && clause.role == Discourse::Recommended) {
        Status::Hypothetical
    } else if clause.is_claimed {
        Status::Claimed
    } else {
        Status::Stated
    };
    Some((status, is_negated))
}

/// Whether a verb tells what somebody does at all times: `we collect the data of members`.
fn is_habit(reading: &Reading, verb: &Predicate) -> bool {
    let subject = verb.subject.clone();
    let keeper = subject.len() <= 2
        && subject.clone().any(|at| reading.says(at, &["it", "we", "this", "bulletin", "report", "page"]))
        || reading.has(subject.clone(), &[C::Company]);
    verb.is_finite
        && !verb.is_past
        && !verb.is_possible
        && !verb.is_passive
        && keeper
        && !reading.has(subject, &[C::Attacker, C::Researcher, C::Anyone, C::Automate])
}

/// The sentence of a token.
fn whole_of(reading: &Reading, token: usize) -> Range<usize> {
    reading
        .sentence_of(token)
        .and_then(|nth| reading.sentences.get(nth))
        .map_or(token..token, |sentence| sentence.tokens.clone())
}

/// Whether words of paging speak of parts of an answer: in the plural, with a number, or of the paging itself.
fn pages(reading: &Reading, tokens: &Range<usize>) -> bool {
    let lone = tokens.clone().any(|at| reading.says(at, &["page"]));
    let many = tokens.clone().any(|at| reading.says(at, &["pages", "batches", "chunks", "paged", "paging"]));
    let counted = (tokens.start.saturating_sub(3)..tokens.end + 3)
        .any(|at| reading.tokens.get(at).is_some_and(|token| token.kind == crate::reading::Kind::Number));
    let itself =
        tokens.clone().any(|at| reading.says(at, &["number", "parameter", "next", "size", "by", "time"]));
    !lone || many || counted || itself
}

fn is_heading(reading: &Reading, clause: &Clause) -> bool {
    let sentence = reading.sentences.get(clause.sentence);
    sentence.is_some_and(|sentence| {
        matches!(sentence.kind, crate::source::BlockKind::Heading | crate::source::BlockKind::Row)
    })
}

/// Whether these tokens tell of something past, rather than of what is, may be or is called so.
pub(crate) fn tells_of_past(reading: &Reading, tokens: Range<usize>) -> bool {
    let start = tokens.start;
    tokens.clone().any(|at| {
        let word = reading.word(at).to_lowercase();
        let before =
            |words: &[&str]| (at.saturating_sub(2).max(start)..at).any(|before| reading.says(before, words));
        let is_participle = word.len() > 4 && word.ends_with("ed") && !word.starts_with("un");
        let is_past = is_participle || PAST.contains(&word.as_str());
        match word.as_str() {
            "was" | "were" | "had" | "did" | "couldn't" | "didn't" | "wasn't" | "weren't" => true,
            // `they read the buckets`: a past form that looks like a present one.
            "read" if before(&["they", "he", "she", "attacker", "attackers", "intruder", "who"]) => true,
            _ if !is_past => false,
            // `are found`, `can be guessed`, `a shared token` tell of no event; `has been taken` does.
            _ if before(&["been", "has", "have"]) => !before(&["should", "would", "could", "must"]),
            _ => {
                let last = at.checked_sub(1).filter(|last| *last >= start);
                let after = |words: &[&str]| last.is_some_and(|last| reading.says(last, words));
                !before(&["is", "are", "be", "being", "can", "may", "to", "should", "must", "will", "would"])
                    && !after(&["a", "an", "by", "of", "with", "for", "any", "more", "and", "or", "the"])
                    || (before(&["and"]) && at > start + 1 && {
                        // `copied and downloaded`: as the verb before it.
                        tells_of_past(reading, start..at - 1)
                    })
            }
        }
    })
}

const PAST: &[&str] = &[
    "took", "stole", "got", "gave", "saw", "ran", "built", "went", "sent", "wrote", "found", "came", "broke",
    "began", "made", "put", "led", "let", "used", "taken", "stolen", "seen", "given",
];

/// Who did it: the last person or organisation before the words, else the first after them.
fn actor(reading: &Reading, clause: &Clause, tokens: &Range<usize>) -> Option<String> {
    let who = &[C::Attacker, C::Researcher, C::Anyone, C::Company, C::ThirdParty];
    let start = reading
        .sentence_of(tokens.start)
        .and_then(|nth| reading.sentences.get(nth))
        .map_or(clause.tokens.start, |sentence| sentence.tokens.start);
    let hit =
        reading.of(start..tokens.start, who).next_back().or_else(|| reading.first(tokens.clone(), who))?;
    Some(reading.words(hit.from..hit.to))
}
