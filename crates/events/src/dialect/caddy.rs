//! Caddy's access log in its own JSON.
//!
//! ```text
//! {"level":"info","ts":1693840791.75,"logger":"http.log.access","msg":"handled request","request":{"client_ip":"192.0.2.7","proto":"HTTP/1.1","method":"GET","host":"example.com","uri":"/","headers":{"User-Agent":["curl/8"]}},"bytes_read":0,"user_id":"","duration":0.002,"size":18630,"status":200,"resp_headers":{}}
//! ```
//!
//! The time is when the response was written. Caddy writes `REDACTED`, older ones an empty list, in place
//! of credentials: they are unsaid. Bytes that are no UTF-8 it writes as U+FFFD. A status of 0 is an answer that no handler gave. Lines of other
//! loggers are passed over.

use super::{About, Memory};
use crate::json::{self, Draft, Judged, Role, Row, Shape};
use crate::{Event, Field, Reject};

pub(super) const ABOUT: About = About {
    word: "caddy",
    title: "Caddy, JSON",
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
    ],
    proven: true,
    counts_headers: false,
    source: "https://caddyserver.com/docs/caddyfile/directives/log",
};

const ROWS: &[Row] = &[
    ("ts", Role::At),
    ("request.client_ip", Role::Client),
    ("request.remote_ip", Role::Client),
    ("request.remote_addr", Role::Client),
    ("user_id", Role::User),
    ("request.method", Role::Method),
    ("request.uri", Role::Target),
    ("request.proto", Role::Protocol),
    ("request.tls.version", Role::Tls),
    ("request.host", Role::Host),
    ("status", Role::Status),
    ("size", Role::Sent),
    ("bytes_read", Role::Received),
    ("duration", Role::Seconds),
    ("request.headers.*", Role::RequestHeaders),
    ("resp_headers.*", Role::ResponseHeaders),
    ("msg", Role::Kind),
    ("level", Role::Action),
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
    let request = draft.has(Role::Method) && draft.has(Role::Target);
    if draft.is(Role::Kind, &["handled request"]) {
        return Judged::exchange_if(request);
    }
    let logs = [Role::Kind, Role::Action, Role::At].iter().all(|role| draft.has(*role));
    if logs && !request { Judged::Other } else { Judged::Foreign }
}
