//! Values that hide others: JSON, rows or contacts in base64 (RFC 4648, both alphabets, padded or not).
//!
//! A text is decoded where all of it is base64 and what it stands for begins like text; most do not,
//! and are told by their first byte or their first sixteen. Each byte is decoded once per level.

use super::{json, rows};
use crate::builder::Builder;
use crate::disclosure::Unmeterable;
use crate::fact::Value;
use crate::key_table::Key;
use crate::shape::Shape;
use crate::value::{Kinds, email};

/// The shortest text that is looked into: `a@b.de` has eight characters, a word may have eleven.
const SHORTEST: usize = 12;
/// The shortest such run within other text.
const SHORTEST_RUN: usize = 16;
/// Most characters of one text that are decoded; a longer one cannot be metered.
const MOST: usize = 1 << 28;
/// From this length on a line is taken to go on in the next one.
const LINE: usize = 60;
/// What a base64 text consists of.
const ALPHABET: Kinds =
    Kinds::LETTER.with(Kinds::DIGIT).with(Kinds::PLUS).with(Kinds::JOINT).with(Kinds::OTHER);

/// A text under `key`, and what hides in it.
#[inline]
pub(crate) fn string(builder: &mut Builder<'_>, key: Key, name: Value<'_>, value: Value<'_>, kinds: Kinds) {
    builder.string(key, name, value, kinds);
    if value.bytes.len() >= SHORTEST && kinds.only(ALPHABET) && value.bytes.first().is_some_and(may_begin) {
        look(builder, key, name, value.bytes);
    }
}

/// Whether the character may begin a text whose first byte is printable, a line break, or a byte order mark.
#[inline]
const fn may_begin(first: &u8) -> bool {
    matches!(first, b'I'..=b'Z' | b'a'..=b'f' | b'C' | b'D' | b'7')
}

/// Decodes `text` and reads what it stands for, beside the text itself.
#[cold]
fn look(builder: &mut Builder<'_>, key: Key, name: Value<'_>, text: &[u8]) {
    let text = without_scheme(text);
    if !begins_readable(text) {
        return;
    }
    if text.len() > MOST {
        return builder.refuse(Unmeterable::TooLarge { most: MOST });
    }
    if let Some(plain) = decode(text) {
        read(builder, key, name, &plain);
    }
}

/// What a `data:` URI carries in base64; any other text as it is.
fn without_scheme(text: &[u8]) -> &[u8] {
    let head = text.get(..text.len().min(128)).unwrap_or_default();
    match memchr::memmem::find(head, b";base64,") {
        Some(at) if text.starts_with(b"data:") => text.get(at.saturating_add(8)..).unwrap_or_default(),
        _ => text,
    }
}

/// Whether the first characters stand for ASCII text.
fn begins_readable(text: &[u8]) -> bool {
    let head = text.get(..text.len().min(SHORTEST_RUN)).unwrap_or_default();
    let Some(plain) = bits(head) else { return false };
    let plain = plain.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&plain);
    // The last byte may be the first of a letter that is cut.
    plain.iter().all(|b| matches!(b, b' '..=b'~' | b'\n' | b'\r' | b'\t'))
        || matches!(plain.trim_ascii_start().first(), Some(b'{' | b'['))
}

/// The text in UTF-8 that `text` stands for.
fn decode(text: &[u8]) -> Option<Vec<u8>> {
    let plain = bits(text)?;
    std::str::from_utf8(&plain).is_ok_and(|text| !text.contains('\0')).then_some(plain)
}

/// The bytes that `text` stands for. Line breaks are skipped; `=` may stand only at the end.
fn bits(text: &[u8]) -> Option<Vec<u8>> {
    let text = text.trim_ascii_end();
    let padding = text.iter().rev().take(2).take_while(|b| **b == b'=').count();
    let text = text.get(..text.len().saturating_sub(padding)).unwrap_or_default();
    let mut out = Vec::with_capacity(text.len().saturating_div(4).saturating_mul(3).saturating_add(3));
    let (mut word, mut held) = (0_u32, 0_u32);
    for byte in text {
        if matches!(byte, b'\n' | b'\r') {
            continue;
        }
        word = (word << 6) | u32::from(sextet(*byte)?);
        held = held.saturating_add(6);
        if held >= 8 {
            held = held.saturating_sub(8);
            let [.., byte] = word.checked_shr(held).unwrap_or(0).to_be_bytes();
            out.push(byte);
        }
    }
    (held < 6).then_some(out)
}

const fn sextet(byte: u8) -> Option<u8> {
    Some(match byte {
        b'A'..=b'Z' => byte.wrapping_sub(b'A'),
        b'a'..=b'z' => byte.wrapping_sub(b'a').wrapping_add(26),
        b'0'..=b'9' => byte.wrapping_sub(b'0').wrapping_add(52),
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        _ => return None,
    })
}

