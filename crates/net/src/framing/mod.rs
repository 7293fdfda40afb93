//! Request heads: what is odd about them, and what must not pass from one hop to the next.
//!
//! Order of use: [`head_faults`] judges the head as it came; [`remove_hop_by_hop`] and
//! [`remove_overrides`] clean it; [`set_forwarding`] and [`set_trace`] write it anew. Responses need
//! [`remove_hop_by_hop`] only. Message framing itself (lengths, chunks) is hyper's: what reaches the
//! upstream is always written anew, never copied.

use std::fmt;
use std::net::IpAddr;

use domain::ExchangeId;
use http::header::{CONNECTION, FORWARDED, HOST, HeaderName};
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

fn overrides_method(name: &str) -> bool {
    matches!(name, "x-http-method-override" | "x-method-override" | "x-http-method")
}

fn overrides_path(name: &str) -> bool {
    matches!(name, "x-original-url" | "x-rewrite-url" | "x-original-uri" | "x-override-url")
}

/// Headers in which some upstream would read a client's address or scheme that we did not set.
fn claims_origin(name: &str) -> bool {
    matches!(
        name,
        "x-real-ip"
            | "x-client-ip"
            | "x-cluster-client-ip"
            | "true-client-ip"
            | "cf-connecting-ip"
            | "fastly-client-ip"
            | "x-forwarded"
            | "x-forwarded-port"
            | "x-forwarded-server"
            | "x-forwarded-ssl"
            | "x-forwarded-prefix"
    )
}

fn is_hop_by_hop(name: &str) -> bool {
    matches!(
        name,
        "connection"
            | "keep-alive"
            | "proxy-connection"
            | "proxy-authenticate"
            | "proxy-authorization"
            | "te"
            | "trailer"
            | "transfer-encoding"
            | "upgrade"
            | "expect"
    )
}

/// Fields whose removal would change what the upstream reads from what was judged.
fn is_end_to_end(option: &[u8]) -> bool {
    let fields: [&[u8]; 10] = [
        b"authorization",
        b"cookie",
        b"host",
        b"content-type",
        b"content-length",
        b"content-encoding",
        b"forwarded",
        b"x-forwarded-for",
        b"x-forwarded-host",
        b"x-forwarded-proto",
    ];
    fields.iter().any(|name| option.eq_ignore_ascii_case(name))
}

/// Removes every header whose name `is_one`. Costs one look at each name where there is none.
fn remove_all(headers: &mut HeaderMap, is_one: fn(&str) -> bool) {
    let found: SmallVec<[HeaderName; 4]> =
        headers.keys().filter(|name| is_one(name.as_str())).cloned().collect();
    for name in found {
        headers.remove(name);
    }
}

const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
const TRACESTATE: HeaderName = HeaderName::from_static("tracestate");
const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What is odd about a request's head, each fault once. Empty for every ordinary request.
#[must_use]
pub fn head_faults(head: &request::Parts, target: &Target) -> SmallVec<[HeadFault; 2]> {
    let mut faults = SmallVec::new();
    let mut note = |holds: bool, fault: HeadFault| {
        if holds && !faults.contains(&fault) {
            faults.push(fault);
        }
    };
    note(head.method == Method::CONNECT, HeadFault::Upgrade);
    let mut host: Option<&HeaderValue> = None;
    let (mut authorizations, mut types, mut lengths, mut codings) = (0, 0, 0, 0);
    for (name, value) in &head.headers {
        let is = |text: &str| value.as_bytes().eq_ignore_ascii_case(text.as_bytes());
        match name.as_str() {
            "host" => {
                note(host.is_some() || !is_host(value.as_bytes()), HeadFault::BadHost);
                host = Some(value);
            }
            "upgrade" => note(true, HeadFault::Upgrade),
            "authorization" => authorizations += 1,
            "content-type" => types += 1,
            "content-length" => lengths += 1,
            "transfer-encoding" => {
                codings += 1;
                note(codings > 1 || !is("chunked"), HeadFault::TransferCoding);
            }
            "content-encoding" => note(!is("identity"), HeadFault::EncodedBody),
            "connection" => note(options(value).any(is_end_to_end), HeadFault::ConnectionNamesField),
            other => {
                note(overrides_method(other), HeadFault::MethodOverride);
                note(overrides_path(other), HeadFault::PathOverride);
            }
        }
    }
    match (host, target.authority()) {
        (None, None) => note(head.version == http::Version::HTTP_11, HeadFault::MissingHost),
        (Some(host), Some(authority)) => {
            let same = authority.as_str().as_bytes().eq_ignore_ascii_case(host.as_bytes());
            note(!same, HeadFault::HostMismatch);
        }
        _ => {}
    }
    note(authorizations > 1, HeadFault::DuplicateAuthorization);
    note(types > 1, HeadFault::DuplicateContentType);
    note(lengths > 1 || lengths > 0 && codings > 0, HeadFault::AmbiguousLength);
    note(target.query().any(|(name, _)| name.eq_ignore_ascii_case("_method")), HeadFault::MethodInQuery);
    faults
}

