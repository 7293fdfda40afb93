//! The request line within its quotes: `GET /v1/orders?page=2 HTTP/1.1`.

use super::Raw;
use super::quoted::unescape;
use crate::{Event, Text};

/// Puts method, target and protocol of a request line into `event`. What is no request line (TLS on a
/// plain port, other protocols, nothing at all) leaves them unsaid: the exchange was none of HTTP.
pub(crate) fn request<'l>(raw: Raw<'l>, event: &mut Event<'l>) {
    let Some((method, rest)) = super::cut(raw.bytes, b' ') else { return };
    if matches!(method, b"" | b"-") || !method.iter().copied().all(is_token) {
        return;
    }
    // The last space: a target may hold spaces that nobody encoded.
    let (target, protocol) = match super::cut_last(rest, b' ') {
        Some((target, protocol)) if protocol.starts_with(b"HTTP/") => (target, Some(protocol)),
        _ if rest.starts_with(b"/") || memchr::memmem::find(rest, b"://").is_some() => (rest, None),
        _ => return,
    };
    let text = |bytes: &'l [u8]| if raw.escaped { unescape(bytes) } else { Text::Borrowed(bytes) };
    event.method = Some(Text::Borrowed(method));
    event.target = Some(text(target));
    event.protocol = protocol.map(text);
}

/// A character of a method (RFC 9110 section 5.6.2).
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_line_has_a_method_a_target_and_mostly_a_protocol() {
        for (line, expected) in [
            ("GET / HTTP/1.1", Some(("GET", "/", "HTTP/1.1"))),
            ("M-SEARCH * HTTP/1.1", Some(("M-SEARCH", "*", "HTTP/1.1"))),
            ("GET /a b  c HTTP/2.0", Some(("GET", "/a b  c", "HTTP/2.0"))),
            ("GET http://example.com/x", Some(("GET", "http://example.com/x", ""))),
            ("GET /old", Some(("GET", "/old", ""))),
            (r"GET /\x22a HTTP/1.1", Some(("GET", "/\"a", "HTTP/1.1"))),
            ("GET /x HTTP", Some(("GET", "/x HTTP", ""))),
            ("CONNECT example.com:443 HTTP/1.1", Some(("CONNECT", "example.com:443", "HTTP/1.1"))),
            ("SSH-2.0-Go", None),
            ("t3 12.1.2", None),
            (r"\x16\x03\x01 / HTTP/1.1", None),
            ("-", None),
            ("", None),
            (" / HTTP/1.1", None),
            ("- http://192.0.2.1:80- -", None),
        ] {
            let mut event = Event::default();
            request(Raw { bytes: line.as_bytes(), escaped: line.contains('\\') }, &mut event);
            let read = event
                .method
                .map(|method| (method, event.target.unwrap_or_default(), event.protocol.unwrap_or_default()));
            let expected = expected.map(|(method, target, protocol)| {
                (method.as_bytes().into(), target.as_bytes().into(), protocol.as_bytes().into())
            });
            assert_eq!(read, expected, "{line}");
        }
    }
}
