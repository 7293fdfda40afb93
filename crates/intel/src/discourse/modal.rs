//! Denial, doubt, possibility, advice and consequence, by the words that carry them.

// long: the ways of one mood stand beside those of the others on purpose; they exclude each other.

use std::ops::Range;

use super::{Clause, TOUCHED};
use crate::lexicon::Concept as C;
use crate::reading::{Kind, Reading, Section};
use crate::syntax::Syntax;

/// Verbs that open advice.
const IMPERATIVES: &[&str] = &[
    "implement",
    "use",
    "enable",
    "enforce",
    "restrict",
    "review",
    "configure",
    "isolate",
    "apply",
    "adopt",
    "require",
    "validate",
    "monitor",
    "deploy",
    "rotate",
    "check",
    "disable",
    "limit",
    "treat",
    "make",
    "avoid",
    "inventory",
    "test",
    "keep",
    "add",
    "set",
    "replace",
    "consider",
    "ensure",
    "segment",
    "encrypt",
    "log",
    "audit",
    "authenticate",
    "authorize",
    "authorise",
    "perform",
    "conduct",
    "establish",
    "create",
    "block",
    "remove",
    "update",
    "patch",
    "train",
    "educate",
    "verify",
    "change",
    "watch",
    "beware",
    "remember",
    "do",
    "don't",
    "never",
    "always",
    "alert",
    "hunt",
    "search",
    "look",
    "inspect",
    "define",
    "maintain",
    "minimise",
    "minimize",
    "return",
    "build",
    "integrate",
    "put",
    "assign",
    "document",
    "retire",
    "throttle",
    "cap",
    "bind",
    "tie",
    "give",
    "introduce",
    "assume",
    "follow",
    "scan",
    "revoke",
    "count",
    "store",
    "move",
    "stop",
    "start",
    "run",
    "include",
    "get",
    "be",
    "turn",
    "protect",
    "secure",
    "harden",
    "prefer",
    "choose",
    "design",
    "track",
    "identify",
    "map",
    "leverage",
    "employ",
    "install",
    "mandate",
    "invest",
    "freeze",
    "contact",
    "reset",
    "report",
    "let",
    "share",
    "tell",
    "ask",
    "stay",
];

/// Words before an imperative that do not count.
const BEFORE: &[&str] = &[
    "properly",
    "always",
    "never",
    "regularly",
    "immediately",
    "please",
    "also",
    "first",
    "second",
    "third",
    "then",
    "finally",
    "instead",
    "where",
    "possible",
    "and",
    "strictly",
    "continuously",
    "carefully",
    "at",
    "minimum",
];

/// The word of doubt in a clause.
pub(super) fn hedge(reading: &Reading, tokens: Range<usize>) -> Option<String> {
    reading
        .of(tokens.clone(), &[C::Hedge])
        .find(|hit| {
            let before = hit.from.saturating_sub(4).max(tokens.start)..hit.from;
            let is_month = reading.word(hit.from) == "May"
                && (hit.from > tokens.start)
                && !reading.has(hit.to..(hit.to + 2).min(tokens.end), &[C::Expose, C::Take, C::Include]);
            // `verify if`, `to check whether` ask for nothing.
            // `failed to examine whether`: by any verb of looking, where it says that nobody looked.
            let looks = |at: usize| {
                let known = crate::syntax::verbs::known(&reading.word(at).to_lowercase());
                known.is_some_and(|known| known.class & crate::syntax::verbs::CHECK != 0)
            };
            let unlooked = before.clone().any(looks)
                && before.clone().any(|at| {
                    reading.says(
                        at,
                        &["failed", "fails", "not", "never", "without", "neglected", "omitted", "nobody"],
                    )
                });
            let is_asked = reading.says(hit.from, &["if", "whether"])
                && (unlooked || reading.has(before, &[C::Check, C::Investigate, C::Find]));
            // `as if they were address books` doubts nothing.
            let is_manner = reading.says(hit.from, &["if"])
                && hit.from.checked_sub(1).is_some_and(|before| reading.says(before, &["as", "even"]))
                || reading.says(hit.from, &["whether"]) && reading.says(hit.to, &["or"]);
            !is_month && !is_asked && !is_manner
        })
        .map(|hit| reading.words(hit.from..hit.to))
}

