//! Request heads: what is odd about them, and what must not pass from one hop to the next.
//!
//! Order of use: [`head_faults`] judges the head as it came; [`remove_hop_by_hop`] and
//! [`remove_overrides`] clean it; [`set_forwarding`] and [`set_trace`] write it anew. Responses need
//! [`remove_hop_by_hop`] only. Message framing itself (lengths, chunks) is hyper's: what reaches the
//! upstream is always written anew, never copied.

use std::fmt;
use std::fmt::Write as _;
use std::net::IpAddr;

use domain::ExchangeId;
use http::header::{
    AUTHORIZATION, CONNECTION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, COOKIE, EXPECT, FORWARDED,
    HOST, HeaderName, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION, TE, TRAILER, TRANSFER_ENCODING, UPGRADE,
};
use http::{HeaderMap, HeaderValue, Method, request};
use smallvec::SmallVec;

use crate::address::{ClientAddress, X_FORWARDED_FOR, X_FORWARDED_HOST, X_FORWARDED_PROTO};
use crate::target::Target;

/// Something in a request's head that two programs could read in two ways, or that is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HeadFault {
    /// `CONNECT`, or an `Upgrade` header (RFC 9110 section 7.8).
    Upgrade,
    /// No `Host` in HTTP/1.1.
    MissingHost,
    /// `Host` twice, or one that is no host.
    BadHost,
    /// `Host` differs from the host of an absolute-form target (RFC 9112 section 3.2.2).
    HostMismatch,
    /// `Authorization` twice.
    DuplicateAuthorization,
    /// `Content-Type` twice.
    DuplicateContentType,
    /// `Content-Length` twice, or beside `Transfer-Encoding`.
    AmbiguousLength,
    /// A `Transfer-Encoding` other than `chunked`.
    TransferCoding,
    /// A `Content-Encoding` on a request: its body would be judged unread.
    EncodedBody,
    /// `Connection` names a field that is not for this hop, such as `Authorization` or `Cookie`.
    ConnectionNamesField,
    /// A header that gives the request another method: `X-HTTP-Method-Override` and its like.
    MethodOverride,
    /// `_method` in the query.
    MethodInQuery,
    /// A header that gives the request another path: `X-Original-URL`, `X-Rewrite-URL`.
    PathOverride,
}

impl HeadFault {
    /// Every fault.
    pub const ALL: [Self; 13] = [
        Self::Upgrade,
        Self::MissingHost,
        Self::BadHost,
        Self::HostMismatch,
        Self::DuplicateAuthorization,
        Self::DuplicateContentType,
        Self::AmbiguousLength,
        Self::TransferCoding,
        Self::EncodedBody,
        Self::ConnectionNamesField,
        Self::MethodOverride,
        Self::MethodInQuery,
        Self::PathOverride,
    ];

    /// The word used in logs, metrics and output.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Upgrade => "upgrade",
            Self::MissingHost => "missing-host",
            Self::BadHost => "bad-host",
            Self::HostMismatch => "host-mismatch",
            Self::DuplicateAuthorization => "duplicate-authorization",
            Self::DuplicateContentType => "duplicate-content-type",
            Self::AmbiguousLength => "ambiguous-length",
            Self::TransferCoding => "transfer-coding",
            Self::EncodedBody => "encoded-body",
            Self::ConnectionNamesField => "connection-names-field",
            Self::MethodOverride => "method-override",
            Self::MethodInQuery => "method-in-query",
            Self::PathOverride => "path-override",
        }
    }

    /// Whether it is refused in every mode. The others can be repaired: [`remove_overrides`],
    /// [`Target::without_query`]; an encoded body can be decoded by [`crate::encoding`].
    #[must_use]
    pub const fn is_fatal(self) -> bool {
        !matches!(self, Self::MethodOverride | Self::MethodInQuery | Self::PathOverride | Self::EncodedBody)
    }
}

impl fmt::Display for HeadFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

