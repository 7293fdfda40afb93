//! A number as it is written: digits with their grouping, words, and words of scale.

use crate::model::Amount;
use crate::reading::{Kind, Reading};

/// A number at a token: its value and the token after it.
pub(super) fn amount(reading: &Reading, at: usize, end: usize) -> Option<(Amount, usize)> {
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
