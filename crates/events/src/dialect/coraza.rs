//! Coraza's audit log in JSON (`SecAuditLogFormat JSON`).
//!
//! ```text
//! {"transaction":{"timestamp":"2026/11/26 11:46:42","unix_timestamp":1795693602123456789,"id":"...","client_ip":"192.0.2.7","request":{"method":"POST","protocol":"HTTP/1.1","uri":"/a?b=c","headers":{"user-agent":["curl/8"]},"body":"...","length":7},"response":{"status":403,"headers":{},"body":""},"is_interrupted":true},"messages":[{"message":"...","data":{"id":942100,...}}]}
//! ```
//!
//! The time is when the transaction began; the one with a zone of its own (`unix_timestamp`) is taken.

use super::{About, Memory};
use crate::json::{self, Draft, Judged, Role, Row, Shape};
use crate::{Event, Field, Reject};

pub(super) const ABOUT: About = About {
    word: "coraza",
    title: "Coraza, audit log in JSON",
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
        Field::Agent,
        Field::Referer,
        Field::Authorization,
        Field::Cookie,
        Field::RequestType,
        Field::RequestBody,
        Field::ResponseType,
        Field::ResponseBody,
        Field::Rules,
        Field::Blocked,
        Field::Id,
    ],
    proven: false,
    counts_headers: false,
    source: "https://github.com/corazawaf/coraza/blob/main/internal/auditlog/auditlog.go",
};

const ROWS: &[Row] = &[
    ("transaction.unix_timestamp", Role::At),
    ("transaction.timestamp", Role::At),
    ("transaction.client_ip", Role::Client),
    ("transaction.request.method", Role::Method),
    ("transaction.request.uri", Role::Target),
    ("transaction.request.protocol", Role::Protocol),
    ("transaction.request.http_version", Role::Protocol),
    ("transaction.request.length", Role::Received),
    ("transaction.request.body", Role::RequestBody),
    ("transaction.request.headers.*", Role::RequestHeaders),
    ("transaction.response.status", Role::Status),
    ("transaction.response.body", Role::ResponseBody),
    ("transaction.response.headers.*", Role::ResponseHeaders),
    ("messages.data.id", Role::Rule),
    ("transaction.id", Role::Id),
    ("transaction.is_interrupted", Role::Action),
];

static SHAPE: Shape = Shape::new(ROWS, judge);

pub(super) fn read<'l>(
    line: &'l [u8],
    _memory: &mut Memory,
    each: &mut dyn FnMut(Event<'l>),
) -> Result<(), Reject> {
    json::read(&SHAPE, line, each)
}

fn judge<'l>(draft: &Draft<'l>, event: &mut Event<'l>) -> Judged {
    if draft.has(Role::Action) {
        event.blocked = Some(draft.is(Role::Action, &["true"]));
    }
    Judged::exchange_if(draft.has(Role::Id) && draft.has(Role::Client) && draft.has(Role::At))
}
