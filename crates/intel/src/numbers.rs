//! Numbers with what they count and what that says.

// long: one reading of a number from its digits to what it counts; its parts share the clause.

mod amount;
mod derived;

use std::ops::Range;

use crate::discourse::{Clause, Discoursed};
use crate::lexicon::Concept as C;
use crate::model::{Amount, Bound, Number, NumberRole, Status};
use crate::reading::{Kind, Reading};

pub(crate) use derived::derived;

/// Nouns that are counted, with their role where the noun alone gives it.
const UNITS: &[&str] = &[
    "day",
    "hour",
    "minute",
    "week",
    "month",
    "year",
    "second",
    "dollar",
    "pound",
    "euro",
    "percent",
    "country",
    "countries",
    "state",
    "site",
    "server",
    "company",
    "firm",
    "endpoint",
    "vulnerability",
    "flaw",
    "ip",
    "time",
    "gigabyte",
    "gb",
    "tb",
    "mb",
    "field",
];

/// The most numbers that are told: the first ones of the report.
const NUMBERS_MAX: usize = 1_000;

/// Every number of the report that says something.
pub(crate) fn numbers(reading: &Reading, discoursed: &Discoursed, skip: &[Range<usize>]) -> Vec<Number> {
    let mut found: Vec<Number> = Vec::new();
    // What the number before counted.
    let mut last: Option<(usize, String, NumberRole)> = None;
    for clause in &discoursed.clauses {
        if !clause.tells() {
            continue;
        }
        let mut at = clause.tokens.start;
        while at < clause.tokens.end {
            let Some((value, to)) = amount::amount(reading, at, clause.tokens.end) else {
                at += 1;
                continue;
            };
            let tokens = at..to;
            at = to;
            let range = reading.range(tokens.clone());
            if skipped(skip, &range) {
                continue;
            }
            if found.len() >= NUMBERS_MAX {
                return found;
            }
            let of_before = again(reading, clause, tokens.clone(), value, last.as_ref());
            if let Some(number) = of_before {
                merge(&mut found, number);
            } else if let Some(number) = judge(reading, clause, tokens.clone(), value) {
                // `the 14,000 accounts` are those that were told of before.
                let article = tokens
                    .start
                    .checked_sub(1)
                    .is_some_and(|before| reading.says(before, &["the", "these", "those", "all"]));
                let known = found.iter_mut().find(|other| {
                    article && other.value == number.value && same_noun(&other.unit, &number.unit)
                });
                match known {
                    Some(known) if known.spans.len() < crate::report::SPANS_MAX => {
                        known.spans.extend(number.spans)
                    }
                    Some(_) => {}
                    None => {
                        last = Some((clause.sentence, number.unit.clone(), number.role));
                        merge(&mut found, number);
                    }
                }
            }
        }
    }
    found
}

/// A number whose noun stands with the number before it: `100 million people here and 6 million there`,
/// `250 of them came through`.
fn again(
    reading: &Reading,
    clause: &Clause,
    tokens: Range<usize>,
    value: Amount,
    last: Option<&(usize, String, NumberRole)>,
) -> Option<Number> {
    let (sentence, unit, role) = last?;
    let of_them = reading.says(tokens.end, &["of"])
        && reading.says(tokens.end + 1, &["them", "these", "those", "it"])
        || reading.says(tokens.start.saturating_sub(1), &["other", "remaining"]);
    let large = tokens.len() > 1 || reading.word(tokens.start).len() > 3;
    let bare = large
        && clause.sentence == *sentence
        && (reading.tokens.get(tokens.end).is_none_or(|token| token.kind != Kind::Word)
            || reading
                .says(tokens.end, &["in", "were", "had", "and", "more", "further", "others", "by", "from"]));
    let near = clause.sentence <= sentence + 2;
    // `for each contravention, and at least 3.6 million of them`: the nearest noun with `each`.
    let each = (clause.tokens.start.saturating_sub(12)..tokens.start)
        .rev()
        .find(|at| of_them && reading.says(*at, &["each", "every"]))
        .map(|at| reading.word(at + 1).to_lowercase());
    let (unit, role) = match &each {
        Some(noun) => (noun, &NumberRole::Other),
        None => (unit, role),
    };
    // A noun of its own goes before.
    let own = head(reading, tokens.end, clause.tokens.end).is_some() && !of_them
        || matches!(reading.word(tokens.end), "%" | "$" | "€")
        || tokens.start.checked_sub(1).is_some_and(|at| matches!(reading.word(at), "$" | "€" | "£"));
    if own || !(near && (of_them || bare)) || *role == NumberRole::PerCall {
        return None;
    }
    let status = if clause.is_hedged {
        Status::Hypothetical
    } else if clause.is_claimed {
        Status::Claimed
    } else {
        Status::Stated
    };
    let span = reading.span(tokens)?;
    let by = clause.by.clone();
    Some(Number {
        value,
        unit: unit.clone(),
        role: *role,
        bound: Bound::Exact,
        status,
        by,
        spans: vec![span],
    })
}