const METHOD_OVERRIDES: [HeaderName; 3] = [
    HeaderName::from_static("x-http-method-override"),
    HeaderName::from_static("x-method-override"),
    HeaderName::from_static("x-http-method"),
];

const PATH_OVERRIDES: [HeaderName; 4] = [
    HeaderName::from_static("x-original-url"),
    HeaderName::from_static("x-rewrite-url"),
    HeaderName::from_static("x-original-uri"),
    HeaderName::from_static("x-override-url"),
];

/// Headers in which some upstream would read a client's address or scheme that we did not set.
const ADDRESS_CLAIMS: [HeaderName; 11] = [
    HeaderName::from_static("x-real-ip"),
    HeaderName::from_static("x-client-ip"),
    HeaderName::from_static("x-cluster-client-ip"),
    HeaderName::from_static("true-client-ip"),
    HeaderName::from_static("cf-connecting-ip"),
    HeaderName::from_static("fastly-client-ip"),
    HeaderName::from_static("x-forwarded"),
    HeaderName::from_static("x-forwarded-port"),
    HeaderName::from_static("x-forwarded-server"),
    HeaderName::from_static("x-forwarded-ssl"),
    HeaderName::from_static("x-forwarded-prefix"),
];

const KEEP_ALIVE: HeaderName = HeaderName::from_static("keep-alive");
const PROXY_CONNECTION: HeaderName = HeaderName::from_static("proxy-connection");
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
const TRACESTATE: HeaderName = HeaderName::from_static("tracestate");
const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What is odd about a request's head, each fault once. Empty for every ordinary request.
#[must_use]
pub fn head_faults(head: &request::Parts, target: &Target) -> SmallVec<[HeadFault; 2]> {
    let headers = &head.headers;
    let mut faults = SmallVec::new();
    let mut note = |holds: bool, fault: HeadFault| {
        if holds {
            faults.push(fault);
        }
    };
    note(head.method == Method::CONNECT || headers.contains_key(UPGRADE), HeadFault::Upgrade);
    let mut hosts = headers.get_all(HOST).iter();
    match (hosts.next(), hosts.next()) {
        (None, _) => note(
            head.version == http::Version::HTTP_11 && target.authority().is_none(),
            HeadFault::MissingHost,
        ),
        (Some(host), None) => {
            let plain = is_host(host.as_bytes());
            note(!plain, HeadFault::BadHost);
            let differs = |authority: &http::uri::Authority| {
                !authority.as_str().as_bytes().eq_ignore_ascii_case(host.as_bytes())
            };
            note(plain && target.authority().is_some_and(differs), HeadFault::HostMismatch);
        }
        (Some(_), Some(_)) => note(true, HeadFault::BadHost),
    }
    let twice = |name: HeaderName| headers.get_all(name).iter().nth(1).is_some();
    note(twice(AUTHORIZATION), HeadFault::DuplicateAuthorization);
    note(twice(CONTENT_TYPE), HeadFault::DuplicateContentType);
    let chunked = headers.get(TRANSFER_ENCODING);
    note(
        twice(CONTENT_LENGTH) || chunked.is_some() && headers.contains_key(CONTENT_LENGTH),
        HeadFault::AmbiguousLength,
    );
    let other_coding = |value: &HeaderValue| !value.as_bytes().eq_ignore_ascii_case(b"chunked");
    note(twice(TRANSFER_ENCODING) || chunked.is_some_and(other_coding), HeadFault::TransferCoding);
    let encoded = |value: &HeaderValue| !value.as_bytes().eq_ignore_ascii_case(b"identity");
    note(headers.get_all(CONTENT_ENCODING).iter().any(encoded), HeadFault::EncodedBody);
    note(connection_options(headers).any(is_end_to_end), HeadFault::ConnectionNamesField);
    note(METHOD_OVERRIDES.iter().any(|name| headers.contains_key(name)), HeadFault::MethodOverride);
    note(target.query().any(|(name, _)| name.eq_ignore_ascii_case("_method")), HeadFault::MethodInQuery);
    note(PATH_OVERRIDES.iter().any(|name| headers.contains_key(name)), HeadFault::PathOverride);
    faults
}