/// RFC 9110 section 7.2: `host [":" port]`, no user, no path. Empty is allowed there, not here.
fn is_host(text: &[u8]) -> bool {
    let fine = |byte: &u8| {
        byte.is_ascii_alphanumeric()
            || matches!(
                byte,
                b'-' | b'.'
                    | b'_'
                    | b'~'
                    | b'!'
                    | b'$'
                    | b'&'
                    | b'\''
                    | b'('
                    | b')'
                    | b'*'
                    | b'+'
                    | b','
                    | b';'
                    | b'='
                    | b':'
                    | b'['
                    | b']'
                    | b'%'
            )
    };
    !text.is_empty() && text.len() <= 255 && text.iter().all(fine)
}

/// The options of one `Connection` line.
fn options(value: &HeaderValue) -> impl Iterator<Item = &[u8]> {
    value.as_bytes().split(|byte| *byte == b',').map(<[u8]>::trim_ascii)
}

/// Removes what is for one hop only (RFC 9110 section 7.6.1): `Connection` and every field that it
/// names, `Keep-Alive`, `TE`, `Trailer`, `Transfer-Encoding`, `Upgrade`, the `Proxy-` fields; and
/// `Expect`, which the listener answers itself.
///
/// `Content-Length` stays: for a HEAD response it says what GET would send. hyper writes its own for
/// whole bodies only where there is none, so who changes a body removes it.
pub fn remove_hop_by_hop(headers: &mut HeaderMap) {
    let named: SmallVec<[HeaderName; 2]> = match headers.contains_key(CONNECTION) {
        false => SmallVec::new(),
        true => {
            let lines = headers.get_all(CONNECTION).iter();
            lines.flat_map(options).filter_map(|option| HeaderName::from_bytes(option).ok()).collect()
        }
    };
    for name in named {
        headers.remove(name);
    }
    remove_all(headers, is_hop_by_hop);
}

/// Removes the headers that would give a request another method or path.
pub fn remove_overrides(headers: &mut HeaderMap) {
    remove_all(headers, |name| overrides_method(name) || overrides_path(name));
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
    remove_all(headers, claims_origin);
    // These four, and the two of `set_trace`.
    headers.reserve(6);
    let mut chain = Text::new();
    let mut forwarded = Text::new();
    for (nth, ip) in std::iter::once(&client.ip).chain(&client.proxies).enumerate() {
        let comma: &[u8] = if nth == 0 { b"" } else { b", " };
        chain.push(comma);
        forwarded.push(comma);
        let start = chain.0.len();
        chain.push_ip(*ip);
        let shown = chain.0.get(start..).unwrap_or_default();
        let (before, after): (&[u8], &[u8]) =
            if ip.is_ipv4() { (b"for=", b"") } else { (b"for=\"[", b"]\"") };
        forwarded.push(before);
        forwarded.push(shown);
        forwarded.push(after);
        if nth == 0 {
            forwarded.push(b";proto=");
            forwarded.push(origin.scheme.as_bytes());
            if let Some(host) = &origin.host {
                forwarded.push(b";host=\"");
                forwarded.push(host.as_bytes());
                forwarded.push(b"\"");
            }
        }
    }
    chain.set(headers, X_FORWARDED_FOR);
    forwarded.set(headers, FORWARDED);
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
    let mut parent = Text::new();
    parent.push(b"00-");
    parent.push_hex(&trace.to_be_bytes());
    parent.push(b"-");
    parent.push_hex(&spread(exchange.number()).to_be_bytes());
    parent.push(b"-");
    parent.push_hex(&[flags]);
    parent.set(headers, TRACEPARENT);
    let mut id = Text::new();
    id.push_hex(&exchange.number().to_be_bytes());
    id.set(headers, X_REQUEST_ID);
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

/// A header's text while it is written: in place for all but very long chains.
struct Text(SmallVec<[u8; 192]>);

impl Text {
    fn new() -> Self {
        Self(SmallVec::new())
    }

    fn push(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    fn push_hex(&mut self, bytes: &[u8]) {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        for byte in bytes {
            for nibble in [byte >> 4, byte & 15] {
                self.0.push(DIGITS.get(usize::from(nibble)).copied().unwrap_or(b'0'));
            }
        }
    }

    fn push_ip(&mut self, ip: IpAddr) {
        let IpAddr::V4(v4) = ip else {
            self.push(ip.to_string().as_bytes());
            return;
        };
        for (nth, octet) in v4.octets().into_iter().enumerate() {
            if nth > 0 {
                self.0.push(b'.');
            }
            if octet >= 100 {
                self.0.push(b'0' + octet / 100);
            }
            if octet >= 10 {
                self.0.push(b'0' + octet / 10 % 10);
            }
            self.0.push(b'0' + octet % 10);
        }
    }

    /// Sets `name` to this text; leaves it unset were it no header value.
    fn set(self, headers: &mut HeaderMap, name: HeaderName) {
        match HeaderValue::from_bytes(&self.0) {
            Ok(value) => headers.insert(name, value),
            Err(_) => headers.remove(name),
        };
    }
}

#[cfg(test)]
mod tests;
