//! Amazon CloudFront's standard logs: W3C extended, separated by tabs.
//!
//! ```text
//! #Version: 1.0
//! #Fields: date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status ...
//! 2026-11-26    11:42:06    FRA2-C1    2390    192.0.2.7    GET    d111111abcdef8.cloudfront.net    /orders/7    200    ...
//! ```
//!
//! The time is in UTC and says when the answer was finished. Headers are percent-encoded on top of what
//! was sent, by some versions twice, and are decoded here; path and query stay percent-encoded. Bytes
//! include headers. The host is the one that the viewer asked for.

use std::borrow::Cow;

use super::w3c::{self, Form};
use super::{About, Memory};
use crate::scan::{hex, said};
use crate::table::Column;
use crate::{Event, Field, Reject, Text};

pub(super) const ABOUT: About = About {
    word: "cloudfront",
    title: "Amazon CloudFront, standard logs",
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
        Field::Received,
        Field::Micros,
        Field::Agent,
        Field::Referer,
        Field::Cookie,
        Field::ResponseType,
        Field::Id,
    ],
    proven: false,
    counts_headers: true,
    source: "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logs-reference.html",
};

const FORM: Form = Form {
    separator: b'\t',
    seconds: true,
    usual: "date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) \
            cs(User-Agent) cs-uri-query cs(Cookie) x-edge-result-type x-edge-request-id x-host-header cs-protocol \
            cs-bytes time-taken x-forwarded-for ssl-protocol ssl-cipher x-edge-response-result-type \
            cs-protocol-version fle-status fle-encrypted-fields c-port time-to-first-byte \
            x-edge-detailed-result-type sc-content-type sc-content-len sc-range-start sc-range-end",
    text,
};

pub(super) fn read<'l>(
    line: &'l [u8],
    memory: &mut Memory,
    each: &mut dyn FnMut(Event<'l>),
) -> Result<(), Reject> {
    w3c::read(line, memory, &FORM, each)
}

fn text(cell: &[u8], column: Column) -> Option<Text<'_>> {
    let text = said(cell)?;
    if !matches!(column, Column::Agent | Column::Referer | Column::Cookie | Column::Forwarded) {
        return Some(text);
    }
    match decoded(&text) {
        None => Some(text),
        // Twice: what was `%2520` is `%20` now.
        Some(once) if !once.contains(&b' ') => Some(Cow::Owned(decoded(&once).unwrap_or(once))),
        Some(once) => Some(Cow::Owned(once)),
    }
}

/// `text` without its percent-encoding; `None` where it has none.
fn decoded(text: &[u8]) -> Option<Vec<u8>> {
    let mut rest = text;
    let mut out = Vec::new();
    while let Some(at) = memchr::memchr(b'%', rest) {
        let (plain, escape) = rest.split_at_checked(at)?;
        out.extend_from_slice(plain);
        let (byte, used) = match *escape {
            [_, high, low, ..] => match (hex(high), hex(low)) {
                (Some(high), Some(low)) => (high << 4 | low, 3),
                _ => (b'%', 1),
            },
            _ => (b'%', 1),
        };
        out.push(byte);
        rest = escape.get(used..)?;
    }
    if rest.len() == text.len() {
        return None;
    }
    out.extend_from_slice(rest);
    Some(out)
}
