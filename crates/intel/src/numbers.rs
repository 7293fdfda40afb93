//! Numbers with what they count and what that says.

// long: one reading of a number from its digits to what it counts; its parts share the clause.

mod amount;
mod derived;
mod nominal;
mod role;

use std::ops::Range;

use crate::discourse::{Clause, Discoursed};
use crate::lexicon::Concept as C;
use crate::model::{Amount, Bound, Discourse, Number, NumberRole, Status};
use crate::reading::{Kind, Reading};
use crate::syntax::{Syntax, Tag};

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
    "digit",
    "bitcoin",
    "ether",
    "kilometre",
    "kilometer",
    "km",
    "mile",
    "metre",
    "character",
    "byte",
    "machine",
    "clinic",
    "branch",
    "shop",
    "employer",
    "contravention",
    "violation",
    "offence",
    "offense",
    "complaint",
    "download",
    "install",
    "installation",
    "notification",
    "notice",
    "point",
    "cent",
    "kb",
    "kilobyte",
    "megabyte",
    "terabyte",
    "petabyte",
    "millisecond",
    "inch",
    "language",
    "currency",
    "version",
    "step",
    "region",
    "city",
    "office",
    "thread",
    "connection",
    "lawsuit",
    "rupee",
    "yen",
    "franc",
    "crown",
    "real",
    "peso",
    "btc",
    "eth",
];

/// The most numbers that are told: the first ones of the report.
const NUMBERS_MAX: usize = 1_000;

/// Every number of the report that says something.
pub(crate) fn numbers(
    reading: &Reading,
    syntax: &Syntax,
    discoursed: &Discoursed,
    skip: &[Range<usize>],
) -> Vec<Number> {
    let mut found: Vec<Number> = Vec::new();
    // What the number before counted.
    let mut last: Option<(usize, String, NumberRole)> = None;
    for clause in &discoursed.clauses {
        // What a court orders somebody to pay is told, and advice is not.
        let is_order = clause.role == Discourse::Recommended;
        if !clause.tells() && !is_order {
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
            if skipped(skip, &range) || is_time(reading, tokens.clone()) {
                continue;
            }
            if found.len() >= NUMBERS_MAX {
                return found;
            }
            if is_order {
                let paid = judge(reading, syntax, clause, tokens.clone(), value).filter(|number| {
                    ["dollar", "euro", "pound", "franc", "crown", "yen", "rupee"]
                        .iter()
                        .any(|money| number.unit.trim_end_matches('s') == *money)
                });
                if let Some(number) = paid {
                    merge(&mut found, number);
                }
                continue;
            }
            let of_before = again(reading, syntax, clause, tokens.clone(), value, last.as_ref());
            if let Some(number) = of_before {
                if number.role == NumberRole::Accessed {
                    last = Some((clause.sentence, number.unit.clone(), number.role));
                }
                merge(&mut found, number);
            } else if let Some(mut number) = judge(reading, syntax, clause, tokens.clone(), value) {
                if let Some((sentence, _, role)) = last.as_ref()
                    && number.role == NumberRole::Other
                    && clause.sentence <= sentence + 1
                    && sums_up(reading, syntax, clause, tokens.start)
                {
                    // What was called for came.
                    let called = *role == NumberRole::Requests;
                    number.role = if called { NumberRole::Accessed } else { *role };
                }
                // `5 million rows, including 30,000 passwords`: a part stands as its whole.
                if let Some((sentence, _, role)) = last.as_ref()
                    && clause.sentence == *sentence
                    && matches!(role, NumberRole::Exist | NumberRole::Exposed | NumberRole::Accessed)
                    && is_part(reading, syntax, tokens.start)
                    && !is_other(&number.unit)
                    && number.role != NumberRole::PerCall
                    && matches!(value, Amount::Whole(value) if value > 12)
                {
                    number.role = *role;
                }
                // `the 14,000 accounts` are those that were told of before.
                let article = tokens
                    .start
                    .checked_sub(1)
                    .is_some_and(|before| reading.says(before, &["the", "these", "those", "all"]));
                let known = found.iter_mut().find(|other| {
                    article && other.value == number.value && same_noun(&other.unit, &number.unit)
                });
                match known {
                    Some(known) => {
                        last = Some((clause.sentence, known.unit.clone(), known.role));
                        if known.spans.len() < crate::report::SPANS_MAX {
                            known.spans.extend(number.spans);
                        }
                    }
                    None => {
                        let few = matches!(value, Amount::Whole(value) if value <= 12);
                        let is_aside = is_other(&number.unit) || few && number.role == NumberRole::Other;
                        if !is_aside {
                            last = Some((clause.sentence, number.unit.clone(), number.role));
                        }
                        merge(&mut found, number);
                    }
                }
            }
        }
    }
    // A headline says again what the text says better.
    let headline = reading.sentences.first().and_then(|first| reading.span(first.tokens.clone()));
    let again: Vec<bool> = found
        .iter()
        .map(|one| {
            let in_headline =
                headline.is_some_and(|headline| one.spans.iter().all(|span| span.end <= headline.end));
            in_headline
                && found.iter().any(|other| {
                    other.value == one.value
                        && other.spans.first() > one.spans.first()
                        && other.role == NumberRole::Accessed
                })
        })
        .collect();
    let mut again = again.into_iter();
    found.retain(|_| !again.next().unwrap_or(false));
    found
}

