//! Addresses: who can reach a socket that is listened on, and how the way to another host is made.
//!
//! Nothing is looked up: what a name does not say by itself is not known here.

use std::net::IpAddr;

use domain::IpPrefix;

use crate::inventory::{Hop, Reach};

/// The private networks (RFC 1918, RFC 4193).
const PRIVATE: [&str; 4] = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"];

/// Callers from private networks.
pub(super) fn private() -> Reach {
    Reach::Networks { networks: blocks().collect() }
}

fn blocks() -> impl Iterator<Item = IpPrefix> {
    PRIVATE.iter().filter_map(|block| block.parse().ok())
}

/// Who can reach an address that is listened on: `80`, `*:80`, `127.0.0.1:80`, `127.0.0.1`, `[::1]:80`,
/// `unix:/x`. A private address is reached from its private block.
pub(super) fn listen_reach(address: &str) -> Reach {
    if address.starts_with("unix:") || address.starts_with('/') || address.starts_with("unix/") {
        return Reach::Inside;
    }
    let host = host_of(address);
    if host.eq_ignore_ascii_case("localhost") {
        return Reach::Inside;
    }
    let Ok(address) = host.parse::<IpAddr>() else { return Reach::World };
    if address.is_loopback() {
        return Reach::Inside;
    }
    let block = blocks().find(|block| block.contains(address));
    block.map_or(Reach::World, |block| Reach::Networks { networks: vec![block] })
}

/// The host of `host:port`, `[v6]:port`, `host`.
pub(super) fn host_of(address: &str) -> &str {
    if let Some(rest) = address.strip_prefix('[') {
        return rest.split(']').next().unwrap_or_default();
    }
    match address.rsplit_once(':') {
        Some((host, _)) if !host.contains(':') => host,
        _ => address,
    }
}

/// Whether a host is this machine or a name within a cluster: a name without a dot is only found there.
pub(super) fn is_near(host: &str) -> bool {
    if host.starts_with("unix:") || host.starts_with('/') {
        return true;
    }
    let name = host.to_ascii_lowercase();
    match name.parse::<IpAddr>() {
        Ok(address) => address.is_loopback() || address.is_unspecified(),
        Err(_) => {
            !name.contains(['.', ':'])
                || name.contains(".svc.")
                || [".svc", ".cluster.local", ".localhost"].iter().any(|end| name.ends_with(end))
        }
    }
}

/// How a way without TLS to `host` is to be judged; of a host that a variable names, nothing is known.
pub(super) fn plain_to(host: &str) -> Hop {
    if host.is_empty() || host.contains(['$', '{']) {
        Hop::Unknown
    } else if is_near(host) {
        Hop::Near
    } else {
        Hop::Plain
    }
}

/// How the way to `host` is made, with TLS or without.
pub(super) fn hop(tls: bool, host: &str) -> Hop {
    if tls { Hop::Tls } else { plain_to(host) }
}

/// How the way to `authority` (`host`, `host:port`) is made, reached by `scheme`.
pub(super) fn hop_by(scheme: &str, authority: &str) -> Hop {
    match scheme.to_ascii_lowercase().as_str() {
        "https" | "grpcs" | "wss" | "tls" | "h2" | "tls_passthrough" => Hop::Tls,
        "http" | "grpc" | "ws" | "tcp" | "h2c" => plain_to(host_of(authority)),
        "unix" => Hop::Near,
        _ => Hop::Unknown,
    }
}

/// How the way to `url` is made.
pub(super) fn hop_of_url(url: &str) -> Hop {
    match url.split_once("://") {
        Some((scheme, rest)) => hop_by(scheme, rest.split(['/', '?']).next().unwrap_or_default()),
        None => Hop::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_way_is_near_only_where_the_name_says_so() {
        for (url, way) in [
            ("http://orders:8080", Hop::Near),
            ("http://127.0.0.1:8080/x", Hop::Near),
            ("http://0.0.0.0:8080", Hop::Near),
            ("http://Orders.Shop.svc.cluster.local", Hop::Near),
            ("http://orders.shop.svc.example.net:80", Hop::Near),
            ("http://api.example.com", Hop::Plain),
            ("http://db.internal", Hop::Plain),
            ("http://192.0.2.1", Hop::Plain),
            ("http://[::1]:80", Hop::Near),
            ("http://[2001:db8::1]:80", Hop::Plain),
            ("http://$backend", Hop::Unknown),
            ("http://", Hop::Unknown),
            ("https://api.example.com", Hop::Tls),
            ("unix:///run/orders.sock", Hop::Near),
            ("orders", Hop::Unknown),
        ] {
            assert_eq!(hop_of_url(url), way, "{url}");
        }
    }

    #[test]
    fn a_socket_is_reached_from_where_its_address_is_routed() {
        let block = |text: &str| Reach::Networks { networks: vec![text.parse().unwrap()] };
        for (address, reach) in [
            ("80", Reach::World),
            ("*:80", Reach::World),
            ("", Reach::World),
            ("0.0.0.0:80", Reach::World),
            ("[::]:80", Reach::World),
            ("127.0.0.1:80", Reach::Inside),
            ("127.0.0.2", Reach::Inside),
            ("[::1]:80", Reach::Inside),
            ("::1", Reach::Inside),
            ("Localhost:80", Reach::Inside),
            ("unix:/run/a.sock", Reach::Inside),
            ("10.1.2.3:80", block("10.0.0.0/8")),
            ("172.16.0.1", block("172.16.0.0/12")),
            ("[fd00::1]:80", block("fc00::/7")),
            ("192.0.2.1:80", Reach::World),
        ] {
            assert_eq!(listen_reach(address), reach, "{address}");
        }
    }
}
