//! What of a line is a request: who sent it, for what, with which method and fields.

use std::net::IpAddr;

use domain::{IpPrefix, Method};
use events::Event;
use reading::attributes::Attributes;
use reading::target::Target;

/// The client: whom the product names; where that is a machine inside, whom a proxy outside of it named last.
///
/// What a client writes into `X-Forwarded-For` itself stands further left than what proxies append.
pub(crate) fn client_of(event: &Event<'_>) -> Option<IpAddr> {
    let client = event.client?;
    // Few lines have it: whether the client is a machine inside is asked of those alone.
    let forwarded = event.forwarded.as_deref().filter(|_| IpPrefix::of(client, 128).is_inside());
    let Some(forwarded) = forwarded else { return Some(client) };
    let named = forwarded.split(|byte| b", ;=\"[]".contains(byte)).rev();
    let mut addresses = named.filter_map(|text| std::str::from_utf8(text).ok()?.parse::<IpAddr>().ok());
    Some(addresses.find(|ip| !IpPrefix::of(*ip, 128).is_inside()).unwrap_or(client))
}

/// A target without scheme and host.
pub(crate) fn origin_form(target: &[u8]) -> &[u8] {
    if target.first() == Some(&b'/') {
        return target;
    }
    let Some(at) = memchr::memmem::find(target, b"://") else { return target };
    let rest = target.get(at + 3..).unwrap_or_default();
    memchr::memchr(b'/', rest).and_then(|slash| rest.get(slash..)).unwrap_or(b"/")
}

/// A target that has no reading (`?%zz`, bytes that are no text, one that is too long), with what stands in
/// the way replaced: a server that reads it all the same answers at its path, and by the rest of its query.
pub(crate) fn mended(target: &str) -> String {
    let mut mended = String::with_capacity(target.len().min(Target::MOST_BYTES));
    let mut pairs = 1;
    for (at, letter) in target.char_indices() {
        pairs += usize::from(letter == '&');
        if mended.len() + letter.len_utf8() > Target::MOST_BYTES || pairs > Target::MOST_PAIRS {
            break;
        }
        let is_fine = match letter {
            '%' => target.get(at + 1..at + 3).is_some_and(is_plain_escape),
            other => !other.is_ascii_control() && other != ' ',
        };
        mended.push(if is_fine { letter } else { '_' });
    }
    mended
}

/// Whether two digits behind a percent sign are a letter or a mark, and no percent sign again.
fn is_plain_escape(digits: &str) -> bool {
    let is_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hex && u8::from_str_radix(digits, 16).is_ok_and(|byte| byte.is_ascii_graphic() && byte != b'%')
}

pub(crate) fn method_of(raw: &[u8]) -> Method {
    let known = match raw {
        b"GET" => Some(Method::Get),
        b"POST" => Some(Method::Post),
        b"HEAD" => Some(Method::Head),
        _ => std::str::from_utf8(raw).ok().and_then(|text| text.parse().ok()),
    };
    known.unwrap_or_else(|| Method::Other("OTHER".into()))
}

/// The fields of a logged body, by what it says that it is, else by its first byte.
pub(crate) fn read_body<'r>(content_type: Option<&[u8]>, body: &'r [u8], attributes: &mut Attributes<'r>) {
    let is_json = content_type.is_some_and(|kind| memchr::memmem::find(kind, b"json").is_some())
        || matches!(body.trim_ascii_start().first(), Some(b'{' | b'['));
    if is_json { attributes.json_and_graphql(body) } else { attributes.form(body) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_inside_is_no_client_and_what_a_client_says_of_itself_is_not_believed() {
        for (client, forwarded, expected) in [
            ("10.0.0.5", Some("198.51.100.7"), "198.51.100.7"),
            ("10.0.0.5", Some("203.0.113.1, 198.51.100.7, 10.0.0.9"), "198.51.100.7"),
            ("10.0.0.5", Some("for=\"[2001:db8::7]\";proto=https"), "2001:db8::7"),
            ("10.0.0.5", Some("unknown"), "10.0.0.5"),
            ("10.0.0.5", None, "10.0.0.5"),
            ("203.0.113.1", Some("198.51.100.7"), "203.0.113.1"),
        ] {
            let event = Event {
                client: Some(client.parse().unwrap()),
                forwarded: forwarded.map(|text| text.as_bytes().into()),
                ..Event::default()
            };
            assert_eq!(client_of(&event), Some(expected.parse().unwrap()), "{client} {forwarded:?}");
        }
    }

    #[test]
    fn what_has_no_reading_keeps_its_path_and_the_rest_of_its_query() {
        for (raw, expected) in [
            ("/a/7?%zz", "/a/7?_zz"),
            ("/a/7?id=9&x=%ff%31", "/a/7?id=9&x=_ff%31"),
            ("/a%/7%4", "/a_/7_4"),
            ("/a b?x=%25252525", "/a_b?x=_25252525"),
            ("/\u{0}\u{7f}é%é", "/__é_é"),
        ] {
            assert_eq!(mended(raw), expected, "{raw}");
            assert!(Target::parse(expected).is_ok(), "{expected}");
        }
        for long in [format!("/a?x={}", "y".repeat(20_000)), format!("/a?{}", "x=1&".repeat(3000))] {
            assert!(Target::parse(&long).is_err() && Target::parse(&mended(&long)).is_ok());
        }
    }

    #[test]
    fn a_target_is_read_without_its_host() {
        for (target, path) in [
            ("/a?b", "/a?b"),
            ("http://shop.example.com/a", "/a"),
            ("https://shop.example.com", "/"),
            ("https://shop.example.com:443?x", "/"),
            ("shop.example.com:443", "shop.example.com:443"),
        ] {
            assert_eq!(origin_form(target.as_bytes()), path.as_bytes(), "{target}");
        }
    }
}
