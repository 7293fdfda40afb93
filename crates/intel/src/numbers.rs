//! Numbers with what they count and what that says.

use std::ops::Range;

use crate::discourse::{Clause, Discoursed};
use crate::lexicon::Concept as C;
use crate::model::{Amount, Bound, Derived, Number, NumberRole, Status};
use crate::reading::{Kind, Reading};

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
    for clause in &discoursed.clauses {
        if !clause.tells() {
            continue;
        }
        let mut at = clause.tokens.start;
        while at < clause.tokens.end {
            let Some((value, to)) = amount(reading, at, clause.tokens.end) else {
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
            if let Some(number) = judge(reading, clause, tokens, value) {
                merge(&mut found, number);
            }
        }
    }
    found
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
    let mut last: Option<(String, usize)> = None;
    for at in tokens.end..end.min(tokens.end + 8) {
        let Some(token) = reading.tokens.get(at) else { break };
        if token.kind != Kind::Word {
            if token.is_sign(&['+', '"', '“', '”']) {
                continue;
            }
            break;
        }
        let lower = reading.word(at).to_lowercase();
        if lower == "and" && last.is_some() {
            break;
        }
        if at > tokens.end
            && last.is_some()
            && !reading.is(at, &[C::People, C::Record, C::Request])
            && !is_other(&lower)
        {
            break;
        }
        if matches!(
            lower.as_str(),
            "of" | "in"
                | "from"
                | "to"
                | "were"
                | "was"
                | "had"
                | "who"
                | "whose"
                | "that"
                | "for"
                | "on"
                | "by"
                | "after"
                | "before"
        ) && at > tokens.end
        {
            break;
        }
        if is_other(&lower)
            || (reading.is(at, &[C::People, C::Record, C::Request])
                && !matches!(
                    lower.as_str(),
                    "phone"
                        | "email"
                        | "telephone"
                        | "mobile"
                        | "credit"
                        | "card"
                        | "social"
                        | "security"
                        | "payment"
                        | "api"
                        | "http"
                        | "pre"
                        | "post"
                        | "get"
                ))
        {
            last = Some((lower, at + 1));
        }
    }
    last.or_else(|| {
        // `some 5,000 of them`, `affected 37 million`, `stopped after 5,000`.
        let bare = reading.tokens.get(tokens.end).is_none_or(|token| token.kind != Kind::Word)
            || reading.says(tokens.end, &["of", "before", "were", "and", "in", "had", "at", "by"]);
        let large = tokens.len() > 1 || reading.word(tokens.start).len() > 3;
        (bare && large && touches(reading, tokens.clone())).then(|| ("records".to_owned(), tokens.end))
    })
}

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
        || says(tokens.start.saturating_sub(7).max(start)..tokens.start, &["of", "data", "information"])
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

/// A number at a token: its value and the token after it.
fn amount(reading: &Reading, at: usize, end: usize) -> Option<(Amount, usize)> {
    let token = reading.tokens.get(at)?;
    let word = reading.word(at).to_lowercase();
    let scale_of = |word: &str| -> Option<u64> {
        Some(match word {
            "hundred" => 100,
            "thousand" | "k" => 1_000,
            "million" | "m" | "mn" | "mln" => 1_000_000,
            "billion" | "bn" | "b" => 1_000_000_000,
            "dozen" => 12,
            _ => return None,
        })
    };
    if token.kind == Kind::Number {
        let digits: String = word
            .chars()
            .take_while(|letter| letter.is_ascii_digit() || matches!(letter, ',' | '.' | '\''))
            .collect();
        let tail = word.get(digits.len()..).unwrap_or_default();
        let mut scale = 1;
        let mut to = at + 1;
        if !tail.is_empty() {
            scale = scale_of(tail)?;
        } else if let Some(next) = (to < end)
            .then(|| scale_of(&reading.word(to).to_lowercase()))
            .flatten()
            .filter(|_| reading.word(to).len() > 1)
        {
            scale = next;
            to += 1;
        }
        let plain: String = digits.chars().filter(|letter| !matches!(letter, ',' | '\'')).collect();
        // `1.234.567` groups by dots, `9.8` does not.
        let plain = if plain.matches('.').count() > 1 { plain.replace('.', "") } else { plain };
        return scaled(&plain, scale).map(|value| (value, to));
    }
    if token.kind != Kind::Word {
        return None;
    }
    let small = small(&word)?;
    let mut value = small;
    let mut to = at + 1;
    if value >= 20
        && value % 10 == 0
        && to < end
        && let Some(unit) = self::small(&reading.word(to).to_lowercase()).filter(|unit| *unit < 10)
    {
        value += unit;
        to += 1;
    }
    while to < end {
        let Some(scale) = scale_of(&reading.word(to).to_lowercase()).filter(|_| reading.word(to).len() > 2)
        else {
            break;
        };
        value = value.saturating_mul(scale);
        to += 1;
    }
    // `one` and `a` are mostly no numbers.
    let lone = to == at + 1 && (value < 2);
    (!lone).then_some((Amount::Whole(value), to))
}

