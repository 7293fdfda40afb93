//! HAProxy with `option httplog`, and `option httpslog` with its tail.
//!
//! ```text
//! 192.0.2.7:14853 [14/Jan/2015:12:48:57.127] https-in~ shop/node_1 170/0/0/3/173 200 739 - - ---- 0/0/0/0/0 0/0 {shop.example.com|curl/8} {} "GET /x HTTP/1.1"
//! ```
//!
//! The time is when the request was accepted, without a zone. What the bytes count includes headers.
//! HAProxy writes `#` and two digits for what would break the line. A line cut at its greatest length
//! has a request without an end, read as far as it goes.
//!
//! Captured headers have no names. Of those of the request, a list of addresses is taken for
//! `X-Forwarded-For`, a product with a version for `User-Agent`, and the name of a host for `Host`: each
//! of these shapes fits one of the headers that are usually captured.

use std::borrow::Cow;

use memchr::memchr;

use super::{About, Memory};
use crate::scan::{self, Raw, said};
use crate::{Event, Field, Reject, Text};

pub(super) const ABOUT: About = About {
    word: "haproxy",
    title: "HAProxy, option httplog or httpslog",
    tells: &[
        Field::At,
        Field::Client,
        Field::Forwarded,
        Field::Method,
        Field::Target,
        Field::Protocol,
        Field::Scheme,
        Field::Host,
        Field::Status,
        Field::Sent,
        Field::Micros,
        Field::Agent,
        Field::Upstream,
        Field::Blocked,
    ],
    proven: true,
    counts_headers: true,
    source: "https://docs.haproxy.org/3.2/configuration.html#8.2.3",
};

pub(super) fn read<'l>(
    line: &'l [u8],
    _memory: &mut Memory,
    each: &mut dyn FnMut(Event<'l>),
) -> Result<(), Reject> {
    let (client, rest) = scan::cut(line, b' ').ok_or(Reject::Shape)?;
    let (time, rest) = rest.strip_prefix(b"[").and_then(|rest| scan::cut(rest, b']')).ok_or(Reject::Shape)?;
    let at = scan::clf(time).ok_or(Reject::Field("time"))?;
    let rest = rest.strip_prefix(b" ").ok_or(Reject::Shape)?;
    let (frontend, rest) = scan::cut(rest, b' ').ok_or(Reject::Shape)?;
    // `frontend/bind: SSL handshake failure`: a connection without a request.
    if frontend.ends_with(b":") {
        return Ok(());
    }
    let (upstream, rest) = scan::cut(rest, b' ').ok_or(Reject::Shape)?;
    let (times, rest) = scan::cut(rest, b' ').ok_or(Reject::Shape)?;
    let (status, rest) = scan::cut(rest, b' ').ok_or(Reject::Shape)?;
    let (sent, rest) = scan::cut(rest, b' ').ok_or(Reject::Shape)?;
    let slashes = |text: &[u8]| text.iter().filter(|byte| **byte == b'/').count();
    if slashes(times) != 4 || slashes(upstream) == 0 {
        return Err(Reject::Shape);
    }
    // Two cookies, the state at the end, five counts of connections, two queues. A cookie holds no space.
    let (_cookies, rest) = words(rest, 2).ok_or(Reject::Shape)?;
    let (state, rest) = scan::cut(rest, b' ').ok_or(Reject::Shape)?;
    let (_counts, mut rest) = words(rest, 2).ok_or(Reject::Shape)?;
    let mut event = Event {
        at: Some(at),
        is_zone_assumed: scan::lacks_zone(time),
        client: scan::address_of_pair(client).or_else(|| scan::address(client)),
        scheme: frontend.ends_with(b"~").then_some(Cow::Borrowed(b"https")),
        status: scan::status(status),
        sent: scan::number(sent.strip_prefix(b"+").unwrap_or(sent)),
        micros: scan::cut_last(times, b'/')
            .and_then(|(_, all)| scan::micros_of_millis(all.strip_prefix(b"+").unwrap_or(all))),
        upstream: said(upstream),
        // P: HAProxy itself ended it, by a rule; R: while it waited for the request.
        blocked: state.starts_with(b"PR").then_some(true),
        ..Event::default()
    };
    let mut lists = 0;
    while let Some(inner) = rest.strip_prefix(b"{") {
        let (list, after) = scan::cut(inner, b'}').ok_or(Reject::Shape)?;
        if lists == 0 {
            captured(list, &mut event);
        }
        lists += 1;
        rest = after.strip_prefix(b" ").ok_or(Reject::Shape)?;
    }
    let inner = rest.strip_prefix(b"\"").ok_or(Reject::Shape)?;
    let (request, tail) = scan::cut(inner, b'"').unwrap_or((inner, &[]));
    self::request(request, &mut event);
    https_tail(tail, &mut event);
    each(event);
    Ok(())
}

