//! AWS WAF's log of web access control lists.
//!
//! ```text
//! {"timestamp":1795000000000,"formatVersion":1,"webaclId":"arn:aws:wafv2:...","terminatingRuleId":"Default_Action","terminatingRuleType":"REGULAR","action":"ALLOW","httpRequest":{"clientIp":"192.0.2.7","country":"-","headers":[{"name":"User-Agent","value":"curl/8"}],"uri":"/a","args":"b=c","httpVersion":"HTTP/1.1","httpMethod":"GET","requestId":"..."},...}
//! ```
//!
//! The time is when the request was inspected. The firewall sees no answer: a status stands only where it gave
//! one itself (`responseCodeSent`). Blocked is what did not reach the origin: `BLOCK`, and `CAPTCHA` and
//! `Challenge` as last words. Rules are those that matched, also where they only count.

use super::{About, Memory};
use crate::json::{self, Draft, Judged, Role, Row, Shape};
use crate::{Event, Field, Reject};

pub(super) const ABOUT: About = About {
    word: "aws-waf",
    title: "AWS WAF",
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
        Field::Received,
        Field::Agent,
        Field::Referer,
        Field::Authorization,
        Field::Cookie,
        Field::RequestType,
        Field::Upstream,
        Field::Rules,
        Field::Blocked,
        Field::Id,
    ],
    proven: false,
    counts_headers: false,
    source: "https://docs.aws.amazon.com/waf/latest/developerguide/logging-fields.html",
};

const ROWS: &[Row] = &[
    ("timestamp", Role::At),
    ("httprequest.clientip", Role::Client),
    ("httprequest.httpmethod", Role::Method),
    ("httprequest.uri", Role::Path),
    ("httprequest.args", Role::Query),
    ("httprequest.httpversion", Role::Protocol),
    ("httprequest.scheme", Role::Scheme),
    ("httprequest.host", Role::Host),
    ("responsecodesent", Role::Status),
    ("httprequest.headers.name", Role::HeaderName),
    ("httprequest.headers.value", Role::RequestHeader),
    ("terminatingruleid", Role::Rule),
    ("rulegrouplist.terminatingrule.ruleid", Role::Rule),
    ("nonterminatingmatchingrules.ruleid", Role::Rule),
    ("rulegrouplist.nonterminatingmatchingrules.ruleid", Role::Rule),
    ("httpsourceid", Role::Upstream),
    ("httprequest.requestid", Role::Id),
    ("action", Role::Action),
    ("webaclid", Role::Kind),
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
    // The list's default is no rule that matched.
    event.rules.retain(|rule| **rule != *b"Default_Action");
    if draft.has(Role::Action) {
        event.blocked = Some(draft.is(Role::Action, &["BLOCK", "CAPTCHA", "CHALLENGE"]));
    }
    Judged::exchange_if(draft.has(Role::Kind) && draft.has(Role::Action) && draft.has(Role::Method))
}