fn scaled(plain: &str, scale: u64) -> Option<Amount> {
    match plain.split_once('.') {
        None => Some(Amount::Whole(plain.parse::<u64>().ok()?.saturating_mul(scale))),
        Some((whole, part)) => {
            let part = part.get(..part.len().min(6)).unwrap_or_default();
            let unit = 10_u64.checked_pow(u32::try_from(part.len()).ok()?)?;
            let all = whole.parse::<u64>().ok()?.checked_mul(unit)?.checked_add(if part.is_empty() {
                0
            } else {
                part.parse().ok()?
            })?;
            if all.saturating_mul(scale) % unit == 0 {
                return Some(Amount::Whole(all.saturating_mul(scale) / unit));
            }
            plain.parse().ok().map(Amount::Decimal)
        }
    }
}

fn small(word: &str) -> Option<u64> {
    Some(match word {
        "a" | "one" => 1,
        "two" => 2,
        "three" => 3,
        "four" => 4,
        "five" => 5,
        "six" => 6,
        "seven" => 7,
        "eight" => 8,
        "nine" => 9,
        "ten" => 10,
        "eleven" => 11,
        "twelve" | "dozen" => 12,
        "fifteen" => 15,
        "sixteen" => 16,
        "eighteen" => 18,
        "twenty" => 20,
        "thirty" => 30,
        "forty" => 40,
        "fifty" => 50,
        "sixty" => 60,
        "seventy" => 70,
        "eighty" => 80,
        "ninety" => 90,
        "hundred" => 100,
        _ => return None,
    })
}

/// What follows from the numbers by division.
pub(crate) fn derived(numbers: &[Number]) -> Vec<Derived> {
    let whole = |role: NumberRole| {
        numbers.iter().filter(move |number| number.role == role).filter_map(|number| match number.value {
            Amount::Whole(value) if value > 0 => Some((value, number)),
            _ => None,
        })
    };
    let per_call = whole(NumberRole::PerCall).next();
    let accessed = whole(NumberRole::Accessed).max_by_key(|(value, _)| *value);
    let there = whole(NumberRole::Exist)
        .max_by_key(|(value, _)| *value)
        .or_else(|| whole(NumberRole::Exposed).max_by_key(|(value, _)| *value));
    let requests = whole(NumberRole::Requests)
        .filter(|(_, number)| !number.unit.contains(" per "))
        .max_by_key(|(value, _)| *value);
    let mut derived = Vec::new();
    let spans =
        |of: &[&Number]| of.iter().flat_map(|number| number.spans.first().copied()).collect::<Vec<_>>();
    for (many, says) in [(accessed, "requests for what was taken"), (there, "requests for all there is")] {
        if let (Some((value, number)), Some((batch, per))) = (many, per_call) {
            derived.push(Derived {
                value: Amount::Whole(value.div_ceil(batch)),
                unit: "requests".into(),
                says: says.into(),
                bound: Bound::AtLeast,
                arithmetic: format!("{value} / {batch}"),
                spans: spans(&[number, per]),
            });
        }
    }
    if let (Some((taken, number)), Some((all, whole))) = (accessed, there)
        && taken <= all
    {
        let tenths = taken.saturating_mul(1_000).saturating_add(all / 2) / all;
        let text = format!("{}.{}", tenths / 10, tenths % 10);
        derived.push(Derived {
            value: text.parse().map_or(Amount::Whole(tenths / 10), Amount::Decimal),
            unit: "percent".into(),
            says: "share of all that was taken".into(),
            bound: Bound::About,
            arithmetic: format!("{taken} / {all}"),
            spans: spans(&[number, whole]),
        });
    }
    if let (Some((many, number)), None, Some((taken, records))) = (requests, per_call, accessed)
        && taken > many
        && many > 99
    {
        derived.push(Derived {
            value: Amount::Whole(taken / many),
            unit: "records".into(),
            says: "records for one request".into(),
            bound: Bound::About,
            arithmetic: format!("{taken} / {many}"),
            spans: spans(&[records, number]),
        });
    }
    derived
}

/// Whether a range lies in one that is something else. `skip` is in order.
fn skipped(skip: &[Range<usize>], range: &Range<usize>) -> bool {
    let to = skip.partition_point(|skip| skip.start < range.end);
    // Ranges may lie in one another, but no more than a few do.
    let near = skip.get(to.saturating_sub(8)..to).unwrap_or_default();
    near.iter().any(|skip| range.start < skip.end)
}
