//! Dates, as exact as the report gives them; of a span of time both ends.

use std::ops::Range;

use crate::reading::{Kind, Reading};

/// A date with its tokens.
#[derive(Clone, Debug)]
pub(crate) struct Dated {
    pub(crate) value: String,
    /// The last day of a span of time that begins with it: `from 3 to 9 March`.
    pub(crate) until: Option<String>,
    pub(crate) tokens: Range<usize>,
    pub(crate) range: Range<usize>,
}

/// Most days that stand before one month: `on 3, 5 and 9 March`.
const DAYS_MAX: usize = 6;

const MONTHS: &[&str] = &[
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// Every date of the report, in order. A date without a year takes that of the date which ends its span of
/// time, else the year before it.
pub(crate) fn dates(reading: &Reading) -> Vec<Dated> {
    let mut parts: Vec<(Parts, Range<usize>)> = Vec::new();
    let mut at = 0;
    while at < reading.tokens.len() {
        let found = several(reading, at).or_else(|| {
            date(reading, at).map(|(parts, to)| {
                let days = more_days(reading, &parts, at, to);
                days.unwrap_or_else(|| vec![(parts, at..to)])
            })
        });
        match found {
            Some(found) => {
                at = found.last().map_or(at + 1, |(_, tokens)| tokens.end.max(at + 1));
                parts.extend(found);
            }
            None => at += 1,
        }
    }
    let spans: Vec<bool> = (0..parts.len())
        .map(|nth| match (parts.get(nth), parts.get(nth + 1)) {
            (Some((_, one)), Some((_, other))) => is_span(reading, one, other),
            _ => false,
        })
        .collect();
    for nth in (0..parts.len()).rev() {
        let Some(last) = parts.get(nth + 1).map(|(last, _)| *last) else { continue };
        let beside = |one: &Range<usize>, other: &Range<usize>| {
            other.start == one.end + 1 && reading.says(one.end, &["and", "or", ",", "&"])
        };
        let near = spans.get(nth) == Some(&true)
            || matches!((parts.get(nth), parts.get(nth + 1)), (Some((_, one)), Some((_, other))) if beside(one, other));
        let Some((first, _)) = parts.get_mut(nth).filter(|_| near) else { continue };
        // `from December to March 2026` begins in the year before.
        first.year = first.year.or_else(|| last.year.map(|year| year - u64::from(first.month > last.month)));
    }
    let mut year: Option<u64> = None;
    let mut found: Vec<Dated> = Vec::with_capacity(parts.len());
    for (parts, tokens) in parts {
        year = parts.year.or(year);
        let range = reading.range(tokens.clone());
        found.push(Dated { value: parts.value(year), until: None, tokens, range });
    }
    for nth in (0..found.len()).filter(|nth| spans.get(*nth) == Some(&true)) {
        let until = found.get(nth + 1).map(|last| last.value.clone());
        if let Some(first) = found.get_mut(nth) {
            first.until = until.filter(|until| *until > first.value);
        }
    }
    found
}

/// Whether two dates are the ends of a span of time: `from X to Y`, `between X and Y`, `X-Y`.
fn is_span(reading: &Reading, one: &Range<usize>, other: &Range<usize>) -> bool {
    let before = |words: &[&str]| {
        (1..=2).any(|back| one.start.checked_sub(back).is_some_and(|at| reading.says(at, words)))
    };
    match other.start.checked_sub(one.end) {
        Some(0) => joined_by_hyphen(reading, one.end),
        Some(1) => {
            reading.says(one.end, &["to", "until", "till", "through", "–", "—"])
                || reading.says(one.end, &["and"]) && before(&["between"])
        }
        _ => false,
    }
}

/// Whether nothing but a hyphen stands before a token.
fn joined_by_hyphen(reading: &Reading, token: usize) -> bool {
    let (Some(left), Some(right)) =
        (token.checked_sub(1).and_then(|left| reading.tokens.get(left)), reading.tokens.get(token))
    else {
        return false;
    };
    reading.text().get(left.range.end..right.range.start).is_some_and(|between| between.trim() == "-")
}

/// What joins two days of one month, as a count of tokens: nothing but a hyphen is none.
fn joint(reading: &Reading, at: usize) -> Option<usize> {
    if joined_by_hyphen(reading, at) {
        return Some(0);
    }
    let words = ["and", "to", "or", "until", "till", "through", "–", "—", ",", "&"];
    let one = reading.says(at, &words);
    // `3, 5, and 9 March`.
    let two = one && reading.says(at, &[","]) && reading.says(at + 1, &["and", "or"]);
    let skip = 1 + usize::from(two);
    // `from the 3rd to the 9th of March`.
    one.then_some(skip + usize::from(reading.says(at + skip, &["the"])))
}

/// Days before their month: `3 and 9 March 2026`, `3-9 March`.
fn several(reading: &Reading, at: usize) -> Option<Vec<(Parts, Range<usize>)>> {
    let mut days = Vec::new();
    let mut next = at;
    loop {
        let day = day(reading, next)?;
        if let Some((parts, to)) = date(reading, next).filter(|(parts, _)| parts.day == Some(day)) {
            // The month stands with the last of them.
            if days.is_empty() {
                return None;
            }
            let mut found: Vec<(Parts, Range<usize>)> =
                days.into_iter().map(|(day, at)| (Parts { day: Some(day), ..parts }, at..at + 1)).collect();
            found.push((parts, next..to));
            return Some(found);
        }
        days.push((day, next));
        next += 1 + joint(reading, next + 1)?;
        if days.len() > DAYS_MAX {
            return None;
        }
    }
}

/// Days behind their month: `March 3-9, 2026`, `March 3 and 9, 2026`.
fn more_days(reading: &Reading, first: &Parts, at: usize, to: usize) -> Option<Vec<(Parts, Range<usize>)>> {
    let month_first =
        first.day.is_some() && reading.tokens.get(at).is_some_and(|token| token.kind == Kind::Word);
    if !month_first || first.year.is_some() {
        return None;
    }
    let mut found = vec![(*first, at..to)];
    let mut next = to;
    while let Some(day_at) = joint(reading, next).map(|skip| next + skip)
        && let Some(day) = day(reading, day_at)
        && found.len() <= DAYS_MAX
    {
        // `March 3 and 9 people`: what is counted is no day.
        let comma = day_at + 1 + usize::from(matches!(reading.word(day_at + 1), ","));
        let given = year(reading, comma);
        let counts = given.is_none()
            && reading.tokens.get(day_at + 1).is_some_and(|token| token.kind == Kind::Word)
            && !reading
                .says(day_at + 1, &["in", "the", "and", "to", "a", "an", "by", "before", "after", "when"]);
        if counts || number(reading, day_at).is_some_and(|year| year > 31) {
            break;
        }
        let end = if given.is_some() { comma + 1 } else { day_at + 1 };
        found.push((Parts { day: Some(day), year: given, month: first.month }, day_at..end));
        next = end;
        if given.is_some() {
            break;
        }
    }
    let year = found.last().and_then(|(parts, _)| parts.year);
    for (parts, _) in &mut found {
        parts.year = parts.year.or(year);
    }
    (found.len() > 1).then_some(found)
}

fn number(reading: &Reading, at: usize) -> Option<u64> {
    let token = reading.tokens.get(at)?;
    let word = reading.word(at).split('T').next().unwrap_or_default();
    let digits = ["st", "nd", "rd", "th"].into_iter().find_map(|end| word.strip_suffix(end)).unwrap_or(word);
    (token.kind == Kind::Number && digits.bytes().all(|byte| byte.is_ascii_digit()))
        .then(|| digits.parse().ok())
        .flatten()
}

fn year(reading: &Reading, at: usize) -> Option<u64> {
    number(reading, at).filter(|year| (1990..2100).contains(year) && reading.word(at).len() == 4)
}

fn day(reading: &Reading, at: usize) -> Option<u64> {
    number(reading, at).filter(|day| (1..=31).contains(day))
}

#[derive(Clone, Copy)]
struct Parts {
    year: Option<u64>,
    month: Option<usize>,
    day: Option<u64>,
}

impl Parts {
    fn value(&self, near: Option<u64>) -> String {
        let year = self.year.or(near).map_or_else(|| "-".to_owned(), |year| format!("{year:04}"));
        match (self.month, self.day) {
            (Some(month), Some(day)) => format!("{year}-{month:02}-{day:02}"),
            (Some(month), None) => format!("{year}-{month:02}"),
            (None, _) => year,
        }
    }
}

fn date(reading: &Reading, at: usize) -> Option<(Parts, usize)> {
    let year = |at: usize| year(reading, at);
    let day = |at: usize| day(reading, at);
    let number = |at: usize| number(reading, at);
    let month = |at: usize| -> Option<usize> {
        let token = reading.tokens.get(at)?;
        let word = reading.word(at).to_lowercase();
        let fits = |month: &&&str| {
            **month == word || (word.len() >= 3 && word.len() <= 4 && month.starts_with(&word))
        };
        (token.kind == Kind::Word && token.is_capital)
            .then(|| MONTHS.iter().position(|month| fits(&month)))
            .flatten()
            .map(|nth| nth + 1)
    };
    let adjacent = |at: usize, sign: char| {
        let (Some(left), Some(right)) = (reading.tokens.get(at), reading.tokens.get(at + 1)) else {
            return false;
        };
        right.range.start == left.range.end + 1
            && reading.text().get(left.range.end..right.range.start) == Some(sign.to_string().as_str())
    };
    let comma = |at: usize| at + usize::from(matches!(reading.word(at), "," | "."));
    // 2031-05-17, 2031/05/17, 2031-05
    if let Some(given) = year(at) {
        let iso = |month: u64, to: usize| {
            usize::try_from(month).ok().filter(|month| (1..=12).contains(month)).map(|month| (month, to))
        };
        if let Some((month, _)) = number(at + 1)
            .filter(|_| adjacent(at, '-') || adjacent(at, '/'))
            .and_then(|month| iso(month, at + 2))
        {
            let day = day(at + 2).filter(|_| adjacent(at + 1, '-') || adjacent(at + 1, '/'));
            return Some((
                Parts { year: Some(given), month: Some(month), day },
                at + 2 + usize::from(day.is_some()),
            ));
        }
    }
    // 17 May 2031, 17 May
    if let (Some(day), Some(month)) = (day(at), month(at + 1 + usize::from(reading.says(at + 1, &["of"])))) {
        let next = at + 2 + usize::from(reading.says(at + 1, &["of"]));
        let given = year(comma(next));
        let to = if given.is_some() { comma(next) + 1 } else { next };
        return Some((Parts { year: given, month: Some(month), day: Some(day) }, to));
    }
    if let Some(month) = month(at) {
        // May 17, 2031; May 17; May 2031
        if let Some(day) = day(at + 1) {
            let given = year(comma(at + 2));
            let to = if given.is_some() { comma(at + 2) + 1 } else { at + 2 };
            return Some((Parts { year: given, month: Some(month), day: Some(day) }, to));
        }
        if let Some(given) =
            year(comma(at + 1)).or_else(|| year(at + 2).filter(|_| reading.says(at + 1, &["of"])))
        {
            let to = if reading.says(at + 1, &["of"]) { at + 3 } else { comma(at + 1) + 1 };
            return Some((Parts { year: Some(given), month: Some(month), day: None }, to));
        }
        // `in September`; `may` and `march` only with a word of time before them.
        let timed = at.checked_sub(1).is_some_and(|before| {
            reading.says(
                before,
                &[
                    "in", "since", "until", "early", "late", "mid", "by", "during", "of", "last", "from",
                    "between", "to",
                ],
            )
        });
        if timed {
            return Some((Parts { year: None, month: Some(month), day: None }, at + 1));
        }
        return None;
    }
    // in 2031
    let timed = at.checked_sub(1).is_some_and(|before| {
        reading.says(
            before,
            &[
                "in", "since", "until", "early", "late", "mid", "by", "during", "of", "from", "between",
                "to", "and", "around",
            ],
        )
    });
    let sole = reading.word(at).len() == 4
        && !reading.is(
            at + 1,
            &[
                crate::lexicon::Concept::People,
                crate::lexicon::Concept::Record,
                crate::lexicon::Concept::Request,
            ],
        );
    year(at)
        .filter(|_| timed && sole)
        .map(|year| (Parts { year: Some(year), month: None, day: None }, at + 1))
}
