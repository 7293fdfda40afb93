//! Dates, as exact as the report gives them.

use std::ops::Range;

use crate::reading::{Kind, Reading};

/// A date with its tokens.
#[derive(Clone, Debug)]
pub(crate) struct Dated {
    pub(crate) value: String,
    pub(crate) tokens: Range<usize>,
    pub(crate) range: Range<usize>,
}

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

/// Every date of the report, in order. A date without a year takes the year before it.
pub(crate) fn dates(reading: &Reading) -> Vec<Dated> {
    let mut found = Vec::new();
    let mut year: Option<u64> = None;
    let mut at = 0;
    while at < reading.tokens.len() {
        match date(reading, at) {
            Some((parts, to)) => {
                if let Some(given) = parts.year {
                    year = Some(given);
                }
                let value = parts.value(year);
                found.push(Dated { value, tokens: at..to, range: reading.range(at..to) });
                at = to;
            }
            None => at += 1,
        }
    }
    found
}

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
    let number = |at: usize| -> Option<u64> {
        let token = reading.tokens.get(at)?;
        let word = reading.word(at).split('T').next().unwrap_or_default();
        let digits =
            ["st", "nd", "rd", "th"].into_iter().find_map(|end| word.strip_suffix(end)).unwrap_or(word);
        (token.kind == Kind::Number && digits.bytes().all(|byte| byte.is_ascii_digit()))
            .then(|| digits.parse().ok())
            .flatten()
    };
    let year =
        |at: usize| number(at).filter(|year| (1990..2100).contains(year) && reading.word(at).len() == 4);
    let day = |at: usize| number(at).filter(|day| (1..=31).contains(day));
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
