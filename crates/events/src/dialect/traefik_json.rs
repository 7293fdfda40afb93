//! Traefik's access log with `format: json`.
//!
//! ```text
//! {"ClientHost":"192.0.2.7","DownstreamContentSize":357,"DownstreamStatus":200,"Duration":357313,"RequestMethod":"GET","RequestPath":"/a?b=c","RequestProtocol":"HTTP/1.1","StartUTC":"2021-12-08T14:02:43.587782192Z","request_User-Agent":"curl/8",...}
//! ```
//!
//! The time is when the request began; the duration is in nanoseconds. Headers stand there where
//! `accessLog.fields.headers` keeps them; `REDACTED` is unsaid. `ClientHost` is what a trusted proxy says in
//! `X-Forwarded-For`: a list of it is no client, and the connection's address is taken. `ClientUsername` is the user that Traefik
//! authenticated.

use super::{About, Memory};
use crate::json::{self, Draft, Judged, Role, Row, Shape};
use crate::{Event, Field, Reject, scan};

pub(super) const ABOUT: About = About {
    word: "traefik-json",
    title: "Traefik, JSON",
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
    ],
    proven: true,
    counts_headers: false,
    source: "https://doc.traefik.io/traefik/observability/access-logs/",
};

const ROWS: &[Row] = &[
    ("startutc", Role::At),
    ("startlocal", Role::At),
    ("time", Role::At),
    ("clienthost", Role::Client),
    ("clientaddr", Role::Action),
    ("clientusername", Role::User),
    ("requestmethod", Role::Method),
    ("requestpath", Role::Target),
    ("requestprotocol", Role::Protocol),
    ("requestscheme", Role::Scheme),
    ("tlsversion", Role::Tls),
    ("requestaddr", Role::Host),
    ("requesthost", Role::Host),
    ("downstreamstatus", Role::Status),
    ("downstreamcontentsize", Role::Sent),
    ("requestcontentsize", Role::Received),
    ("duration", Role::Nanos),
    ("request_*", Role::RequestHeaders),
    ("downstream_*", Role::ResponseHeaders),
    ("origin_*", Role::ResponseHeaders),
    ("servicename", Role::Upstream),
    ("routername", Role::Upstream),
    ("entrypointname", Role::Kind),
    ("requestcount", Role::Kind),
    ("originstatus", Role::Kind),
    ("overhead", Role::Kind),
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
    if event.client.is_none() {
        if event.forwarded.is_none() {
            event.forwarded = draft.text(Role::Client);
        }
        event.client = draft.text(Role::Action).and_then(|peer| scan::address_of_pair(&peer));
    }
    let own = draft.has(Role::Status) || draft.has(Role::Kind);
    Judged::exchange_if(own && draft.has(Role::Method) && draft.has(Role::Target) && event.client.is_some())
}
