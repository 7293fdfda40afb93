//! Where an operation is served, and whether without encryption.

use crate::inventory::Server;
use crate::openapi::Version;
use crate::openapi::here::Here;
use crate::openapi::servers::with_variables;

use super::Facts;
use super::schema::start;

/// Most servers of one operation.
const MOST_SERVERS: usize = 256;

/// The servers that the nearest owner names, from the operation outwards to the document.
pub(super) fn of<'t>(facts: &mut Facts<'t, '_>, owners: &[Here<'t>]) -> Vec<Server> {
    let root = facts.document.root;
    if facts.document.version == Version::V2 {
        return of_schemes(facts, owners.first().copied().unwrap_or(root));
    }
    let named = owners.iter().chain([&root]).find_map(|owner| owner.get("servers"));
    let Some(named) = named.filter(|named| !named.node.items().is_empty()) else { return Vec::new() };
    let mut servers = Vec::new();
    for (nth, server) in named.items().enumerate() {
        if nth >= MOST_SERVERS {
            let message = format!("more than {MOST_SERVERS} servers");
            facts.document.beyond(message, server.at(), "name those of one deployment only");
            break;
        }
        let Some(url) = server.get("url") else { continue };
        let Some(text) = url.text() else { continue };
        let filled = with_variables(text, server.node.get("variables"));
        let plain = filled.iter().any(|url| is_plain(url));
        servers.push(Server { url: start(text, 200), plain, at: facts.place(url.at()) });
    }
    servers
}

/// 2.0: each of `schemes` with `host`.
fn of_schemes(facts: &Facts<'_, '_>, operation: Here<'_>) -> Vec<Server> {
    let root = facts.document.root;
    let Some(host) = root.get("host") else { return Vec::new() };
    let Some(name) = host.text() else { return Vec::new() };
    let base = root.get("basePath").and_then(Here::text).unwrap_or_default();
    let schemes = operation.get("schemes").or_else(|| root.get("schemes"));
    let one = |scheme: &str, at| {
        let url = format!("{scheme}//{name}{base}");
        Server { plain: is_plain(&url), url: start(&url, 200), at: facts.place(at) }
    };
    match schemes {
        // Unsaid, it is that of the address of the document, which is not known.
        None => vec![one("", host.at())],
        Some(schemes) => schemes
            .items()
            .take(MOST_SERVERS)
            .filter_map(|scheme| Some(one(&format!("{}:", scheme.text()?), scheme.at())))
            .collect(),
    }
}

/// Whether an address is plain http to a host that is not this machine.
fn is_plain(url: &str) -> bool {
    let Some((scheme, rest)) = url.split_once("://") else { return false };
    if !scheme.eq_ignore_ascii_case("http") && !scheme.eq_ignore_ascii_case("ws") {
        return false;
    }
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    let host = match host.strip_prefix('[') {
        Some(v6) => v6.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    let host = host.to_ascii_lowercase();
    let here = host.is_empty()
        || host == "localhost"
        || host.ends_with(".localhost")
        || host == "::1"
        || host == "0.0.0.0"
        || host == "host.docker.internal"
        || host.parse::<std::net::Ipv4Addr>().is_ok_and(|address| address.is_loopback());
    // A hole that no value fills says nothing of a host.
    !here && !host.contains(['{', '}', '<', '$'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_is_http_to_another_machine() {
        for (url, plain) in [
            ("http://api.example.com/v1", true),
            ("HTTP://api.example.com", true),
            ("http://192.0.2.7:8080", true),
            ("http://user@api.example.com", true),
            ("http://[2001:db8::1]/", true),
            ("ws://api.example.com", true),
            ("https://api.example.com", false),
            ("http://localhost:8080", false),
            ("http://127.0.0.1/", false),
            ("http://127.8.8.8/", false),
            ("http://[::1]:80/", false),
            ("http://shop.localhost", false),
            ("http://{host}/v1", false),
            ("//api.example.com", false),
            ("/v1", false),
            ("", false),
        ] {
            assert_eq!(is_plain(url), plain, "{url}");
        }
    }
}