/// RFC 9110 section 7.2: `host [":" port]`, no user, no path. Empty is allowed there, not here.
fn is_host(text: &[u8]) -> bool {
    let fine = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:[]%".contains(byte);
    !text.is_empty() && text.len() <= 255 && text.iter().all(fine)
}

fn connection_options(headers: &HeaderMap) -> impl Iterator<Item = &[u8]> {
    let values = headers.get_all(CONNECTION).iter();
    values.flat_map(|value| value.as_bytes().split(|byte| *byte == b',')).map(<[u8]>::trim_ascii)
}

/// Fields whose removal would change what the upstream reads from what was judged.
fn is_end_to_end(option: &[u8]) -> bool {
    let fields = [
        AUTHORIZATION,
        COOKIE,
        HOST,
        CONTENT_TYPE,
        CONTENT_LENGTH,
        CONTENT_ENCODING,
        FORWARDED,
        X_FORWARDED_FOR,
        X_FORWARDED_HOST,
        X_FORWARDED_PROTO,
    ];
    fields.iter().any(|name| option.eq_ignore_ascii_case(name.as_str().as_bytes()))
}

/// Removes what is for one hop only (RFC 9110 section 7.6.1): `Connection` and every field that it
/// names, `Keep-Alive`, `TE`, `Trailer`, `Transfer-Encoding`, `Upgrade`, the `Proxy-` fields; and
/// `Expect`, which the listener answers itself.
///
/// `Content-Length` stays: for a HEAD response it says what GET would send. hyper writes its own for
/// whole bodies only where there is none, so who changes a body removes it.
pub fn remove_hop_by_hop(headers: &mut HeaderMap) {
    if headers.contains_key(CONNECTION) {
        let named: SmallVec<[HeaderName; 2]> =
            connection_options(headers).filter_map(|option| HeaderName::from_bytes(option).ok()).collect();
        for name in named {
            headers.remove(name);
        }
        headers.remove(CONNECTION);
    }
    for name in [
        KEEP_ALIVE,
        PROXY_CONNECTION,
        PROXY_AUTHENTICATE,
        PROXY_AUTHORIZATION,
        TE,
        TRAILER,
        TRANSFER_ENCODING,
        UPGRADE,
        EXPECT,
    ] {
        headers.remove(name);
    }
}

/// Removes the headers that would give a request another method or path.
pub fn remove_overrides(headers: &mut HeaderMap) {
    for name in METHOD_OVERRIDES.iter().chain(&PATH_OVERRIDES) {
        headers.remove(name);
    }
}

/// What the upstream is told about where a request came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// `http` or `https`, as the client used it.
    pub scheme: &'static str,
    /// The host that the client asked for, if it is one.
    pub host: Option<HeaderValue>,
}

/// The scheme and host that a client used: a trusted proxy's word, else the request's own.
#[must_use]
pub fn origin(headers: &HeaderMap, client: &ClientAddress) -> Origin {
    let single = |name: HeaderName| {
        let mut values = headers.get_all(name).iter();
        values.next().filter(|_| values.next().is_none())
    };
    let stated = |name: HeaderName| single(name).filter(|_| client.through_proxy);
    let https =
        stated(X_FORWARDED_PROTO).is_some_and(|scheme| scheme.as_bytes().eq_ignore_ascii_case(b"https"));
    let host = stated(X_FORWARDED_HOST)
        .filter(|host| is_host(host.as_bytes()) && !host.as_bytes().contains(&b','))
        .or_else(|| single(HOST).filter(|host| is_host(host.as_bytes())));
    Origin { scheme: if https { "https" } else { "http" }, host: host.cloned() }
}