/// The word of possibility, of something that was not done: `could`, unless it tells what was found.
pub(super) fn possible(reading: &Reading, tokens: Range<usize>, sentence_start: usize) -> Option<String> {
    let hit = reading.first(tokens.clone(), &[C::Can])?;
    let word = reading.word(hit.from).to_lowercase();
    let have = reading.says(hit.to, &["have"]);
    // `found that he could view`, `it turned out anyone could`.
    let found = reading.has(sentence_start..hit.from, &[C::Find, C::Able])
        || reading.says(hit.to, &["see", "be", "view"])
            && word == "could"
            && reading.has(sentence_start..hit.from, &[C::Anyone]);
    let anyone = reading.has(hit.from.saturating_sub(8).max(tokens.start)..hit.from, &[C::Anyone]);
    ((!found && !anyone) || have).then_some(word)
}

/// What whoever reads it would do: `you change the number and see another parcel`.
pub(super) fn of_you(syntax: &Syntax, reading: &Reading, sentence: usize) -> bool {
    use crate::syntax::verbs as v;
    let predicates = syntax.of_sentence(sentence);
    let past = predicates.iter().any(|predicate| predicate.is_past && predicate.is_finite);
    !past
        && predicates.iter().any(|predicate| {
            predicate.class & (v::SEE | v::TAKE | v::BRING) != 0
                && !predicate.is_passive
                && !predicate.is_past
                && predicate.subject.clone().any(|at| reading.says(at, &["you"]))
        })
}

/// Whether the clause tells of what was, in the past tense.
pub(super) fn is_narrative(reading: &Reading, tokens: Range<usize>) -> bool {
    tokens.clone().any(|at| reading.says(at, &["was", "were", "had", "did", "has", "have"]))
        && !reading.has(tokens, &[C::Should])
}

