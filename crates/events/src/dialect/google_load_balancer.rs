//! Google Cloud's external Application Load Balancer, and other entries of Cloud Logging with an `httpRequest`.
//!
//! ```text
//! {"insertId":"...","timestamp":"2026-11-26T11:46:42.123456Z","resource":{"type":"http_load_balancer","labels":{"backend_service_name":"..."}},"httpRequest":{"requestMethod":"GET","requestUrl":"https://example.com/a?b=c","requestSize":"150","status":200,"responseSize":"803","userAgent":"curl/8","remoteIp":"192.0.2.7","latency":"0.012s"},"jsonPayload":{"statusDetails":"response_sent_by_backend",...}}
//! ```
//!
//! Sizes include the headers. Cloud Armor's rules and its verdict stand under `enforcedSecurityPolicy`.

use super::{About, Memory};
use crate::json::{self, Draft, Judged, Role, Row, Shape};
use crate::{Event, Field, Reject};

pub(super) const ABOUT: About = About {
    word: "google-load-balancer",
    title: "Google Cloud load balancer",
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
        Field::Referer,
        Field::Upstream,
        Field::Rules,
        Field::Blocked,
        Field::Id,
    ],
    proven: false,
    counts_headers: true,
    source: "https://cloud.google.com/load-balancing/docs/https/https-logging-monitoring",
};

const ROWS: &[Row] = &[
    ("timestamp", Role::At),
    ("httprequest.remoteip", Role::Client),
    ("httprequest.requestmethod", Role::Method),
    ("httprequest.requesturl", Role::Url),
    ("httprequest.protocol", Role::Protocol),
    ("httprequest.status", Role::Status),
    ("httprequest.responsesize", Role::Sent),
    ("httprequest.requestsize", Role::Received),
    ("httprequest.latency", Role::Span),
    ("httprequest.useragent", Role::Agent),
    ("httprequest.referer", Role::Referer),
    ("resource.labels.backend_service_name", Role::Upstream),
    ("httprequest.serverip", Role::Upstream),
    ("jsonpayload.enforcedsecuritypolicy.preconfiguredexprids", Role::Rule),
    ("jsonpayload.enforcedsecuritypolicy.name", Role::Rule),
    ("jsonpayload.enforcedsecuritypolicy.outcome", Role::Action),
    ("insertid", Role::Id),
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
        event.blocked = Some(draft.is(Role::Action, &["DENY"]));
    }
    Judged::exchange_if(draft.has(Role::Method) && draft.has(Role::Url) && draft.has(Role::At))
}
