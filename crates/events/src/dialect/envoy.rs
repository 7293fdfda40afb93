//! Envoy's default access log, and Istio's with its fields more.
//!
//! ```text
//! [2026-11-26T11:42:06.123Z] "GET /orders/7 HTTP/1.1" 200 - 0 803 15 14 "192.0.2.7" "curl/8.5.0" "ID" "shop.example.com" "192.0.2.1:8080"
//! [2026-11-26T11:42:06.123Z] "GET /orders/7 HTTP/1.1" 200 - via_upstream - "-" 0 803 15 14 "-" "curl/8.5.0" "ID" "shop.example.com" "192.0.2.1:8080" cluster 192.0.2.2:1 192.0.2.2:8080 192.0.2.7:4711 - default
//! ```
//!
//! The time is when the request began; bytes are of the bodies. The default line has no address of its
//! own: the last of the forwarded ones, which Envoy itself adds, is taken for the client; Istio's has the
//! downstream's. Envoy escapes nothing: where a header holds quotes, nobody can tell where
//! `X-Forwarded-For` ends, and neither it nor the agent is told.

use super::{About, Memory};
use crate::scan::{self, said};
use crate::{Event, Field, Reject};

pub(super) const ABOUT: About = About {
    word: "envoy",
    title: "Envoy, its default text, and Istio's",
    tells: &[
        Field::At,
        Field::Client,
        Field::Forwarded,
        Field::Method,
        Field::Target,
        Field::Protocol,
        Field::Host,
        Field::Status,
        Field::Sent,
        Field::Received,
        Field::Micros,
        Field::Agent,
        Field::Upstream,
        Field::Id,
    ],
    proven: false,
    counts_headers: false,
    source: "https://www.envoyproxy.io/docs/envoy/latest/configuration/observability/access_log/usage",
};

pub(super) fn read<'l>(
    line: &'l [u8],
    _memory: &mut Memory,
    each: &mut dyn FnMut(Event<'l>),
) -> Result<(), Reject> {
    let (time, rest) = line.strip_prefix(b"[").and_then(|rest| scan::cut(rest, b']')).ok_or(Reject::Shape)?;
    let rest = rest.strip_prefix(b" ").ok_or(Reject::Shape)?;
    let (request, rest) = scan::quoted_request(rest).ok_or(Reject::Shape)?;
    let mut event =
        Event { at: scan::civil(time), is_zone_assumed: scan::lacks_zone(time), ..Event::default() };
    if event.at.is_none() {
        return Err(Reject::Field("time"));
    }
    scan::request(request, &mut event);
    let (status, rest) = next(rest)?;
    let (_flags, rest) = next(rest)?;
    event.status = scan::status(status);
    let (received, sent, millis, rest) = match counts(rest) {
        Some(counts) => counts,
        // Istio: details of the response, of the connection, and in quotes of the upstream's transport.
        None => {
            let (_details, rest) = next(rest)?;
            let (_termination, rest) = next(rest)?;
            let rest = rest.strip_prefix(b" \"").ok_or(Reject::Shape)?;
            let end = memchr::memmem::find(rest, b"\" ").ok_or(Reject::Shape)?;
            counts(rest.get(end + 1..).unwrap_or_default()).ok_or(Reject::Shape)?
        }
    };
    event.received = Some(received);
    event.sent = Some(sent);
    event.micros = Some(millis.saturating_mul(1000));
    // Of the upstream alone: a number or nothing.
    let (_upstream_millis, rest) = next(rest)?;
    let (quoted, tail) = scan::cut_last(rest, b'"').ok_or(Reject::Shape)?;
    headers(quoted.strip_prefix(b" \"").ok_or(Reject::Shape)?, &mut event)?;
    if let Some(downstream) = tail.strip_prefix(b" ").and_then(|tail| tail.split(|byte| *byte == b' ').nth(3))
    {
        event.client = scan::address_of_pair(downstream);
    }
    each(event);
    Ok(())
}

/// The word after a space, and what follows.
fn next(rest: &[u8]) -> Result<(&[u8], &[u8]), Reject> {
    let rest = rest.strip_prefix(b" ").ok_or(Reject::Shape)?;
    let end = memchr::memchr(b' ', rest).ok_or(Reject::Shape)?;
    rest.split_at_checked(end).ok_or(Reject::Shape)
}

/// Bytes received and sent, milliseconds, and what follows.
fn counts(rest: &[u8]) -> Option<(u64, u64, u64, &[u8])> {
    let (received, rest) = next(rest).ok()?;
    let (sent, rest) = next(rest).ok()?;
    let (millis, rest) = next(rest).ok()?;
    Some((scan::number(received)?, scan::number(sent)?, scan::number(millis)?, rest))
}

/// `forwarded" "agent" "id" "host" "upstream`.
fn headers<'l>(text: &'l [u8], event: &mut Event<'l>) -> Result<(), Reject> {
    let mut parts = [&b""[..]; 4];
    let mut rest = text;
    for part in &mut parts {
        let at = memchr::memmem::rfind(rest, b"\" \"").ok_or(Reject::Shape)?;
        *part = rest.get(at + 3..).unwrap_or_default();
        rest = rest.get(..at).unwrap_or_default();
    }
    let [upstream, host, id, agent] = parts;
    event.upstream = said(upstream);
    event.host = said(host);
    event.id = said(id);
    if rest.contains(&b'"') || agent.contains(&b'"') {
        return Ok(());
    }
    event.agent = said(agent);
    event.forwarded = said(rest);
    event.client = rest.rsplit(|byte| *byte == b',').next().and_then(|last| scan::address(last.trim_ascii()));
    Ok(())
}
