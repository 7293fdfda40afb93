//! Amazon API Gateway's access log in JSON, with the names of `$context` as keys.
//!
//! ```text
//! {"requestId":"...","ip":"192.0.2.7","caller":"-","user":"-","requestTime":"26/Nov/2026:11:46:42 +0000","httpMethod":"GET","resourcePath":"/orders/{id}","status":"200","protocol":"HTTP/1.1","responseLength":"803"}
//! ```
//!
//! The console's suggestions (REST and HTTP APIs) and the variables under their own names are read. The time
//! is when the request was received. They have no query, and the path itself only where `$context.path` is
//! logged: where it is not, the target is the template `resourcePath`, in which every id is the same `{id}`,
//! so that no walk over ids can be seen. `$context.error.responseType` and `$context.wafResponseCode` say that
//! the gateway refused.

use super::{About, Memory};
use crate::json::{self, Draft, Judged, Role, Row, Shape};
use crate::{Event, Field, Reject};

pub(super) const ABOUT: About = About {
    word: "aws-api-gateway",
    title: "Amazon API Gateway, access log in JSON",
    tells: &[
        Field::At,
        Field::Client,
        Field::User,
        Field::Method,
        Field::Target,
        Field::Protocol,
        Field::Host,
        Field::Status,
        Field::Sent,
        Field::Micros,
        Field::Agent,
        Field::Upstream,
        Field::Blocked,
        Field::Id,
    ],
    proven: false,
    counts_headers: false,
    source: "https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-variables-for-access-logging.html",
};

const ROWS: &[Row] = &[
    ("requesttimeepoch", Role::At),
    ("requesttime", Role::At),
    ("ip", Role::Client),
    ("sourceip", Role::Client),
    ("identity.sourceip", Role::Client),
    ("identitysourceip", Role::Client),
    ("authorizer.principalid", Role::User),
    ("principalid", Role::User),
    ("user", Role::User),
    ("identity.user", Role::User),
    ("caller", Role::User),
    ("identity.caller", Role::User),
    ("identity.apikeyid", Role::User),
    ("apikeyid", Role::User),
    ("httpmethod", Role::Method),
    ("path", Role::Path),
    ("protocol", Role::Protocol),
    ("domainname", Role::Host),
    ("status", Role::Status),
    ("responselength", Role::Sent),
    ("responselatency", Role::Millis),
    ("useragent", Role::Agent),
    ("identity.useragent", Role::Agent),
    ("resourcepath", Role::Upstream),
    ("routekey", Role::Upstream),
    ("requestid", Role::Id),
    ("extendedrequestid", Role::Id),
    ("error.responsetype", Role::Action),
    ("errorresponsetype", Role::Action),
    ("responsetype", Role::Action),
    ("wafresponsecode", Role::Kind),
];

static SHAPE: Shape = Shape::new(ROWS, judge);

pub(super) fn read<'l>(
    line: &'l [u8],
    _memory: &mut Memory,
    each: &mut dyn FnMut(Event<'l>),
) -> Result<(), Reject> {
    json::read(&SHAPE, line, each)
}

/// The kinds of a gateway's own answer that refuse a caller.
const REFUSALS: &[&str] = &[
    "ACCESS_DENIED",
    "EXPIRED_TOKEN",
    "INVALID_API_KEY",
    "INVALID_SIGNATURE",
    "MISSING_AUTHENTICATION_TOKEN",
    "QUOTA_EXCEEDED",
    "THROTTLED",
    "UNAUTHORIZED",
    "WAF_FILTERED",
];

fn judge<'l>(draft: &Draft<'l>, event: &mut Event<'l>) -> Judged {
    if event.target.is_none() {
        let template = event.upstream.clone();
        // A route's key has its method before the template: `GET /orders/{id}`.
        event.target = template.filter(|template| template.starts_with(b"/"));
    }
    if draft.is(Role::Action, REFUSALS) || draft.is(Role::Kind, &["WAF_BLOCK"]) {
        event.blocked = Some(true);
    } else if draft.has(Role::Kind) {
        event.blocked = Some(false);
    }
    let route = draft.has(Role::Method) || draft.has(Role::Upstream);
    Judged::exchange_if(
        route && draft.has(Role::Id) && draft.has(Role::At) && draft.has(Role::Status) && draft.known() >= 5,
    )
}
