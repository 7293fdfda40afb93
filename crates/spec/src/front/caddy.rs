//! Caddyfile.
//!
//! Read: sites and their addresses, `bind`, `tls` with `client_auth`, snippets and imported files,
//! matchers (`path`, `path_regexp`, `method`, `host`, `remote_ip`, `not`), `handle`, `handle_path`, `route`,
//! `invoke`, `basic_auth`, `forward_auth`, the module `rate_limit`, `respond`, `error`, `abort`, `redir`,
//! `rewrite`, `uri`, `reverse_proxy`, `php_fastcgi`, `file_server`; in Caddy's order, `order` included.
//!
//! Not read: `handle_errors`, `try_files`, headers, matchers by header, query or expression (what stands
//! under one is conditional). Modules that decide with a configuration of their own are `Auth::Unknown`.
//!
//! Source: Caddy documentation, pages "Caddyfile concepts", "Directives" (directive order, sorting
//! algorithm), "Request matchers"; the README of caddy-ratelimit.

mod matcher;
mod site;
mod tree;

#[cfg(test)]
mod tests;

use std::cell::Cell;
use std::sync::Arc;

use super::address::listen_reach;
use super::guard::{shown, skipped};
use super::rules::routes;
use crate::diagnostic::Diagnostic;
use crate::inventory::{Auth, Front, Kind, Listener, Precedence, Reach, Route, SourceId, Upstream};
use crate::reading::{File, Reading};
use matcher::Matchers;
use site::Site;
use tree::{Directive, Reader};

/// Reads `file` into the inventory. A file that another one imports is judged there only.
pub(super) fn read(file: &File, reading: &mut Reading<'_, '_>) {
    let source = reading.source;
    let earlier = reading.inventory.sources.iter().enumerate().any(|(at, other)| {
        u32::try_from(at).is_ok_and(|at| SourceId(at) != source)
            && other.name == file.name
            && other.kind == Kind::Caddy
    });
    if earlier {
        return;
    }
    let mut reader = Reader::new(reading);
    let mut directives = reader.read(file, source, 0);
    let taken = std::mem::take(&mut reader.taken);
    reading.inventory.fronts.retain(|front| front.kind != Kind::Caddy || !taken.contains(&front.at.source));
    // A file with one site needs no braces: its first line is the address, the rest the site.
    let is_address = |directive: &Directive| directive.words.iter().all(|word| looks_like_address(word));
    let bare = directives.iter().position(|directive| !is_options(directive));
    if let Some(at) = bare
        && let Some(first) = directives.get(at)
        && first.block.is_none()
        && is_address(first)
    {
        let block = directives.split_off(at + 1);
        if let Some(site) = directives.last_mut() {
            site.block = Some(block);
        }
    }
    let global = directives.iter().find(|directive| is_options(directive)).map_or(&[][..], Directive::within);
    let orders = global.iter().filter(|d| d.word(0) == "order");
    let named = directives
        .iter()
        .filter_map(|d| Some((d.word(0).strip_prefix("&(")?.strip_suffix(')')?, d.within())));
    let site = Site {
        orders: orders.map(|d| (d.word(1), d.word(2), d.word(3))).collect(),
        named: named.collect(),
        cut: Cell::new(false),
    };
    let https = !global.iter().any(|d| d.word(0) == "auto_https" && d.word(1) == "off");
    for directive in directives.iter().filter(|d| !is_options(d) && !d.word(0).starts_with("&(")) {
        if directive.block.is_none() {
            let what = format!("`{}` stands outside every site", shown(directive.word(0)));
            let fault = Diagnostic::error("CADDY-001", what, directive.at.span);
            reading
                .inventory
                .faults
                .push(crate::inventory::Fault { source: directive.at.source, diagnostic: fault });
            continue;
        }
        let front = front(directive, &site, https, reading);
        reading.inventory.fronts.push(front);
    }
}

/// The block of global options has no name.
fn is_options(directive: &Directive) -> bool {
    directive.words.is_empty()
}

pub(super) fn looks_like_address(word: &str) -> bool {
    let bare = word.trim_end_matches(',');
    let bare = bare.strip_prefix("https://").or_else(|| bare.strip_prefix("http://")).unwrap_or(bare);
    let host = bare.split('/').next().unwrap_or_default();
    let (name, port) = host.rsplit_once(':').unwrap_or((host, ""));
    let port_fits = port.bytes().all(|c| c.is_ascii_digit()) && (!port.is_empty() || !host.contains(':'));
    let name_fits = name.bytes().all(|c| c.is_ascii_alphanumeric() || b".-*_[]:{}$".contains(&c));
    let said = name == "localhost"
        || name.contains('.') && !name.starts_with('.')
        || name.starts_with("{$")
        || !port.is_empty();
    !host.is_empty() && port_fits && name_fits && said && !name.ends_with('.')
}

