//! HAProxy with `option httplog clf`: NCSA common, two empty fields, and a tail of its own.
//!
//! ```text
//! 192.0.2.7 - - [08/Jun/2020:06:49:01 +0000] "GET / HTTP/1.1" 200 803 "" "" 50033 127 "web" "shop" "node_1" 0 0 0 1 1 "----" 1 1 0 0 0 0 0 "" "" "" ""
//! ```
//!
//! The time is when the request was read; escapes are HAProxy's (see `haproxy`).

use super::combined::common;
use super::{About, Memory, haproxy};
use crate::scan::{self, said};
use crate::{Event, Field, Reject, Text};

pub(super) const ABOUT: About = About {
    word: "haproxy-clf",
    title: "HAProxy, option httplog clf",
    tells: &[
        Field::At,
        Field::Client,
        Field::Method,
        Field::Target,
        Field::Protocol,
        Field::Scheme,
        Field::Status,
        Field::Sent,
        Field::Micros,
        Field::Upstream,
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
    let (mut event, rest) = common(line, scan::quoted_plain)?;
    let rest = rest.strip_prefix(b" \"\" \"\" ").ok_or(Reject::Shape)?;
    let (port, rest) = scan::cut(rest, b' ').ok_or(Reject::Shape)?;
    let (millis, rest) = scan::cut(rest, b' ').ok_or(Reject::Shape)?;
    if scan::number(port).is_none() || scan::number(millis).is_none() {
        return Err(Reject::Shape);
    }
    let mut rest = rest;
    let mut names = [&b""[..]; 3];
    for name in &mut names {
        let inner = rest.strip_prefix(b"\"").ok_or(Reject::Shape)?;
        let (value, after) = scan::cut(inner, b'"').ok_or(Reject::Shape)?;
        *name = value;
        rest = after.strip_prefix(b" ").ok_or(Reject::Shape)?;
    }
    let [frontend, backend, _server] = names;
    let all = rest.split(|byte| *byte == b' ').nth(4).ok_or(Reject::Shape)?;
    event.micros = scan::micros_of_millis(all);
    event.upstream = said(backend);
    if frontend.ends_with(b"~") {
        event.scheme = Some(b"https"[..].into());
    }
    if let Some(target) = event.target.take() {
        event.target = Some(match target {
            Text::Borrowed(raw) => haproxy::unescape(raw),
            owned => owned,
        });
    }
    each(event);
    Ok(())
}
