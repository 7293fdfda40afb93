//! What of a server is settled when all its routes are known: where requests go on inside it.
//!
//! `try_files` and `error_page` go on to another location with that location's guards on top of their
//! own. `rewrite` goes on before any guard of the access phase, so that of those only the other location's
//! hold.

use std::sync::Arc;

use super::super::guard::{both, both_rates, both_reaches, strength};
use super::server::Built;
use crate::inventory::{Auth, Front, PathMatch, Picker, Reach, Route, Upstream};

/// Most rewrites of one server that are followed; of more, each leads to an unguarded unknown.
const MOST_REWRITES: usize = 500;
/// Most locations that one rewrite is taken to lead to.
const MOST_TARGETS: usize = 64;
/// What may stand for a captured text in a rewritten path.
const CAPTURES: [&str; 3] = ["word", "7", ""];

/// Fills `front` with the routes.
pub(super) fn settle(front: &mut Front, built: Vec<Built>, named: &[Built]) {
    type Numbered = Vec<(usize, Built)>;
    let (moved, mut staying): (Numbered, Numbered) =
        built.into_iter().enumerate().partition(|(_, built)| built.rewritten.is_some());
    front.routes = staying.iter().map(|(_, built)| built.route.clone()).collect();
    let settled: Vec<Route> = {
        let picker = Picker::new(front);
        let host = host(front);
        let find = |target: &str| -> Option<&Route> {
            picker.pick("GET", &host, target.split(['?', '$']).next().unwrap_or_default())
        };
        let target = |target: &str| -> Option<Route> {
            match target.starts_with('@') {
                true => {
                    named.iter().find(|built| &*built.route.name == target).map(|built| built.route.clone())
                }
                false => find(target).cloned(),
            }
        };
        staying
            .iter_mut()
            .map(|(_, built)| {
                let mut route = built.route.clone();
                if let Some(on) = built.goes_on.as_deref().and_then(target) {
                    route.auth = both(route.auth, on.auth);
                    route.rate = both_rates(route.rate, on.rate);
                    // `internal` locations are reached this way; their own reach says nothing.
                    if on.reach != crate::inventory::Reach::Nobody {
                        route.reach = both_reaches(route.reach, on.reach);
                    }
                    route.upstream = on.upstream;
                }
                if let Some(open) = built.refused_to.as_deref().and_then(target)
                    && route.upstream.is_some()
                    && open.upstream.as_ref().map(authority) == route.upstream.as_ref().map(authority)
                    && strength(&open.auth) < strength(&route.auth)
                    && let Auth::Required { at, .. } | Auth::Unknown { at, .. } = route.auth
                {
                    let to = built.refused_to.as_deref().unwrap_or_default();
                    route.auth =
                        Auth::Optional { by: super::super::guard::shown(&format!("error_page to {to}")), at };
                }
                route
            })
            .collect()
    };
    front.routes = settled;
    let rewritten: Vec<(usize, Route)> = {
        let picker = Picker::new(front);
        let host = host(front);
        moved
            .into_iter()
            .enumerate()
            .flat_map(|(nth, (at, built))| {
                follow(&*front, &picker, &host, nth, &built).into_iter().map(move |r| (at, r))
            })
            .collect()
    };
    let order: Vec<usize> = staying.iter().map(|(at, _)| *at).collect();
    let mut all: Vec<(usize, Route)> = order.into_iter().zip(std::mem::take(&mut front.routes)).collect();
    all.extend(rewritten);
    all.sort_by_key(|(at, _)| *at);
    front.routes = all.into_iter().map(|(_, route)| route).collect();
}

/// The host of an upstream: what an unguarded way to the same host shows, a guarded one protects in vain.
fn authority(to: &Upstream) -> &str {
    let rest = to.name.split_once("://").map_or(&*to.name, |(_, rest)| rest);
    rest.split('/').next().unwrap_or_default()
}

fn host(front: &Front) -> String {
    let first = front.routes.iter().flat_map(|route| &route.hosts).next();
    first.map_or_else(|| "unnamed.invalid".to_owned(), |host| host.replace('*', "any"))
}