fn front(directive: &Directive, site: &Site<'_>, https: bool, reading: &mut Reading<'_, '_>) -> Front {
    let addresses: Vec<&str> =
        directive.words.iter().flat_map(|word| word.split(',')).filter(|a| !a.is_empty()).collect();
    let block = directive.within();
    let tls = block.iter().find(|inner| inner.word(0) == "tls");
    let bound: Vec<&str> =
        block.iter().filter(|d| d.word(0) == "bind").flat_map(|d| d.rest(1)).map(|w| &**w).collect();
    let mut hosts: Vec<Arc<str>> = Vec::new();
    let mut every_host = false;
    let mut listeners = Vec::new();
    for address in &addresses {
        let (scheme, rest) = address.split_once("://").unwrap_or(("", address));
        let rest = rest.split('/').next().unwrap_or_default();
        let (host, port) = match rest.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|c| c.is_ascii_digit()) => (host, port),
            _ => (rest, ""),
        };
        match host.is_empty() || host.contains('$') || host == "*" {
            true => every_host = true,
            false => hosts.push(host.into()),
        }
        let secure = scheme == "https" || tls.is_some() || port == "443";
        let plain = scheme == "http" || port == "80" || host.is_empty() && !secure || !https && !secure;
        let reach = match bound.as_slice() {
            [] => Reach::World,
            bound => bound
                .iter()
                .map(|to| listen_reach(to))
                .find(|r| *r == Reach::World)
                .unwrap_or_else(|| bound.first().map_or(Reach::World, |to| listen_reach(to))),
        };
        listeners.push(Listener {
            address: shown(address),
            tls: !plain,
            redirects: false,
            reach,
            at: directive.at,
        });
    }
    let guard = tls.map_or(Auth::Open, certificate);
    let rules: Arc<[super::rules::Rule]> = site.rules(block, &Matchers::default(), true, 0).into();
    let (mut routes, cut) =
        routes(&rules, (!every_host && !hosts.is_empty()).then_some(hosts), guard, directive.at);
    let mut failed = Vec::new();
    for handler in block.iter().filter(|inner| inner.word(0) == "handle_errors" && is_for_refusals(inner)) {
        proxied(handler, 0, &mut failed);
    }
    for route in &mut routes {
        refused_to(route, &failed);
    }
    if cut || site.cut.replace(false) {
        let what = format!(
            "the handlers of `{}` have more combinations than are followed",
            shown(directive.word(0))
        );
        let fault = Diagnostic::error("CADDY-004", what, directive.at.span);
        reading
            .inventory
            .faults
            .push(crate::inventory::Fault { source: directive.at.source, diagnostic: fault });
    }
    let only_sends_on = !routes.is_empty()
        && routes.iter().all(|route| route.upstream.is_none() && route.name.starts_with("redir https://"));
    for listener in listeners.iter_mut().filter(|listener| !listener.tls) {
        listener.redirects = only_sends_on;
    }
    Front {
        kind: Kind::Caddy,
        name: shown(addresses.first().copied().unwrap_or_default()),
        listeners,
        precedence: Precedence::FirstMatch,
        routes,
        at: directive.at,
    }
}

/// Deepest blocks of `handle_errors` that are looked into.
const MOST_DEPTH: usize = 20;

/// Whether `handle_errors` is run for those who are refused; codes before its block leave out others.
fn is_for_refusals(handler: &Directive) -> bool {
    let codes = handler.rest(1);
    codes.is_empty() || codes.iter().any(|code| matches!(&**code, "401" | "403" | "4xx"))
}

/// Where `block` leads with the path that was asked for; a rewritten one is a page for errors.
fn proxied(block: &Directive, depth: usize, found: &mut Vec<Upstream>) {
    if depth > MOST_DEPTH || block.within().iter().any(|inner| matches!(inner.word(0), "rewrite" | "uri")) {
        return;
    }
    for inner in block.within() {
        match inner.word(0) {
            "reverse_proxy" | "php_fastcgi" => {
                let taken = usize::from(inner.word(1).starts_with(['@', '/', '*']));
                found.push(site::upstream(inner, inner.rest(1 + taken)));
            }
            _ => proxied(inner, depth + 1, found),
        }
    }
}

/// A refusal that is an error has `handle_errors` take its place: where that leads to the service, the
/// guard lets everybody through. `forward_auth` copies an answer, which is no error.
fn refused_to(route: &mut Route, failed: &[Upstream]) {
    let leads = |to: &Upstream| failed.iter().any(|other| other.authority() == to.authority());
    match (&route.auth, &route.upstream) {
        (Auth::Denied { at }, None) if route.name.starts_with("error") => {
            route.upstream = failed.first().cloned();
            if route.upstream.is_some() {
                route.auth = Auth::Optional { by: "error, which handle_errors takes up".into(), at: *at };
            }
        }
        (Auth::Required { by, .. } | Auth::Unknown { by, .. }, Some(to))
            if !by.starts_with("tls ") && leads(to) =>
        {
            route.auth = skipped(route.auth.clone(), "which handle_errors takes up");
        }
        _ => {}
    }
}

/// What `tls { client_auth { ... } }` asks for.
fn certificate(tls: &Directive) -> Auth {
    let Some(asked) = tls.within().iter().find(|inner| inner.word(0) == "client_auth") else {
        return Auth::Open;
    };
    let mode = asked.within().iter().find(|inner| inner.word(0) == "mode").map_or("", |mode| mode.word(1));
    let has_pool = asked.within().iter().any(|inner| inner.word(0).starts_with("trust"));
    let at = asked.at;
    match mode {
        "require_and_verify" => Auth::Required { by: "tls client_auth".into(), at },
        "" if has_pool => Auth::Required { by: "tls client_auth".into(), at },
        mode => Auth::Optional { by: shown(&format!("tls client_auth {mode}")), at },
    }
}
