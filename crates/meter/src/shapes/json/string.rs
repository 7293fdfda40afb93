//! Strings: where they end, and what their escapes stand for.

use crate::shapes::text::hex;

/// A string that was run through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Scan {
    /// Where its closing quote stands; the end of the document where there is none.
    pub(crate) end: usize,
    pub(crate) escaped: bool,
}

/// Runs through the string whose first byte is at `start`, eight bytes a step.
#[inline]
pub(crate) fn scan(doc: &[u8], start: usize) -> Scan {
    let rest = doc.get(start..).unwrap_or_default();
    let mut at = start;
    for chunk in rest.chunks(8) {
        let stop = match <[u8; 8]>::try_from(chunk) {
            Ok(eight) => first_stop(u64::from_le_bytes(eight)),
            Err(_) => chunk.iter().position(|b| matches!(b, b'"' | b'\\')),
        };
        if let Some(stop) = stop {
            at = at.saturating_add(stop);
            return if doc.get(at) == Some(&b'"') {
                Scan { end: at, escaped: false }
            } else {
                scan_escaped(doc, at)
            };
        }
        at = at.saturating_add(8);
    }
    Scan { end: doc.len(), escaped: false }
}

/// The place of the first quote or backslash among eight bytes.
#[inline]
fn first_stop(eight: u64) -> Option<usize> {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGHS: u64 = ONES << 7;
    // A byte is zero where the subtraction borrows into its highest bit and that bit was not set. The
    // lowest such bit is exact; only bytes above a true one can be marked in error.
    let zero = |word: u64| word.wrapping_sub(ONES) & !word & HIGHS;
    let found = zero(eight ^ (ONES * 0x22)) | zero(eight ^ (ONES * 0x5c));
    (found != 0).then(|| usize::try_from(found.trailing_zeros() >> 3).unwrap_or(0))
}

/// Goes on at a backslash.
fn scan_escaped(doc: &[u8], start: usize) -> Scan {
    let mut at = start;
    loop {
        let found = doc.get(at..).and_then(|rest| memchr::memchr2(b'"', b'\\', rest));
        let Some(found) = found.map(|found| at.saturating_add(found)) else {
            return Scan { end: doc.len(), escaped: true };
        };
        if doc.get(found) == Some(&b'"') {
            return Scan { end: found, escaped: true };
        }
        at = found.saturating_add(2);
    }
}

/// The text that a string with escapes stands for (RFC 8259 section 7); a wrong escape stands for itself.
pub(crate) fn unescape(raw: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(raw.len());
    let mut at = 0_usize;
    while let Some(rest) = raw.get(at..).filter(|rest| !rest.is_empty()) {
        let plain = memchr::memchr(b'\\', rest).unwrap_or(rest.len());
        out.extend_from_slice(rest.get(..plain).unwrap_or_default());
        at = at.saturating_add(plain).saturating_add(2);
        let Some(escape) = rest.get(plain.saturating_add(1)) else { break };
        match escape {
            b'n' => out.push(b'\n'),
            b't' => out.push(b'\t'),
            b'r' => out.push(b'\r'),
            b'b' => out.push(8),
            b'f' => out.push(12),
            b'u' => {
                let (c, length) = unicode(raw.get(at..).unwrap_or_default());
                out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                at = at.saturating_add(length);
            }
            other => out.push(*other),
        }
    }
    out
}

/// The character of the four hexadecimal digits at the start, with its second half where it has one.
fn unicode(rest: &[u8]) -> (char, usize) {
    let Some(high) = unit(rest) else { return (char::REPLACEMENT_CHARACTER, 0) };
    if (0xd800..0xdc00).contains(&high)
        && rest.get(4..6) == Some(b"\\u")
        && let Some(low) = rest.get(6..).and_then(unit)
        && (0xdc00..0xe000).contains(&low)
    {
        let both = 0x1_0000_u32
            .saturating_add(high.saturating_sub(0xd800) << 10)
            .saturating_add(low.saturating_sub(0xdc00));
        return (char::from_u32(both).unwrap_or(char::REPLACEMENT_CHARACTER), 10);
    }
    (char::from_u32(high).unwrap_or(char::REPLACEMENT_CHARACTER), 4)
}

fn unit(digits: &[u8]) -> Option<u32> {
    let four = digits.get(..4)?;
    four.iter().try_fold(0_u32, |unit, digit| Some((unit << 4) | u32::from(hex(*digit)?)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_string_ends_at_its_quote_and_not_at_an_escaped_one() {
        for (doc, end, escaped) in [
            ("ab\"", 2, false),
            ("\"", 0, false),
            ("a\\\"b\"", 4, true),
            ("a\\\\\"", 3, true),
            ("ab", 2, false),
            ("a\\", 2, true),
        ] {
            let found = scan(doc.as_bytes(), 0);
            assert_eq!((found.end, found.escaped), (end, escaped), "{doc}");
        }
    }

    #[test]
    fn broken_escapes_lose_nothing_around_them() {
        for (raw, plain) in [
            ("a\\u00", "a\u{fffd}00"),
            ("a\\", "a"),
            ("\\q", "q"),
            ("\\ud83dx", "\u{fffd}x"),
            ("\\u0040b", "@b"),
        ] {
            assert_eq!(String::from_utf8_lossy(&unescape(raw.as_bytes())), plain, "{raw}");
        }
    }

    proptest! {
        #[test]
        fn unescaping_undoes_what_a_writer_of_json_did(text in any::<String>()) {
            let written = serde_json::to_string(&text).unwrap();
            let raw = written.get(1..written.len() - 1).unwrap();
            prop_assert_eq!(unescape(raw.as_bytes()), text.as_bytes());
            prop_assert_eq!(scan(written.as_bytes(), 1).end, written.len() - 1);
        }

        #[test]
        fn unescaping_undoes_escapes_of_every_character(text in "[ -~äß€𝄞]{0,40}") {
            let mut raw = String::new();
            for unit in text.encode_utf16() {
                raw.push_str(&format!("\\u{unit:04x}"));
            }
            prop_assert_eq!(unescape(raw.as_bytes()), text.as_bytes());
        }
    }
}
