//! Guards put together: what two of them say when both must be passed, or either.

use std::net::IpAddr;
use std::sync::Arc;

use domain::IpPrefix;

use crate::inventory::{Auth, Hop, Rate, Reach};

/// Both guards must be passed: the stronger one decides.
pub(super) fn both(one: Auth, other: Auth) -> Auth {
    if strength(&other) > strength(&one) { other } else { one }
}

/// Either guard is enough: the weaker one decides.
pub(super) fn either(one: Auth, other: Auth) -> Auth {
    if strength(&other) < strength(&one) { other } else { one }
}

/// How little passes: open first, denied last.
pub(super) const fn strength(auth: &Auth) -> u8 {
    match auth {
        Auth::Open => 0,
        Auth::Optional { .. } => 1,
        Auth::Unknown { .. } => 2,
        Auth::Required { .. } => 3,
        Auth::Denied { .. } => 4,
    }
}

/// Both limits hold: the lower figure; a limit without a figure only where there is no other.
pub(super) fn both_rates(one: Rate, other: Rate) -> Rate {
    match (one, other) {
        (Rate::Unlimited, rate)
        | (rate, Rate::Unlimited)
        | (Rate::Unknown { .. }, rate @ Rate::Limited { .. }) => rate,
        (Rate::Limited { per_hour, at }, Rate::Limited { per_hour: other, at: there }) => {
            let (per_hour, at) = if other < per_hour { (other, there) } else { (per_hour, at) };
            Rate::Limited { per_hour, at }
        }
        (rate, Rate::Unknown { .. }) => rate,
    }
}

/// Callers who pass both: the addresses that stand in both lists.
pub(super) fn both_reaches(one: Reach, other: Reach) -> Reach {
    match (one, other) {
        (Reach::Nobody, _) | (_, Reach::Nobody) => Reach::Nobody,
        (Reach::World, reach) | (reach, Reach::World) => reach,
        (Reach::Inside, _) | (_, Reach::Inside) => Reach::Inside,
        (Reach::Networks { networks: one }, Reach::Networks { networks: other }) => {
            let mut networks = Vec::new();
            for a in &one {
                for b in &other {
                    if within(a, b) {
                        networks.push(*a);
                    } else if within(b, a) {
                        networks.push(*b);
                    }
                }
            }
            reach_of(networks)
        }
    }
}

fn within(inner: &IpPrefix, outer: &IpPrefix) -> bool {
    outer.length() <= inner.length() && outer.contains(inner.base())
}

/// What a list of the only allowed networks means.
pub(super) fn reach_of(mut networks: Vec<IpPrefix>) -> Reach {
    networks.sort_unstable();
    networks.dedup();
    if networks.is_empty() {
        Reach::Nobody
    } else if networks.iter().any(|network| network.length() == 0) {
        Reach::World
    } else if networks.iter().all(|network| network.base().is_loopback()) {
        Reach::Inside
    } else {
        Reach::Networks { networks }
    }
}

/// Who can reach an address that is listened on: `80`, `*:80`, `127.0.0.1:80`, `[::1]:80`, `unix:/x`.
/// A private address (RFC 1918, RFC 4193) is reached from its private block.
pub(super) fn listen_reach(address: &str) -> Reach {
    if address.starts_with("unix:") || address.starts_with('/') || address.starts_with("unix/") {
        return Reach::Inside;
    }
    let host = host_of(address);
    if host == "localhost" {
        return Reach::Inside;
    }
    let Ok(address) = host.parse::<IpAddr>() else { return Reach::World };
    if address.is_loopback() {
        return Reach::Inside;
    }
    let private = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"];
    let block =
        private.iter().filter_map(|block| block.parse::<IpPrefix>().ok()).find(|b| b.contains(address));
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

/// How the way to `scheme://host` is made, where the host needs no look-up elsewhere.
pub(super) fn hop(tls: bool, host: &str) -> Hop {
    if tls {
        Hop::Tls
    } else if host.is_empty() || host.contains('$') || host.contains('{') {
        Hop::Unknown
    } else if is_near(host) {
        Hop::Near
    } else {
        Hop::Plain
    }
}

/// Whether a host is this machine or a name within a cluster: a name without a dot is only found there.
pub(super) fn is_near(host: &str) -> bool {
    host.starts_with("unix:")
        || host.starts_with('/')
        || host == "localhost"
        || host.parse::<IpAddr>().map_or_else(
            |_| !host.contains(['.', ':']) || host.ends_with(".svc") || host.ends_with(".svc.cluster.local"),
            |address| address.is_loopback(),
        )
}

/// A text of a file for a message: short, on one line.
pub(super) fn shown(text: &str) -> Arc<str> {
    let mut short: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(120).collect();
    if short.len() < text.len() && text.chars().nth(120).is_some() {
        short.push_str("...");
    }
    short.into()
}
