//! Where a location leads: `proxy_pass` and its like.

use super::super::address::{hop, host_of, is_near};
use super::super::guard::shown;
use super::tables::Tables;
use super::tree::Directive;
use crate::inventory::{Hop, Upstream};

/// Whether a directive hands the request to something behind nginx.
pub(super) fn is_pass(name: &str) -> bool {
    matches!(
        name,
        "proxy_pass"
            | "fastcgi_pass"
            | "grpc_pass"
            | "uwsgi_pass"
            | "scgi_pass"
            | "memcached_pass"
            | "js_content"
            | "perl"
    ) || name.starts_with("content_by_lua")
}

/// The upstream of a pass, and the text that replaces the matched part of the path, if one does.
pub(super) fn of(directive: &Directive, tables: &Tables) -> (Upstream, Option<std::sync::Arc<str>>) {
    let name = &*directive.name.text;
    let at = directive.at();
    if name == "js_content" || name == "perl" || name.starts_with("content_by_lua") {
        return (Upstream { name: shown(name), hop: Hop::Unknown, at }, None);
    }
    let target = directive.arg(0);
    let (scheme, rest) = target.split_once("://").unwrap_or(("", target));
    let tls = matches!(scheme, "https" | "grpcs");
    if let Some(socket) = rest.strip_prefix("unix:") {
        // `http://unix:/path:/uri`
        let uri = socket.split_once(':').map(|(_, uri)| uri).filter(|uri| !uri.is_empty());
        return (Upstream { name: shown(target), hop: hop(tls, "unix:"), at }, uri.map(Into::into));
    }
    let (authority, uri) = match rest.find('/') {
        Some(slash) if name == "proxy_pass" => rest.split_at(slash),
        _ => (rest, ""),
    };
    let way = match tables.upstreams.get(authority) {
        Some(servers) if !tls => {
            let hosts = || servers.iter().map(|server| host_of(server));
            if servers.is_empty() {
                Hop::Unknown
            } else if hosts().all(is_near) {
                Hop::Near
            } else {
                Hop::Plain
            }
        }
        _ => hop(tls, host_of(authority)),
    };
    let rewrite = (!uri.is_empty() && !target.contains('$')).then(|| uri.into());
    (Upstream { name: shown(target), hop: way, at }, rewrite)
}