/// `including 30,000 passwords`, `among them 400 minors`, `of which 72,000 were pictures`.
fn is_part(reading: &Reading, syntax: &Syntax, token: usize) -> bool {
    let measures =
        &["some", "about", "around", "approximately", "roughly", "over", "nearly", "almost", "at", "least"];
    let before = (token.saturating_sub(4)..token)
        .rev()
        .find(|at| !(reading.says(*at, measures) || matches!(syntax.tag(*at), Tag::Adv | Tag::Mark)));
    before.is_some_and(|at| {
        reading.says(at, &["including", "includes", "comprising"])
            || reading.says(at, &["them", "which", "these"])
                && reading.says(at.saturating_sub(1), &["among", "of", "amongst"])
    })
}

/// Whether a number says the one before it in other words: `640 pages. That makes 32,000 entries`.
fn sums_up(reading: &Reading, syntax: &Syntax, clause: &Clause, token: usize) -> bool {
    syntax.governors(clause.sentence, token).first().is_some_and(|governor| {
        let verb = governor.predicate;
        governor.is_theme
            && !governor.is_denied
            && reading
                .says(verb.head, &["makes", "make", "made", "means", "equals", "gives", "is", "are", "comes"])
            && verb.subject.len() == 1
            && reading.says(verb.subject.start, &["that", "this", "these", "which", "it", "together"])
    })
}

