//! Zeek's `http.log` in JSON (`LogAscii::use_json=T`, or the package json-streaming-logs).
//!
//! ```text
//! {"ts":1795693602.123456,"uid":"...","id.orig_h":"192.0.2.7","id.orig_p":4711,"id.resp_h":"192.0.2.80","id.resp_p":80,"trans_depth":1,"method":"GET","host":"example.com","uri":"/a?b=c","version":"1.1","user_agent":"curl/8","request_body_len":0,"response_body_len":803,"status_code":200,"status_msg":"OK","tags":[],"resp_mime_types":["application/json"]}
//! ```
//!
//! The time is when the request was seen. Zeek decodes the target before it logs it. It writes bytes that it does
//! not print as a backslash, `x` and two digits, which a client could have sent as well: they stay as they are.
//! Lines of other logs of Zeek are passed over.

use super::{About, Memory};
use crate::json::{self, Draft, Judged, Role, Row, Shape};
use crate::{Event, Field, Reject, Text};

pub(super) const ABOUT: About = About {
    word: "zeek-json",
    title: "Zeek http.log, JSON",
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
    ],
    proven: false,
    counts_headers: false,
    source: "https://docs.zeek.org/en/current/logs/http.html",
};

const ROWS: &[Row] = &[
    ("ts", Role::At),
    ("id.orig_h", Role::Client),
    ("proxied", Role::Forwarded),
    ("username", Role::User),
    ("method", Role::Method),
    ("uri", Role::Target),
    ("version", Role::Protocol),
    ("host", Role::Host),
    ("status_code", Role::Status),
    ("response_body_len", Role::Sent),
    ("request_body_len", Role::Received),
    ("user_agent", Role::Agent),
    ("referrer", Role::Referer),
    ("orig_mime_types", Role::RequestType),
    ("resp_mime_types", Role::ResponseType),
    ("id.resp_h", Role::Upstream),
    ("trans_depth", Role::Kind),
    ("uid", Role::Action),
];

static SHAPE: Shape = Shape::new(ROWS, judge);

pub(super) fn read<'l>(
    line: &'l [u8],
    _memory: &mut Memory,
    each: &mut dyn FnMut(Event<'l>),
) -> Result<(), Reject> {
    json::read(&SHAPE, line, each)
}

/// How Zeek writes the header among those that tell of a proxy.
const FORWARDED: &[u8] = b"X-FORWARDED-FOR -> ";

fn judge<'l>(draft: &Draft<'l>, event: &mut Event<'l>) -> Judged {
    event.forwarded = event.forwarded.take().and_then(|proxied| forwarded(&proxied));
    let zeek = draft.has(Role::Action) && draft.has(Role::Client) && draft.has(Role::At);
    match (zeek, draft.has(Role::Kind) && draft.has(Role::Method)) {
        (true, true) => Judged::Exchange,
        (true, false) => Judged::Other,
        (false, _) => Judged::Foreign,
    }
}

/// The addresses in a list such as `VIA -> 1.1 proxy, X-FORWARDED-FOR -> 192.0.2.7, 192.0.2.8`.
fn forwarded<'l>(proxied: &[u8]) -> Option<Text<'l>> {
    let at = memchr::memmem::find(proxied, FORWARDED)?;
    let list = proxied.get(at + FORWARDED.len()..)?;
    // The next header begins after the last comma before its arrow.
    let end = memchr::memmem::find(list, b" -> ")
        .and_then(|arrow| memchr::memmem::rfind(list.get(..arrow)?, b", "))
        .unwrap_or(list.len());
    list.get(..end).map(|list| Text::Owned(list.to_vec()))
}
