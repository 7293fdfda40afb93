//! Strings of JSON and other values that hold nothing.

use std::borrow::Cow;

use crate::Text;

/// A value that is no object and no array, as the line has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Leaf<'l> {
    /// The inside of a string, without an escape in it.
    Plain(&'l [u8]),
    /// The inside of a string with at least one escape.
    Escaped(&'l [u8]),
    /// A number, `true`, `false`, or what stands without quotes where they should be.
    Bare(&'l [u8]),
}

impl<'l> Leaf<'l> {
    /// Whether it stands for "nothing". `REDACTED` is what Caddy, Traefik and Kong write in place of a
    /// secret: taken for one, it would make one caller of all.
    pub(crate) fn is_nothing(self) -> bool {
        matches!(self.raw(), b"" | b"-" | b"REDACTED") || self == Self::Bare(b"null")
    }

    /// The bytes as the line has them.
    pub(crate) fn raw(self) -> &'l [u8] {
        match self {
            Self::Plain(bytes) | Self::Escaped(bytes) | Self::Bare(bytes) => bytes,
        }
    }

    /// The text that was meant.
    pub(crate) fn text(self) -> Text<'l> {
        match self {
            Self::Plain(bytes) | Self::Bare(bytes) => Cow::Borrowed(bytes),
            Self::Escaped(bytes) => Cow::Owned(unescape(bytes)),
        }
    }
}

/// Undoes the escapes of JSON (RFC 8259 section 7), and `\xHH`, which nginx writes where `log_format`
/// has no `escape=json`. Half a surrogate pair is U+FFFD; any other backslash stands for itself.
pub(super) fn unescape(raw: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = memchr::memchr(b'\\', rest) {
        let (plain, escape) = rest.split_at_checked(at).unwrap_or((rest, &[]));
        text.extend_from_slice(plain);
        let (byte, used) = match *escape {
            [_, byte @ (b'"' | b'\\' | b'/'), ..] => (byte, 2),
            [_, b'n', ..] => (b'\n', 2),
            [_, b'r', ..] => (b'\r', 2),
            [_, b't', ..] => (b'\t', 2),
            [_, b'b', ..] => (8, 2),
            [_, b'f', ..] => (12, 2),
            [_, b'x', high, low, ..] => match (digit(high), digit(low)) {
                (Some(high), Some(low)) => (u8::try_from(high << 4 | low).unwrap_or(b'?'), 4),
                _ => (b'\\', 1),
            },
            [_, b'u', ..] => match character(escape) {
                Some((char, used)) => {
                    text.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes());
                    rest = escape.get(used..).unwrap_or_default();
                    continue;
                }
                None => (b'\\', 1),
            },
            _ => (b'\\', 1),
        };
        text.push(byte);
        rest = escape.get(used..).unwrap_or_default();
    }
    text.extend_from_slice(rest);
    text
}

/// The character that `\uHHHH` or a pair of them stands for, and the bytes it takes.
fn character(escape: &[u8]) -> Option<(char, usize)> {
    let first = unit(escape)?;
    if !(0xd800..0xe000).contains(&first) {
        return Some((char::from_u32(first)?, 6));
    }
    let second = escape.get(6..).and_then(unit).filter(|unit| (0xdc00..0xe000).contains(unit));
    match second {
        Some(second) if first < 0xdc00 => {
            let code = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
            Some((char::from_u32(code)?, 12))
        }
        _ => Some((char::REPLACEMENT_CHARACTER, 6)),
    }
}

fn unit(escape: &[u8]) -> Option<u32> {
    let &[b'\\', b'u', a, b, c, d, ..] = escape else { return None };
    Some(digit(a)? << 12 | digit(b)? << 8 | digit(c)? << 4 | digit(d)?)
}

fn digit(byte: u8) -> Option<u32> {
    char::from(byte).to_digit(16)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn escapes_are_undone() {
        for (raw, expected) in [
            (r#"\"\\\/\b\f\n\r\t"#, &b"\"\\/\x08\x0c\n\r\t"[..]),
            (r"\u0041\u00e9\u20ac", "Aé€".as_bytes()),
            (r"\ud83d\ude00", "😀".as_bytes()),
            (r"\ud83d", "\u{fffd}".as_bytes()),
            (r"\ude00x", "\u{fffd}x".as_bytes()),
            (r"\ud83d\u0041", "\u{fffd}A".as_bytes()),
            (r"\x22\xFF\x00", b"\"\xff\0"),
            (r"\q\u12\xz\", br"\q\u12\xz\"),
            ("", b""),
        ] {
            assert_eq!(unescape(raw.as_bytes()), expected, "{raw}");
        }
    }

    proptest! {
        #[test]
        fn a_string_comes_back_as_the_json_library_wrote_it(text in any::<String>()) {
            let written = serde_json::to_string(&text).unwrap();
            let inside = &written.as_bytes()[1..written.len() - 1];
            prop_assert_eq!(unescape(inside), text.as_bytes());
        }
    }
}