/// Whether two units are one in singular and plural.
fn same_noun(one: &str, other: &str) -> bool {
    one.trim_end_matches('s') == other.trim_end_matches('s')
}

fn merge(found: &mut Vec<Number>, number: Number) {
    let same = found
        .iter_mut()
        .find(|other| other.value == number.value && other.unit == number.unit && other.role == number.role);
    match same {
        Some(other) => {
            if other.spans.len() < crate::report::SPANS_MAX {
                other.spans.extend(number.spans);
            }
            if number.status < other.status {
                other.status = number.status;
                other.by = number.by;
            }
        }
        None => found.push(number),
    }
}

fn judge(reading: &Reading, clause: &Clause, tokens: Range<usize>, value: Amount) -> Option<Number> {
    let start = sentence_start(reading, tokens.start);
    let end = clause.tokens.end;
    let money = tokens.start.checked_sub(1).is_some_and(|at| matches!(reading.word(at), "$" | "€" | "£"))
        || matches!(reading.word(tokens.end), "$" | "€");
    let (unit, unit_token) = match unit(reading, tokens.clone(), end) {
        _ if money => ("dollars".to_owned(), tokens.end),
        Some(unit) => unit,
        None => return None,
    };
    // `5,000 requests per minute` is a rate, which no sum is made of.
    let time = unit_token + 1;
    let is_rate = reading.says(unit_token, &["per", "a", "every", "each"])
        && reading.says(time, &["second", "minute", "hour", "day"]);
    let unit = if is_rate { format!("{unit} per {}", reading.word(time).to_lowercase()) } else { unit };
    // `3 out of 10 profiles` counts nobody.
    let ratio = |at: usize| reading.says(at, &["out"]) && reading.says(at + 1, &["of"]);
    if ratio(tokens.end) || ratio(tokens.start.saturating_sub(2)) || reading.says(unit_token, &["out"]) {
        return None;
    }
    let machines =
        (tokens.end..unit_token).any(|at| reading.says(at, &["ip", "web", "mac", "wallet", "url"]));
    let role = if money || machines || is_other(&unit) {
        NumberRole::Other
    } else {
        role(reading, clause, start, tokens.clone(), unit_token)
    };
    let before = tokens.start.saturating_sub(4).max(start)..tokens.start;
    let says = |words: &[&str]| before.clone().any(|at| reading.says(at, words));
    let bound = if says(&[
        "about",
        "around",
        "approximately",
        "roughly",
        "some",
        "nearly",
        "almost",
        "estimated",
        "circa",
        "approx",
        "close",
    ]) {
        Bound::About
    } else if says(&["over", "more", "least", "excess", "exceeding", "than", "upwards"])
        && !says(&["fewer", "less"])
        || reading.word(tokens.end) == "+"
    {
        Bound::AtLeast
    } else if says(&["up", "fewer", "less", "maximum", "most"]) {
        Bound::AtMost
    } else {
        Bound::Exact
    };
    let status = if clause.is_hedged {
        Status::Hypothetical
    } else if clause.is_claimed {
        Status::Claimed
    } else {
        Status::Stated
    };
    let span = reading.span(tokens.start..unit_token.max(tokens.end))?;
    Some(Number { value, unit, role, bound, status, by: clause.by.clone(), spans: vec![span] })
}