/// The first `count` words, and what follows the space behind them.
fn words(text: &[u8], count: usize) -> Option<(&[u8], &[u8])> {
    let at = memchr::memchr_iter(b' ', text).nth(count.checked_sub(1)?)?;
    Some((text.get(..at)?, text.get(at + 1..)?))
}

/// The request line; `<BADREQ>` is none.
pub(super) fn request<'l>(request: &'l [u8], event: &mut Event<'l>) {
    scan::request(Raw { bytes: request, escaped: false }, event);
    for text in [&mut event.target, &mut event.protocol] {
        *text = text.take().map(|text| match text {
            Cow::Borrowed(raw) => unescape(raw),
            owned => owned,
        });
    }
}

fn captured<'l>(list: &'l [u8], event: &mut Event<'l>) {
    for raw in list.split(|byte| *byte == b'|').filter(|raw| !raw.is_empty()) {
        let text = unescape(raw);
        let place = if is_forwarded(&text) {
            &mut event.forwarded
        } else if is_agent(&text) {
            &mut event.agent
        } else if is_host(&text) {
            &mut event.host
        } else {
            continue;
        };
        place.get_or_insert(text);
    }
}

/// Addresses, with commas between.
fn is_forwarded(text: &[u8]) -> bool {
    text.split(|byte| *byte == b',').all(|one| scan::address(one.trim_ascii()).is_some())
}

/// `curl/8.5.0 ...`: a token, a slash and a digit.
fn is_agent(text: &[u8]) -> bool {
    scan::cut(text, b'/').is_some_and(|(product, version)| {
        !product.is_empty()
            && product.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(byte))
            && version.first().is_some_and(u8::is_ascii_digit)
    })
}

/// `shop.example.com`, `localhost:8080`: labels with a dot between or a port behind.
fn is_host(text: &[u8]) -> bool {
    let (name, port) = scan::cut(text, b':').unwrap_or((text, &[]));
    let labels = name.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-.".contains(byte));
    let named = name.contains(&b'.') || (!port.is_empty() && port.iter().all(u8::is_ascii_digit));
    labels && named && name.first().is_some_and(u8::is_ascii_alphanumeric)
}

/// ` 0/0/0/0/0 sni/TLSv1.3/CIPHER` of `option httpslog`: the name that TLS asked for is the host.
fn https_tail<'l>(tail: &'l [u8], event: &mut Event<'l>) {
    let Some((_errors, names)) = tail.strip_prefix(b" ").and_then(|tail| scan::cut(tail, b' ')) else {
        return;
    };
    let mut parts = names.split(|byte| *byte == b'/');
    if let (Some(name), Some(version)) = (parts.next(), parts.next())
        && (version.starts_with(b"TLS") || version.starts_with(b"SSL"))
    {
        event.scheme = Some(Cow::Borrowed(b"https"));
        if event.host.is_none() {
            event.host = said(name);
        }
    }
}

/// Undoes `#HH`.
pub(super) fn unescape(raw: &[u8]) -> Text<'_> {
    let Some(mut at) = memchr(b'#', raw) else { return Cow::Borrowed(raw) };
    let mut text = Vec::with_capacity(raw.len());
    let mut rest = raw;
    loop {
        let (plain, escape) = rest.split_at_checked(at).unwrap_or((rest, &[]));
        text.extend_from_slice(plain);
        let (byte, used) = match *escape {
            [_, high, low, ..] => match (scan::hex(high), scan::hex(low)) {
                (Some(high), Some(low)) => (high << 4 | low, 3),
                _ => (b'#', 1),
            },
            [] => return Cow::Owned(text),
            _ => (b'#', 1),
        };
        text.push(byte);
        rest = escape.get(used..).unwrap_or_default();
        at = memchr(b'#', rest).unwrap_or(rest.len());
    }
}
