//! Where a request came from, written anew for the upstream.

use std::net::IpAddr;

use http::header::{FORWARDED, HOST, HeaderName};
use http::{HeaderMap, HeaderValue};
use smallvec::SmallVec;

use super::clean::remove_all;
use super::is_host;
use crate::address::{ClientAddress, X_FORWARDED_FOR, X_FORWARDED_HOST, X_FORWARDED_PROTO};

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

/// A header's text while it is written: in place for all but very long chains.
pub(super) struct Text(SmallVec<[u8; 192]>);

impl Text {
    pub(super) fn new() -> Self {
        Self(SmallVec::new())
    }

    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    /// Appends `bytes` as lower-case hexadecimal digits.
    pub(super) fn push_hex(&mut self, bytes: &[u8]) {
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
    pub(super) fn set(self, headers: &mut HeaderMap, name: HeaderName) {
        match HeaderValue::from_bytes(&self.0) {
            Ok(value) => headers.insert(name, value),
            Err(_) => headers.remove(name),
        };
    }
}