fn sentence_start(reading: &Reading, token: usize) -> usize {
    reading
        .sentence_of(token)
        .and_then(|nth| reading.sentences.get(nth))
        .map_or(token, |sentence| sentence.tokens.start)
}

fn is_other(unit: &str) -> bool {
    UNITS.iter().any(|other| unit.strip_suffix('s').unwrap_or(unit) == *other || unit == *other)
}

/// What is counted, and the token after it.
fn unit(reading: &Reading, tokens: Range<usize>, end: usize) -> Option<(String, usize)> {
    if reading.word(tokens.end) == "%" || reading.says(tokens.end, &["percent"]) {
        return Some(("percent".to_owned(), tokens.end + 1));
    }
    if reading.says(tokens.end, &["per"]) && reading.says(tokens.end + 1, &["cent"]) {
        return Some(("percent".to_owned(), tokens.end + 2));
    }
    head(reading, tokens.end, end).or_else(|| {
        // `affected 37 million`, `stopped after 5,000`.
        let bare = reading.tokens.get(tokens.end).is_none_or(|token| token.kind != Kind::Word)
            || reading.says(tokens.end, &["of", "before", "were", "and", "in", "had", "at", "by"]);
        let large = tokens.len() > 1 || reading.word(tokens.start).len() > 3;
        (bare && large && touches(reading, tokens.clone())).then(|| ("records".to_owned(), tokens.end))
    })
}

/// The noun that a number counts: the last one of its group, `records` of `customer records`.
fn head(reading: &Reading, from: usize, end: usize) -> Option<(String, usize)> {
    let mut last: Option<(String, usize)> = None;
    for at in from..end.min(from + 8) {
        let Some(token) = reading.tokens.get(at) else { break };
        if token.kind != Kind::Word {
            if token.is_sign(&['+', '"', '“', '”']) {
                continue;
            }
            break;
        }
        let lower = reading.word(at).to_lowercase();
        if (lower == "and" || lower == "or") && last.is_some() {
            break;
        }
        if STOPS.contains(&lower.as_str()) && (at > from || lower != "of") {
            break;
        }
        if at == from && lower == "of" {
            return None;
        }
        // `37 customers requested`: a verb counts nothing.
        let is_verb = (lower.ends_with("ed") && last.is_some())
            || (lower.ends_with("ed") && reading.is(at, &[C::Request]));
        if is_verb {
            break;
        }
        let known = reading.is(at, &[C::People, C::Record, C::Request]) || is_other(&lower);
        let plural = is_plural(&lower);
        // `5,000 requests a minute`: after a plural only another plural goes on.
        if last.as_ref().is_some_and(|(noun, _)| is_plural(noun)) && !plural {
            break;
        }
        if known || plural {
            last = Some((lower, at + 1));
        }
    }
    last
}

/// Whether a word can be a plural noun.
fn is_plural(word: &str) -> bool {
    let ends = word.len() > 3
        && word.ends_with('s')
        && !["ss", "us", "is", "ous"].iter().any(|end| word.ends_with(end));
    ends && !["times", "always", "across", "perhaps", "besides", "plus", "less", "sometimes"].contains(&word)
        || matches!(
            word,
            "people" | "children" | "men" | "women" | "alumni" | "bitcoin" | "ether" | "personnel" | "staff"
        )
}

/// Words that end the group of a number.
const STOPS: &[&str] = &[
    "of", "in", "from", "to", "were", "was", "had", "has", "have", "who", "whose", "that", "which", "for",
    "on", "by", "after", "before", "with", "without", "at", "are", "is", "could", "can", "would", "may",
    "as", "than", "per", "a", "an", "every", "each", "within", "between", "through", "via", "but", "it",
    "they", "he", "she", "there", "under", "during", "until", "this", "these", "those", "them", "its",
    "their", "into", "out", "belong", "came", "come", "said", "says",
];

