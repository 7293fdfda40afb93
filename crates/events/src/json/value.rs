//! Numbers, times and targets as JSON lines hold them, in quotes or without.

use std::borrow::Cow;

use domain::Timestamp;

use crate::{Text, scan};

/// A time: RFC 3339 and the like, NCSA, RFC 9110's date, C's `asctime`, or a number since 1970. Of a
/// number the size says the unit: seconds to 11 digits before the point, then milliseconds to 14,
/// microseconds to 17, nanoseconds to 19.
pub(super) fn time(text: &[u8]) -> Option<Timestamp> {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if digits == text.len() || matches!(text.get(digits), Some(b'.' | b'e' | b'E')) {
        let shift = text.iter().position(|byte| matches!(byte, b'e' | b'E'));
        let shift = shift.and_then(|at| exponent(text.get(at + 1..)?)).unwrap_or(0);
        let places = match i32::try_from(digits).ok()? + shift {
            ..12 => 3,
            12..15 => 0,
            15..18 => -3,
            18..20 => -6,
            _ => return None,
        };
        return decimal(text, places).map(Timestamp::from_millis);
    }
    if digits == 4 {
        return scan::civil(text);
    }
    if digits == 2 {
        return scan::clf(text);
    }
    spoken(text)
}

/// `Thu Nov 26 11:46:42 2026` (ModSecurity) or `Thu, 26 Nov 2026 11:46:42 GMT`.
fn spoken(text: &[u8]) -> Option<Timestamp> {
    if let Some(date) = text.get(3..).and_then(|rest| rest.strip_prefix(b", ")) {
        let (date, zone) = date.split_at_checked(20)?;
        if !matches!(zone, b" GMT" | b" UTC" | b" +0000") {
            return None;
        }
        let &[d1, d2, b' ', m1, m2, m3, b' ', y1, y2, y3, y4, b' ', ref clock @ ..] = date else {
            return None;
        };
        return of_parts([d1, d2], [m1, m2, m3], [y1, y2, y3, y4], clock);
    }
    let &[_, _, _, b' ', m1, m2, m3, b' ', d1, d2, b' ', ref clock @ .., b' ', y1, y2, y3, y4] = text else {
        return None;
    };
    of_parts([if d1 == b' ' { b'0' } else { d1 }, d2], [m1, m2, m3], [y1, y2, y3, y4], clock)
}

fn of_parts(
    [d1, d2]: [u8; 2],
    [m1, m2, m3]: [u8; 3],
    [y1, y2, y3, y4]: [u8; 4],
    clock: &[u8],
) -> Option<Timestamp> {
    let mut text = [b':'; 20];
    let (date, rest) = text.split_at_mut(12);
    date.copy_from_slice(&[d1, d2, b'/', m1, m2, m3, b'/', y1, y2, y3, y4, b':']);
    if clock.len() != rest.len() {
        return None;
    }
    rest.copy_from_slice(clock);
    scan::clf(&text)
}

/// The decimal number `text` times ten to the power of `places`, rounded down: `0.125`, `12`, `9e-05`.
/// `None` below zero and beyond 64 bits.
pub(super) fn decimal(text: &[u8], places: i32) -> Option<u64> {
    let (mantissa, exponent) = match text.iter().position(|byte| matches!(byte, b'e' | b'E')) {
        Some(at) => (text.get(..at)?, exponent(text.get(at + 1..)?)?),
        None => (text, 0),
    };
    let (whole, fraction) = scan::cut(mantissa, b'.').unwrap_or((mantissa, &[]));
    if whole.is_empty() || !whole.iter().chain(fraction).all(u8::is_ascii_digit) {
        return None;
    }
    // How many digits of whole and fraction together stand before the point of the result.
    let before = i32::try_from(whole.len()).ok()? + places + exponent;
    let before = usize::try_from(before).unwrap_or(0);
    let digits = whole.iter().chain(fraction).copied().chain(std::iter::repeat(b'0'));
    // Leading zeros cost nothing, and 20 digits overflow 64 bits: what is longer is no number of a log.
    if before > 400 {
        return None;
    }
    digits
        .take(before)
        .try_fold(0_u64, |sum, digit| sum.checked_mul(10)?.checked_add(u64::from(digit - b'0')))
}

fn exponent(text: &[u8]) -> Option<i32> {
    let (sign, digits) = match text.split_first()? {
        (b'-', digits) => (-1, digits),
        (b'+', digits) => (1, digits),
        _ => (1, text),
    };
    let size = scan::number(digits).filter(|size| *size <= 300)?;
    i32::try_from(size).ok().map(|size| sign * size)
}