/// Sets `Forwarded`, `X-Forwarded-For`, `-Proto` and `-Host` anew from what was found true, and
/// removes every other header in which an upstream might read an address. `X-Forwarded-For` names
/// the client first, then the trusted proxies.
pub fn set_forwarding(headers: &mut HeaderMap, client: &ClientAddress, origin: &Origin) {
    for name in &ADDRESS_CLAIMS {
        headers.remove(name);
    }
    let mut chain = String::with_capacity(48);
    let mut forwarded = String::with_capacity(96);
    for (nth, ip) in std::iter::once(&client.ip).chain(&client.proxies).enumerate() {
        let comma = if nth == 0 { "" } else { ", " };
        let _ = write!(chain, "{comma}{ip}");
        let _ = match ip {
            IpAddr::V4(v4) => write!(forwarded, "{comma}for={v4}"),
            IpAddr::V6(v6) => write!(forwarded, "{comma}for=\"[{v6}]\""),
        };
        if nth == 0 {
            let _ = write!(forwarded, ";proto={}", origin.scheme);
            if let Some(host) = origin.host.as_ref().and_then(|host| host.to_str().ok()) {
                let _ = write!(forwarded, ";host=\"{host}\"");
            }
        }
    }
    set_text(headers, X_FORWARDED_FOR, &chain);
    set_text(headers, FORWARDED, &forwarded);
    headers.insert(X_FORWARDED_PROTO, HeaderValue::from_static(origin.scheme));
    match &origin.host {
        Some(host) => headers.insert(X_FORWARDED_HOST, host.clone()),
        None => headers.remove(X_FORWARDED_HOST),
    };
}

/// Sets `X-Request-Id` and `traceparent` (W3C Trace Context): a valid trace id is kept, the span is
/// ours; without one the exchange's id is the trace. Returns the trace id.
///
/// The span id is spread from the exchange's id, so that no randomness is needed here.
pub fn set_trace(headers: &mut HeaderMap, exchange: ExchangeId) -> u128 {
    let incoming = {
        let mut values = headers.get_all(&TRACEPARENT).iter();
        values
            .next()
            .filter(|_| values.next().is_none())
            .and_then(|value| parse_traceparent(value.as_bytes()))
    };
    if incoming.is_none() {
        headers.remove(&TRACESTATE);
    }
    let (trace, flags) = incoming.unwrap_or((exchange.number(), 0));
    let span = spread(exchange.number());
    set_text(headers, TRACEPARENT, &format!("00-{trace:032x}-{span:016x}-{flags:02x}"));
    set_text(headers, X_REQUEST_ID, &exchange.to_string());
    trace
}

/// Trace id and flags of a valid `traceparent`, of version 00 or, by its rule, a later one.
fn parse_traceparent(value: &[u8]) -> Option<(u128, u8)> {
    let text = std::str::from_utf8(value).ok()?;
    let mut parts = text.split('-');
    let (version, trace, span, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let digits = |part: &str, length: usize| {
        part.len() == length && part.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    };
    let well_formed = digits(version, 2) && digits(trace, 32) && digits(span, 16) && digits(flags, 2);
    let too_long = version == "00" && parts.next().is_some();
    if !well_formed || too_long || version == "ff" || span.bytes().all(|byte| byte == b'0') {
        return None;
    }
    let trace = u128::from_str_radix(trace, 16).ok().filter(|trace| *trace != 0)?;
    Some((trace, u8::from_str_radix(flags, 16).ok()? & 1))
}

/// A 64-bit number spread over all its bits (the finaliser of SplitMix64); never 0.
fn spread(number: u128) -> u64 {
    let (high, low) = (number >> 64, number & u128::from(u64::MAX));
    let mut bits = u64::try_from(high).unwrap_or(0).rotate_left(32) ^ u64::try_from(low).unwrap_or(0);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (bits ^ (bits >> 31)).max(1)
}

/// Sets a header to a text of visible ASCII; leaves it unset were it anything else.
fn set_text(headers: &mut HeaderMap, name: HeaderName, text: &str) {
    match HeaderValue::from_str(text) {
        Ok(value) => headers.insert(name, value),
        Err(_) => headers.remove(name),
    };
}

#[cfg(test)]
mod tests;
