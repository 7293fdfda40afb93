//! A plain division of text into sentences, as the classifier was trained on.
//!
//! A line break ends one; so does a full stop, question or exclamation mark before white space and a
//! capital, a digit or an opening mark. No repair of glued cells or abbreviations: see `intel`.

use std::ops::Range;

/// Byte ranges of the sentences of a text, without surrounding white space. Linear time.
pub fn sentences(text: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut start = 0;
    let mut ends = breaks(text).chain(Some(text.len()));
    std::iter::from_fn(move || {
        let end = ends.next()?;
        let piece = text.get(start..end).unwrap_or_default();
        let from = start + (piece.len() - piece.trim_start().len());
        let range = from..from + piece.trim().len();
        start = end;
        Some(range)
    })
    .filter(|range| !range.is_empty())
}

fn breaks(text: &str) -> impl Iterator<Item = usize> + '_ {
    // 0: within; 1: after an end mark; 2: after an end mark and white space.
    let mut state = 0_u8;
    text.char_indices().filter_map(move |(at, character)| {
        if character == '\n' {
            state = 0;
            return Some(at);
        }
        let opens = character.is_uppercase()
            || character.is_ascii_digit()
            || matches!(character, '"' | '\'' | '(' | '[' | '\u{201c}');
        let found = (state == 2 && opens).then_some(at);
        state = match (state, character) {
            (_, '.' | '!' | '?') => 1,
            (1, '"' | '\'' | ')' | ']' | '\u{201d}') => 1,
            (1 | 2, space) if space.is_whitespace() => 2,
            _ => 0,
        };
        found
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_and_lines_divide_and_numbers_and_names_of_files_do_not() {
        for (text, expected) in [
            ("One. Two! three? Four", &["One.", "Two! three?", "Four"][..]),
            ("ran cmd.exe on 10.0.0.1 twice", &["ran cmd.exe on 10.0.0.1 twice"]),
            ("He said \"no.\" Then left.\n\n  next line ", &["He said \"no.\"", "Then left.", "next line"]),
            ("", &[]),
            (" \n ", &[]),
        ] {
            let found: Vec<&str> = sentences(text).map(|range| text.get(range).unwrap()).collect();
            assert_eq!(found, expected, "{text:?}");
        }
    }
}
