//! Where a location leads: `proxy_pass` and its like.
//!
//! A variable that `set` gives one value is followed. What follows the host as a capture of the location
//! replaces the path. A named upstream is the same service as its servers' addresses, and upstreams that share a
//! server are one service.

use super::super::address::{hop, host_of, is_near};
use super::super::guard::shown;
use super::tables::{Class, Tables, variables};
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
        return (Upstream { service: None, name: shown(name), hop: Hop::Unknown, at }, None);
    }
    let resolved = tables.resolved(directive.arg(0));
    let target = &*resolved;
    let (scheme, rest) = target.split_once("://").unwrap_or(("", target));
    let tls = matches!(scheme, "https" | "grpcs");
    if let Some(socket) = rest.strip_prefix("unix:") {
        // `http://unix:/path:/uri`
        let uri = socket.split_once(':').map(|(_, uri)| uri).filter(|uri| !uri.is_empty());
        return (
            Upstream { service: None, name: shown(target), hop: hop(tls, "unix:"), at },
            uri.map(Into::into),
        );
    }
    let (authority, uri) = match rest.find('/') {
        Some(slash) if name == "proxy_pass" => rest.split_at(slash),
        _ => (rest, ""),
    };
    // `http://app$1`: the host ends where a variable begins that no port or name is before.
    let (authority, uri) = match authority.find('$') {
        Some(dollar) if name == "proxy_pass" && is_host(authority, dollar) => rest.split_at(dollar),
        _ => (authority, uri),
    };
    let way = match tables.servers(authority) {
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
    let written = directive.arg(0).contains('$');
    let replaced = match written || target.contains('$') {
        false => Some(uri).filter(|uri| !uri.is_empty()),
        true => captured(uri, tables),
    };
    let shown_as = match uri.contains('$') && !authority.contains('$') {
        true => format!("{scheme}://{authority}"),
        false => target.to_owned(),
    };
    let service = tables.service(authority).map(|address| match scheme {
        "" => shown(address),
        scheme => shown(&format!("{scheme}://{address}")),
    });
    (Upstream { service, name: shown(&shown_as), hop: way, at }, replaced.map(Into::into))
}

/// The text that replaces the path, where it goes on as what the location captured. With variables that
/// hold the whole path nothing is taken away.
fn captured<'u>(uri: &'u str, tables: &Tables) -> Option<&'u str> {
    let path = uri.split(['?']).next().unwrap_or_default();
    let path = path.split("$is_args").next().unwrap_or_default();
    let first = variables(path).next()?;
    let is_capture = first.bytes().all(|byte| byte.is_ascii_digit()) || tables.class(path) == Class::Unknown;
    is_capture.then_some(path)
}

/// Whether the text before `end` is a whole host, perhaps with its port.
fn is_host(text: &str, end: usize) -> bool {
    text.get(..end).is_some_and(|host| !host.is_empty() && !host.ends_with([':', '.', '-', '_']))
}