/// Why a clause is advice.
pub(super) fn advice(
    reading: &Reading,
    syntax: &Syntax,
    tokens: Range<usize>,
    starts: bool,
) -> Option<String> {
    if let Some(hit) = reading.first(tokens.clone(), &[C::Should]) {
        let narrative = reading.says(hit.from, &["recommend", "advise", "urge", "consider", "have"])
            && is_narrative(reading, tokens.clone());
        let told = reading.says(hit.from, &["had"])
            || reading.says(hit.to, &["have", "been"]) && reading.says(hit.from, &["must"]);
        // `needs to`, `have to` of an attacker are no advice.
        let attacker = reading.has(tokens.start..hit.from, &[C::Attacker])
            && !reading.says(hit.from, &["should", "must"]);
        let relative = hit.from.checked_sub(1).is_some_and(|before| {
            reading.says(before, &["that", "which", "who"]) && reading.says(hit.from, &["should", "must"])
        });
        // `did not have to log in`, `examines whether they have to be told`: no advice.
        let before = hit.from.saturating_sub(3).max(tokens.start)..hit.from;
        let denied = before.clone().any(|at| {
            reading.says(at, &["did", "does", "do", "didn't", "doesn't", "don't", "didn’t", "doesn’t"])
        }) && reading.says(hit.from, &["have", "need", "has", "needs"]);
        let asked = (hit.from.saturating_sub(8).max(tokens.start)..hit.from)
            .any(|at| reading.says(at, &["whether", "if"]));
        let past = reading.says(hit.to, &["have"]) && reading.says(hit.from, &["should"]);
        // `would be needed to send them all`.
        let passive = reading.says(hit.from, &["needed", "required"])
            && hit
                .from
                .checked_sub(1)
                .is_some_and(|before| reading.says(before, &["be", "is", "are", "was", "were"]));
        let noun = denied
            || passive
            || asked
            || past
            || hit.from.checked_sub(1).is_some_and(|before| {
                reading.says(before, &["the", "a", "no", "any"]) && reading.says(hit.from, &["need"])
            });
        if !narrative && !told && !attacker && !noun && !relative {
            return Some(reading.words(hit.from..hit.to));
        }
    }
    for can in reading.of(tokens.clone(), &[C::Can, C::Hedge]) {
        let ahead = can.to..(can.to + 8).min(tokens.end);
        let prevents = reading.first(ahead.clone(), &[C::Prevent]);
        let defence = reading.has(tokens.clone(), &[C::Defence]) || reading.says(can.to, &["have"]);
        let attacker = reading.has(tokens.start..can.from, &[C::Attacker, C::Researcher, C::Anyone]);
        if let Some(prevents) = prevents.filter(|_| defence && !attacker) {
            return Some(
                format!("{} {}", reading.word(can.from), reading.word(prevents.from)).to_lowercase(),
            );
        }
    }
    // What will be done is no fact yet; telling people is a duty and stays one.
    let will = tokens.clone().any(|at| reading.says(at, &["will"]));
    let defends = [C::Prevent, C::Defence, C::Limit, C::Check, C::AuthCheck, C::Authz, C::Probe];
    if will && reading.has(tokens.clone(), &defends) && !reading.has(tokens.clone(), &[C::Notify]) {
        return Some("will".to_owned());
    }
    if starts {
        let first = (tokens.start..tokens.end.min(tokens.start + 6)).find(|at| {
            reading.tokens.get(*at).is_some_and(|token| token.kind == Kind::Word)
                && !reading.says(*at, BEFORE)
        })?;
        let lone = reading.says(tokens.start, &["never", "always"]);
        // A base form, and no finite verb right after it: `Access control was missing` is no advice.
        let finite = (first + 1..(first + 4).min(tokens.end))
            .any(|at| reading.says(at, &["is", "are", "was", "were", "has", "had", "said", "will"]));
        // `GET /orders` asks nobody; `Update - 14:05` and `Start and end points were` neither.
        let is_method = reading.word(first).len() > 2
            && reading.word(first).bytes().all(|byte| byte.is_ascii_uppercase());
        let is_label = reading
            .tokens
            .get(first + 1)
            .is_some_and(|token| token.kind == Kind::Number || token.is_sign(&[':']))
            && reading.tokens.get(first + 2).is_some_and(|token| matches!(token.kind, Kind::Sign(_)));
        let has_subject = syntax.of_sentence(reading.sentence_of(first)?).iter().any(|predicate| {
            predicate.is_finite && predicate.head > first && predicate.subject.contains(&first)
        });
        if (reading.says(first, IMPERATIVES) || lone)
            && !finite
            && !is_method
            && !is_label
            && !has_subject
            && reading
                .tokens
                .get(tokens.start)
                .is_some_and(|token| token.is_capital || token.kind != Kind::Word || lone)
        {
            return Some(format!("asks to {}", reading.word(first).to_lowercase()));
        }
        // `To mitigate it, limit log-ins.`
        let aims =
            ["mitigate", "prevent", "detect", "counter", "avoid", "defend", "protect", "block", "reduce"];
        if reading.says(first, &["to"]) && reading.says(first + 1, &aims) {
            return Some(format!("to {}", reading.word(first + 1).to_lowercase()));
        }
        let gerund = reading.word(first).to_lowercase();
        let defends = [
            "preventing",
            "detecting",
            "establishing",
            "implementing",
            "monitoring",
            "protecting",
            "mitigating",
            "securing",
            "addressing",
            "defending",
            "limiting",
            "enforcing",
            "requiring",
            "building",
            "hardening",
            "reducing",
        ];
        if defends.contains(&gerund.as_str()) {
            return Some(gerund);
        }
    }
    // `is the most critical defense`, `provides a vital layer`.
    let vital = reading.of(tokens.clone(), &[C::Vital]).find(|hit| {
        let before = hit.from.saturating_sub(4).max(tokens.start)..hit.from;
        before.clone().any(|at| reading.says(at, &["is", "are", "provides", "provide", "as", "remains"]))
    });
    if let Some(vital) = vital
        && reading.has(tokens.clone(), &[C::Defence, C::Prevent])
        && !is_narrative(reading, tokens.clone())
    {
        return Some(reading.words(vital.from..vital.to));
    }
    // A defence as the one who acts.
    let defence = reading.first(tokens.start..(tokens.start + 8).min(tokens.end), &[C::Defence])?;
    let acts = (defence.to..(defence.to + 8).min(tokens.end)).find(|at| {
        reading.says(
            *at,
            &[
                "would", "acts", "provides", "involves", "shifts", "helps", "requires", "ensures", "include",
                "includes",
            ],
        )
    })?;
    let supposed = reading.says(acts, &["would"]) && reading.says(acts + 1, &["have"]);
    (supposed || !is_narrative(reading, tokens)).then(|| format!("a defence {}", reading.word(acts)))
}

