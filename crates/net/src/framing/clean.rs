//! Headers that must not pass from one hop to the next, or give a request a second meaning.

use http::HeaderMap;
use http::header::{CONNECTION, HeaderName};
use smallvec::SmallVec;

use super::options;

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

/// Removes every header whose name `is_one`. Costs one look at each name where there is none.
pub(super) fn remove_all(headers: &mut HeaderMap, is_one: fn(&str) -> bool) {
    let found: SmallVec<[HeaderName; 4]> =
        headers.keys().filter(|name| is_one(name.as_str())).cloned().collect();
    for name in found {
        headers.remove(name);
    }
}

pub(super) fn overrides_method(name: &str) -> bool {
    matches!(name, "x-http-method-override" | "x-method-override" | "x-http-method")
}

pub(super) fn overrides_path(name: &str) -> bool {
    matches!(name, "x-original-url" | "x-rewrite-url" | "x-original-uri" | "x-override-url")
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