/// Microseconds of a number with its unit behind it, as Go and Protocol Buffers write spans:
/// `0.058927s`, `2.5ms`, `7µs`, `1m2.5s`.
pub(super) fn span(text: &[u8]) -> Option<u64> {
    let (mut sum, mut rest) = (0_u64, text);
    loop {
        let number = rest.iter().take_while(|byte| byte.is_ascii_digit() || **byte == b'.').count();
        let (number, after) = rest.split_at_checked(number)?;
        let unit = after.iter().take_while(|byte| !byte.is_ascii_digit()).count();
        let (unit, after) = after.split_at_checked(unit)?;
        let micros = match unit {
            b"s" => decimal(number, 6)?,
            b"ms" => decimal(number, 3)?,
            b"us" | b"\xc2\xb5s" | b"\xce\xbcs" => decimal(number, 0)?,
            b"ns" => decimal(number, -3)?,
            b"m" => decimal(number, 6)?.checked_mul(60)?,
            b"h" => decimal(number, 6)?.checked_mul(3600)?,
            _ => return None,
        };
        sum = sum.checked_add(micros)?;
        if after.is_empty() {
            return Some(sum);
        }
        rest = after;
    }
}

/// A protocol as requests write it: some products log `1.1` for `HTTP/1.1`.
pub(super) fn protocol(text: Text<'_>) -> Text<'_> {
    match &*text {
        b"1.1" => Cow::Borrowed(b"HTTP/1.1"),
        b"1.0" | b"1" => Cow::Borrowed(b"HTTP/1.0"),
        b"2.0" | b"2" => Cow::Borrowed(b"HTTP/2.0"),
        b"3.0" | b"3" => Cow::Borrowed(b"HTTP/3.0"),
        b"0.9" => Cow::Borrowed(b"HTTP/0.9"),
        _ => text,
    }
}

/// What a URL tells.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct UrlParts<'l> {
    pub scheme: Option<Text<'l>>,
    pub host: Option<Text<'l>>,
    pub target: Text<'l>,
}

/// Takes a URL apart: the client sent the target, and the product put the rest before it. What is no
/// URL with a host is the target.
pub(super) fn url(url: Text<'_>) -> UrlParts<'_> {
    match url {
        Cow::Borrowed(url) => url_of(url),
        Cow::Owned(url) => {
            let UrlParts { scheme, host, target } = url_of(&url);
            let own = |text: Text<'_>| Cow::Owned(text.into_owned());
            UrlParts { scheme: scheme.map(own), host: host.map(own), target: own(target) }
        }
    }
}

fn url_of(url: &[u8]) -> UrlParts<'_> {
    let alone = UrlParts { scheme: None, host: None, target: Cow::Borrowed(url) };
    let Some((scheme, rest)) = scan::cut(url, b':') else { return alone };
    let is_scheme =
        [&b"http"[..], b"https", b"ws", b"wss"].iter().any(|known| scheme.eq_ignore_ascii_case(known));
    let Some(rest) = rest.strip_prefix(b"//").filter(|_| is_scheme) else { return alone };
    let end = rest.iter().position(|byte| matches!(byte, b'/' | b'?' | b'#')).unwrap_or(rest.len());
    let Some((host, target)) = rest.split_at_checked(end) else { return alone };
    let target = match target {
        [] => Cow::Borrowed(&b"/"[..]),
        [b'/', ..] => Cow::Borrowed(target),
        _ => Cow::Owned([b"/", target].concat()),
    };
    UrlParts { scheme: Some(Cow::Borrowed(scheme)), host: Some(Cow::Borrowed(host)), target }
}

