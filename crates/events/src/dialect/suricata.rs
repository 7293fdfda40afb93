//! Suricata's `eve.json`, events of the type `http`.
//!
//! ```text
//! {"timestamp":"2026-11-26T11:46:42.123456+0000","flow_id":1,"event_type":"http","src_ip":"192.0.2.7","src_port":4711,"dest_ip":"192.0.2.80","dest_port":80,"proto":"TCP","tx_id":0,"http":{"hostname":"example.com","url":"/a?b=c","http_user_agent":"curl/8","http_content_type":"application/json","http_method":"GET","protocol":"HTTP/1.1","status":200,"length":803}}
//! ```
//!
//! The time is when the transaction ended. Headers besides stand there with `custom` or `dump-all-headers`. Events of
//! other types are passed over, alerts among them: each has an event of the type `http` beside it.

use super::{About, Memory};
use crate::json::{self, Draft, Judged, Role, Row, Shape};
use crate::{Event, Field, Reject};

pub(super) const ABOUT: About = About {
    word: "suricata",
    title: "Suricata eve.json, http",
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
        Field::ResponseType,
        Field::Upstream,
    ],
    proven: false,
    counts_headers: false,
    source: "https://docs.suricata.io/en/latest/output/eve/eve-json-format.html",
};

const ROWS: &[Row] = &[
    ("timestamp", Role::At),
    ("src_ip", Role::Client),
    ("http.http_method", Role::Method),
    ("http.url", Role::Target),
    ("http.protocol", Role::Protocol),
    ("http.hostname", Role::Host),
    ("http.status", Role::Status),
    ("http.length", Role::Sent),
    ("http.http_user_agent", Role::Agent),
    ("http.http_refer", Role::Referer),
    ("http.authorization", Role::Authorization),
    ("http.cookie", Role::Cookie),
    ("http.http_content_type", Role::ResponseType),
    ("http.request_headers.name", Role::HeaderName),
    ("http.request_headers.value", Role::RequestHeader),
    ("http.response_headers.name", Role::HeaderName),
    ("http.response_headers.value", Role::ResponseHeader),
    ("dest_ip", Role::Upstream),
    ("event_type", Role::Kind),
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
    let suricata = draft.has(Role::Kind) && draft.has(Role::At);
    if draft.is(Role::Kind, &["http"]) {
        return Judged::exchange_if(
            suricata && draft.has(Role::Client) && (draft.has(Role::Target) || draft.has(Role::Host)),
        );
    }
    // Only what Suricata writes beside it tells its events from others with a type.
    if suricata && draft.has(Role::Client) && draft.has(Role::Upstream) {
        Judged::Other
    } else {
        Judged::Foreign
    }
}
