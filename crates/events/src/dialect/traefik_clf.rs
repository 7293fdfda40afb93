//! Traefik's default access log: NCSA combined, and behind it the number of the request, the router,
//! the server and the time it took.
//!
//! ```text
//! 192.0.2.7 - - [08/Dec/2021:09:16:05 +0000] "GET /x HTTP/1.1" 200 414 "-" "curl/8" 500 "shop@docker" "http://192.0.2.1:80" 3ms
//! ```
//!
//! Traefik escapes nothing. Router and server come from its own configuration, so that the tail is read
//! from the end, and an agent with quotes stays in its field. The time is when the request began; the
//! router is given as upstream.

use super::combined::common;
use super::{About, Memory};
use crate::scan::{self, said};
use crate::{Event, Field, Reject};

pub(super) const ABOUT: About = About {
    word: "traefik-clf",
    title: "Traefik, its default format",
    tells: &[
        Field::At,
        Field::Client,
        Field::User,
        Field::Method,
        Field::Target,
        Field::Protocol,
        Field::Status,
        Field::Sent,
        Field::Micros,
        Field::Agent,
        Field::Referer,
        Field::Upstream,
    ],
    proven: true,
    counts_headers: false,
    source: "https://doc.traefik.io/traefik/reference/install-configuration/observability/logs-and-accesslogs/",
};

pub(super) fn read<'l>(
    line: &'l [u8],
    _memory: &mut Memory,
    each: &mut dyn FnMut(Event<'l>),
) -> Result<(), Reject> {
    let (mut event, rest) = common(line, scan::quoted_request)?;
    let (rest, tail) = tail(rest).ok_or(Reject::Shape)?;
    event.micros = Some(tail.micros);
    event.upstream = said(tail.router);
    let inner = rest.strip_prefix(b" \"").and_then(|inner| inner.strip_suffix(b"\"")).ok_or(Reject::Shape)?;
    // A referer with this between quotes would be cut short; none that a browser sends has it.
    let between = memchr::memmem::find(inner, b"\" \"").ok_or(Reject::Shape)?;
    event.referer = said(inner.get(..between).unwrap_or_default());
    event.agent = said(inner.get(between + 3..).unwrap_or_default());
    each(event);
    Ok(())
}

struct Tail<'l> {
    router: &'l [u8],
    micros: u64,
}

/// ` 500 "router" "server" 3ms` at the end, and what stands before it.
fn tail(rest: &[u8]) -> Option<(&[u8], Tail<'_>)> {
    let (rest, took) = scan::cut_last(rest.strip_suffix(b"ms")?, b' ')?;
    let micros = scan::micros_of_millis(took)?;
    let (rest, _server) = scan::cut_last(rest.strip_suffix(b"\"")?, b'"')?;
    let (rest, router) = scan::cut_last(rest.strip_suffix(b"\" ")?, b'"')?;
    let (rest, count) = scan::cut_last(rest.strip_suffix(b" ")?, b' ')?;
    (scan::number(count).is_some() || count == b"-").then_some((rest, Tail { router, micros }))
}
