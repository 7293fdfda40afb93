//! Quoted text, and the escapes of nginx and Apache.

use std::borrow::Cow;

use crate::Text;

/// Text between quotes as the log has it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Raw<'l> {
    /// The bytes between the quotes.
    pub bytes: &'l [u8],
    /// Whether a backslash is among them.
    pub escaped: bool,
}

impl<'l> Raw<'l> {
    /// The text that was sent.
    pub(crate) fn text(self) -> Text<'l> {
        if self.escaped { unescape(self.bytes) } else { Cow::Borrowed(self.bytes) }
    }

    /// The text that was sent, unless the log says that none was.
    pub(crate) fn said(self) -> Option<Text<'l>> {
        (self.bytes != b"-").then(|| self.text())
    }
}

/// The quoted text that `text` begins with, and what follows its closing quote.
///
/// A backslash takes the next byte with it. A quote closes only where a space or the end follows:
/// products that escape write no other, and those that do not can be read a little further.
pub(crate) fn quoted(text: &[u8]) -> Option<(Raw<'_>, &[u8])> {
    let inner = text.strip_prefix(b"\"")?;
    let (mut from, mut escaped) = (0, false);
    loop {
        let at = from + memchr::memchr2(b'"', b'\\', inner.get(from..)?)?;
        let (bytes, after) = (inner.get(..at)?, inner.get(at + 1..)?);
        if inner.get(at) == Some(&b'\\') {
            escaped = true;
            from = at + 2;
        } else if matches!(after, [] | [b' ', ..]) {
            return Some((Raw { bytes, escaped }, after));
        } else {
            from = at + 1;
        }
    }
}

/// As [`quoted`] for products that escape nothing: a backslash is a backslash.
pub(crate) fn quoted_plain(text: &[u8]) -> Option<(Raw<'_>, &[u8])> {
    let inner = text.strip_prefix(b"\"")?;
    let closes = |at: &usize| matches!(inner.get(at + 1), None | Some(b' '));
    let at = memchr::memchr_iter(b'"', inner).find(closes)?;
    Some((Raw { bytes: inner.get(..at)?, escaped: false }, inner.get(at + 1..)?))
}

/// As [`quoted_plain`] for a request line: it ends where a quote follows its protocol, for a target has no
/// space, but may have quotes.
pub(crate) fn quoted_request(text: &[u8]) -> Option<(Raw<'_>, &[u8])> {
    let inner = text.strip_prefix(b"\"")?;
    // The space behind is asked for first: what is searched backwards then has none, and is searched once.
    let ends = |at: &usize| {
        let protocol = || super::cut_last(inner.get(..*at)?, b' ').map(|(_, last)| last);
        inner.get(at + 1) == Some(&b' ') && protocol().is_some_and(|last| last.starts_with(b"HTTP/"))
    };
    let Some(at) = memchr::memchr_iter(b'"', inner).find(ends) else { return quoted_plain(text) };
    Some((Raw { bytes: inner.get(..at)?, escaped: false }, inner.get(at + 1..)?))
}

/// Undoes `\xHH` of nginx and Apache, and `\"`, `\\`, `\n`, `\r`, `\t`, `\b`, `\f`, `\v` of Apache. Any
/// other backslash stands for itself.
pub(crate) fn unescape(raw: &[u8]) -> Text<'_> {
    let Some(mut at) = memchr::memchr(b'\\', raw) else { return Cow::Borrowed(raw) };
    let mut text = Vec::with_capacity(raw.len());
    let mut rest = raw;
    loop {
        let (plain, escape) = rest.split_at_checked(at).unwrap_or((rest, &[]));
        text.extend_from_slice(plain);
        let (byte, used) = match *escape {
            [_, b'x', high, low, ..] => match (hex(high), hex(low)) {
                (Some(high), Some(low)) => (high << 4 | low, 4),
                _ => (b'\\', 1),
            },
            [_, b'"', ..] => (b'"', 2),
            [_, b'\\', ..] => (b'\\', 2),
            [_, b'n', ..] => (b'\n', 2),
            [_, b'r', ..] => (b'\r', 2),
            [_, b't', ..] => (b'\t', 2),
            [_, b'b', ..] => (8, 2),
            [_, b'f', ..] => (12, 2),
            [_, b'v', ..] => (11, 2),
            [] => return Cow::Owned(text),
            _ => (b'\\', 1),
        };
        text.push(byte);
        rest = escape.get(used..).unwrap_or_default();
        at = memchr::memchr(b'\\', rest).unwrap_or(rest.len());
    }
}

/// The value of a hexadecimal digit.
pub(crate) fn hex(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn escapes_of_nginx_and_apache_are_undone() {
        for (raw, expected) in [
            (r"plain", &b"plain"[..]),
            (r"\x22\x5C\xff\x00", b"\"\\\xff\0"),
            (r#"\"quoted\" \\x41"#, b"\"quoted\" \\x41"),
            (r"a\nb\tc\rd\be\ff\vg", b"a\nb\tc\rd\x08e\x0cf\x0bg"),
            (r"\q \x4 \xzz \", b"\\q \\x4 \\xzz \\"),
        ] {
            assert_eq!(&*unescape(raw.as_bytes()), expected, "{raw}");
        }
    }

    #[test]
    fn a_quote_closes_where_a_space_or_the_end_follows() {
        for (text, expected) in [
            (r#""a b" c"#, Some(("a b", " c"))),
            (r#""""#, Some(("", ""))),
            (r#""a\" b" c"#, Some((r#"a\" b"#, " c"))),
            (r#""a\\" c"#, Some((r"a\\", " c"))),
            (r#""say "hi"x" c"#, Some((r#"say "hi"x"#, " c"))),
            (r#""open"#, None),
            (r#""open\"#, None),
            (r#""open\""#, None),
            ("bare", None),
            ("", None),
        ] {
            let read = quoted(text.as_bytes()).map(|(raw, rest)| (raw.bytes, rest));
            assert_eq!(read, expected.map(|(raw, rest)| (raw.as_bytes(), rest.as_bytes())), "{text}");
        }
    }

    /// As nginx writes a variable (`escape=default`).
    fn nginx(text: &[u8]) -> String {
        text.iter()
            .map(|&byte| match byte {
                b'"' | b'\\' | 0..32 | 127.. => format!("\\x{byte:02X}"),
                _ => char::from(byte).to_string(),
            })
            .collect()
    }

    /// As Apache writes a header.
    fn apache(text: &[u8]) -> String {
        text.iter()
            .map(|&byte| match byte {
                b'"' | b'\\' => format!("\\{}", char::from(byte)),
                b'\n' => "\\n".to_owned(),
                b'\r' => "\\r".to_owned(),
                b'\t' => "\\t".to_owned(),
                8 => "\\b".to_owned(),
                11 => "\\v".to_owned(),
                0..32 | 127.. => format!("\\x{byte:02x}"),
                _ => char::from(byte).to_string(),
            })
            .collect()
    }

    proptest! {
        #[test]
        fn what_nginx_and_apache_escape_comes_back(text in prop::collection::vec(any::<u8>(), 0..60)) {
            for written in [nginx(&text), apache(&text)] {
                let line = format!("\"{written}\" rest");
                let (raw, rest) = quoted(line.as_bytes()).expect("quoted text");
                prop_assert_eq!(rest, b" rest");
                prop_assert_eq!(&*raw.text(), &text[..], "{}", line);
            }
        }
    }
}
