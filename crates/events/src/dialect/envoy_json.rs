//! Envoy with a `json_format`, with the names of its operators as keys, as Istio and Envoy Gateway have them.
//!
//! ```text
//! {"start_time":"2026-11-26T11:46:42.123Z","method":"GET","path":"/a?b=c","protocol":"HTTP/1.1","response_code":200,"response_flags":"-","bytes_received":0,"bytes_sent":803,"duration":12,"user_agent":"curl/8","authority":"example.com","downstream_remote_address":"192.0.2.7:4711",...}
//! ```
//!
//! What Envoy could not parse has neither method nor path; it is an exchange for its status. The time is when
//! the request began, the duration is in milliseconds. A text that is no UTF-8 Envoy writes as if it were
//! Latin-1, which cannot be told from the same letters in UTF-8. A path that Envoy rewrote is taken
//! as the client sent it (`X-Envoy-Original-Path`), where that is logged. What Envoy refused itself is told
//! by its flags (`UAEX`, an external authorization said no; `RL`, the rate limit) or details (`rbac_access_denied`).

use super::{About, Memory};
use crate::json::{self, Draft, Judged, Role, Row, Shape};
use crate::{Event, Field, Reject};

pub(super) const ABOUT: About = About {
    word: "envoy-json",
    title: "Envoy, Istio, Envoy Gateway; JSON",
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
        Field::Micros,
        Field::Agent,
        Field::Referer,
        Field::Authorization,
        Field::Cookie,
        Field::RequestType,
        Field::ResponseType,
        Field::Upstream,
        Field::Blocked,
        Field::Id,
    ],
    proven: true,
    counts_headers: false,
    source: "https://www.envoyproxy.io/docs/envoy/latest/configuration/observability/access_log/usage",
};

const ROWS: &[Row] = &[
    ("start_time", Role::At),
    ("downstream_remote_address", Role::Client),
    ("downstream_remote_address_without_port", Role::Client),
    ("downstream_direct_remote_address", Role::Client),
    ("downstream_direct_remote_address_without_port", Role::Client),
    ("x_forwarded_for", Role::Forwarded),
    ("x-forwarded-for", Role::Forwarded),
    ("method", Role::Method),
    (":method", Role::Method),
    ("x-envoy-original-path", Role::Target),
    ("x_envoy_original_path", Role::Target),
    ("x-envoy-origin-path", Role::Target),
    ("path", Role::Target),
    (":path", Role::Target),
    ("protocol", Role::Protocol),
    ("scheme", Role::Scheme),
    (":scheme", Role::Scheme),
    ("downstream_tls_version", Role::Tls),
    ("requested_server_name", Role::Tls),
    ("authority", Role::Host),
    (":authority", Role::Host),
    ("host", Role::Host),
    ("response_code", Role::Status),
    ("bytes_sent", Role::Sent),
    ("bytes_received", Role::Received),
    ("duration", Role::Millis),
    ("user_agent", Role::Agent),
    ("user-agent", Role::Agent),
    ("referer", Role::Referer),
    ("authorization", Role::Authorization),
    ("cookie", Role::Cookie),
    ("content_type", Role::RequestType),
    ("content-type", Role::RequestType),
    ("response_content_type", Role::ResponseType),
    ("upstream_cluster", Role::Upstream),
    ("upstream_host", Role::Upstream),
    ("route_name", Role::Upstream),
    ("request_id", Role::Id),
    ("x-request-id", Role::Id),
    ("x_request_id", Role::Id),
    ("response_flags", Role::Action),
    ("response_code_details", Role::Kind),
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
    let request = draft.has(Role::Method) || draft.has(Role::Target);
    let details = draft.text(Role::Kind).unwrap_or_default();
    if draft.has(Role::Action) || draft.has(Role::Kind) {
        let flags = draft.text(Role::Action).unwrap_or_default();
        let refused = flags.split(|byte| *byte == b',').any(|flag| matches!(flag, b"UAEX" | b"RL"));
        event.blocked = Some(refused || details.starts_with(b"rbac_access_denied"));
    }
    let own = draft.has(Role::Status) && draft.known() >= 5;
    match (own, request || event.status.is_some() && event.blocked.is_some()) {
        (true, true) => Judged::Exchange,
        // A connection that was none of HTTP has a status of 0.
        (true, false) if event.blocked.is_some() => Judged::Other,
        _ => Judged::Foreign,
    }
}
