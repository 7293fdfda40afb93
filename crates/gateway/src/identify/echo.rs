//! Tells a value that the upstream made up from one that the client sent.
//!
//! An upstream that gives back what it received (an echo, a search term, a name) must not turn it
//! into a credential. A value counts as made by the upstream only when enough of it is new.

use std::borrow::Cow;

/// Bytes that count as copied when they stand in the request one after another.
const WINDOW: usize = 8;
/// Bytes of a value that must not come from the request: 48 bits in hexadecimal.
const LEAST_NEW_BYTES: usize = 12;
/// Shortest value that can be a credential.
const LEAST_BYTES: usize = 16;
/// As much of a value is looked at: signatures and ids are shorter.
const MOST_LOOKED_AT: usize = 512;

/// Whether at least twelve bytes of `value` do not stand in any of the `request`'s pieces (target,
/// header values, body), as they are or percent-decoded or JSON-unescaped, in any case.
///
/// Of a value with dots (a JWT) only the last part counts: the others repeat from one token to the
/// next. Cost: one pass over the request per form.
///
/// Misses what the upstream transforms otherwise (reversed, base64 of a field) or joins from pieces
/// below eight bytes; the cap per network bounds what that is worth.
pub(super) fn is_new(value: &str, request: &[&[u8]]) -> bool {
    if value.len() < LEAST_BYTES {
        return false;
    }
    let part = value.rsplit('.').next().filter(|last| last.len() >= LEAST_BYTES).unwrap_or(value);
    let looked_at: Vec<u8> = part.bytes().take(MOST_LOOKED_AT).map(|b| b.to_ascii_lowercase()).collect();
    let mut windows: Vec<(u64, usize)> =
        looked_at.windows(WINDOW).enumerate().filter_map(|(at, bytes)| Some((number(bytes)?, at))).collect();
    windows.sort_unstable();
    let mut copied = vec![false; looked_at.len()];
    for piece in request {
        mark(piece, &windows, &mut copied);
        if let decoded @ Cow::Owned(_) = percent_encoding::percent_decode(piece).into() {
            mark(&decoded, &windows, &mut copied);
        }
        if piece.contains(&b'\\') {
            mark(&unescaped(piece), &windows, &mut copied);
        }
    }
    copied.iter().filter(|copied| !**copied).count() >= LEAST_NEW_BYTES
}

/// Whether `value`, however short, stands in one of the `request`'s pieces, as it is or
/// percent-decoded or JSON-unescaped, in any case. An empty value stands everywhere.
pub(crate) fn stands_in(value: &[u8], request: &[&[u8]]) -> bool {
    let value = value.to_ascii_lowercase();
    let holds = |text: &[u8]| memchr::memmem::find(&text.to_ascii_lowercase(), &value).is_some();
    request.iter().any(|piece| {
        let decoded: Cow<'_, [u8]> = percent_encoding::percent_decode(piece).into();
        holds(piece)
            || matches!(decoded, Cow::Owned(_)) && holds(&decoded)
            || piece.contains(&b'\\') && holds(&unescaped(piece))
    })
}

/// Marks the bytes of the value that stand in `text`.
fn mark(text: &[u8], windows: &[(u64, usize)], copied: &mut [bool]) {
    let mut last = 0_u64;
    for (seen, byte) in text.iter().enumerate() {
        last = (last << 8) | u64::from(byte.to_ascii_lowercase());
        if seen + 1 < WINDOW {
            continue;
        }
        let first = windows.partition_point(|(window, _)| *window < last);
        for (_, at) in windows.iter().skip(first).take_while(|(window, _)| *window == last) {
            copied.iter_mut().skip(*at).take(WINDOW).for_each(|byte| *byte = true);
        }
    }
}

fn number(bytes: &[u8]) -> Option<u64> {
    bytes.try_into().map(u64::from_be_bytes).ok()
}

