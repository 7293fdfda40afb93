//! nginx with a `log_format` that writes JSON, with names of variables as keys.
//!
//! ```text
//! log_format json escape=json '{"time_iso8601":"$time_iso8601","remote_addr":"$remote_addr",...}';
//! ```
//!
//! nginx has no JSON of its own, so the keys are what an operator chose: the names of the variables are
//! read (`ngx_http_log_module` and the index of variables), with or without quotes around the value,
//! and Elastic's `@timestamp`. Keys of other names are read by the last of all dialects of JSON.
//!
//! The time is when the request ended. `$uri` and `$document_uri` were decoded and cleaned by nginx and
//! are taken only where neither `$request` nor `$request_uri` stands. Bytes that are not UTF-8 stand as
//! they were sent; without `escape=json` nginx writes `\x22`, which no JSON library reads and we do.

use super::{About, Memory};
use crate::json::{self, Draft, Judged, Role, Row, Shape};
use crate::{Event, Field, Reject};

pub(super) const ABOUT: About = About {
    word: "nginx-json",
    title: "nginx, log_format in JSON",
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
        Field::RequestBody,
        Field::ResponseType,
        Field::Upstream,
        Field::Id,
    ],
    proven: true,
    counts_headers: false,
    source: "https://nginx.org/en/docs/http/ngx_http_log_module.html",
};

const ROWS: &[Row] = &[
    ("msec", Role::At),
    ("time_iso8601", Role::At),
    ("time_local", Role::At),
    ("@timestamp", Role::At),
    ("timestamp", Role::At),
    ("time", Role::At),
    ("remote_addr", Role::Client),
    ("http_x_forwarded_for", Role::Forwarded),
    ("http_forwarded", Role::Forwarded),
    ("remote_user", Role::User),
    ("request", Role::RequestLine),
    ("request_method", Role::Method),
    ("request_uri", Role::Target),
    ("uri", Role::Path),
    ("document_uri", Role::Path),
    ("args", Role::Query),
    ("query_string", Role::Query),
    ("server_protocol", Role::Protocol),
    ("scheme", Role::Scheme),
    ("https", Role::Tls),
    ("ssl_protocol", Role::Tls),
    ("http_host", Role::Host),
    ("host", Role::Host),
    ("server_name", Role::Host),
    ("status", Role::Status),
    ("body_bytes_sent", Role::Sent),
    ("bytes_sent", Role::Sent),
    ("content_length", Role::Received),
    ("http_content_length", Role::Received),
    ("request_length", Role::Received),
    ("request_time", Role::Seconds),
    ("http_user_agent", Role::Agent),
    ("http_referer", Role::Referer),
    ("http_referrer", Role::Referer),
    ("http_authorization", Role::Authorization),
    ("http_cookie", Role::Cookie),
    ("content_type", Role::RequestType),
    ("http_content_type", Role::RequestType),
    ("request_body", Role::RequestBody),
    ("sent_http_content_type", Role::ResponseType),
    ("upstream_http_content_type", Role::ResponseType),
    ("upstream_addr", Role::Upstream),
    ("proxy_host", Role::Upstream),
    ("proxy_upstream_name", Role::Upstream),
    ("request_id", Role::Id),
    ("req_id", Role::Id),
    ("http_x_request_id", Role::Id),
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
    let request = [Role::RequestLine, Role::Target, Role::Path].iter().any(|role| draft.has(*role));
    Judged::exchange_if(request && draft.has(Role::Status) && draft.known() >= 5)
}
