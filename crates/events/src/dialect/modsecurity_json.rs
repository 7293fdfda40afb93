//! ModSecurity 3 with `SecAuditLogFormat JSON`, one transaction in a line.
//!
//! ```text
//! {"transaction":{"client_ip":"192.0.2.7","time_stamp":"Thu Nov 26 11:46:42 2026","unique_id":"...","request":{"method":"POST","http_version":1.1,"uri":"/a?b=c","body":"...","headers":{...}},"response":{"body":"...","http_code":403,"headers":{...}},"producer":{...},"messages":[{"message":"...","details":{"ruleId":"942100",...}}]}}
//! ```
//!
//! The time has no zone and is read as UTC. Bodies stand there with parts C and E, headers with B and F, the
//! rules with H. ModSecurity does not say whether it intervened: with `SecRuleEngine DetectionOnly` it did not,
//! else it is unsaid. Bodies are cut at their first zero byte by ModSecurity.

use super::{About, Memory};
use crate::json::{self, Draft, Judged, Role, Row, Shape};
use crate::{Event, Field, Reject};

pub(super) const ABOUT: About = About {
    word: "modsecurity-json",
    title: "ModSecurity 3, audit log in JSON",
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
    source: "https://github.com/owasp-modsecurity/ModSecurity/wiki/Reference-Manual-(v3.x)#SecAuditLogFormat",
};

const ROWS: &[Row] = &[
    ("transaction.time_stamp", Role::At),
    ("transaction.client_ip", Role::Client),
    ("transaction.request.method", Role::Method),
    ("transaction.request.uri", Role::Target),
    ("transaction.request.http_version", Role::Protocol),
    ("transaction.request.body", Role::RequestBody),
    ("transaction.request.headers.*", Role::RequestHeaders),
    ("transaction.response.http_code", Role::Status),
    ("transaction.response.body", Role::ResponseBody),
    ("transaction.response.headers.*", Role::ResponseHeaders),
    ("transaction.messages.details.ruleid", Role::Rule),
    ("transaction.unique_id", Role::Id),
    ("transaction.producer.secrules_engine", Role::Action),
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
    if draft.is(Role::Action, &["DetectionOnly"]) {
        event.blocked = Some(false);
    }
    Judged::exchange_if(draft.has(Role::Id) && draft.has(Role::Client) && draft.has(Role::At))
}
