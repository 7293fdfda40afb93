//! Digits of other scripts and letters of full width, as their ASCII.

/// The text with its foreign digits and wide letters as ASCII; `None` where it has none.
///
/// Full width (U+FF01 to U+FF5E), and the decimal digits of Arabic, Persian and the scripts of India
/// from Devanagari to Malayalam: the forms in which a locale writes a telephone number.
pub(crate) fn fold(text: &[u8]) -> Option<Vec<u8>> {
    let first = (0..text.len()).find(|at| plain(text.get(*at..).unwrap_or_default()).is_some())?;
    let mut out = text.get(..first).unwrap_or_default().to_vec();
    let mut at = first;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        match plain(rest) {
            Some((byte, length)) => {
                out.push(byte);
                at = at.saturating_add(length);
            }
            None => {
                out.extend(rest.first());
                at = at.saturating_add(1);
            }
        }
    }
    Some(out)
}

/// The ASCII of the character at the start, and how many bytes the character has.
fn plain(rest: &[u8]) -> Option<(u8, usize)> {
    let digit = |low: u8, zero: u8| {
        low.checked_sub(zero).filter(|digit| *digit < 10).map(|digit| digit.wrapping_add(b'0'))
    };
    match rest {
        // U+FF01 to U+FF3F, then U+FF40 to U+FF5E.
        [0xef, 0xbc, low @ 0x81..=0xbf, ..] => Some((low.wrapping_sub(0x60), 3)),
        [0xef, 0xbd, low @ 0x80..=0x9e, ..] => Some((low.wrapping_sub(0x20), 3)),
        [0xd9, low, ..] => Some((digit(*low, 0xa0)?, 2)),
        [0xdb, low, ..] => Some((digit(*low, 0xb0)?, 2)),
        [0xe0, 0xa5 | 0xa7 | 0xa9 | 0xab | 0xad | 0xaf | 0xb1 | 0xb3 | 0xb5, low, ..] => {
            // Every second block of 128 characters; the digits stand at its end.
            Some((digit(*low, 0xa6)?, 3))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_letters_and_foreign_digits_are_their_ascii() {
        for (text, expected) in [
            ("ａｎｎ＠ｘ．ｄｅ", Some("ann@x.de")),
            ("＋４９ 151", Some("+49 151")),
            ("～！", Some("~!")),
            ("٠١٩", Some("019")),
            ("۰۱۹", Some("019")),
            ("०१९ ০৯ ੦੯ ૦૯ ୦୯ ௦௯ ౦౯ ೦೯ ൦൯", Some("019 09 09 09 09 09 09 09 09")),
            ("Jürgen ａ", Some("Jürgen a")),
            ("مرحبا", None),
            ("नमस्ते", None),
            ("ﬁ Jürgen €", None),
            ("", None),
        ] {
            let found = fold(text.as_bytes()).map(|folded| String::from_utf8(folded).unwrap());
            assert_eq!(found.as_deref(), expected, "{text}");
        }
    }
}
