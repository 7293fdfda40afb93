//! The Open Cybersecurity Schema Framework: HTTP Activity (class 4002) and API Activity (6003) of other products.
//!
//! ```text
//! {"class_uid":4002,"time":1795693602123,"src_endpoint":{"ip":"192.0.2.7"},"http_request":{"http_method":"GET","url":{"path":"/a","query_string":"b=c","hostname":"example.com","scheme":"https"},"user_agent":"curl/8","version":"1.1"},"http_response":{"code":200,"length":803},...}
//! ```
//!
//! Blocked is `action_id` 2 (denied) or `disposition_id` 2 (blocked). API Activity without a request of HTTP, such as an
//! audit trail of a cloud, is passed over.

use super::{About, Memory};
use crate::json::{self, Draft, Judged, Role, Row, Shape};
use crate::{Event, Field, Reject};

pub(super) const ABOUT: About = About {
    word: "ocsf",
    title: "OCSF HTTP Activity and API Activity",
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
        Field::Authorization,
        Field::Cookie,
        Field::RequestType,
        Field::ResponseType,
        Field::Upstream,
        Field::Rules,
        Field::Blocked,
        Field::Id,
    ],
    proven: false,
    counts_headers: false,
    source: "https://schema.ocsf.io/1.3.0/classes/http_activity",
};

const ROWS: &[Row] = &[
    ("time", Role::At),
    ("src_endpoint.ip", Role::Client),
    ("http_request.x_forwarded_for", Role::Forwarded),
    ("actor.user.uid", Role::User),
    ("actor.user.name", Role::User),
    ("http_request.http_method", Role::Method),
    ("http_request.url.url_string", Role::Url),
    ("http_request.url.path", Role::Path),
    ("http_request.url.query_string", Role::Query),
    ("http_request.version", Role::Protocol),
    ("http_request.http_version", Role::Protocol),
    ("http_request.url.scheme", Role::Scheme),
    ("http_request.url.hostname", Role::Host),
    ("http_request.hostname", Role::Host),
    ("http_response.code", Role::Status),
    ("http_response.body_length", Role::Sent),
    ("http_response.length", Role::Sent),
    ("http_request.body_length", Role::Received),
    ("http_request.length", Role::Received),
    ("duration", Role::Millis),
    ("http_response.latency", Role::Millis),
    ("http_request.user_agent", Role::Agent),
    ("http_request.referrer", Role::Referer),
    ("http_response.content_type", Role::ResponseType),
    ("http_request.http_headers.name", Role::HeaderName),
    ("http_request.http_headers.value", Role::RequestHeader),
    ("http_response.http_headers.name", Role::HeaderName),
    ("http_response.http_headers.value", Role::ResponseHeader),
    ("dst_endpoint.svc_name", Role::Upstream),
    ("dst_endpoint.hostname", Role::Upstream),
    ("api.service.name", Role::Upstream),
    ("firewall_rule.uid", Role::Rule),
    ("http_request.uid", Role::Id),
    ("metadata.uid", Role::Id),
    ("disposition_id", Role::Action),
    ("action_id", Role::Action),
    ("class_uid", Role::Kind),
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
    if !draft.is(Role::Kind, &["4002", "6003"]) {
        return Judged::Foreign;
    }
    if draft.has(Role::Action) {
        event.blocked = Some(draft.is(Role::Action, &["2"]));
    }
    if draft.has(Role::Method) || event.target.is_some() { Judged::Exchange } else { Judged::Other }
}