/// Reads a decoded text: JSON where it parses, rows where it looks like them, else its contacts.
fn read(builder: &mut Builder<'_>, key: Key, name: Value<'_>, plain: &[u8]) {
    let text = plain.strip_prefix(b"\xef\xbb\xbf").unwrap_or(plain).trim_ascii();
    let is_json = matches!(text.first(), Some(b'{' | b'[' | b'"')) && json::check::length(text).is_ok();
    let is_rows = !is_json && matches!(Shape::of(None, text), Shape::Csv | Shape::Tsv);
    if !is_json && !is_rows && email::find(text).next().is_none() && text.len() < LINE {
        return;
    }
    if builder.level >= builder.bounds.embedded {
        return builder.refuse(Unmeterable::TooDeep { most: builder.bounds.embedded });
    }
    builder.aside(|builder| {
        if is_json {
            json::read_under(builder, key, name, text);
        } else if is_rows {
            rows::read(builder, text, false, true);
        } else {
            builder.free_text(Value { bytes: text, start: 0, foreign: true }, true);
        }
    });
}

/// Looks into each run of base64 within a text.
///
/// Looks at every sixteenth byte first: most lie between words, and end the run that they stand in.
pub(crate) fn runs(builder: &mut Builder<'_>, text: &[u8]) {
    let mut at = 0_usize;
    while let Some(window) = text.get(at..at.saturating_add(SHORTEST_RUN)) {
        if let Some(stop) = window.iter().rposition(|b| sextet(*b).is_none()) {
            at = at.saturating_add(stop).saturating_add(1);
            continue;
        }
        let end = run_end(text, at.saturating_add(SHORTEST_RUN));
        let run = text.get(at..end).unwrap_or_default();
        if run.first().is_some_and(may_begin) {
            look(builder, Key::default(), Value { bytes: &[], start: 0, foreign: true }, run);
            if builder.is_over() {
                return;
            }
        }
        at = end.saturating_add(1);
    }
}

/// Where the run that goes on at `from` ends: at its padding, or at a line break behind a short line.
fn run_end(text: &[u8], from: usize) -> usize {
    let mut at = from;
    let mut line = SHORTEST_RUN;
    loop {
        let rest = text.get(at..).unwrap_or_default();
        let length = rest.iter().take_while(|b| sextet(**b).is_some()).count();
        at = at.saturating_add(length);
        line = line.saturating_add(length);
        let breaks = match text.get(at..) {
            // `--` begins the border between two parts of a message.
            Some([b'\r', b'\n', b'-', b'-', ..] | [b'\n', b'-', b'-', ..]) => 0,
            Some([b'\r', b'\n', next, ..]) if sextet(*next).is_some() => 2,
            Some([b'\n', next, ..]) if sextet(*next).is_some() => 1,
            _ => 0,
        };
        if breaks == 0 || line < LINE {
            let padding =
                text.get(at..).unwrap_or_default().iter().take(2).take_while(|b| **b == b'=').count();
            return at.saturating_add(padding);
        }
        at = at.saturating_add(breaks);
        line = 0;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn texts_are_decoded_in_both_alphabets_with_and_without_padding() {
        for (text, plain) in [
            ("eyJhIjoiYiJ9", Some("{\"a\":\"b\"}")),
            ("YW5uQGV4YW1wbGUuY29t", Some("ann@example.com")),
            ("YW5uQHguZGU=", Some("ann@x.de")),
            ("YW5uQHguZGU", Some("ann@x.de")),
            ("Pz8_Pz4-Pz8_Pz4-", Some("???\u{3f}>>???\u{3f}>>")),
            ("YW5u\r\nQHgu\nZGU=\r\n", Some("ann@x.de")),
            ("YW5uQHguZGU.", None),
            ("YW5uQ=guZGU", None),
            ("YW5uQ", None),
        ] {
            let found = decode(text.as_bytes()).map(|plain| String::from_utf8(plain).unwrap());
            assert_eq!(found.as_deref(), plain, "{text}");
        }
    }

    #[test]
    fn words_numbers_and_digests_do_not_begin_like_hidden_texts() {
        for text in [
            "administration",
            "Donaudampfschifffahrt",
            "Zwischenablage-Verwaltung",
            "0f8fad5b-d9cb-469f-a165-70867728950e",
            "d41d8cd98f00b204e9800998ecf8427e",
            "T1-0001-2345-6789",
            "KnownExternalReference",
            "PLATFORM_UNAVAILABLE",
        ] {
            assert!(
                !text.bytes().next().is_some_and(|b| may_begin(&b)) || !begins_readable(text.as_bytes()),
                "{text}"
            );
        }
    }

    proptest! {
        #[test]
        fn decoding_undoes_what_a_slow_writer_wrote(plain in "[ -~äß]{9,60}", url in any::<bool>(), padded in any::<bool>()) {
            let alphabet: Vec<char> = ('A'..='Z').chain('a'..='z').chain('0'..='9')
                .chain(if url { ['-', '_'] } else { ['+', '/'] }).collect();
            let ones: Vec<u8> = plain.bytes().flat_map(|b| (0..8).rev().map(move |n| b >> n & 1)).collect();
            let mut text: String = ones.chunks(6)
                .map(|six| alphabet[(0..6).fold(0, |n, at| n * 2 + usize::from(six.get(at).copied().unwrap_or(0)))])
                .collect();
            while padded && !text.len().is_multiple_of(4) {
                text.push('=');
            }
            prop_assert_eq!(decode(text.as_bytes()), Some(plain.clone().into_bytes()));
            let is_cut = !plain.is_ascii();
            prop_assert!(is_cut || text.bytes().next().is_some_and(|b| may_begin(&b)) && begins_readable(text.as_bytes()), "{}", text);
        }
    }
}