fn touches(reading: &Reading, tokens: Range<usize>) -> bool {
    let from = sentence_start(reading, tokens.start).max(tokens.start.saturating_sub(8));
    reading.has(from..tokens.start, &[C::Take, C::TakeHard, C::Expose, C::Affect, C::Stop])
        || reading.says(tokens.start.saturating_sub(1), &["at"])
            && reading.says(tokens.start.saturating_sub(2), &["number", "figure", "total"])
        || reading.says(tokens.end, &["of"]) && reading.says(tokens.end + 1, &["them", "those"])
}

/// What a number of people, records or requests says.
fn role(
    reading: &Reading,
    clause: &Clause,
    start: usize,
    tokens: Range<usize>,
    unit_token: usize,
) -> NumberRole {
    let end = clause.tokens.end;
    // What was brought along is not what came out: `fed a list of 500 million addresses`.
    let brought = tokens.start.saturating_sub(6).max(start)..tokens.start;
    if brought.clone().any(|at| {
        reading.says(
            at,
            &["fed", "tried", "trying", "submitted", "uploaded", "generated", "testing", "tested", "guessed"],
        )
    }) && !reading.has(brought, &[C::TakeHard])
    {
        return NumberRole::Other;
    }
    let near = tokens.start.saturating_sub(5).max(start)..tokens.start;
    let after = unit_token..end.min(unit_token + 6);
    let says = |range: Range<usize>, words: &[&str]| range.clone().any(|at| reading.says(at, words));
    let unit_is = |concept: C| reading.is(unit_token.saturating_sub(1), &[concept]);
    // What would be needed is not what was.
    if !unit_is(C::Request) && says(after.clone(), &["needed", "required", "necessary", "enough"])
        || says(near.clone(), &["need", "needs", "takes", "cost", "costs", "worth"])
    {
        return NumberRole::Other;
    }
    // `There are 1,200,000 profiles in total.`
    let there = (start..tokens.start).any(|at| {
        reading.says(at, &["there"])
            && reading.says(at + 1, &["are", "were", "exist"])
            && tokens.start - at < 6
    });
    if there && !reading.has(after.clone(), &[C::Take, C::TakeHard]) && !unit_is(C::Request) {
        return NumberRole::Exist;
    }
    // `sent 200,000 codes`: each was a request.
    if says(tokens.start.saturating_sub(3).max(start)..tokens.start, &["sent", "made", "issued", "fired"])
        && !unit_is(C::People)
        && !says(after.clone(), &["to"])
    {
        return NumberRole::Requests;
    }
    // What is counted is no data.
    if !unit_is(C::People)
        && !unit_is(C::Record)
        && !unit_is(C::Data)
        && !unit_is(C::Request)
        && unit_token > tokens.end
    {
        return NumberRole::Other;
    }
    if unit_is(C::Request) && !unit_is(C::People) {
        return NumberRole::Requests;
    }
    let batch = near.clone().rev().take(3).any(|at| {
        reading.says(at, &["batches", "batch", "pages", "page", "chunks", "blocks", "sets", "groups", "lots"])
    });
    let each = reading.has(after.clone(), &[C::PerCall]) && !says(after.clone(), &["day"])
        || reading.of(clause.tokens.clone(), &[C::PerCall]).any(|hit| {
            hit.to <= tokens.start && tokens.start - hit.to < 8 && !reading.says(hit.from, &["per", "at"])
        })
        || says(after.clone(), &["apiece"]);
    if batch || each {
        return NumberRole::PerCall;
    }
    let whole = says(
        near.clone(),
        &[
            "dataset",
            "database",
            "entire",
            "its",
            "has",
            "serves",
            "have",
            "base",
            "table",
            "holding",
            "held",
            "hold",
            "contained",
            "containing",
            "full",
            "community",
            "membership",
        ],
    );
    let summed = says(near.clone(), &["total", "all", "altogether"]);
    let anyone = reading.has(clause.tokens.clone(), &[C::Able, C::Can])
        && reading.has(clause.tokens.clone(), &[C::Anyone]);
    let possible =
        anyone || clause.is_possible || clause.is_hedged && reading.has(clause.tokens.clone(), &[C::Can]);
    // The nearest verb before the number governs; else the first after it.
    let verbs = &[C::TakeHard, C::Take, C::Expose, C::Affect, C::Sell];
    let from = clause.tokens.start.min(tokens.start);
    let before = reading.of(from..tokens.start, verbs).next_back();
    let participle = |at: usize| {
        let word = reading.word(at).to_lowercase();
        word.ends_with("ed") || word.ends_with("en") || word.ends_with("able") || word.ends_with("risk")
    };
    let verb = before.or_else(|| reading.of(unit_token..end, verbs).find(|hit| participle(hit.from)));
    let is_take = verb.is_some_and(|verb| {
        let hard = reading.is(verb.from, &[C::TakeHard])
            || reading.is(verb.from, &[C::Take]) && !reading.is(verb.from, &[C::Expose]);
        hard && !clause.denies(verb.from)
    });
    // `a bucket with 700,000 reservations`: what it holds.
    let holds = reading.says(tokens.start.saturating_sub(1), &["with", "of"])
        && reading
            .says(tokens.start.saturating_sub(2), &["bucket", "database", "table", "index", "store", "file"]);
    let of_own = says(after.clone(), &["own"]);
    if of_own {
        return NumberRole::Other;
    }
    // `received a file with 86,000 policies`, `offered data of 5 million users`: they had them.
    let had = (clause.tokens.start..tokens.start).any(|at| {
        reading.says(
            at,
            &["received", "got", "downloaded", "offered", "sold", "selling", "advertised", "posted"],
        )
    });
    if had
        && !possible
        && (holds
            || reading.has(clause.tokens.clone(), &[C::Sell, C::Attacker])
            || is_take
            || says(near.clone(), &["data", "collection", "records"]))
    {
        return NumberRole::Accessed;
    }
    if holds {
        return NumberRole::Exist;
    }
    let sum_only = summed && verb.is_none();
    let of_all = whole || sum_only || (!summed && reading.has(near.clone(), &[C::Dataset]));
    let close = before.is_some_and(|verb| tokens.start - verb.to <= 4);
    if of_all && !(close && is_take && !possible) && !reading.has(near.clone(), &[C::Affect, C::Expose]) {
        return NumberRole::Exist;
    }
    if is_take && possible {
        return if reading.has(from..tokens.start, &[C::Dataset]) {
            NumberRole::Exist
        } else {
            NumberRole::Exposed
        };
    }
    if is_take {
        return NumberRole::Accessed;
    }
    if verb.is_some()
        || reading.has(near, &[C::Flaw])
        || says(
            tokens.start.saturating_sub(7).max(start)..tokens.start,
            &["data", "information", "details", "profiles"],
        )
    {
        return NumberRole::Exposed;
    }
    let is_large = reading.word(tokens.start).len() > 4 || tokens.len() > 1;
    let counted = reading.is(unit_token.saturating_sub(1), &[C::People, C::Record, C::Data])
        || unit_token == tokens.end;
    if reading.has(clause.tokens.clone(), &[C::Notify]) || (is_large && counted) {
        NumberRole::Exposed
    } else {
        NumberRole::Other
    }
}

/// Whether a range lies in one that is something else. `skip` is in order.
fn skipped(skip: &[Range<usize>], range: &Range<usize>) -> bool {
    let to = skip.partition_point(|skip| skip.start < range.end);
    // Ranges may lie in one another, but no more than a few do.
    let near = skip.get(to.saturating_sub(8)..to).unwrap_or_default();
    near.iter().any(|skip| range.start < skip.end)
}
