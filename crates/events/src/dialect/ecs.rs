//! The Elastic Common Schema, as Filebeat's modules, Elastic Agent and applications write it, nested or with dots;
//! and OpenTelemetry's attributes of HTTP, which have the same names.
//!
//! ```text
//! {"@timestamp":"2026-11-26T11:46:42.123Z","source":{"ip":"192.0.2.7"},"http":{"version":"1.1","request":{"method":"GET"},"response":{"status_code":200,"body":{"bytes":803}}},"url":{"original":"/a?b=c"},"user_agent":{"original":"curl/8"},"ecs":{"version":"8.11.0"}}
//! ```
//!
//! The duration is in nanoseconds.

use super::{About, Memory};
use crate::json::{self, Draft, Judged, Role, Row, Shape};
use crate::{Event, Field, Reject};

pub(super) const ABOUT: About = About {
    word: "ecs",
    title: "Elastic Common Schema, JSON",
    tells: &[
        Field::At,
        Field::Client,
        Field::Forwarded,
        Field::User,
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
        Field::RequestType,
        Field::RequestBody,
        Field::ResponseType,
        Field::ResponseBody,
        Field::Upstream,
        Field::Rules,
        Field::Id,
    ],
    proven: false,
    counts_headers: false,
    source: "https://www.elastic.co/docs/reference/ecs/ecs-http",
};

const ROWS: &[Row] = &[
    ("@timestamp", Role::At),
    ("client.ip", Role::Client),
    ("source.ip", Role::Client),
    ("client.address", Role::Client),
    ("source.address", Role::Client),
    ("network.forwarded_ip", Role::Forwarded),
    ("user.name", Role::User),
    ("user.id", Role::User),
    ("client.user.name", Role::User),
    ("source.user.name", Role::User),
    ("http.request.method", Role::Method),
    ("url.original", Role::Url),
    ("url.full", Role::Url),
    ("url.path", Role::Path),
    ("url.query", Role::Query),
    ("http.version", Role::Protocol),
    ("url.scheme", Role::Scheme),
    ("url.domain", Role::Host),
    ("destination.domain", Role::Host),
    ("http.response.status_code", Role::Status),
    ("http.response.body.bytes", Role::Sent),
    ("http.response.bytes", Role::Sent),
    ("http.request.body.bytes", Role::Received),
    ("http.request.bytes", Role::Received),
    ("event.duration", Role::Nanos),
    ("user_agent.original", Role::Agent),
    ("http.request.referrer", Role::Referer),
    ("http.request.mime_type", Role::RequestType),
    ("http.request.body.content", Role::RequestBody),
    ("http.response.mime_type", Role::ResponseType),
    ("http.response.body.content", Role::ResponseBody),
    ("service.name", Role::Upstream),
    ("destination.address", Role::Upstream),
    ("rule.id", Role::Rule),
    ("http.request.id", Role::Id),
    ("event.id", Role::Id),
];

static SHAPE: Shape = Shape::new(ROWS, judge);

pub(super) fn read<'l>(
    line: &'l [u8],
    _memory: &mut Memory,
    each: &mut dyn FnMut(Event<'l>),
) -> Result<(), Reject> {
    json::read(&SHAPE, line, each)
}

fn judge<'l>(draft: &Draft<'l>, _event: &mut Event<'l>) -> Judged {
    let target = draft.has(Role::Url) || draft.has(Role::Path);
    Judged::exchange_if(target && draft.has(Role::Method))
}
