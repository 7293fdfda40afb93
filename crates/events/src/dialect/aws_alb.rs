//! AWS Application Load Balancer, and the Classic one, whose line lacks the first word and what follows
//! the protocol of TLS.
//!
//! ```text
//! https 2026-11-26T11:42:06.003Z app/shop/50dc6c495c0c9188 192.0.2.7:44740 10.0.0.1:80 0.086 0.048 0.037 200 200 34 366 "GET https://shop.example.com:443/orders/7 HTTP/1.1" "curl/8.5.0" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 arn "Root=1-58337262" "shop.example.com" "arn" 0 2026-11-26T11:42:05.9Z "forward" "-" "-" "10.0.0.1:80" "200" "-" "-" TID_1
//! ```
//!
//! The time is when the answer was made. Bytes include headers. The target is absolute. Blocked is told
//! where the firewall had the last word.

use std::borrow::Cow;

use super::{About, Memory};
use crate::scan::{self, said};
use crate::{Event, Field, Reject, Text};

pub(super) const ABOUT: About = About {
    word: "aws-alb",
    title: "AWS Application Load Balancer",
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
        Field::Received,
        Field::Micros,
        Field::Agent,
        Field::Upstream,
        Field::Blocked,
        Field::Id,
    ],
    proven: true,
    counts_headers: true,
    source: "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html",
};

pub(super) fn read<'l>(
    line: &'l [u8],
    _memory: &mut Memory,
    each: &mut dyn FnMut(Event<'l>),
) -> Result<(), Reject> {
    let (first, after) = scan::word(line);
    let scheme: Option<&[u8]> = match first {
        b"http" | b"ws" => Some(b"http"),
        b"https" | b"h2" | b"grpcs" | b"wss" => Some(b"https"),
        _ => None,
    };
    let rest = if scheme.is_some() { after } else { line };
    let (time, rest) = scan::word(rest);
    let (_balancer, rest) = scan::word(rest);
    let (client, rest) = scan::word(rest);
    let (upstream, mut rest) = scan::word(rest);
    let mut micros = Some(0_u64);
    for _ in 0..3 {
        let (seconds, after) = scan::word(rest);
        micros = micros.zip(scan::micros_of_seconds(seconds)).map(|(sum, more)| sum.saturating_add(more));
        rest = after;
    }
    let (status, rest) = scan::word(rest);
    let (_status_of_upstream, rest) = scan::word(rest);
    let (received, rest) = scan::word(rest);
    let (sent, rest) = scan::word(rest);
    let (request, rest) = scan::quoted(rest).ok_or(Reject::Shape)?;
    let (agent, rest) = rest.strip_prefix(b" ").and_then(scan::quoted).ok_or(Reject::Shape)?;
    let at = scan::civil(time).ok_or(Reject::Field("time"))?;
    let (Some(received), Some(sent)) = (scan::number(received), scan::number(sent)) else {
        return Err(Reject::Field("size"));
    };
    let mut event = Event {
        at: Some(at),
        client: scan::address_of_pair(client),
        scheme: scheme.map(Text::Borrowed),
        status: scan::status(status),
        sent: Some(sent),
        received: Some(received),
        micros,
        agent: agent.said(),
        upstream: said(upstream),
        ..Event::default()
    };
    if event.client.is_none() {
        return Err(Reject::Field("client"));
    }
    scan::request(request, &mut event);
    tail(rest, &mut event);
    if event.host.is_none() {
        event.host = match &event.target {
            Some(Cow::Borrowed(target)) => authority(target).map(Text::Borrowed),
            Some(Cow::Owned(target)) => authority(target).map(|host| Cow::Owned(host.to_vec())),
            None => None,
        };
    }
    each(event);
    Ok(())
}

/// ` CIPHER PROTOCOL group "trace" "host" "certificate" priority time "actions" ...`.
fn tail<'l>(rest: &'l [u8], event: &mut Event<'l>) {
    // Nothing in the tail but what is in quotes has a space.
    let mut fields = Fields(rest).skip(3);
    event.id = fields.next().and_then(said);
    event.host = fields.next().and_then(said);
    let actions = fields.nth(3).unwrap_or_default();
    let last = actions.rsplit(|byte| *byte == b',').next();
    event.blocked = (last == Some(b"waf")).then_some(true);
}

/// Fields between spaces, in quotes or not.
struct Fields<'l>(&'l [u8]);

impl<'l> Iterator for Fields<'l> {
    type Item = &'l [u8];

    fn next(&mut self) -> Option<&'l [u8]> {
        let rest = self.0.strip_prefix(b" ")?;
        if let Some((raw, after)) = scan::quoted(rest) {
            self.0 = after;
            return Some(raw.bytes);
        }
        let end = memchr::memchr(b' ', rest).unwrap_or(rest.len());
        let (field, after) = rest.split_at_checked(end)?;
        self.0 = after;
        Some(field)
    }
}

/// Host and port of an absolute target.
fn authority(target: &[u8]) -> Option<&[u8]> {
    let at = memchr::memmem::find(target, b"://")?;
    let host = target.get(at + 3..)?.split(|byte| b"/?#".contains(byte)).next()?;
    (!host.is_empty()).then_some(host)
}
