//! syslog: RFC 5424, RFC 3164, and what daemons and journals write of it into files.
//!
//! ```text
//! <134>1 2026-11-26T11:42:06.003Z web haproxy 8 - - the line
//! <190>Nov 26 11:42:06 web nginx: the line
//! Nov 26 11:42:06 web haproxy[8]: the line
//! 2026-11-26T11:42:06.003+00:00 web haproxy[8]: the line
//! ```
//!
//! The host may be missing. A time of RFC 3164 has no year and no zone, and tells nothing here.

use super::{Peeled, whole};
use crate::scan;

pub(super) fn peel(line: &[u8]) -> Option<Peeled<'_>> {
    let (prioritised, rest) = match priority(line) {
        Some(rest) => (true, rest),
        None => (false, line),
    };
    if let Some(rest) = rest.strip_prefix(b"1 ").filter(|_| prioritised) {
        return rfc5424(rest);
    }
    let (at, rest) = if rest.first()?.is_ascii_digit() {
        let (time, rest) = scan::cut(rest, b' ')?;
        (Some(scan::civil(time)?), rest)
    } else {
        (None, after_old_time(rest)?)
    };
    let (first, rest) = scan::cut(rest, b' ')?;
    let (tag, text) = if first.ends_with(b":") { (first, rest) } else { scan::word(rest) };
    let tag = tag.strip_suffix(b":")?;
    let name = tag.split(|byte| *byte == b'[').next()?;
    let fits = !name.is_empty() && !name.contains(&b'"');
    fits.then(|| whole(text, at))
}

/// What follows `<134>`.
fn priority(line: &[u8]) -> Option<&[u8]> {
    let inner = line.strip_prefix(b"<")?;
    let digits = inner.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let rest = inner.get(digits..)?.strip_prefix(b">")?;
    (1..=3).contains(&digits).then_some(rest)
}

/// What follows `Nov 26 11:42:06 ` or `Nov  6 11:42:06.123456 `.
fn after_old_time(text: &[u8]) -> Option<&[u8]> {
    let &[m1, m2, m3, b' ', d1, d2, b' ', ref clock @ ..] = text else { return None };
    scan::month([m1, m2, m3])?;
    if !(d1 == b' ' || d1.is_ascii_digit()) || !d2.is_ascii_digit() {
        return None;
    }
    let (clock, rest) = scan::cut(clock, b' ')?;
    let is_clock = clock.len() >= 8 && clock.iter().all(|byte| byte.is_ascii_digit() || b":.".contains(byte));
    is_clock.then_some(rest)
}

/// `TIME HOST APP PROCID MSGID STRUCTURED-DATA the line`, after the version.
fn rfc5424(rest: &[u8]) -> Option<Peeled<'_>> {
    let (time, mut rest) = scan::cut(rest, b' ')?;
    for _ in 0..4 {
        rest = scan::cut(rest, b' ')?.1;
    }
    let text = match rest.strip_prefix(b"-") {
        Some(text) => text,
        None => after_structured_data(rest)?,
    };
    let text = text.strip_prefix(b" ").unwrap_or(text);
    Some(whole(text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text), scan::civil(time)))
}

/// What follows `[id name="value"][id ...]`; within quotes a backslash takes the next byte with it.
fn after_structured_data(text: &[u8]) -> Option<&[u8]> {
    let mut rest = text;
    while let Some(mut inner) = rest.strip_prefix(b"[") {
        loop {
            let at = memchr::memchr2(b'"', b']', inner)?;
            let closes = inner.get(at) == Some(&b']');
            inner = inner.get(at + 1..)?;
            if closes {
                break;
            }
            loop {
                let at = memchr::memchr2(b'"', b'\\', inner)?;
                let escapes = inner.get(at) == Some(&b'\\');
                inner = inner.get(at + 1 + usize::from(escapes)..)?;
                if !escapes {
                    break;
                }
            }
        }
        rest = inner;
    }
    (rest.len() < text.len()).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn syslog_of_both_kinds_and_of_files_is_peeled() {
        for (line, expected, at) in [
            (
                "<134>1 2026-11-26T11:42:06.003Z web haproxy 8 - - GET /",
                Some("GET /"),
                Some("2026-11-26T11:42:06.003Z"),
            ),
            (
                r#"<134>1 2026-11-26T11:42:06Z web app 8 id [x@1 a="]\"" b="\\"][y] GET /"#,
                Some("GET /"),
                Some("2026-11-26T11:42:06Z"),
            ),
            ("<134>1 - - - - - - \u{feff}GET /", Some("GET /"), None),
            ("<134>1 - - - - - -", Some(""), None),
            (r#"<134>1 - - - - - [x a="b GET /"#, None, None),
            ("<190>Nov 26 11:42:06 web nginx: GET /", Some("GET /"), None),
            ("<190>Nov  6 11:42:06 nginx: GET /", Some("GET /"), None),
            ("Nov 26 11:42:06 web haproxy[8]: GET /", Some("GET /"), None),
            ("Nov 26 11:42:06.123456 web haproxy[8]: GET /", Some("GET /"), None),
            (
                "2026-11-26T11:42:06.003+01:00 web haproxy[8]: GET /",
                Some("GET /"),
                Some("2026-11-26T10:42:06.003Z"),
            ),
            ("2026-11-26T11:42:06+0000 web nginx: GET /", Some("GET /"), Some("2026-11-26T11:42:06Z")),
            ("Nov 26 11:42:06 web GET /", None, None),
            ("Now 26 11:42:06 web nginx: GET /", None, None),
            ("<x>Nov 26 11:42:06 web nginx: GET /", None, None),
            ("<1", None, None),
            ("<", None, None),
            ("<134>", None, None),
            ("", None, None),
        ] {
            let peeled = peel(line.as_bytes());
            let text = peeled.as_ref().map(|peeled| String::from_utf8_lossy(&peeled.text).into_owned());
            assert_eq!(text.as_deref(), expected, "{line}");
            let read = peeled.and_then(|peeled| peeled.at).map(|at| at.to_string());
            assert_eq!(read.as_deref(), at, "{line}");
        }
    }
}
