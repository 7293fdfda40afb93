//! nginx-proxy-manager: the formats `proxy` and `standard` that it gives its nginx, and combined lines
//! from its default host.
//!
//! ```text
//! [01/Oct/2025:14:32:15 +0000] HIT 200 200 - GET https example.com "/api/users" [Client 192.0.2.7] [Length 1543] [Gzip 2.45] [Sent-to 10.0.0.15] "curl/8" "-"
//! [01/Oct/2025:14:32:20 +0000] 200 - GET https example.com "/login" [Client 192.0.2.7] [Length 3421] [Gzip 3.12] "curl/8" "-"
//! ```
//!
//! nginx escapes what it writes. The time is when the request ended; the status is the one that the
//! client got, not that of the upstream.

use super::combined;
use super::{About, Memory};
use crate::scan::{self, said};
use crate::{Event, Field, Reject};

pub(super) const ABOUT: About = About {
    word: "nginx-proxy-manager",
    title: "nginx-proxy-manager",
    tells: &[
        Field::At,
        Field::Client,
        Field::Method,
        Field::Target,
        Field::Protocol,
        Field::Scheme,
        Field::Host,
        Field::Status,
        Field::Sent,
        Field::Agent,
        Field::Referer,
        Field::Upstream,
    ],
    proven: true,
    counts_headers: false,
    source: "https://github.com/NginxProxyManager/nginx-proxy-manager/blob/develop/docker/rootfs/etc/nginx/conf.d/include/log-proxy.conf",
};

pub(super) fn read<'l>(
    line: &'l [u8],
    memory: &mut Memory,
    each: &mut dyn FnMut(Event<'l>),
) -> Result<(), Reject> {
    let Some(inner) = line.strip_prefix(b"[") else { return combined::read(line, memory, each) };
    let (time, rest) = scan::cut(inner, b']').ok_or(Reject::Shape)?;
    let at = scan::clf(time).ok_or(Reject::Field("time"))?;
    let quote = memchr::memchr(b'"', rest).ok_or(Reject::Shape)?;
    let (words, rest) = rest.split_at_checked(quote).ok_or(Reject::Shape)?;
    // From the right: the words of the cache and the upstream before the status are there or not.
    let mut words = words.trim_ascii().rsplit(|byte| *byte == b' ');
    let mut next = || words.next().ok_or(Reject::Shape);
    let (host, scheme, method, dash, status) = (next()?, next()?, next()?, next()?, next()?);
    let (target, rest) = scan::quoted(rest).ok_or(Reject::Shape)?;
    let (client, rest) = labelled(rest, b"Client").ok_or(Reject::Shape)?;
    let (sent, rest) = labelled(rest, b"Length").ok_or(Reject::Shape)?;
    let (_ratio, rest) = labelled(rest, b"Gzip").ok_or(Reject::Shape)?;
    let (upstream, rest) = labelled(rest, b"Sent-to").unwrap_or((b"-", rest));
    let (agent, rest) = combined::next_quoted(rest).ok_or(Reject::Shape)?;
    let (referer, rest) = combined::next_quoted(rest).ok_or(Reject::Shape)?;
    if dash != b"-" || !rest.is_empty() {
        return Err(Reject::Shape);
    }
    let client = scan::address(client).ok_or(Reject::Field("client"))?;
    each(Event {
        at: Some(at),
        is_zone_assumed: scan::lacks_zone(time),
        client: Some(client),
        method: said(method),
        target: target.said(),
        scheme: said(scheme),
        host: said(host),
        status: scan::status(status),
        sent: scan::number(sent),
        agent: agent.said(),
        referer: referer.said(),
        upstream: said(upstream),
        ..Event::default()
    });
    Ok(())
}

/// The value of ` [Label value]`, and what follows.
fn labelled<'l>(rest: &'l [u8], label: &[u8]) -> Option<(&'l [u8], &'l [u8])> {
    let (inner, rest) = scan::cut(rest.strip_prefix(b" [")?, b']')?;
    Some((inner.strip_prefix(label)?.strip_prefix(b" ")?, rest))
}
