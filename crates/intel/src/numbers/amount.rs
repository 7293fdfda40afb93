//! A number as it is written: digits with their grouping, words, and words of scale.

use crate::model::Amount;
use crate::reading::{Kind, Reading};

/// A number at a token: its value and the token after it.
pub(super) fn amount(reading: &Reading, at: usize, end: usize) -> Option<(Amount, usize)> {
    let token = reading.tokens.get(at)?;
    let word = reading.word(at).to_lowercase();
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
    words(reading, at, end)
}

/// A number in words: `half a million`, `three hundred and twelve thousand`, `one and a half million`.
fn words(reading: &Reading, at: usize, end: usize) -> Option<(Amount, usize)> {
    let word = |at: usize| if at < end { reading.word(at).to_lowercase() } else { String::new() };
    // A part of a scale: what it is in tenths of a hundred.
    let part = match word(at).as_str() {
        "half" if word(at + 1) == "a" => Some((50, at + 2)),
        "quarter" if word(at + 1) == "of" && word(at + 2) == "a" => Some((25, at + 3)),
        "half" => Some((50, at + 1)),
        _ => None,
    };
    if let Some((hundredths, to)) = part {
        let scale = scale_of(&word(to)).filter(|scale| *scale >= 1_000)?;
        return Some((Amount::Whole(scale / 100 * hundredths), to + 1));
    }
    let mut to = at;
    let mut sum = 0_u64;
    let mut group = 0_u64;
    let mut last = 0_u64;
    loop {
        let here = word(to);
        if let Some(scale) = scale_of(&here).filter(|_| group > 0 && here.len() > 2) {
            if scale == 100 || scale == 12 {
                group = group.saturating_mul(scale);
            } else {
                sum = sum.saturating_add(group.saturating_mul(scale));
                group = 0;
            }
            last = 0;
            to += 1;
            continue;
        }
        if let Some(value) = small(&here).filter(|_| to == at || here != "a") {
            // `twenty five`, `two hundred six`; `two three` are two numbers.
            let fits = group == 0
                || (group.is_multiple_of(100) && value < 100)
                || (last >= 20 && last.is_multiple_of(10) && value < 10);
            if !fits {
                break;
            }
            group += value;
            last = value;
            to += 1;
            continue;
        }
        if here == "and" && to > at {
            // `one and a half million`.
            if word(to + 1) == "a"
                && word(to + 2) == "half"
                && let Some(scale) = scale_of(&word(to + 3)).filter(|scale| *scale >= 1_000)
            {
                return Some((Amount::Whole(group.saturating_mul(scale).saturating_add(scale / 2)), to + 4));
            }
            // `three hundred and twelve`.
            let hundred = matches!(word(to - 1).as_str(), "hundred" | "thousand");
            if hundred && small(&word(to + 1)).is_some_and(|value| value > 1) {
                to += 1;
                continue;
            }
        }
        break;
    }
    let value = sum.saturating_add(group);
    // `one` and `a` are mostly no numbers.
    let lone = to == at + 1 && value < 2;
    (to > at && value > 0 && !lone).then_some((Amount::Whole(value), to))
}

fn scale_of(word: &str) -> Option<u64> {
    Some(match word {
        "hundred" => 100,
        "thousand" | "k" => 1_000,
        "million" | "m" | "mn" | "mln" | "mio" => 1_000_000,
        "billion" | "bn" | "b" => 1_000_000_000,
        "dozen" => 12,
        _ => return None,
    })
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
        "thirteen" => 13,
        "fourteen" => 14,
        "fifteen" => 15,
        "sixteen" => 16,
        "seventeen" => 17,
        "eighteen" => 18,
        "nineteen" => 19,
        "twenty" => 20,
        "thirty" => 30,
        "forty" => 40,
        "fifty" => 50,
        "sixty" => 60,
        "seventy" => 70,
        "eighty" => 80,
        "ninety" => 90,
        _ => return None,
    })
}
