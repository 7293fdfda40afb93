//! The client's address: the peer's, or what configured proxies say.
//!
//! INVARIANT (nobody switches it): without a trusted peer no header is read. With one, addresses are
//! read from the right, each believed only because the one to its right is trusted; what a client
//! wrote stands left of what the first proxy added, so it is never reached.

use std::net::{IpAddr, SocketAddr};

use domain::IpPrefix;
use http::HeaderMap;
use http::header::{FORWARDED, HeaderName};
use smallvec::SmallVec;

/// `X-Forwarded-For`.
pub const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
/// `X-Forwarded-Proto`.
pub const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
/// `X-Forwarded-Host`.
pub const X_FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");

/// Whom to believe about the client's address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trust {
    /// Nobody: the peer is the client.
    Direct,
    /// Proxies in these networks, and peers on a Unix socket.
    Networks {
        /// Where the proxies are.
        networks: Vec<IpPrefix>,
        /// The one header that they write. A client could send the other one through them.
        header: ForwardingHeader,
    },
}

/// The header in which a proxy tells who asked it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ForwardingHeader {
    /// `X-Forwarded-For`: what nginx, HAProxy, Envoy, Traefik and the clouds' balancers write.
    #[default]
    XForwardedFor,
    /// `Forwarded` (RFC 7239).
    Forwarded,
}

/// Who asked, and through whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientAddress {
    /// The client.
    pub ip: IpAddr,
    /// Whether the peer is a trusted proxy, so that its word on scheme and host may be believed.
    pub through_proxy: bool,
    /// Trusted proxies between the client and us, the nearest last; the client is not among them.
    pub proxies: SmallVec<[IpAddr; 2]>,
}

impl Trust {
    /// Most proxies between a client and us. The next address is taken for the client.
    pub const MOST_PROXIES: usize = 16;

    /// Trusts proxies in `networks`, which write `X-Forwarded-For`.
    #[must_use]
    pub const fn networks(networks: Vec<IpPrefix>) -> Self {
        Self::Networks { networks, header: ForwardingHeader::XForwardedFor }
    }

    /// The client behind a connection from `peer` whose request has `headers`.
    #[must_use]
    pub fn client(&self, peer: crate::listener::Peer, headers: &HeaderMap) -> ClientAddress {
        let on_this_machine = matches!(peer, crate::listener::Peer::Unix);
        let mut ip = peer.ip().to_canonical();
        let mut proxies = SmallVec::new();
        let Self::Networks { networks, header } = self else {
            return ClientAddress { ip, through_proxy: false, proxies };
        };
        let trusted = |address: IpAddr| networks.iter().any(|network| network.contains(address));
        let through_proxy = on_this_machine || trusted(ip);
        if !through_proxy {
            return ClientAddress { ip, through_proxy, proxies };
        }
        let name = match header {
            ForwardingHeader::XForwardedFor => X_FORWARDED_FOR,
            ForwardingHeader::Forwarded => FORWARDED,
        };
        // Lines of one header are one list (RFC 9110 section 5.3).
        let lines: SmallVec<[&[u8]; 2]> =
            headers.get_all(name).iter().map(http::HeaderValue::as_bytes).collect();
        let hops = lines.iter().rev().flat_map(|line| elements_from_right(line));
        for hop in hops {
            let stated = match header {
                ForwardingHeader::XForwardedFor => node(hop),
                ForwardingHeader::Forwarded => forwarded_for(hop),
            };
            // `unknown`, a pseudonym or nonsense: the proxy that wrote it answers for the request.
            let Some(stated) = stated else { break };
            proxies.insert(0, ip);
            ip = stated;
            if !trusted(ip) || proxies.len() >= Self::MOST_PROXIES {
                break;
            }
        }
        ClientAddress { ip, through_proxy, proxies }
    }

    /// The header in which a trusted proxy should have named `client`'s client and named none, so that
    /// the proxy itself is taken for it.
    #[must_use]
    pub fn unanswered(&self, client: &ClientAddress) -> Option<&'static str> {
        match self {
            Self::Networks { header, .. } if client.through_proxy && client.proxies.is_empty() => {
                Some(match header {
                    ForwardingHeader::XForwardedFor => "x-forwarded-for",
                    ForwardingHeader::Forwarded => "forwarded",
                })
            }
            _ => None,
        }
    }
}

/// The comma-separated elements of `line`, the last one first. A comma inside quotes does not
/// separate; an unclosed quote makes the whole rest one element.
fn elements_from_right(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(line);
    std::iter::from_fn(move || {
        let whole = rest?;
        let mut quoted = false;
        let comma = whole.iter().rposition(|byte| {
            quoted ^= *byte == b'"';
            *byte == b',' && !quoted
        });
        let element = match comma {
            Some(at) => {
                rest = whole.get(..at);
                whole.get(at + 1..).unwrap_or_default()
            }
            None => {
                rest = None;
                whole
            }
        };
        Some(element.trim_ascii())
    })
}

/// The `for=` of one element of `Forwarded`; `None` when there is none, or more than one.
fn forwarded_for(element: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(element).ok()?;
    let mut found = None;
    for pair in text.split(';') {
        let (name, value) = pair.split_once('=')?;
        if name.trim().eq_ignore_ascii_case("for") {
            if found.is_some() {
                return None;
            }
            let value = value.trim();
            found = Some(match value.strip_prefix('"') {
                Some(quoted) => quoted.strip_suffix('"')?,
                None => value,
            });
        }
    }
    node(found?.as_bytes())
}

/// An address with or without port: `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]:80`.
fn node(text: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(text).ok()?;
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    bare.parse::<IpAddr>()
        .ok()
        .or_else(|| text.parse::<SocketAddr>().ok().map(|address| address.ip()))
        .map(|ip| ip.to_canonical())
}

#[cfg(test)]
mod tests;
