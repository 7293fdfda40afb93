//! ModSecurity in the error logs of Apache and nginx (the Core Rule Set's rules and others).
//!
//! ```text
//! [Thu Sep 30 13:27:06.009964 2021] [:error] [pid 1:tid 2] [client 192.0.2.7:37752] [client 192.0.2.7] ModSecurity: Warning. ... [id "930100"] ... [hostname "shop.example.com"] [uri "/"] [unique_id "YVW7KjiKxXlACWj0fjsbkgAAAEk"]
//! 2021/09/30 13:27:06 [error] 31#31: *46 [client 192.0.2.7] ModSecurity: Access denied with code 403 (phase 2). ... [id "949110"] ... [unique_id "163301"], client: 192.0.2.7, server: shop, request: "GET /x HTTP/1.1", host: "shop.example.com"
//! ```
//!
//! One request writes a line for each rule that matched. Lines with one `unique_id` become one event,
//! given when 64 other requests have begun or the source ends: its rules, whether it was denied and with
//! which status. Apache's lines have no method and the path without the query. The time is the first
//! line's. Other lines of an error log are passed over.

use std::borrow::Cow;

use super::combined::is_of_error_log;
use super::{About, Memory};
use crate::scan::{self, unescape};
use crate::{Event, Field, MOST_RULES, Reject, Text};

pub(super) const ABOUT: About = About {
    word: "modsecurity",
    title: "ModSecurity in an error log of Apache or nginx",
    tells: &[
        Field::At,
        Field::Client,
        Field::Method,
        Field::Target,
        Field::Protocol,
        Field::Host,
        Field::Status,
        Field::Rules,
        Field::Blocked,
        Field::Id,
    ],
    proven: true,
    counts_headers: false,
    source: "https://github.com/owasp-modsecurity/ModSecurity/wiki",
};

/// Requests whose lines are being joined.
const MOST_HELD: usize = 64;
/// Bytes of a value that is kept: a request line of Apache has no more.
const MOST_VALUE: usize = 8190;

pub(super) fn read<'l>(
    line: &'l [u8],
    memory: &mut Memory,
    each: &mut dyn FnMut(Event<'l>),
) -> Result<(), Reject> {
    let Some(at) = memchr::memmem::find(line, b"ModSecurity: ") else {
        return if is_of_error_log(line) { Ok(()) } else { Err(Reject::Shape) };
    };
    let (head, text) = line.split_at_checked(at + 13).ok_or(Reject::Shape)?;
    let mut event = head_of(head)?;
    let denied = text.starts_with(b"Access denied");
    // What the module says of itself at its start is about no request.
    if !denied && !text.starts_with(b"Warning") {
        return Ok(());
    }
    if denied {
        event.blocked = Some(true);
        let code = memchr::memmem::find(text, b" code ").and_then(|at| text.get(at + 6..at + 9));
        event.status = code.and_then(scan::status);
    }
    fields(text, &mut event);
    nginx_tail(text, &mut event);
    if event.client.is_none() {
        return Err(Reject::Field("client"));
    }
    match &event.id {
        None => each(event),
        Some(id) => match memory.held.iter_mut().find(|held| held.id.as_ref() == Some(id)) {
            Some(held) => join(held, event),
            None => {
                memory.held.push_back(event.into_owned());
                if memory.held.len() > MOST_HELD {
                    memory.held.pop_front().into_iter().for_each(each);
                }
            }
        },
    }
    Ok(())
}

