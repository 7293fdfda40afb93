//! Azure API Management's resource log, category `GatewayLogs`: one record, several in `records`, or a row of the
//! table `ApiManagementGatewayLogs`.
//!
//! ```text
//! {"time":"2026-11-26T11:46:42.1234567Z","category":"GatewayLogs","operationName":"Microsoft.ApiManagement/GatewayLogs","callerIpAddress":"192.0.2.7","correlationId":"...","durationMs":12,"properties":{"method":"GET","url":"https://example.com/a?b=c","responseCode":200,"requestSize":150,"responseSize":803,"userId":"...","apiId":"...","backendUrl":"..."},...}
//! ```
//!
//! The time is when the request began. Headers and bodies stand there where the diagnostic setting of the API
//! logs them.

use super::{About, Memory};
use crate::json::{self, Draft, Judged, Role, Row, Shape};
use crate::{Event, Field, Reject};

pub(super) const ABOUT: About = About {
    word: "azure-api-management",
    title: "Azure API Management, GatewayLogs",
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
        Field::ResponseBody,
        Field::Upstream,
        Field::Id,
    ],
    proven: false,
    counts_headers: true,
    source: "https://learn.microsoft.com/en-us/azure/api-management/gateway-log-schema-reference",
};

const ROWS: &[Row] = &[
    ("time", Role::At),
    ("timegenerated", Role::At),
    ("calleripaddress", Role::Client),
    ("properties.userid", Role::User),
    ("userid", Role::User),
    ("properties.apimsubscriptionid", Role::User),
    ("apimsubscriptionid", Role::User),
    ("properties.method", Role::Method),
    ("method", Role::Method),
    ("properties.url", Role::Url),
    ("url", Role::Url),
    ("properties.clientprotocol", Role::Protocol),
    ("clientprotocol", Role::Protocol),
    ("properties.responsecode", Role::Status),
    ("responsecode", Role::Status),
    ("properties.responsesize", Role::Sent),
    ("responsesize", Role::Sent),
    ("properties.requestsize", Role::Received),
    ("requestsize", Role::Received),
    ("durationms", Role::Millis),
    ("totaltime", Role::Millis),
    ("properties.requestheaders.*", Role::RequestHeaders),
    ("requestheaders.*", Role::RequestHeaders),
    ("properties.responseheaders.*", Role::ResponseHeaders),
    ("responseheaders.*", Role::ResponseHeaders),
    ("properties.requestbody", Role::RequestBody),
    ("requestbody", Role::RequestBody),
    ("properties.responsebody", Role::ResponseBody),
    ("responsebody", Role::ResponseBody),
    ("properties.backendurl", Role::Upstream),
    ("backendurl", Role::Upstream),
    ("properties.apiid", Role::Upstream),
    ("apiid", Role::Upstream),
    ("correlationid", Role::Id),
    ("category", Role::Kind),
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
    Judged::exchange_if(
        draft.is(Role::Kind, &["GatewayLogs"]) && draft.has(Role::Method) && draft.has(Role::Url),
    )
}