/// `path` with `query` behind it, unless it has one.
pub(super) fn target<'l>(path: Text<'l>, query: Option<Text<'l>>) -> Text<'l> {
    let Some(query) = query.filter(|_| memchr::memchr(b'?', &path).is_none()) else { return path };
    let query = query.strip_prefix(b"?").unwrap_or(&query);
    if query.is_empty() {
        return path;
    }
    Cow::Owned([&path, &b"?"[..], query].concat())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn times_are_read_in_every_form_that_products_write() {
        for (text, expected) in [
            ("1693840791.7564995", Some("2023-09-04T15:19:51.756Z")),
            ("1693840791", Some("2023-09-04T15:19:51Z")),
            ("1693840791756", Some("2023-09-04T15:19:51.756Z")),
            ("1693840791756.5", Some("2023-09-04T15:19:51.756Z")),
            ("1693840791756499", Some("2023-09-04T15:19:51.756Z")),
            ("1693840791756499512", Some("2023-09-04T15:19:51.756Z")),
            ("2023-09-04T15:19:51.756Z", Some("2023-09-04T15:19:51.756Z")),
            ("2023-09-04T15:19:51.756499+0200", Some("2023-09-04T13:19:51.756Z")),
            ("2023-09-04 15:19:51", Some("2023-09-04T15:19:51Z")),
            ("2023/09/04 15:19:51", Some("2023-09-04T15:19:51Z")),
            ("04/Sep/2023:15:19:51 +0200", Some("2023-09-04T13:19:51Z")),
            ("Mon Sep  4 15:19:51 2023", Some("2023-09-04T15:19:51Z")),
            ("Mon Sep 04 15:19:51 2023", Some("2023-09-04T15:19:51Z")),
            ("Mon, 04 Sep 2023 15:19:51 GMT", Some("2023-09-04T15:19:51Z")),
            ("Mon, 04 Sep 2023 15:19:51 CET", None),
            ("1.693840791e9", Some("2023-09-04T15:19:51Z")),
            ("1.693840791756e+12", Some("2023-09-04T15:19:51.756Z")),
            ("-1", None),
            ("99999999999999999999999", None),
            ("yesterday", None),
            ("", None),
            (".", None),
        ] {
            let shown = time(text.as_bytes()).map(|at| at.to_string());
            assert_eq!(shown.as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn numbers_are_scaled_and_rounded_down() {
        for (text, places, expected) in [
            ("0.125", 6, Some(125_000)),
            ("12", 0, Some(12)),
            ("12.9", 0, Some(12)),
            ("9e-05", 6, Some(90)),
            ("1.5E+3", 0, Some(1500)),
            ("1999", -3, Some(1)),
            ("1", -6, Some(0)),
            ("000000000000000000000000000007", 0, Some(7)),
            ("18446744073709551615", 0, Some(u64::MAX)),
            ("18446744073709551616", 0, None),
            ("1e300", 300, None),
            ("1e999999999999", 0, None),
            ("1e", 0, None),
            ("-1", 0, None),
            (".5", 0, None),
            ("1.2.3", 0, None),
            ("0.1, 0.2", 6, None),
            ("", 0, None),
        ] {
            assert_eq!(decimal(text.as_bytes(), places), expected, "{text}");
        }
        for (text, expected) in [
            ("0.058927s", Some(58_927)),
            ("2.5ms", Some(2_500)),
            ("7µs", Some(7)),
            ("900ns", Some(0)),
            ("1m2.5s", Some(62_500_000)),
            ("1h", Some(3_600_000_000)),
            ("5", None),
            ("s", None),
            ("", None),
        ] {
            assert_eq!(span(text.as_bytes()), expected, "{text}");
        }
    }

    #[test]
    fn a_url_is_taken_apart_and_a_target_put_together() {
        for (text, expected) in [
            ("https://example.com:8443/a?b=c", (Some("https"), Some("example.com:8443"), "/a?b=c")),
            ("HTTP://example.com", (Some("HTTP"), Some("example.com"), "/")),
            ("https://example.com?b", (Some("https"), Some("example.com"), "/?b")),
            ("https://[2001:db8::7]:1/", (Some("https"), Some("[2001:db8::7]:1"), "/")),
            ("/a?u=http://example.com/", (None, None, "/a?u=http://example.com/")),
            ("javascript://example.com/", (None, None, "javascript://example.com/")),
            ("*", (None, None, "*")),
            ("", (None, None, "")),
        ] {
            let parts = url(Cow::Borrowed(text.as_bytes()));
            let as_text = |text: &'static str| Cow::Borrowed(text.as_bytes());
            let (scheme, host, target) = expected;
            let expected =
                UrlParts { scheme: scheme.map(as_text), host: host.map(as_text), target: as_text(target) };
            assert_eq!(parts, expected, "{text}");
            assert_eq!(url(Cow::Owned(text.as_bytes().to_vec())), expected, "{text}");
        }
        for (path, query, expected) in [
            ("/a", Some("b=c"), "/a?b=c"),
            ("/a", Some("?b=c"), "/a?b=c"),
            ("/a", Some("?"), "/a"),
            ("/a?x", Some("b=c"), "/a?x"),
            ("/a", None, "/a"),
        ] {
            let read = target(path.as_bytes().into(), query.map(|query| query.as_bytes().into()));
            assert_eq!(&*read, expected.as_bytes());
        }
    }

    proptest! {
        #[test]
        fn decimals_are_read_as_a_wide_number_reads_them(whole in 0_u64..1 << 40, fraction in "[0-9]{0,9}", places in -6_i32..7) {
            let text = format!("{whole}.{fraction}");
            let digits: u128 = format!("{whole}{fraction:0<9}").parse().unwrap();
            let expected = if places >= -9 { digits * 10_u128.pow(u32::try_from(places + 9).unwrap()) / 10_u128.pow(18) } else { 0 };
            prop_assert_eq!(decimal(text.as_bytes(), places), u64::try_from(expected).ok());
        }

        #[test]
        fn no_text_makes_them_panic(text in "[0-9eE+.:/ ,a-zµ-]{0,40}") {
            let _ = (time(text.as_bytes()), decimal(text.as_bytes(), -6), span(text.as_bytes()), url(Cow::Borrowed(text.as_bytes())));
        }
    }
}