/// Time and client before the word.
fn head_of(head: &[u8]) -> Result<Event<'_>, Reject> {
    let (time, rest) = match head.strip_prefix(b"[") {
        Some(inner) => {
            let (time, rest) = scan::cut(inner, b']').ok_or(Reject::Shape)?;
            (scan::error_log(time), rest)
        }
        None => {
            let (time, rest) = head.split_at_checked(19).ok_or(Reject::Shape)?;
            (scan::civil(time).filter(|_| time.contains(&b'/')), rest)
        }
    };
    let at = time.ok_or(Reject::Field("time"))?;
    // The last one has no port.
    let client = memchr::memmem::rfind(rest, b"[client ").and_then(|at| rest.get(at + 8..));
    let client = client.and_then(|client| scan::cut(client, b']')).map(|(client, _)| client);
    let client = client.and_then(|client| scan::address(client).or_else(|| scan::address_of_pair(client)));
    // Neither server writes a zone into its error log.
    Ok(Event { at: Some(at), is_zone_assumed: true, client, ..Event::default() })
}

/// ` [name "value"]`, as many as there are. A value has its quotes escaped; one that was cut has no end.
fn fields<'l>(text: &'l [u8], event: &mut Event<'l>) {
    let mut rest = text;
    while let Some(at) = memchr::memmem::find(rest, b" [") {
        rest = rest.get(at + 2..).unwrap_or_default();
        let name: &[u8] = match rest {
            [b'i', b'd', b' ', ..] => b"id",
            [b'u', b'r', b'i', b' ', ..] => b"uri",
            [b'h', b'o', b's', b't', ..] => b"hostname",
            [b'u', b'n', b'i', b'q', ..] => b"unique_id",
            _ => continue,
        };
        let Some(after) = rest.strip_prefix(name).and_then(|after| after.strip_prefix(b" \"")) else {
            continue;
        };
        // Without an end there is none further on either.
        let Some(value) = until_quote(after) else { return };
        rest = after.get(value.len()..).unwrap_or_default();
        if value.len() > MOST_VALUE {
            continue;
        }
        let text: Text<'l> = unescape(value);
        match name {
            b"id" if event.rules.len() < MOST_RULES => event.rules.push(text),
            b"uri" => event.target = Some(text),
            b"hostname" => event.host = Some(text),
            b"unique_id" => event.id = Some(text),
            _ => {}
        }
    }
}

/// What stands before `"]`, with what is escaped.
fn until_quote(text: &[u8]) -> Option<&[u8]> {
    let mut from = 0;
    loop {
        let at = from + memchr::memchr2(b'"', b'\\', text.get(from..)?)?;
        match text.get(at..)? {
            [b'"', b']', ..] => return text.get(..at),
            [b'\\', ..] => from = at + 2,
            _ => from = at + 1,
        }
    }
}

/// nginx's own end of the line: `, client: 192.0.2.7, server: x, request: "GET /x HTTP/1.1", host: "x"`.
fn nginx_tail<'l>(text: &'l [u8], event: &mut Event<'l>) {
    // The first: what stands before has its quotes escaped, what follows may be anything.
    let Some(at) = memchr::memmem::find(text, b", request: \"") else { return };
    let request = text.get(at + 12..).unwrap_or_default();
    // A target has no space, and so not this end.
    let end = memchr::memmem::find(request, b"\", ").or_else(|| memchr::memrchr(b'"', request));
    let Some((line, rest)) = end.and_then(|end| request.split_at_checked(end)) else { return };
    // A query in the request line is more than the path of the rule.
    let uri = event.target.take();
    if line.len() <= MOST_VALUE {
        scan::request(scan::Raw { bytes: line, escaped: line.contains(&b'\\') }, event);
    }
    event.target = event.target.take().or(uri);
    let host = rest.strip_prefix(b"\", host: \"").and_then(|host| scan::cut(host, b'"'));
    event.host = host.map(|(host, _)| Cow::Borrowed(host)).or(event.host.take());
}

/// Adds a further line of the same request.
fn join(held: &mut Event<'static>, event: Event<'_>) {
    let room = MOST_RULES.saturating_sub(held.rules.len());
    for rule in event.rules.into_iter().take(room) {
        if !held.rules.contains(&rule) {
            held.rules.push(Cow::Owned(rule.into_owned()));
        }
    }
    held.blocked = held.blocked.or(event.blocked);
    held.status = held.status.or(event.status);
}
