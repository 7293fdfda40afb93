//! Zeek's `http.log` in its own text form: directives behind `#`, cells between tabs.
//!
//! ```text
//! #separator \x09
//! #fields    ts    uid    id.orig_h    id.orig_p    id.resp_h    id.resp_p    trans_depth    method    host    uri    ...
//! 1764157326.123456    CHhAvVGS1DHFjwGM9    192.0.2.7    4711    192.0.2.1    80    1    GET    shop.example.com    /orders/7    ...
//! ```
//!
//! The time is when the request was seen; bytes are of the bodies. Bytes that are not printable are
//! written `\xHH`. The server's address is given as upstream.

use std::borrow::Cow;

use super::{About, Memory};
use crate::scan::unescape;
use crate::table::{self, Column, MOST_COLUMNS, of_zeek};
use crate::{Event, Field, Reject, Text};

pub(super) const ABOUT: About = About {
    word: "zeek",
    title: "Zeek http.log, tab-separated",
    tells: &[
        Field::At,
        Field::Client,
        Field::Forwarded,
        Field::User,
        Field::Method,
        Field::Target,
        Field::Protocol,
        Field::Host,
        Field::Status,
        Field::Sent,
        Field::Received,
        Field::Agent,
        Field::Referer,
        Field::RequestType,
        Field::ResponseType,
        Field::Upstream,
        Field::Id,
    ],
    proven: false,
    counts_headers: false,
    source: "https://docs.zeek.org/en/master/logs/http.html",
};

pub(super) fn read<'l>(
    line: &'l [u8],
    memory: &mut Memory,
    each: &mut dyn FnMut(Event<'l>),
) -> Result<(), Reject> {
    if let Some(directive) = line.strip_prefix(b"#") {
        if let Some(names) = directive.strip_prefix(b"fields\t") {
            memory.columns = names.split(|byte| *byte == b'\t').take(MOST_COLUMNS).map(of_zeek).collect();
        }
        return Ok(());
    }
    // Without a target the header is of another of Zeek's logs.
    if !memory.columns.contains(&Column::Target) {
        return Err(Reject::Shape);
    }
    each(table::separated(line, b'\t', &memory.columns, text)?);
    Ok(())
}

fn text(cell: &[u8], column: Column) -> Option<Text<'_>> {
    match cell {
        b"-" => return None,
        b"(empty)" => return Some(Cow::Borrowed(b"")),
        _ => {}
    }
    let cell = match column {
        // A set of headers: `X-FORWARDED-FOR -> 198.51.100.9`.
        Column::Forwarded => {
            let at = memchr::memmem::find(cell, b"FORWARDED-FOR -> ")?;
            let value = cell.get(at + 17..)?;
            let next = memchr::memmem::find(value, b" -> ");
            // Up to the name of the next header.
            let end = next.and_then(|next| memchr::memrchr(b',', value.get(..next)?));
            value.get(..end.unwrap_or(value.len()))?
        }
        _ => cell,
    };
    Some(unescape(cell))
}