/// The routes to which a rewritten request comes, the least guarded last; all but the last perhaps.
fn follow(front: &Front, picker: &Picker<'_>, host: &str, nth: usize, built: &Built) -> Vec<Route> {
    let Some((pattern, replacement)) = &built.rewritten else { return Vec::new() };
    let moved = |to: &Route, path: PathMatch| Route {
        name: super::super::guard::shown(&format!("{} rewritten to {}", built.route.name, to.name)),
        path,
        methods: shared(&built.route.methods, &to.methods),
        auth: both(to.auth.clone(), built.route.auth.clone()),
        conditional: built.route.conditional || to.conditional,
        priority: built.route.priority,
        rewrite: Some(Arc::clone(replacement)),
        at: built.route.at,
        ..to.clone()
    };
    if built.route.priority > 0
        && let Some(places) = moved_places(front, pattern, replacement)
    {
        return places.into_iter().map(|(to, path)| moved(to, path)).collect();
    }
    let mut targets: Vec<&Route> = Vec::new();
    if nth < MOST_REWRITES {
        for capture in CAPTURES {
            for method in ["GET", "POST"] {
                targets.extend(picker.may_serve(method, host, &filled(replacement, capture)));
            }
        }
        // What is captured can be any text: every location below the fixed part can answer.
        if let Some((fixed, _)) = replacement.split_once('$') {
            let reached = |route: &&Route| {
                route.priority == 0 && route.reach != Reach::Nobody && may_be_below(&route.path, fixed)
            };
            targets.extend(front.routes.iter().filter(reached).take(MOST_TARGETS));
        }
    }
    let mut found: Vec<Route> = Vec::new();
    for to in targets {
        let route = moved(to, built.route.path.clone());
        let same = |other: &Route| other.name == route.name && other.methods == route.methods;
        if !found.iter().any(same) {
            found.push(route);
        }
    }
    if found.is_empty() {
        found.push(built.route.clone());
    }
    found.sort_by_key(|route| (std::cmp::Reverse(strength(&route.auth)), !route.methods.is_empty()));
    let last = found.len() - 1;
    for route in found.iter_mut().take(last) {
        route.conditional = true;
    }
    found
}

/// Where a server's `rewrite ^/from/(.*)$ /to/$1` comes out, location by location, as paths that are
/// asked for: exact ones first, then the longer. `None` for other rewrites, and where regular expressions
/// or nested locations choose.
fn moved_places<'f>(
    front: &'f Front,
    pattern: &str,
    replacement: &str,
) -> Option<Vec<(&'f Route, PathMatch)>> {
    let from = pattern.strip_prefix('^')?.trim_end_matches('$').strip_suffix("(.*)")?;
    let to = replacement.strip_suffix("$1")?;
    let plain = |text: &str| text.starts_with('/') && !text.contains(|c| r"\.+*?()[]{}|^$".contains(c));
    if !plain(from) || !plain(to) {
        return None;
    }
    let mut places: Vec<(usize, bool, &Route, PathMatch)> = Vec::new();
    for route in front.routes.iter().filter(|route| route.priority == 0) {
        let (text, exact) = match &route.path {
            PathMatch::Exact(text) => (&**text, true),
            PathMatch::Prefix(text) | PathMatch::FirmPrefix(text) => (&**text, false),
            PathMatch::Any => ("", false),
            _ => return None,
        };
        let path: Arc<str> = match text.strip_prefix(to) {
            Some(rest) => format!("{from}{rest}").into(),
            None if !exact && to.starts_with(text) => from.into(),
            None => continue,
        };
        let path = if exact { PathMatch::Exact(path) } else { PathMatch::Prefix(path) };
        places.push((text.len(), exact, route, path));
    }
    // Stable: routes of one location stay in their order.
    places.sort_by_key(|(length, exact, ..)| (!exact, std::cmp::Reverse(*length)));
    Some(places.into_iter().map(|(_, _, route, path)| (route, path)).collect())
}

/// Whether some path that begins with `fixed` can come to the location.
fn may_be_below(path: &PathMatch, fixed: &str) -> bool {
    match path {
        PathMatch::Exact(text) | PathMatch::Prefix(text) | PathMatch::FirmPrefix(text) => {
            text.starts_with(fixed)
        }
        PathMatch::Within { inner, .. } => may_be_below(inner, fixed),
        PathMatch::Regex { .. } => true,
        _ => false,
    }
}

/// Methods of both lists, of which an empty one is all; nothing shared is the first list.
fn shared(one: &[Arc<str>], other: &[Arc<str>]) -> Vec<Arc<str>> {
    let both: Vec<_> = one.iter().filter(|method| other.contains(method)).cloned().collect();
    match (one, other) {
        ([], list) => list.to_vec(),
        (list, _) if both.is_empty() => list.to_vec(),
        _ => both,
    }
}

/// A replacement with `capture` for each variable, as a path.
fn filled(replacement: &str, capture: &str) -> String {
    let text = replacement.split('?').next().unwrap_or_default();
    let mut path = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        path.push_str(before);
        path.push_str(capture);
        let after = after.strip_prefix('{').unwrap_or(after);
        let end = after.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(after.len());
        rest = after.get(end..).unwrap_or_default();
        rest = rest.strip_prefix('}').unwrap_or(rest);
    }
    path.push_str(rest);
    if path.starts_with('/') { path } else { format!("/{path}") }
}