/// The text with JSON escapes taken out, wherever they stand: `\u0041` and `\/` become what they
/// mean, other escapes lose their backslash.
fn unescaped(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        if *byte != b'\\' {
            out.push(*byte);
            continue;
        }
        match rest.split_first() {
            Some((b'u', after)) => {
                let hex = after.get(..4).and_then(|hex| std::str::from_utf8(hex).ok());
                match hex.and_then(|hex| u32::from_str_radix(hex, 16).ok()).and_then(char::from_u32) {
                    Some(char) => {
                        out.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes());
                        rest = after.get(4..).unwrap_or_default();
                    }
                    None => rest = after,
                }
            }
            Some((escaped, after)) => {
                out.push(*escaped);
                rest = after;
            }
            None => {}
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MADE: &str = "s-7Hq2Lw9ZtRx41bVn";

    #[test]
    fn a_value_that_the_request_brought_is_an_echo() {
        for request in [
            format!("/echo?value={MADE}"),
            format!("/echo?value={}", MADE.to_uppercase()),
            "/echo?value=s%2D7Hq2%4Cw9ZtRx41bVn".into(),
            r#"{"name":"s\u002d7Hq2Lw9ZtRx41\u0062Vn"}"#.into(),
            r#"{"a":"s-7Hq2Lw9","b":"ZtRx41bVn"}"#.into(),
        ] {
            assert!(!is_new(MADE, &[b"GET", request.as_bytes()]), "{request}");
        }
    }

    #[test]
    fn a_value_that_the_upstream_made_is_new() {
        let old = "prefix_live_0000000000000000";
        let new = "prefix_live_91b7c204f6de8a35";
        assert!(is_new(new, &[b"/login", old.as_bytes(), br#"{"email":"ann@example.com"}"#]));
        let jwt = |signature: &str| format!("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJjMSJ9.{signature}");
        let (old, new) = (jwt("aaaaaaaaaaaaaaaaaaaaaaaa"), jwt("Zm9vYmFyYmF6cXV4MTIzNDU2"));
        assert!(is_new(&new, &[old.as_bytes()]));
        assert!(!is_new(&new, &[new.as_bytes()]));
    }

    #[test]
    fn an_id_that_the_client_named_stands_in_the_request_however_it_is_written() {
        for request in ["/device?user=4711", "/device?user=%34711", r#"{"user":"\u0034711"}"#, "USER=AB-4711"]
        {
            assert!(stands_in(b"4711", &[b"POST", request.as_bytes()]), "{request}");
        }
        assert!(stands_in(b"ab-4711", &[b"USER=AB-4711"]) && stands_in(b"", &[b"x"]));
        assert!(!stands_in(b"4711", &[b"/device?user=4712", b"{}"]));
    }

    #[test]
    fn a_short_value_is_no_credential() {
        assert!(!is_new("0123456789abcde", &[]));
        assert!(is_new("0123456789abcdef", &[]));
    }

    /// The slow obvious one: a byte is copied when a window around it is found by plain search.
    fn slow(value: &str, request: &[u8]) -> bool {
        let (value, text) = (value.to_lowercase(), request.to_ascii_lowercase());
        let found = |window: &[u8]| text.windows(WINDOW).any(|have| have == window);
        let new = (0..value.len()).filter(|at| {
            let around = at.saturating_sub(WINDOW - 1)..=*at;
            !around.clone().any(|from| value.as_bytes().get(from..from + WINDOW).is_some_and(found))
        });
        new.count() >= LEAST_NEW_BYTES
    }

    proptest! {
        #[test]
        fn counting_copied_bytes_agrees_with_plain_search(
            value in "[abAB]{16,40}",
            request in "[abAB]{0,60}",
        ) {
            prop_assert_eq!(is_new(&value, &[request.as_bytes()]), slow(&value, request.as_bytes()));
        }

        #[test]
        fn nothing_in_a_request_panics(value in ".{0,60}", request in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = is_new(&value, &[&request]);
        }
    }
}
