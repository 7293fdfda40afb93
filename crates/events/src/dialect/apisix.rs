//! Apache APISIX's `http-logger`, `file-logger` and the like, without a `log_format` of one's own.
//!
//! ```text
//! {"client_ip":"192.0.2.7","start_time":1795693602123,"request":{"method":"GET","uri":"/a?b=c","url":"http://example.com:9080/a?b=c","size":150,"headers":{"user-agent":"curl/8"},"querystring":{}},"response":{"status":200,"size":803,"headers":{}},"latency":12.5,"upstream_latency":11,"apisix_latency":1.5,"route_id":"1","service_id":"","upstream":"10.0.0.2:80","server":{"hostname":"...","version":"3.9.0"}}
//! ```
//!
//! The time is when the request began, in milliseconds, as is the latency. Sizes include the headers. Bodies
//! stand there with `include_req_body` and `include_resp_body`. Several lines may be one array.

use super::{About, Memory};
use crate::json::{self, Draft, Judged, Role, Row, Shape};
use crate::{Event, Field, Reject};

pub(super) const ABOUT: About = About {
    word: "apisix",
    title: "Apache APISIX, http-logger and file-logger",
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
        Field::RequestBody,
        Field::ResponseType,
        Field::ResponseBody,
        Field::Upstream,
    ],
    proven: false,
    counts_headers: true,
    source: "https://apisix.apache.org/docs/apisix/plugins/http-logger/",
};

const ROWS: &[Row] = &[
    ("start_time", Role::At),
    ("client_ip", Role::Client),
    ("consumer.username", Role::User),
    ("request.method", Role::Method),
    ("request.url", Role::Url),
    ("request.uri", Role::Path),
    ("response.status", Role::Status),
    ("response.size", Role::Sent),
    ("request.size", Role::Received),
    ("latency", Role::Millis),
    ("request.headers.*", Role::RequestHeaders),
    ("response.headers.*", Role::ResponseHeaders),
    ("request.body", Role::RequestBody),
    ("response.body", Role::ResponseBody),
    ("upstream", Role::Upstream),
    ("service_id", Role::Upstream),
    ("route_id", Role::Kind),
    ("apisix_latency", Role::Kind),
    ("server.version", Role::Kind),
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
    let own = draft.has(Role::At) && draft.has(Role::Kind);
    Judged::exchange_if(own && draft.has(Role::Method) && draft.has(Role::Client))
}