/// Whether a clause goes on with the advice of the sentence before it.
pub(super) fn continues(reading: &Reading, tokens: Range<usize>, starts: bool) -> bool {
    if !starts || is_narrative(reading, tokens.clone()) {
        return false;
    }
    let numbered = reading.tokens.get(tokens.start).is_some_and(|token| token.kind == Kind::Number)
        && reading.tokens.get(tokens.start + 1).is_some_and(|token| token.is_sign(&[')', '.']));
    numbered
        || reading.says(
            tokens.start,
            &["this", "these", "such", "it", "first", "second", "third", "finally", "for", "they", "that"],
        )
}

/// Why a clause tells of what may follow.
pub(super) fn consequence(reading: &Reading, tokens: Range<usize>, section: Section) -> Option<String> {
    let harm = reading.first(tokens.clone(), &[C::Harm]);
    let risk = reading.first(tokens.clone(), &[C::Risk]);
    let may = reading.first(tokens.clone(), &[C::Can, C::Hedge]);
    let will = tokens.clone().any(|at| reading.says(at, &["will", "now", "for"]));
    let lesson = tokens.clone().any(|at| {
        reading.says(
            at,
            &[
                "underscores",
                "underscore",
                "highlights",
                "highlight",
                "illustrates",
                "reminder",
                "lesson",
                "demonstrates",
            ],
        )
    });
    match (harm, risk, may) {
        (Some(harm), Some(_), _) | (Some(harm), _, Some(_)) if !told_of_harm(reading, tokens.clone()) => {
            Some(format!("{} may follow", reading.words(harm.from..harm.to).to_lowercase()))
        }
        (Some(harm), ..) if will && !told_of_harm(reading, tokens.clone()) => {
            Some(format!("{} may follow", reading.words(harm.from..harm.to).to_lowercase()))
        }
        _ if lesson => Some("a lesson".to_owned()),
        (_, Some(_), Some(_)) if section == Section::Impact => Some("section: impact".to_owned()),
        _ => None,
    }
}

/// Whether the harm is told as done: `was used in`, `led to`, `via phishing`.
fn told_of_harm(reading: &Reading, tokens: Range<usize>) -> bool {
    reading.has(tokens.clone(), &[C::Phish])
        && tokens.clone().any(|at| {
            reading.says(at, &["employee", "employees", "agent", "staff", "tricked", "after", "via"])
        })
        && !reading.has(tokens, &[C::Risk, C::Hedge, C::Can])
}

/// Whether a clause says of data or of an act that it was not so.
pub(super) fn is_denial(reading: &Reading, clause: &Clause) -> bool {
    let tokens = clause.tokens.clone();
    let none = reading.of(tokens.clone(), &[C::Neg]).any(|hit| {
        (hit.to..(hit.to + 4).min(tokens.end)).any(|at| {
            reading.says(
                at,
                &[
                    "evidence",
                    "indication",
                    "indications",
                    "sign",
                    "signs",
                    "reason",
                    "part",
                    "specific",
                    "known",
                ],
            )
        })
    });
    let fault = reading.of(tokens.clone(), &[C::Neg, C::Lack]).any(|hit| {
        reading.has(hit.to..(hit.to + 4).min(tokens.end), &[C::Check, C::AuthCheck, C::Limit, C::Authz])
            || reading.says(hit.from, &["without"])
    });
    // `rather than`, `without`, `except` deny a phrase, not the clause.
    let denies = reading.of(tokens.clone(), &[C::Neg]).any(|hit| {
        !reading.says(
            hit.from,
            &["without", "rather", "other", "except", "excluding", "with", "free", "lacked", "no"],
        ) || reading.says(hit.from, &["no"])
    });
    let touched = denies && reading.of(tokens, TOUCHED).any(|hit| clause.denies(hit.from));
    none || (touched && !fault)
}
