//! Cloudflare's Logpush (and Logpull), dataset `http_requests`.
//!
//! ```text
//! {"ClientIP":"192.0.2.7","ClientRequestHost":"example.com","ClientRequestMethod":"GET","ClientRequestURI":"/a?b=c","EdgeStartTimestamp":1795693602123000000,"EdgeEndTimestamp":1795693602135000000,"EdgeResponseBytes":803,"EdgeResponseStatus":200,"RayID":"...",...}
//! ```
//!
//! The time is when the edge received the request; it is in nanoseconds, seconds or RFC 3339, as the job was set.
//! Custom fields stand under `RequestHeaders` and `ResponseHeaders`.

use super::{About, Memory};
use crate::json::{self, Draft, Judged, Role, Row, Shape};
use crate::{Event, Field, Reject};

pub(super) const ABOUT: About = About {
    word: "cloudflare",
    title: "Cloudflare Logpush, http_requests",
    tells: &[
        Field::At,
        Field::Client,
        Field::Forwarded,
        Field::Method,
        Field::Target,
        Field::Protocol,
        Field::Scheme,
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
        Field::Rules,
        Field::Blocked,
        Field::Id,
    ],
    proven: false,
    counts_headers: false,
    source: "https://developers.cloudflare.com/logs/logpush/logpush-job/datasets/zone/http_requests/",
};

const ROWS: &[Row] = &[
    ("edgestarttimestamp", Role::At),
    ("edgeendtimestamp", Role::At),
    ("clientip", Role::Client),
    ("clientrequestmethod", Role::Method),
    ("clientrequesturi", Role::Target),
    ("clientrequestpath", Role::Path),
    ("clientrequestprotocol", Role::Protocol),
    ("clientrequestscheme", Role::Scheme),
    ("clientsslprotocol", Role::Tls),
    ("clientrequesthost", Role::Host),
    ("edgeresponsestatus", Role::Status),
    ("edgeresponsebodybytes", Role::Sent),
    ("edgeresponsebytes", Role::Sent),
    ("clientrequestbytes", Role::Received),
    ("clientrequestuseragent", Role::Agent),
    ("clientrequestreferer", Role::Referer),
    ("edgeresponsecontenttype", Role::ResponseType),
    ("requestheaders.*", Role::RequestHeaders),
    ("responseheaders.*", Role::ResponseHeaders),
    ("originip", Role::Upstream),
    ("securityruleid", Role::Rule),
    ("securityruleids", Role::Rule),
    ("wafruleid", Role::Rule),
    ("securityaction", Role::Action),
    ("wafaction", Role::Action),
    ("rayid", Role::Id),
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
        event.blocked = Some(draft.is(Role::Action, &["block", "drop"]));
    }
    let own = draft.has(Role::Id) || draft.has(Role::At) || draft.has(Role::Status);
    Judged::exchange_if(own && draft.has(Role::Client) && draft.has(Role::Method))
}
