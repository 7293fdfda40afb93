//! Kong's `file-log`, `http-log`, `tcp-log` and the like: what `kong.log.serialize` gives.
//!
//! ```text
//! {"client_ip":"192.0.2.7","started_at":1795693602123,"request":{"method":"GET","uri":"/a?b=c","url":"https://example.com:8443/a?b=c","size":150,"headers":{"user-agent":"curl/8"}},"response":{"status":200,"size":803,"headers":{}},"latencies":{"request":12,"kong":1,"proxy":11},"consumer":{"username":"..."},"service":{"name":"..."},...}
//! ```
//!
//! The time is when the request began. Sizes include the headers. Kong writes `REDACTED` in place of
//! `Authorization`: it is unsaid.

use super::{About, Memory};
use crate::json::{self, Draft, Judged, Role, Row, Shape};
use crate::{Event, Field, Reject};

pub(super) const ABOUT: About = About {
    word: "kong",
    title: "Kong, file-log and http-log",
    tells: &[
        Field::At,
        Field::Client,
        Field::Forwarded,
        Field::User,
        Field::Method,
        Field::Target,
        Field::Scheme,
        Field::Host,
        Field::Status,
        Field::Sent,
        Field::Received,
        Field::Micros,
        Field::Agent,
        Field::Referer,
        Field::Authorization,
        Field::Cookie,
        Field::RequestType,
        Field::ResponseType,
        Field::Upstream,
        Field::Id,
    ],
    proven: false,
    counts_headers: true,
    source: "https://developer.konghq.com/plugins/file-log/",
};

const ROWS: &[Row] = &[
    ("started_at", Role::At),
    ("client_ip", Role::Client),
    ("consumer.username", Role::User),
    ("consumer.custom_id", Role::User),
    ("consumer.id", Role::User),
    ("authenticated_entity.consumer_id", Role::User),
    ("authenticated_entity.id", Role::User),
    ("request.method", Role::Method),
    ("request.url", Role::Url),
    ("request.uri", Role::Path),
    ("request.tls.version", Role::Tls),
    ("response.status", Role::Status),
    ("response.size", Role::Sent),
    ("request.size", Role::Received),
    ("latencies.request", Role::Millis),
    ("request.headers.*", Role::RequestHeaders),
    ("response.headers.*", Role::ResponseHeaders),
    ("service.name", Role::Upstream),
    ("route.name", Role::Upstream),
    ("service.host", Role::Upstream),
    ("request.id", Role::Id),
    ("latencies.kong", Role::Kind),
    ("latencies.proxy", Role::Kind),
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
    let own = draft.has(Role::At) && (draft.has(Role::Kind) || draft.has(Role::Millis));
    Judged::exchange_if(own && draft.has(Role::Method) && draft.has(Role::Client))
}