/// A number whose noun stands with the number before it: `100 million people here and 6 million there`,
/// `250 of them came through`.
fn again(
    reading: &Reading,
    syntax: &Syntax,
    clause: &Clause,
    tokens: Range<usize>,
    value: Amount,
    last: Option<&(usize, String, NumberRole)>,
) -> Option<Number> {
    let nothing = (usize::MAX, String::new(), NumberRole::Other);
    let (sentence, unit, role) = last.unwrap_or(&nothing);
    let of_them = reading.says(tokens.end, &["of"])
        && reading.says(tokens.end + 1, &["them", "these", "those", "it"])
        || reading.says(tokens.start.saturating_sub(1), &["other", "remaining"])
        // `most of these, 1,588, went`.
        || reading.says(tokens.start.saturating_sub(2), &["these", "them"])
            && reading.says(tokens.start.saturating_sub(3), &["of"]);
    let large = tokens.len() > 1 || reading.word(tokens.start).len() > 3;
    let bare = large
        && clause.sentence == *sentence
        && (reading.tokens.get(tokens.end).is_none_or(|token| token.kind != Kind::Word)
            || reading.says(
                tokens.end,
                &[
                    "in", "were", "had", "and", "more", "further", "others", "by", "from", "who", "which",
                    "that", "belong", "belongs", "belonged",
                ],
            ));
    // `of the 1.9 million log-ins that were tried, 6,212 succeeded`.
    let many = matches!(value, Amount::Whole(value) if value > 12);
    let acts = many && matches!(syntax.tag(tokens.end), Tag::Verb(_) | Tag::Be | Tag::Have);
    // `By then 11,300 had been cashed in`: of those in the sentence before.
    let helped = matches!(syntax.tag(tokens.end), Tag::Be | Tag::Have);
    let follows = (*role == NumberRole::Requests || helped) && clause.sentence <= sentence.saturating_add(1);
    let bare = bare || acts && (clause.sentence == *sentence || follows);
    let near = last.is_some() && clause.sentence <= sentence + if of_them { 4 } else { 2 };
    // `for each contravention, and at least 3.6 million of them`: the nearest noun with `each`.
    let each = (clause.tokens.start.saturating_sub(12)..tokens.start)
        .rev()
        .find(|at| of_them && reading.says(*at, &["each", "every"]))
        .map(|at| reading.word(at + 1).to_lowercase());
    // `Plates follow a scheme, so a program ran through 5,000 of them`: the subject of the same sentence.
    let opens = sentence_start(reading, tokens.start);
    let subject = (opens..(opens + 3).min(tokens.start)).find(|at| {
        of_them
            && reading.says(tokens.end + 1, &["them"])
            && syntax.tag(*at) == Tag::Noun
            && is_plural(&reading.word(*at).to_lowercase())
            && reading.is(*at, &[C::Record, C::Id, C::People])
            && !(*at..tokens.start).any(|at| syntax.tag(at) == Tag::Num)
    });
    let subject = subject.map(|at| reading.word(at).to_lowercase());
    let unit = subject.as_ref().unwrap_or(unit);
    let (unit, role) = match &each {
        Some(noun) => (noun, &NumberRole::Other),
        None => (unit, role),
    };
    let counted = role::Counted {
        reading,
        syntax,
        clause,
        start: sentence_start(reading, tokens.start),
        tokens: tokens.clone(),
        unit_token: tokens.end,
        value,
    };
    let governed = (each.is_none() && (of_them || acts)).then(|| role::governed(&counted));
    let whole = role::is_whole(&counted).then_some(NumberRole::Exist);
    let part = is_part(reading, syntax, tokens.start) && *role != NumberRole::Requests;
    let governed = whole.or(governed.flatten().filter(|_| !part)).map(Some);
    let tried = acts && *role == NumberRole::Requests;
    let in_vain = reading.says(tokens.end, &["failed", "bounced"])
        || (tokens.end..tokens.end + 3).any(|at| {
            reading.says(at, &["rejected", "refused", "blocked", "wrong", "denied", "not", "invalid"])
        });
    let role = match governed.flatten() {
        _ if tried && !in_vain => NumberRole::Accessed,
        Some(role) => role,
        None => *role,
    };
    let role = &role;
    // A noun of its own goes before.
    let own = reading.says(tokens.end, &["in"]) && reading.says(tokens.end + 1, &["all", "total"])
        || head(reading, tokens.end, clause.tokens.end).is_some() && !of_them && !acts
        || reading.word(tokens.end) == "%"
        || currency(reading, tokens.clone()).is_some();
    if own || !(near && (of_them || bare) || each.is_some()) || *role == NumberRole::PerCall {
        return None;
    }
    let status = status(syntax, clause, tokens.start);
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

/// How a number stands: by its clause, and by the verb that it belongs to.
fn status(syntax: &Syntax, clause: &Clause, token: usize) -> Status {
    if clause.is_hedged || syntax.doubts(clause.sentence, token) {
        Status::Hypothetical
    } else if clause.is_claimed {
        Status::Claimed
    } else {
        Status::Stated
    }
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

fn judge(
    reading: &Reading,
    syntax: &Syntax,
    clause: &Clause,
    tokens: Range<usize>,
    value: Amount,
) -> Option<Number> {
    let start = sentence_start(reading, tokens.start);
    let end = clause.tokens.end;
    let money = currency(reading, tokens.clone());
    let (unit, unit_token) = match unit(reading, syntax, tokens.clone(), end) {
        _ if money.is_some() => (money.unwrap_or_default().to_owned(), tokens.end),
        Some(unit) => unit,
        None => return None,
    };
    // `the door was called 600,000 times`.
    let called = (unit == "times").then(|| called(reading, syntax, clause, tokens.start)).flatten();
    let is_called = called.is_some();
    let unit = called.map_or(unit, str::to_owned);
    // `5,000 requests per minute` is a rate, which no sum is made of.
    let time = unit_token + 1;
    let is_rate = reading.says(unit_token, &["per", "a", "every", "each"])
        && reading.says(time, &["second", "minute", "hour", "day", "week", "month", "year"]);
    let unit = if is_rate { format!("{unit} per {}", reading.word(time).to_lowercase()) } else { unit };
    // `3 out of 10 profiles` counts nobody.
    let ratio = |at: usize| reading.says(at, &["out"]) && reading.says(at + 1, &["of"]);
    let small = matches!(value, Amount::Whole(value) if value <= 100);
    let part =
        ratio(tokens.end) || ratio(tokens.start.saturating_sub(2)) || reading.says(unit_token, &["out"]);
    if part && small {
        return None;
    }
    let machines =
        (tokens.end..unit_token).any(|at| reading.says(at, &["ip", "web", "mac", "wallet", "url"]));
    let role = if is_called {
        NumberRole::Requests
    } else if money.is_some()
        || machines
        || is_other(&unit)
        || is_rate
            && !(reading.is(unit_token - 1, &[C::Request])
                || reading.is(unit_token - 1, &[C::People]) && reading.says(time, &["year"]))
    {
        NumberRole::Other
    } else {
        role::role(&role::Counted {
            reading,
            syntax,
            clause,
            start,
            tokens: tokens.clone(),
            unit_token,
            value,
        })
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
    let status = status(syntax, clause, tokens.start);
    let span = reading.span(tokens.start..unit_token.max(tokens.end))?;
    Some(Number { value, unit, role, bound, status, by: clause.by.clone(), spans: vec![span] })
}

/// What is counted where something was done so many times to a door.
fn called(reading: &Reading, syntax: &Syntax, clause: &Clause, token: usize) -> Option<&'static str> {
    let verb = syntax.of_sentence(clause.sentence).iter().rfind(|verb| verb.head < token)?;
    let near = token - verb.head < 8 && verb.is_past && !verb.is_negated;
    let says = |words: &[&str]| near && reading.says(verb.head, words);
    if says(&["called", "invoked", "dialled"]) {
        Some("calls")
    } else if says(&[
        "queried",
        "requested",
        "hit",
        "polled",
        "pinged",
        "contacted",
        "fetched",
        "triggered",
        "tried",
        "asked",
    ]) {
        Some("requests")
    } else {
        None
    }
}

/// The money that a sign or a code before or behind a number stands for.
fn currency(reading: &Reading, tokens: Range<usize>) -> Option<&'static str> {
    let of = |word: &str| {
        Some(match word {
            "$" | "US$" | "A$" | "C$" | "S$" | "NZ$" | "HK$" | "USD" | "AUD" | "CAD" | "SGD" | "NZD" => {
                "dollars"
            }
            "€" | "EUR" => "euros",
            "£" | "GBP" => "pounds",
            "¥" | "JPY" => "yen",
            "₹" | "INR" => "rupees",
            "₩" | "KRW" => "won",
            "CHF" => "francs",
            "BRL" => "reais",
            "PLN" => "zloty",
            "SEK" | "NOK" | "DKK" => "crowns",
            _ => return None,
        })
    };
    tokens.start.checked_sub(1).and_then(|at| of(reading.word(at))).or_else(|| of(reading.word(tokens.end)))
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
fn unit(reading: &Reading, syntax: &Syntax, tokens: Range<usize>, end: usize) -> Option<(String, usize)> {
    if reading.word(tokens.end) == "%" || reading.says(tokens.end, &["percent"]) {
        return Some(("percent".to_owned(), tokens.end + 1));
    }
    if reading.says(tokens.end, &["per"]) && reading.says(tokens.end + 1, &["cent"]) {
        return Some(("percent".to_owned(), tokens.end + 2));
    }
    if let Some(noun) = number_of(reading, syntax, tokens.clone()) {
        return Some((noun, tokens.end));
    }
    // `a page size of 250`: so many records, whatever they are.
    let size = reading.says(tokens.start.saturating_sub(1), &["of", "to", "at"])
        && reading.says(tokens.start.saturating_sub(2), &["size", "limit", "length", "set"])
        && (tokens.start.saturating_sub(5)..tokens.start)
            .any(|at| reading.says(at, &["page", "batch", "size", "chunk"]))
        || reading.says(tokens.start.saturating_sub(1), &["of"])
            && reading
                .says(tokens.start.saturating_sub(2), &["pages", "batches", "chunks", "blocks", "lots"]);
    if size && head(reading, tokens.end, end).is_none() {
        return Some(("records".to_owned(), tokens.end));
    }
    // `every guest of three years, 87,000 in all`: the noun stands before.
    let summed = reading.says(tokens.end, &["in", "of"])
        && reading.says(tokens.end + 1, &["all", "total", "them", "number"])
        || reading.says(tokens.end, &["with", "per", "in", "by"])
            && reading.says(tokens.end + 1, &["each", "every", "one", "call", "request", "page"])
        || reading.says(tokens.end, &["at"])
            && reading.says(tokens.end + 1, &["a"])
            && reading.says(tokens.end + 2, &["time"])
        || reading.says(tokens.end, &["altogether"]);
    let before = (sentence_start(reading, tokens.start).max(tokens.start.saturating_sub(14))..tokens.start)
        .rev()
        .find(|at| {
            // `invoices of all tenants, 200 per page`: the head, not what stands behind `of`.
            let hangs = (at.saturating_sub(3)..*at).any(|before| reading.says(before, &["of"]));
            summed
                && !hangs
                && reading.is(*at, &[C::People, C::Record, C::Id])
                && !matches!(syntax.tag(*at), Tag::Verb(_))
        });
    if let Some(noun) = before {
        return Some((reading.word(noun).to_lowercase(), tokens.end));
    }
    // `13,200 of our users`.
    let part = reading.says(tokens.end, &["of"])
        && reading.says(
            tokens.end + 1,
            &["the", "our", "its", "their", "these", "those", "your", "his", "her", "all"],
        );
    let of_these =
        part.then(|| head(reading, tokens.end + 2, end)).flatten().map(|(noun, _)| (noun, tokens.end));
    let own = head(reading, tokens.end, end).or(of_these).or_else(|| {
        // `312 of our 9,800 workspaces`: the part counts what the whole counts.
        let whole = (tokens.end + 1..(tokens.end + 7).min(end))
            .take_while(|at| {
                !matches!(syntax.tag(*at), Tag::Verb(_) | Tag::Be | Tag::Have | Tag::Stop | Tag::Mark)
            })
            .find_map(|at| amount::amount(reading, at, end))
            .filter(|_| reading.says(tokens.end, &["of"]) || reading.says(tokens.end, &["out"]))?;
        head(reading, whole.1, end).map(|(noun, _)| (noun, tokens.end))
    });
    own.or_else(|| labelled(reading, syntax, tokens.clone())).or_else(|| {
        // `affected 37 million`, `stopped after 5,000`.
        let bare = reading.tokens.get(tokens.end).is_none_or(|token| token.kind != Kind::Word)
            || reading.says(tokens.end, &["of", "before", "were", "and", "in", "had", "at", "by"]);
        let large = tokens.len() > 1 || reading.word(tokens.start).len() > 3;
        (bare && large && touches(reading, tokens.clone())).then(|| ("records".to_owned(), tokens.end))
    })
}

/// `the number of people affected rose to 41,000`, `a smaller group of guests, 310 in total`: what is counted.
fn number_of(reading: &Reading, syntax: &Syntax, tokens: Range<usize>) -> Option<String> {
    let bare = reading.tokens.get(tokens.end).is_none_or(|token| token.kind != Kind::Word)
        || reading
            .says(tokens.end, &["in", "at", "by", "and", "as", "from", "on", "to", "this", "last", "within"]);
    let start = sentence_start(reading, tokens.start).max(tokens.start.saturating_sub(18));
    let of = (start..tokens.start).rev().find(|at| {
        reading.says(*at, &["of"])
            && reading.says(
                at.saturating_sub(1),
                &["number", "numbers", "total", "count", "group", "set", "subset", "tally", "amount"],
            )
            && !(*at..tokens.start).any(|at| matches!(syntax.tag(at), Tag::Num | Tag::Stop | Tag::Cell))
    })?;
    let noun = (of + 1..(of + 6).min(tokens.start))
        .take_while(|at| matches!(syntax.tag(*at), Tag::Noun | Tag::Adj | Tag::Det | Tag::Join))
        .filter(|at| is_plural(&reading.word(*at).to_lowercase()))
        .last()?;
    // Only what leads up to a number stands between: a comma, a measure, `rose to`.
    let leads = (noun + 1..tokens.start).any(|at| {
        matches!(syntax.tag(at), Tag::Be | Tag::Mark)
            || reading.says(at, &["to", "at", "reached", "exceeds", "exceeded"])
    });
    (bare && leads).then(|| reading.word(noun).to_lowercase())
}

/// What the label before a cell, or before a colon, counts: `Guests stored | 5.6 million`.
fn labelled(reading: &Reading, syntax: &Syntax, tokens: Range<usize>) -> Option<(String, usize)> {
    let start = sentence_start(reading, tokens.start);
    let border = (start..tokens.start).rev().find(|at| {
        syntax.tag(*at) == Tag::Cell || reading.tokens.get(*at).is_some_and(|token| token.is_sign(&[':']))
    })?;
    let bare = (border + 1..tokens.start)
        .all(|at| matches!(syntax.tag(at), Tag::Adv | Tag::Mark | Tag::Det | Tag::Prep));
    if !bare || border - start > 12 {
        return None;
    }
    let plural = |at: &usize| {
        is_plural(&reading.word(*at).to_lowercase()) && !matches!(syntax.tag(*at), Tag::Verb(_) | Tag::Adv)
    };
    let noun = (start..border).find(plural)?;
    Some((reading.word(noun).to_lowercase(), tokens.end))
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
        // `log-in requests`: a part of a word.
        let glued =
            at > from && reading.text().as_bytes().get(token.range.start.wrapping_sub(1)) == Some(&b'-');
        if glued && STOPS.contains(&lower.as_str()) {
            continue;
        }
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
        // `log-ins`, `sign-ups`.
        if matches!(lower.as_str(), "ins" | "ups" | "outs") && at > from {
            return Some((format!("{}-{lower}", reading.word(at - 1).to_lowercase()), at + 1));
        }
        let known = reading.is(at, &[C::People, C::Record, C::Request]) || lower == "ids" || is_other(&lower);
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
        && !["ss", "us", "is", "ous", "selves"].iter().any(|end| word.ends_with(end));
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

/// `01:10`, and `2019` without a noun of its own.
fn is_time(reading: &Reading, tokens: Range<usize>) -> bool {
    let touching = |colon: usize, other: usize| {
        let (Some(colon), Some(other)) = (reading.tokens.get(colon), reading.tokens.get(other)) else {
            return false;
        };
        colon.is_sign(&[':'])
            && other.kind == Kind::Number
            && (colon.range.end == other.range.start || other.range.end == colon.range.start)
    };
    let adjoins = tokens.end.checked_sub(1).and_then(|last| reading.tokens.get(last)).is_some_and(|last| {
        reading.tokens.get(tokens.end).is_some_and(|colon| colon.range.start == last.range.end)
    });
    let follows = tokens.start > 1
        && touching(tokens.start - 1, tokens.start)
        && touching(tokens.start - 1, tokens.start - 2);
    let year = tokens.len() == 1
        && reading.word(tokens.start).len() == 4
        && reading.word(tokens.start).parse::<u32>().is_ok_and(|year| (1900..2100).contains(&year))
        && !reading.is(tokens.end, &[C::People, C::Record, C::Request, C::Data])
        && !reading.is(tokens.end + 1, &[C::People, C::Record, C::Request, C::Data]);
    // `every number from 100000 to 499999`.
    let number = |at: Option<usize>| {
        at.and_then(|at| reading.tokens.get(at)).is_some_and(|token| token.kind == Kind::Number)
    };
    let to = reading.says(tokens.start.saturating_sub(1), &["to"])
        && number(tokens.start.checked_sub(2))
        && reading.says(tokens.start.saturating_sub(3), &["from"]);
    let from = reading.says(tokens.start.saturating_sub(1), &["from"])
        && reading.says(tokens.end, &["to"])
        && number(Some(tokens.end + 1));
    year || to || from || follows || adjoins && touching(tokens.end, tokens.end + 1)
}

/// Whether a range lies in one that is something else. `skip` is in order.
fn skipped(skip: &[Range<usize>], range: &Range<usize>) -> bool {
    let to = skip.partition_point(|skip| skip.start < range.end);
    // Ranges may lie in one another, but no more than a few do.
    let near = skip.get(to.saturating_sub(8)..to).unwrap_or_default();
    near.iter().any(|skip| range.start < skip.end)
}
