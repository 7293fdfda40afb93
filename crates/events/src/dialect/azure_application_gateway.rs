//! Azure Application Gateway's access log: one record, several in `records`, or a row of the table `AGWAccessLogs`.
//!
//! ```text
//! {"timeStamp":"2026-11-26T11:46:42+00:00","category":"ApplicationGatewayAccessLog","operationName":"ApplicationGatewayAccess","properties":{"clientIP":"192.0.2.7","httpMethod":"GET","originalRequestUriWithArgs":"/a?b=c","requestUri":"/a","requestQuery":"b=c","userAgent":"curl/8","httpStatus":200,"httpVersion":"HTTP/1.1","receivedBytes":150,"sentBytes":803,"timeTaken":0.012,"transactionId":"...","sslEnabled":"on","host":"example.com",...}}
//! ```
//!
//! Sizes include the headers. Version 2 counts in seconds and has a transaction's id; version 1 has none and counts
//! in milliseconds, and puts what it did into `requestQuery`, which is cut off there. Other categories are passed over.

use super::{About, Memory};
use crate::json::{self, Draft, Judged, Role, Row, Shape};
use crate::{Event, Field, Reject, Text};

pub(super) const ABOUT: About = About {
    word: "azure-application-gateway",
    title: "Azure Application Gateway, access log",
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
        Field::RequestType,
        Field::Upstream,
        Field::Id,
    ],
    proven: false,
    counts_headers: true,
    source: "https://learn.microsoft.com/en-us/azure/azure-monitor/reference/tables/agwaccesslogs",
};

const ROWS: &[Row] = &[
    ("timestamp", Role::At),
    ("time", Role::At),
    ("timegenerated", Role::At),
    ("properties.clientip", Role::Client),
    ("clientip", Role::Client),
    ("properties.httpmethod", Role::Method),
    ("httpmethod", Role::Method),
    ("properties.originalrequesturiwithargs", Role::Target),
    ("originalrequesturiwithargs", Role::Target),
    ("properties.requesturi", Role::Path),
    ("requesturi", Role::Path),
    ("properties.requestquery", Role::Query),
    ("requestquery", Role::Query),
    ("properties.httpversion", Role::Protocol),
    ("httpversion", Role::Protocol),
    ("properties.sslenabled", Role::Tls),
    ("sslenabled", Role::Tls),
    ("properties.originalhost", Role::Host),
    ("originalhost", Role::Host),
    ("properties.host", Role::Host),
    ("host", Role::Host),
    ("properties.httpstatus", Role::Status),
    ("httpstatus", Role::Status),
    ("properties.sentbytes", Role::Sent),
    ("sentbytes", Role::Sent),
    ("properties.receivedbytes", Role::Received),
    ("receivedbytes", Role::Received),
    ("properties.timetaken", Role::Seconds),
    ("timetaken", Role::Seconds),
    ("properties.useragent", Role::Agent),
    ("useragent", Role::Agent),
    ("properties.contenttype", Role::RequestType),
    ("properties.serverrouted", Role::Upstream),
    ("serverrouted", Role::Upstream),
    ("backendpoolname", Role::Upstream),
    ("properties.transactionid", Role::Id),
    ("transactionid", Role::Id),
    ("operationname", Role::Kind),
    ("category", Role::Action),
];

static SHAPE: Shape = Shape::new(ROWS, judge);

pub(super) fn read<'l>(
    line: &'l [u8],
    _memory: &mut Memory,
    each: &mut dyn FnMut(Event<'l>),
) -> Result<(), Reject> {
    json::read(&SHAPE, line, each)
}

/// What version 1 puts behind the client's own query.
const OWN_QUERY: &[u8] = b"X-AzureApplicationGateway-";

fn judge<'l>(draft: &Draft<'l>, event: &mut Event<'l>) -> Judged {
    let access = draft.is(Role::Action, &["ApplicationGatewayAccessLog"])
        || draft.is(Role::Kind, &["ApplicationGatewayAccess"]);
    if !access {
        let other =
            draft.text(Role::Action).is_some_and(|category| category.starts_with(b"ApplicationGateway"));
        return if other { Judged::Other } else { Judged::Foreign };
    }
    if !draft.has(Role::Id) {
        event.micros = event.micros.map(|micros| micros / 1000);
    }
    if !draft.has(Role::Target) {
        event.target = event.target.take().map(without_own_query);
    }
    Judged::exchange_if(draft.has(Role::Method))
}

fn without_own_query(mut target: Text<'_>) -> Text<'_> {
    if let Some(at) = memchr::memmem::find(&target, OWN_QUERY) {
        let target = target.to_mut();
        target.truncate(at);
        if matches!(target.last(), Some(b'&' | b'?')) {
            target.pop();
        }
    }
    target
}
